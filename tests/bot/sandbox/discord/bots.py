"""An unmodified discord.py bot for the tests, and its login."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from PIL import Image

from bot.sandbox.discord import LocalDiscord


def picture(width: int = 32, height: int = 18) -> bytes:
    """Create a PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "tomato").save(buffer, "PNG")
    return buffer.getvalue()


def make_bot(**settings: Any) -> commands.Bot:
    """Create a bot, by default with the Message Content intent."""
    intents = discord.Intents.default()
    intents.message_content = True
    return commands.Bot("!", **{"intents": intents, "guild_ready_timeout": 0.05, "help_command": None} | settings)


@asynccontextmanager
async def logged_in(local: LocalDiscord, bot: commands.Bot, token: str = "") -> AsyncIterator[commands.Bot]:
    """Run the bot until the block ends; yields when it is ready. Raises what ends the bot before that."""
    Route.BASE = local.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(local.gateway_url)
    running = asyncio.create_task(bot.start(token or local.token))
    ready = asyncio.create_task(_ready(bot))
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        yield bot
    finally:
        ready.cancel()
        await bot.close()
        await asyncio.gather(running, ready, return_exceptions=True)


async def _ready(bot: commands.Bot) -> None:
    event = asyncio.Event()

    async def on_ready() -> None:
        event.set()

    bot.add_listener(on_ready)
    await event.wait()
