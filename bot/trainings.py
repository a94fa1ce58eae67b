"""Trainings: what a job does. Trains a model, shows the progress in the run's message, and reports how it ended.

The bot performs them in its own process, or workers do in theirs: `claim.attempt` says which it is.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Final, TypeVar

import discord
import stamina
from structlog.contextvars import bind_contextvars

from bot.budget import Budget
from bot.channel_lists import ChannelLists
from bot.errors import explain
from bot.faults import in_short
from bot.interruptions import Interruptions
from bot.jobs.protocol import Claim, HandedBackError, Job, LostClaimError
from bot.languages import gettext, set_language
from bot.live import LiveMessage
from bot.replies.confusion import confusion_matrix
from bot.replies.message import Reply
from bot.replies.training import LAST_WORDS, nothing_new, progress, report, without
from bot.reports import Reports
from bot.services import Services
from bot.store.errors import RowError, StoreError
from bot.store.values import Run, RunState
from bot.views.training import other_buttons
from classifier.errors import CancelledTrainingError, NothingNewError, StorageError
from classifier.left_out import left_out_of
from classifier.serving.library import Finished, Publish
from classifier.values import Channel, LeftOut, OnProgress, Progress, RetrainReport

log = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 600.0
"""How long a worker tries to store how its run ended."""

T = TypeVar("T")

Publisher = Callable[[Run, int, Finished], Awaitable[bool | None]]
"""Puts a model of a run, claimed by an attempt of this number, where everybody finds it, and ends the run.

