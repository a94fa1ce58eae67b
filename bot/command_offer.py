"""The slash commands: sent to Discord when they have changed, and known by the ids that it gives them."""

import asyncio
import hashlib
import json
import logging
from pathlib import Path

import aiohttp
import discord
from discord.ext import commands

from bot.command_translator import CommandTranslator
from bot.faults import in_short
from bot.replies.commands import mentions_of
from bot.services import Services

log = logging.getLogger(__name__)


async def offer_commands(bot: commands.AutoShardedBot, services: Services) -> None:
    """Send the slash commands to Discord; without them, text commands and posted pictures still work."""
    try:
        await _sync(bot, services)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        if isinstance(error, discord.HTTPException) and error.status < 500:
            log.error("Discord refused the slash commands (%s). Text commands still work.", in_short(error))  # noqa: TRY400
        else:
            log.warning("the slash commands could not be sent (%s); the next start tries again", in_short(error))


async def _sync(bot: commands.AutoShardedBot, services: Services) -> None:
    """Send the commands to Discord if they have changed, because it limits how often, and learn their ids."""
    translator = CommandTranslator()
    await bot.tree.set_translator(translator)
    payload = [await command.get_translated_payload(bot.tree, translator) for command in bot.tree.get_commands()]
    named = json.dumps([bot.application_id, payload], sort_keys=True, default=str).encode()
    digest = hashlib.sha256(named).hexdigest()
    record = services.settings.data_dir / "commands.sha256"
    known = await bot.tree.fetch_commands()
    names = {command.name for command in known}
    changed = await asyncio.to_thread(_read, record) != digest or names != {command["name"] for command in payload}
    if changed and services.group.shards.cover(None):  # one process is enough
        known = await bot.tree.sync()
        try:
            await asyncio.to_thread(_write, record, digest)
        except OSError as error:
            log.warning("%s can't be written (%s); the next start sends the commands again", record, error.strerror)
    groups = [it for it in bot.commands if isinstance(it, commands.HybridGroup)]
    services.mentions.update(mentions_of(known, {it.name: it.fallback for it in groups if it.fallback}))
    services.guarded.update(known)


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
