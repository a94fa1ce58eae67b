"""Retraining: one training from start to report, recorded in the store, with its progress in a message."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import aiohttp
import discord
from structlog.contextvars import bind_contextvars

from bot.budget import Budget
from bot.channel_lists import ChannelLists
from bot.delivery import deliver_patiently
from bot.errors import explain
from bot.faults import Fate, fate, in_short
from bot.languages import gettext
from bot.live import LiveMessage
from bot.replies.confusion import confusion_matrix
from bot.replies.message import Reply
from bot.replies.training import LAST_WORDS, nothing_new, progress, report, unshown, without
from bot.services import Services
from bot.store.errors import StoreError
from bot.store.values import Run, RunState
from bot.views.mistakes import has_mistakes
from bot.views.training import cancel_button, report_buttons
from classifier.errors import CancelledTrainingError, NothingNewError, TrainingRunningError
from classifier.left_out import left_out_of
from classifier.values import Channel, LeftOut, OnProgress, Progress, RetrainReport

log = logging.getLogger(__name__)

Begin = Callable[[Reply, discord.ui.View], Awaitable[discord.PartialMessage | None]]
"""Sends the message that follows a run; None if there is no place for it."""


class Retraining:
    """Training runs, one at a time per server."""

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._store = services.store
        self._lists = ChannelLists(services)
        self._budget = Budget(services)
        self._default_channels = services.settings.channels
        self._draw = services.draw
        self._in_flight = services.in_flight
        self._mentions = services.mentions
        self._trainings = services.metrics.trainings
        self._running: set[int | None] = set()
        self._stopping = False

    def stop(self) -> None:
        """Stop all runs for good; their messages say that the bot restarts."""
        self._stopping = True
        for server in self._running:
            self._engine.cancel(server)

    def check(self, server: int | None) -> None:
        """Raise TrainingRunningError while a server's training runs."""
        if server in self._running:
            raise TrainingRunningError("Training is already running. Wait until it finishes, then try again.")

    async def allow(self, server: int | None, *, by_owner: bool) -> None:
        """Check that a person may start a training run now. Raises TrainingRunningError, BudgetErrors, StoreError."""
        self.check(server)
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
        after: discord.ui.View | None = None,
    ) -> None:
        """Retrain a server's model (None: the default one) on its channels, and report how it goes and ends.

        `channel` is the Discord channel of the message that `begin` sends, and of the report; `by` is None for the
        schedule; `after` are the buttons of that message in the end. `force` trains even if there is nothing new to
        learn from. A failing training is reported, not raised, and so is a report that can't be sent. Raises
        TrainingRunningError, StoreError, and what `begin` raises.
        """
        self.check(server)
        with self._in_flight.work():
            self._running.add(server)
            try:
                run = await self._store.runs.start(server, channel=channel.id if channel else None, by=by)
                bind_contextvars(training=run.id)
                message = await self._begin(run, begin)
                state, reply, left_out = await self._follow(run, message, after, force=force)
            finally:
                self._running.discard(server)
            if channel is not None and reply is not None:
                buttons = report_buttons(run, state, left_out, mistakes=await self._has_mistakes(server))
                await self._report(channel, message, self._mentions.reply(reply), run, buttons)

    async def _begin(self, run: Run, begin: Begin) -> discord.PartialMessage | None:
        try:
            message = await begin(Reply(self._progress(run, {})), cancel_button(run.id))
        except Exception:
            self._trainings.labels(RunState.FAILED).inc()
            await self._store.runs.finish(run.id, RunState.FAILED)
            raise
        if message is not None:
            await self._store.runs.set_message(run.id, message.id)
        return message

    async def _follow(
        self, run: Run, message: discord.PartialMessage | None, after: discord.ui.View | None, *, force: bool
    ) -> tuple[RunState, Reply | None, Sequence[LeftOut]]:
        """Train, and show the progress; returns how it ended, the report, and the channels that were left out."""
        steps: dict[str, Progress] = {}
        async with LiveMessage(message) as live:

            def on_progress(step: Progress) -> None:
                steps[step.stage] = step
                live.show(self._progress(run, steps))

            reply: Reply | None = None
            left_out: Sequence[LeftOut] = ()
            try:
                outcome = await self._train(run.server, on_progress, force=force)
            except CancelledTrainingError:
                state = RunState.INTERRUPTED if self._stopping else RunState.CANCELLED
                await self._store.runs.finish(run.id, state)
            except NothingNewError:
                state, reply = RunState.NOTHING_NEW, None if run.scheduled else nothing_new()
                await self._store.runs.finish(run.id, state)
            except Exception as error:  # noqa: BLE001 - whoever waits for the report gets one, whatever it is
                state, reply, left_out = RunState.FAILED, Reply(explain(error)), left_out_of(error)
                log.warning("training run %d failed: %s", run.id, in_short(error))
                await self._store.runs.finish(run.id, state)
            else:
                state = RunState.DONE if outcome.swapped else RunState.KEPT_OLD
                reply, left_out = report(outcome, await self._draw(confusion_matrix, outcome.model)), outcome.left_out
                await self._record(run, state, outcome)
            live.end(self._progress(run, steps, last_word=gettext(LAST_WORDS[state])), after)
        self._trainings.labels(state).inc()
        log.info("training run %d of server %s: %s", run.id, run.server, state)
        if reply is not None:
            with suppress(StoreError):  # then they go by what YouTube calls them
                left_out = await self._lists.named(run.server, left_out)
            reply = without(reply, left_out, own=run.server is not None)
        return state, reply, left_out

    async def _has_mistakes(self, server: int | None) -> bool:
        with suppress(StoreError):
            return await has_mistakes(self._engine, self._store, server)
        return False

    def _progress(self, run: Run, steps: Mapping[str, Progress], last_word: str = "") -> str:
        has_model = self._engine.info(run.server) is not None
        return self._mentions.text(progress(steps, has_model=has_model, last_word=last_word))

    async def _report(
        self,
        channel: discord.PartialMessageable,
        message: discord.PartialMessage | None,
        reply: Reply,
        run: Run,
        buttons: discord.ui.View | None,
    ) -> None:
        extra: dict[str, Any] = {"view": buttons} if buttons else {}
        try:
            try:
                await deliver_patiently(channel.send, reply, to=message, **extra)
            except discord.Forbidden:  # perhaps embeds or files have been forbidden meanwhile
                await deliver_patiently(channel.send, self._mentions.reply(unshown()), to=message, **extra)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            level = logging.INFO if fate(error) is Fate.DROP else logging.WARNING
            log.log(level, "training run %d ended, but the result could not be reported: %s", run.id, in_short(error))

    async def _train(self, server: int | None, on_progress: OnProgress, *, force: bool) -> RetrainReport:
        chosen = await self._store.channels.of(server) if server is not None else ()
        ids = [it.channel.id for it in chosen if it.channel.id]
        labels = {it.video: it.label for it in await self._store.feedback.reviewed(server)}
        labels |= await self._mistakes(server, [it.channel for it in chosen])
        corrected = await self._store.corrections.of(server)
        labels = {video: label for video, label in labels.items() if video not in corrected}
        if self._stopping:
            raise CancelledTrainingError("The training was cancelled. Nothing has changed.")
        channels = ids or self._default_channels
        async with self._budget.training(server, len(channels)) as bill:
            try:
                outcome = await self._engine.retrain(
                    server,
                    channels,
                    bill.watching(on_progress),
                    reviewed=sorted(labels.items()),
                    corrected=sorted(corrected.items()),
                    force=force,
                )
            except NothingNewError as error:
                bill.units = error.data["units"]
                raise
            bill.units = outcome.units
        return outcome

    async def _mistakes(self, server: int | None, chosen: Sequence[Channel]) -> Mapping[str, str | None]:
        """Videos that were answered wrong according to YouTube, with their labels; None: none of the channels."""
        labels = {it.id: it.label for it in (*self._engine.channels(server), *chosen)}
        mistakes = await self._store.answers.mistakes(server)
        # For default channels that no model knows yet, neither id nor label is known: a video may be theirs.
        return {video: labels.get(channel) for video, channel in mistakes.items() if channel in labels or chosen}

    async def _record(self, run: Run, state: RunState, outcome: RetrainReport) -> None:
        model = outcome.model
        await self._store.runs.finish(
            run.id, state, version=model.version, accuracy=model.metrics.accuracy, thumbnails=model.thumbnails
        )