Returns whether the model is in use now, and None if the run isn't the worker's any more.
"""


class Trainings:
    """Performs training runs, of each server one at a time.

    `client` sends the messages; `publisher` puts the models of claimed runs where everybody finds them; `fetch`
    gets the thumbnails of channels that others have crawled.
    """

    def __init__(
        self,
        client: discord.Client,
        services: Services,
        publisher: Publisher | None = None,
        fetch: Callable[[Sequence[str]], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._engine = services.engine
        self._store = services.store
        self._lists = ChannelLists(services)
        self._budget = Budget(services)
        self._default_channels = services.settings.channels
        self._in_flight = services.in_flight
        self._mentions = services.mentions
        self._draw = services.draw
        self._ended = services.metrics.trainings
        self._interruptions = Interruptions(client, services)
        self._reports = Reports(client, services)
        self._publisher = publisher
        self._fetch = fetch
        self._running: set[int | None] = set()
        self._stopping = False

    def stop(self) -> None:
        """Stop all runs for good; their messages say that the bot restarts, or workers hand them back."""
        self._stopping = True
        for server in self._running:
            self._engine.cancel(server)

    async def perform(self, job: Job, claim: Claim) -> None:
        """Perform a run, if it has not ended. A failing training is reported, not raised, and so is a report that can't
        be sent.

        Raises StoreError, and for workers LostClaimError and HandedBackError.
        """
        set_language(job.language)
        bind_contextvars(training=job.run)
        run = await self._store.runs.get(job.run)
        if run is None:
            return
        run = replace(run, message=run.message or job.message)
        if run.state is not RunState.RUNNING:  # its worker may have been killed before it said so
            await self._interruptions.report(run)
            return
        channel = None if run.channel is None else self._client.get_partial_messageable(run.channel)
        message = None if channel is None or run.message is None else channel.get_partial_message(run.message)
        with self._in_flight.work():
            self._running.add(run.server)
            try:
                state, reply, left_out = await self._follow(run, job, claim, message)
            finally:
                self._running.discard(run.server)
            if reply is not None:
                await self._reports.send(run, state, reply, left_out)

    async def _follow(
        self, run: Run, job: Job, claim: Claim, message: discord.PartialMessage | None
    ) -> tuple[RunState, Reply | None, Sequence[LeftOut]]:
        """Train, and show the progress; returns how it ended, the report, and the channels that were left out."""
        steps: dict[str, Progress] = {}
        async with LiveMessage(message) as live:

            def on_progress(step: Progress) -> None:
                steps[step.stage] = step
                live.show(self._progress(run, steps))

            reply: Reply | None = None
            left_out: Sequence[LeftOut] = ()
            outcome: RetrainReport | None = None
            try:
                outcome = await self._train(run, claim, on_progress, force=job.force)
            except LostClaimError:
                raise
            except CancelledTrainingError as error:
                if claim.lost.is_set():
                    raise _lost() from error
                if claim.attempt and self._stopping and not claim.cancelled.is_set():
                    raise HandedBackError("The worker stops.") from error
                stopped = self._stopping and not claim.cancelled.is_set()
                state = RunState.INTERRUPTED if stopped else RunState.CANCELLED
            except NothingNewError:
                state, reply = RunState.NOTHING_NEW, None if run.scheduled else nothing_new()
            except Exception as error:  # noqa: BLE001 - whoever waits for the report gets one, whatever it is
                state, reply, left_out = RunState.FAILED, Reply(explain(error)), left_out_of(error)
                log.warning("training run %d failed: %s", run.id, in_short(error))
            else:
                state = RunState.DONE if outcome.swapped else RunState.KEPT_OLD
                plot = await self._draw(confusion_matrix, outcome.model)
                reply, left_out = report(outcome, plot), outcome.left_out
            await self._finish(run, claim, state, outcome)
            after = await other_buttons(message) if job.card and message is not None else None
            live.end(self._progress(run, steps, last_word=gettext(LAST_WORDS[state])), after)
        self._ended.labels(state).inc()
        log.info("training run %d of server %s: %s", run.id, run.server, state)
        if reply is not None:
            with suppress(StoreError):  # then they go by what YouTube calls them
                left_out = await self._lists.named(run.server, left_out)
            reply = without(reply, left_out, own=run.server is not None)
        return state, reply, left_out

    async def _finish(self, run: Run, claim: Claim, state: RunState, outcome: RetrainReport | None) -> None:
        """Record how a run ended; of a claimed one whose model was published, that has been recorded with it.

        Raises LostClaimError, StoreError.
        """
        if not claim.attempt:
            model = outcome.model if outcome else None
            await self._store.runs.finish(
                run.id,
                state,
                version=model.version if model else None,
                accuracy=model.metrics.accuracy if model else None,
                thumbnails=model.thumbnails if model else None,
            )
        elif outcome is None and not await patiently(lambda: self._store.runs.end(run.id, claim.attempt, state)):
            raise _lost()

    def _progress(self, run: Run, steps: Mapping[str, Progress], last_word: str = "") -> str:
        has_model = self._engine.info(run.server) is not None
        return self._mentions.text(progress(steps, has_model=has_model, last_word=last_word))

    async def _train(self, run: Run, claim: Claim, on_progress: OnProgress, *, force: bool) -> RetrainReport:
        server = run.server
        chosen = await self._store.channels.of(server) if server is not None else ()
        ids = [it.channel.id for it in chosen if it.channel.id]
        labels = {it.video: it.label for it in await self._store.feedback.reviewed(server)}
        labels |= await self._mistakes(server, [it.channel for it in chosen])
        corrected = await self._store.corrections.of(server)
        labels = {video: label for video, label in labels.items() if video not in corrected}
        channels = ids or self._default_channels
        if self._fetch is not None:
            await self._fetch(channels)
        options: dict[str, Publish] = {}
        if claim.attempt and self._publisher is not None:
            options["publish"] = self._publish(self._publisher, run, claim)
        async with self._budget.training(server, len(channels)) as bill, self._stoppable(server, claim):
            if self._stopping or claim.cancelled.is_set() or claim.lost.is_set():
                bill.units = 0
                raise CancelledTrainingError("The training was cancelled. Nothing has changed.")
            try:
                outcome = await self._engine.retrain(
                    server,
                    channels,
                    bill.watching(on_progress),
                    reviewed=sorted(labels.items()),
                    corrected=sorted(corrected.items()),
                    force=force,
                    **options,
                )
            except NothingNewError as error:
                bill.units = error.data["units"]
                raise
            bill.units = outcome.units
        return outcome

    @asynccontextmanager
    async def _stoppable(self, server: int | None, claim: Claim) -> AsyncIterator[None]:
        """Stop the engine's training of a server when it is cancelled or taken over."""

        async def stop(event: asyncio.Event) -> None:
            await event.wait()
            self._engine.cancel(server)

        watching = [asyncio.create_task(stop(event)) for event in (claim.cancelled, claim.lost)]
        try:
            yield
        finally:
            for task in watching:
                task.cancel()

    @staticmethod
    def _publish(publisher: Publisher, run: Run, claim: Claim) -> Publish:
        """Publish a finished model in the name of a claimed run."""

        async def publish(finished: Finished) -> bool:
            used = await patiently(lambda: publisher(run, claim.attempt, finished))
            if used is None:
                raise _lost()
            return used

        return publish

    async def _mistakes(self, server: int | None, chosen: Sequence[Channel]) -> Mapping[str, str | None]:
        """Videos that were answered wrong according to YouTube, with their labels; None: none of the channels."""
        labels = {it.id: it.label for it in (*self._engine.channels(server), *chosen)}
        mistakes = await self._store.answers.mistakes(server)
        # For default channels that no model knows yet, neither id nor label is known: a video may be theirs.
        return {video: labels.get(channel) for video, channel in mistakes.items() if channel in labels or chosen}


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Try something again for some minutes while the database or the place for artifacts is away."""
    async for attempt in stamina.retry_context(
        on=_passes, attempts=None, timeout=PATIENCE_SECONDS, wait_initial=0.5, wait_max=10.0, wait_jitter=1.0
    ):
        with attempt:
            return await work()
    raise AssertionError("the last attempt returns or raises")


def _passes(error: Exception) -> bool:
    return isinstance(error, (StoreError, StorageError)) and not isinstance(error, RowError)


def _lost() -> LostClaimError:
    return LostClaimError("Another worker has taken this training over.")
