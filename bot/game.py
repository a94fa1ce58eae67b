"""The guessing game: a round from its thumbnail to its result. What people guess is never used for training."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from secrets import SystemRandom
from typing import Final

import aiohttp
import discord
import stamina
from cachetools import TTLCache
from discord.utils import utcnow

from bot.faults import Fate, fate, in_short
from bot.replies.game import question, result
from bot.replies.message import Reply
from bot.replies.words import titles
from bot.services import Services
from bot.store.errors import GameError, StoreError
from bot.store.game_values import Puzzle, Round
from bot.views.game import guess_buttons
from classifier.errors import ClosingError
from classifier.values import Channel, HeldOutThumbnail

log = logging.getLogger(__name__)

ROUND: Final = timedelta(seconds=20)
DAILY_ROUND: Final = timedelta(hours=23)
"""It ends before the next one is posted, even if that is an hour early."""
PAUSE_SECONDS: Final = 10
"""Between two rounds in a channel."""
OPTIONS: Final = 4

_RANDOM: Final = SystemRandom()

Show = Callable[[Reply, discord.ui.View], Awaitable[discord.Message]]
"""Sends the message of a round."""


class Game:
    """Rounds of the game; besides daily ones, at most one at a time per Discord channel.

    `message` gives the message of a channel's id and its own. `sleep` waits for the end of a round.
    """

    def __init__(
        self,
        services: Services,
        message: Callable[[int, int], discord.PartialMessage],
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._sleep = sleep
        self._engine = services.engine
        self._store = services.store.game
        self._in_flight = services.in_flight
        self._message = message
        self._playing: set[int] = set()
        self._resting: TTLCache[int, bool] = TTLCache(10_000, PAUSE_SECONDS)
        self._ends: set[asyncio.Task[None]] = set()

    def check(self, channel: int) -> None:
        """Raise GameError if no round can start in a channel now."""
        if channel in self._playing:
            raise GameError("A round is already running in this channel. Press one of its buttons.")
        if channel in self._resting:
            raise GameError("The last round in this channel has just ended. Try again in a few seconds.")

    async def play(self, server: int, channel: int, show: Show, *, daily: bool = False) -> None:
        """Show a thumbnail that the server's model did not learn from; its round ends by itself.

        Raises GameError, TooFewHeldOutError, NoModelError, BusyError, StoreError, and what `show` raises.
        """
        if not daily:
            self.check(channel)
            self._playing.add(channel)
        try:
            with self._in_flight.work():
                begun = await self._begin(server, channel, show, daily=daily)
        except BaseException:
            self._playing.discard(channel)
            raise
        self._follow(begun)

    async def resume(self, rounds: Sequence[Round]) -> None:
        """Go on with rounds that were running when the bot stopped: those whose time is over end now."""
        for begun in rounds:
            if begun.message is None:  # nobody could see it
                await self._store.drop(begun.id)
            else:
                if not begun.daily:
                    self._playing.add(begun.channel)
                self._follow(begun)

    def stop(self) -> None:
        """End no more rounds: the next start does."""
        for task in self._ends:
            task.cancel()

    async def _begin(self, server: int, channel: int, show: Show, *, daily: bool) -> Round:
        drawn = await self._engine.held_out(server, await self._store.shown(server))
        channels = self._engine.channels(server)
        puzzle = puzzle_of(drawn, channels)
        begun = await self._store.start(server, channel, puzzle, lasts=DAILY_ROUND if daily else ROUND, daily=daily)
        reply = question(drawn.picture, begun.ends_at, daily=daily)
        try:
            message = await show(reply, guess_buttons(begun, channels))
        except BaseException:
            await self._store.drop(begun.id)
            raise
        return await self._store.set_message(begun.id, message.id)

    def _follow(self, begun: Round) -> None:
        task = asyncio.create_task(self._end(begun))
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)

    async def _end(self, begun: Round) -> None:
        """Wait until a round's time is over, then close it and show its result."""
        try:
            # Asked while people guess, so that nobody has to wait for it; it costs no quota.
            fact = await self._engine.facts.video(begun.video, quota=False) if begun.video else None
            await self._sleep(max(0.0, (begun.ends_at - utcnow()).total_seconds()))
            with self._in_flight.work():
                async for attempt in stamina.retry_context(on=StoreError, attempts=8, timeout=None, wait_max=60.0):
                    with attempt:
                        ended = await self._store.close(begun.id, begun.server)
                if ended is not None and begun.message is not None:
                    reply = result(ended, titles(self._engine.channels(begun.server)), fact)
                    await self._message(begun.channel, begun.message).edit(embeds=list(reply.embeds), view=None)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            level = logging.INFO if fate(error) is Fate.DROP else logging.WARNING
            log.log(level, "the result of round %d could not be shown: %s", begun.id, in_short(error))
        except (StoreError, ClosingError) as error:
            log.warning("round %d ends at the next start: %s", begun.id, error)
        finally:
            if not begun.daily:
                self._playing.discard(begun.channel)
                self._resting[begun.channel] = True


def puzzle_of(drawn: HeldOutThumbnail, channels: Sequence[Channel]) -> Puzzle:
    """Up to four channels in random order: the right one, the one that the bot names, and others."""
    named = drawn.prediction.channel.label
    options = [*{drawn.channel.label, named}]
    others = [channel.label for channel in channels if channel.label not in options]
    options += _RANDOM.sample(others, min(len(others), OPTIONS - len(options)))
    _RANDOM.shuffle(options)
    return Puzzle(
        drawn.video_id,
        tuple(options),
        answer=options.index(drawn.channel.label),
        bot_choice=options.index(named),
        bot_confidence=drawn.prediction.confidence,
    )
