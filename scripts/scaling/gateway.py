"""What the connection to Discord costs: memory per server, and processor time per message."""

import asyncio
import gc
import json
import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import discord
import psutil

from bot.app import Thumbprint
from bot.services import make_engine
from bot.settings import DiscordSettings, Settings

CHANNELS: Final = 40
ROLES: Final = 25
EMOJIS: Final = 30
"""Of the server that is measured."""

_BOT: Final = 1
_EPOCH: Final = "2026-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class GatewayCost:
    """What one server and one message cost."""

    server_mib: float
    """Resident memory."""
    message_seconds: float
    """Processor time of a message that needs no answer, from its JSON to the end of all listeners."""


def measure(servers: int, messages: int) -> GatewayCost:
    """Let the bot read so many servers, and then messages in them, as Discord sends them; in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (servers, messages))


def _measure(servers: int, messages: int) -> GatewayCost:
    with TemporaryDirectory() as folder:
        return asyncio.run(_read(Path(folder), servers, messages))


async def _read(folder: Path, servers: int, messages: int) -> GatewayCost:
    bot = Thumbprint(settings := _settings(folder), make_engine(settings))
    state = bot._connection  # noqa: SLF001 - what the gateway calls
    await bot._async_setup_hook()  # noqa: SLF001
    state.shard_count = 1
    state.user = discord.ClientUser(state=state, data=_user(_BOT))  # type: ignore[arg-type]
    before = _resident()
    for number in range(servers):
        state.parsers["GUILD_CREATE"](json.loads(json.dumps(_guild(number))))
    per_server = (_resident() - before) / servers
    texts = [json.dumps(_message(number, number % servers)) for number in range(messages)]
    start = time.process_time()
    for text in texts:
        state.parsers["MESSAGE_CREATE"](json.loads(text))
        await asyncio.sleep(0)
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))
    return GatewayCost(per_server / 2**20, (time.process_time() - start) / messages)


def _settings(folder: Path) -> Settings:
    nothing: Any = {"_env_file": None}
    return Settings(data_dir=folder, discord=DiscordSettings(**nothing), **nothing)


def _resident() -> int:
    gc.collect()
    return psutil.Process().memory_info().rss


def _ids(server: int) -> Iterator[int]:
    """Snowflakes of a server, all different."""
    first = (server + 1) << 42
    yield from range(first, first + 2**22)


def _guild(number: int) -> dict[str, Any]:
    """A server as GUILD_CREATE has it, without members."""
    ids = _ids(number)
    guild = next(ids)
    roles = [_role(guild, "@everyone", 0), *(_role(next(ids), f"role {it} of {number}", it) for it in range(1, ROLES))]
    categories = [str(next(ids)) for _ in range(CHANNELS // 8)]
    channels = [_channel(int(it), 4, f"part {it}", None, roles, place) for place, it in enumerate(categories)]
    for place in range(CHANNELS - len(categories)):
        kind, parent = (2 if place % 3 == 2 else 0), categories[place % len(categories)]
        channels.append(_channel(next(ids), kind, f"channel {place} of {number}", parent, roles, place))
    emojis = [
        {"id": str(next(ids)), "name": f"emoji_{it}", "roles": [], "require_colons": True, "managed": False}
        for it in range(EMOJIS)
    ]
    return {
        "id": str(guild),
        "name": f"Server {number}",
        "icon": f"{number:032x}",
        "owner_id": str(next(ids)),
        "afk_timeout": 300,
        "afk_channel_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 2,
        "mfa_level": 0,
        "premium_tier": 1,
        "premium_subscription_count": 3,
        "preferred_locale": "en-US",
        "nsfw_level": 0,
        "features": ["COMMUNITY", "NEWS"],
        "unavailable": False,
        "large": True,
        "member_count": 500,
        "lazy": True,
        "joined_at": _EPOCH,
        "members": [_member(_BOT, roles)],
        "voice_states": [],
        "presences": [],
        "threads": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "stickers": [],
        "roles": roles,
        "channels": channels,
        "emojis": emojis,
        "description": f"All about {number}",
    }


def _role(number: int, name: str, position: int) -> dict[str, Any]:
    return {
        "id": str(number),
        "name": name,
        "position": position,
        "permissions": "1071698660929",
        "color": 3447003,
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
        "icon": None,
        "unicode_emoji": None,
    }


def _channel(
    number: int, kind: int, name: str, parent: str | None, roles: list[dict[str, Any]], place: int
) -> dict[str, Any]:
    overwrites = [{"id": role["id"], "type": 0, "allow": "1024", "deny": "2048"} for role in roles[:2]]
    return {
        "id": str(number),
        "type": kind,
        "name": name,
        "position": place,
        "parent_id": parent,
        "flags": 0,
        "permission_overwrites": overwrites,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "topic": f"About {name}",
        "last_message_id": str(number + 1),
        "bitrate": 64000,
        "user_limit": 0,
        "rtc_region": None,
    }


def _user(number: int) -> dict[str, Any]:
    return {
        "id": str(number),
        "username": f"user{number}",
        "discriminator": "0",
        "avatar": f"{number:032x}",
        "global_name": f"User {number}",
        "public_flags": 0,
        "bot": number == _BOT,
    }


def _member(number: int, roles: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "user": _user(number),
        "roles": [role["id"] for role in roles[1:3]],
        "joined_at": _EPOCH,
        "deaf": False,
        "mute": False,
        "nick": None,
        "avatar": None,
        "flags": 0,
        "pending": False,
    }


def _message(number: int, server: int) -> dict[str, Any]:
    """A message of some words, as MESSAGE_CREATE has it."""
    guild = _guild(server)
    author = 10_000_000 + number
    member = _member(author, guild["roles"])
    return {
        "id": str((1 << 60) + number),
        "type": 0,
        "guild_id": guild["id"],
        "channel_id": guild["channels"][-1]["id"],
        "author": member.pop("user"),
        "member": member,
        "content": f"what is this? I have seen {number} of them",
        "timestamp": _EPOCH,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "flags": 0,
    }
