"""Whatever a client puts into a form: Discord's answer is an answer, never a failure of the server."""

import copy
import logging
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox.discord import ChannelType, LocalDiscord, RateLimit
from bot.sandbox.discord.permissions import ALL

BAD: tuple[Any, ...] = (
    *(None, 7, -1, 1.5, True, 10**30, "x", "", "9" * 30, "\ud800"),
    *([], {}, [[]], [None], [7], ["x"], [{}], {"a": 1}, {"type": 99}),
)
BUTTON = {"type": 2, "style": 1, "label": "a", "custom_id": "b", "disabled": False, "emoji": {"name": "x"}}
OPTION = {"label": "a", "value": "b", "description": "c", "default": True}
MENU = {"type": 3, "custom_id": "m", "options": [OPTION], "min_values": 1, "max_values": 1, "placeholder": "x"}
EMBED = {
    "title": "t",
    "description": "d",
    "color": 1,
    "url": "https://a/b",
    "timestamp": "2026-01-01T00:00:00+00:00",
    "image": {"url": "https://a/b"},
    "thumbnail": {"url": "https://a/b"},
    "author": {"name": "x", "url": "https://a/b", "icon_url": "https://a/b"},
    "footer": {"text": "x", "icon_url": "https://a/b"},
    "fields": [{"name": "a", "value": "b", "inline": True}],
}
MESSAGE = {
    "content": "a <@1> @everyone",
    "flags": 4,
    "tts": False,
    "embeds": [EMBED],
    "allowed_mentions": {"parse": ["users"], "replied_user": True, "roles": [], "users": []},
    "components": [{"type": 1, "components": [BUTTON]}, {"type": 1, "components": [MENU]}],
}
POLL = {
    "poll": {
        "question": {"text": "q"},
        "answers": [{"poll_media": {"text": "a", "emoji": {"id": None, "name": "x"}}}],
        "duration": 1,
        "allow_multiselect": False,
        "layout_type": 1,
    },
}
TEXT = {"type": 10, "content": "a"}
SECTION = {"type": 9, "components": [TEXT], "accessory": {"type": 11, "media": {"url": "https://a/b"}}}
GALLERY = {"type": 12, "items": [{"media": {"url": "https://a/b"}, "description": "x", "spoiler": False}]}
PARTS = [TEXT, SECTION, GALLERY, {"type": 14, "spacing": 1, "divider": True}]
MODERN = {
    "flags": 1 << 15,
    "components": [{"type": 17, "id": 5, "accent_color": 1, "spoiler": False, "components": PARTS}],
}
THREAD = {"name": "a", "type": 11, "auto_archive_duration": 60, "rate_limit_per_user": 1, "invitable": True}
POST = {"name": "a", "applied_tags": [], "message": {"content": "x"}, "auto_archive_duration": 60}
CHANNEL = {
    "name": "x",
    "topic": "y",
    "position": 1,
    "flags": 0,
    "rate_limit_per_user": 1,
    "permission_overwrites": [{"id": "1", "type": 0, "allow": "0", "deny": "0"}],
}
CHOICE = {"name": "a", "value": "b"}
COMMANDS = [
    {
        "name": "go",
        "description": "b",
        "description_localizations": {"pt-BR": "c"},
        "type": 1,
        "default_member_permissions": "8",
        "dm_permission": True,
        "contexts": [0],
        "integration_types": [0],
        "options": [
            {"name": "x", "description": "y", "type": 3, "required": True, "choices": [CHOICE], "min_length": 1},
            {"name": "z", "description": "y", "type": 4, "min_value": 1, "max_value": 2, "autocomplete": True},
        ],
    }
]
FIELD = {"type": 4, "custom_id": "c", "style": 1, "min_length": 1, "max_length": 5, "value": "a", "placeholder": "x"}
MODAL = {
    "type": 9,
    "data": {
        "custom_id": "a",
        "title": "b",
        "components": [
            {"type": 18, "label": "x", "description": "y", "component": FIELD},
            {"type": 18, "label": "x", "component": MENU | {"required": True}},
            {"type": 1, "components": [FIELD | {"custom_id": "d", "label": "x"}]},
            TEXT,
        ],
    },
}


