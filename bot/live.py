"""A message that follows a piece of work: edited at intervals, always to the latest state."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import aiohttp
import discord

from bot.faults import Fate, fate, in_short

log = logging.getLogger(__name__)


class LiveMessage:
    """Edits a message at most once in `every` seconds while entered, and once more at the end.

    A failing edit is only logged. Without a message, it does nothing.
    """

    def __init__(
        self,
        message: discord.PartialMessage | None,
        *,
        every: float = 2.0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._message = message
        self._every = every
        self._sleep = sleep
        self._wanted: dict[str, Any] = {}
        self._shown = self._wanted
        self._over = False
        self._news = asyncio.Event()

    def show(self, text: str) -> None:
        """Show this text at the next edit."""
        self._wanted = {"content": text}
        self._news.set()

    def end(self, text: str, view: discord.ui.View | None = None) -> None:
        """Show this text at the end, and these buttons in place of those that it has."""
        self._wanted = {"content": text, "view": view}
        self._news.set()

    async def __aenter__(self) -> Self:
        self._editing = asyncio.create_task(self._edit())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Make the last edit."""
        self._over = True
        self._news.set()
        await self._editing

    async def _edit(self) -> None:
        if self._message is None:
            return
        while not self._over or self._wanted != self._shown:
            await self._news.wait()
            self._news.clear()
            if self._wanted == self._shown:
                continue
            if not self._over:  # the last edit need not wait
                await self._sleep(self._every)
            self._shown = self._wanted
            try:
                await self._message.edit(**self._shown)
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                if fate(error) is Fate.DROP:
                    return
                log.warning("could not show progress in message %s: %s", self._message.id, in_short(error))
