"""Retraining: starts training runs. Each is recorded in the store and followed by a message; jobs perform them."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import aiohttp
import discord
from structlog.contextvars import bind_contextvars

from bot.budget import Budget
from bot.jobs.protocol import Job, Jobs
from bot.languages import current_language, gettext
from bot.replies.message import Reply
from bot.replies.training import LAST_WORDS, progress
from bot.services import Services
from bot.store.values import Run, RunState
from bot.views.training import cancel_button
from classifier.errors import TrainingRunningError

log = logging.getLogger(__name__)

Begin = Callable[[Reply, discord.ui.View], Awaitable[discord.PartialMessage | None]]
"""Sends the message that follows a run; None if there is no place for it."""


UNSAID: Final = timedelta(hours=1)
"""How long ago a run may have ended whose message, because its process was killed just then, does not say so."""


class Retraining:
    """Training runs, one at a time per server. `elsewhere`: `jobs` are performed by other processes."""

    def __init__(self, services: Services, jobs: Jobs, *, elsewhere: bool = False) -> None:
        self._engine = services.engine
        self._group = services.group
        self._runs = services.store.runs
        self._budget = Budget(services)
        self._in_flight = services.in_flight
        self._mentions = services.mentions
        self._ended = services.metrics.trainings
        self._jobs = jobs
        self._elsewhere = elsewhere
        self._beginning: set[int | None] = set()

    async def allow(self, server: int | None, *, by_owner: bool) -> None:
        """Check that a person may start a training run now. Raises TrainingRunningError, BudgetErrors, StoreError."""
        await self._check(server)
        if server is not None and not by_owner:
            await self._budget.check_training(server)

    async def run(
        self,
        server: int | None,
        begin: Begin,
        *,
        channel: discord.PartialMessageable | None,
        by: int | None,
        force: bool = False,
        card: bool = False,
    ) -> None:
        """Retrain a server's model (None: the default one) on its channels, and wait until it has ended.

        `channel` is the Discord channel of the message that `begin` sends, and of the report; `by` is None for the
        schedule; `card`: the message has other buttons besides. `force` trains even if there is nothing new to learn
        from. A failing training is reported, not raised, and so is a report that can't be sent. Raises
        TrainingRunningError, StoreError, and what `begin` raises.
        """
        await self._jobs.follow(await self.start(server, begin, channel=channel, by=by, force=force, card=card))

    async def start(
        self,
        server: int | None,
        begin: Begin,
        *,
        channel: discord.PartialMessageable | None,
        by: int | None,
        force: bool = False,
        card: bool = False,
    ) -> int:
        """The same without waiting; returns the run's number."""
        await self._check(server)
        with self._in_flight.work():
            self._beginning.add(server)
            try:
                run = await self._runs.start(server, channel=channel.id if channel else None, by=by)
                bind_contextvars(training=run.id)
                message = await self._begin(run, begin)
                job = Job(run.id, force, current_language(), card, message.id if message else None)
                await self._submit(run, message, job)
            finally:
                self._beginning.discard(server)
        return run.id

    async def cancel(self, run: Run) -> bool:
        """Have a run stop; its message says so. False if it isn't in progress. Raises StoreError."""
        return run.state is RunState.RUNNING and await self._jobs.cancel(run.id)

    async def interrupted(self) -> tuple[Run, ...]:
        """The runs that never ended and that nobody performs, oldest first. Raises StoreError."""
        unfinished = await self._runs.interrupted(self._group.shards)
        line = await self._jobs.line()
        return tuple(run for run in unfinished if run.id not in line)

    async def ended(self) -> tuple[Run, ...]:
        """The runs that ended a short time ago, whose messages may not say so. Raises StoreError."""
        return await self._runs.ended(UNSAID, self._group.shards)

    async def _check(self, server: int | None) -> None:
        """Raise TrainingRunningError while a server's training runs."""
        running = self._runs.is_current(server) or (self._elsewhere and await self._runs.is_running(server))
        if running or server in self._beginning:
            raise TrainingRunningError("Training is already running. Wait until it finishes, then try again.")

    async def _begin(self, run: Run, begin: Begin) -> discord.PartialMessage | None:
        try:
            message = await begin(Reply(self._progress(run)), cancel_button(run.id))
        except Exception:
            await self._fail(run)
            raise
        if message is not None:
            await self._runs.set_message(run.id, message.id)
        return message

    async def _submit(self, run: Run, message: discord.PartialMessage | None, job: Job) -> None:
        try:
            await self._jobs.submit(job)
        except Exception:
            await self._fail(run)
            with suppress(discord.DiscordException, aiohttp.ClientError, OSError):
                if message is not None:
                    await message.edit(content=self._progress(run, gettext(LAST_WORDS[RunState.FAILED])), view=None)
            raise
        if self._elsewhere:
            self._runs.release(run.id)

    async def _fail(self, run: Run) -> None:
        self._ended.labels(RunState.FAILED).inc()
        await self._runs.finish(run.id, RunState.FAILED)

    def _progress(self, run: Run, last_word: str = "") -> str:
        has_model = self._engine.info(run.server) is not None
        return self._mentions.text(progress({}, has_model=has_model, last_word=last_word))