def places(form: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value in a form."""
    yield at
    items = form.items() if isinstance(form, dict) else enumerate(form) if isinstance(form, list) else ()
    for key, value in items:
        yield from places(value, (*at, key))


def replaced(form: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy of a form with another value in one place."""
    if not place:
        return value
    changed = node = copy.deepcopy(form)
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    return changed


class Client:
    """Sends broken forms, and collects those that the server failed at."""

    def __init__(self, local: LocalDiscord, session: aiohttp.ClientSession) -> None:
        self._local = local
        self._session = session
        self.failed: list[tuple[str, tuple[Any, ...], Any]] = []

    async def send(self, method: str, path: str, form: Any) -> int:
        """Send a form as it is; returns the status of the answer."""
        headers = {"Authorization": f"Bot {self._local.token}"}
        async with self._session.request(method, self._local.api_url + path, json=form, headers=headers) as response:
            return response.status

    async def break_all(self, method: str, path: str, form: Any) -> None:
        """Send a valid form, and then it with each bad value in each place."""
        status = await self.send(method, path, form)
        assert status < 300, (method, path, status)
        for place in places(form):
            for value in BAD:
                if await self.send(method, path, replaced(form, place, value)) >= 500:
                    self.failed.append((path.rsplit("/", 1)[-1], place, value))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Show the failures in the assertion, not a traceback each."""
    caplog.set_level(logging.CRITICAL, "aiohttp.server")


async def test_broken_forms_are_answered() -> None:
    async with LocalDiscord(rate_limit=RateLimit(10**9)) as local, aiohttp.ClientSession() as session:
        client, world = Client(local, session), local.world
        world.add_role(local.guild, "Everything", ALL, local.bot)
        forum = world.add_channel(local.guild, "forum", ChannelType.GUILD_FORUM)
        thread = local.start_thread(local.member, local.general, "A thread")
        sticker = world.add_sticker(local.guild, "wave")
        posted = await local.post(local.member, local.general, "look")
        messages, commands = f"/channels/{local.general.id}/messages", f"/applications/{local.bot.id}/commands"
        reference = {"type": 0, "message_id": str(posted.id), "channel_id": str(local.general.id)}
        extras = {"sticker_ids": [str(sticker.id)], "nonce": "n", "message_reference": reference}
        await client.break_all("POST", messages, MESSAGE)
        await client.break_all("POST", messages, POLL)
        await client.break_all("POST", messages, MODERN)
        await client.break_all("POST", messages, extras)
        await client.break_all("POST", messages, {"message_reference": reference | {"type": 1}})
        own = next(m for m in reversed(world.messages[local.general.id].values()) if m.author_id == local.bot.id)
        await client.break_all("PATCH", f"{messages}/{own.id}", MESSAGE | {"attachments": []})
        await client.break_all("POST", f"/channels/{local.general.id}/threads", THREAD)
        await client.break_all("POST", f"/channels/{forum.id}/threads", POST)
        await client.break_all("PATCH", f"/channels/{thread.id}", THREAD | {"archived": False, "locked": False})
        await client.break_all("PATCH", f"/channels/{local.random.id}", CHANNEL)
        overwrite = {"type": 0, "allow": "0", "deny": "0"}
        await client.break_all("PUT", f"/channels/{local.random.id}/permissions/{local.guild.id}", overwrite)
        await client.break_all("PUT", commands, COMMANDS)
        await client.break_all("POST", commands, COMMANDS[0])
        await client.break_all("POST", "/users/@me/channels", {"recipient_id": str(local.member.id)})
        assert client.failed == []
        assert await client.send("GET", messages, None) == 200  # what was accepted can be sent


@pytest.mark.parametrize("form", [{"type": 4, "data": MESSAGE | {"flags": 64}}, MODAL], ids=["message", "modal"])
async def test_broken_responses_to_interactions_are_answered(form: Any) -> None:
    async with LocalDiscord(rate_limit=RateLimit(10**9)) as local, aiohttp.ClientSession() as session:
        client = Client(local, session)
        await client.send("PUT", f"/applications/{local.bot.id}/commands", [{"name": "go", "description": "x"}])
        for place in places(form):
            for value in BAD:
                asked = await local.slash(local.member, local.general, "go")
                path = f"/interactions/{asked.id}/{asked.token}/callback?with_response=true"
                if await client.send("POST", path, replaced(form, place, value)) >= 500:
                    client.failed.append(("callback", place, value))
        assert client.failed == []


@pytest.mark.parametrize("value", ["x", "-1", "", "9" * 30, "1.5", "0"])
@pytest.mark.parametrize("name", ["limit", "before", "after", "around", "query", "with_counts", "with_member"])
async def test_broken_queries_are_answered(name: str, value: str) -> None:
    async with LocalDiscord(members_allowed=True) as local, aiohttp.ClientSession() as session:
        client, channel, guild = Client(local, session), f"/channels/{local.general.id}", f"/guilds/{local.guild.id}"
        for path in (
            *(f"{channel}/messages", f"{channel}/messages/pins", f"{channel}/threads/archived/public"),
            *(f"{channel}/users/@me/threads/archived/private", "/users/@me/guilds", f"{guild}/members"),
            *(
                guild,
                f"{guild}/members/search",
                f"{channel}/messages/{value}",
                f"/channels/{value}",
                f"/guilds/{value}",
            ),
        ):
            assert await client.send("GET", f"{path}?{name}={value}", None) < 500, path
