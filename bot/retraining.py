"""One training run from start to report: noted in the store, followed in one message, reported in another."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import discord

from bot.errors import explain
from bot.live import LiveMessage
from bot.replies.message import Reply
from bot.replies.training import LAST_WORDS, progress, report
from bot.services import Services
from bot.store.values import Run, RunState
from bot.views.training import cancel_button, insist_button
from classifier.errors import CancelledTrainingError, TrainingRunningError
from classifier.values import Channel, OnProgress, Progress, RetrainReport

log = logging.getLogger(__name__)

Begin = Callable[[Reply, discord.ui.View], Awaitable[discord.PartialMessage | None]]
"""Sends the message that follows a run; None where it can't be told anywhere."""


class Retraining:
    """Training runs, one at a time for each server."""

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._store = services.store
        self._usual_channels = services.settings.channels
        self._in_flight = services.in_flight
        self._running: set[int | None] = set()
        self._stopping = False

    def stop(self) -> None:
        """Stop all runs for good; their messages say that the bot ends."""
        self._stopping = True
        for server in self._running:
            self._engine.cancel(server)

    async def run(self, server: int | None, begin: Begin, *, channel: int | None, by: int | None) -> None:
        """Retrain a server's model (None: the default one) on its channels, and tell how that goes and ends.

        `channel` of Discord is where `begin` sends its message; by None: the schedule asks. A failing training is
        told, not raised. Raises TrainingRunningError, StoreError, discord.HTTPException where nothing can be told.
        """
        if server in self._running:
            raise TrainingRunningError("A training is running already. Wait for its report, then ask again.")
        self._running.add(server)
        try:
            with self._in_flight.work():
                run = await self._store.runs.start(server, channel=channel, message=None, by=by)
                await self._follow(run, await self._begin(run, begin))
        finally:
            self._running.discard(server)

    async def _begin(self, run: Run, begin: Begin) -> discord.PartialMessage | None:
        try:
            message = await begin(Reply(progress({})), cancel_button(run.id))
        except Exception:
            await self._store.runs.finish(run.id, RunState.FAILED)
            raise
        if message is not None:
            await self._store.runs.tell(run.id, message.id)
        return message

    async def _follow(self, run: Run, message: discord.PartialMessage | None) -> None:
        """Train, show how far it is, and report."""
        steps: dict[str, Progress] = {}
        async with LiveMessage(message) as live:

            def on_progress(step: Progress) -> None:
                steps[step.stage] = step
                live.show(progress(steps))

            reply: Reply | None = None
            try:
                outcome = await self._train(run.server, on_progress)
            except CancelledTrainingError:
                state = RunState.INTERRUPTED if self._stopping else RunState.CANCELLED
                await self._store.runs.finish(run.id, state)
            except Exception as error:  # noqa: BLE001 - whatever it is, who waits for the report is told
                state, reply = RunState.FAILED, Reply(explain(error))
                log.warning("training run %d failed: %s", run.id, reply.text)
                await self._store.runs.finish(run.id, state)
            else:
                state, reply = RunState.DONE if outcome.swapped else RunState.KEPT_OLD, report(outcome)
                await self._note(run, state, outcome)
            live.end(progress(steps, last_word=LAST_WORDS[state]))
        log.info("training run %d of server %s: %s", run.id, run.server, state)
        if message is not None and reply is not None:
            extra: dict[str, Any] = {"view": insist_button(run.id)} if state is RunState.KEPT_OLD else {}
            reference = message.to_reference(fail_if_not_exists=False)
            await message.channel.send(
                reply.text, embeds=reply.embeds, files=reply.files(), reference=reference, **extra
            )

    async def _train(self, server: int | None, on_progress: OnProgress) -> RetrainReport:
        chosen = await self._store.channels.of(server) if server is not None else ()
        ids = [it.channel.id for it in chosen if it.channel.id]
        told = {it.video: it.label for it in await self._store.feedback.reviewed(server)}
        told |= await self._mistakes(server, [it.channel for it in chosen])
        return await self._engine.retrain(
            server, ids or self._usual_channels, on_progress, reviewed=sorted(told.items())
        )

    async def _mistakes(self, server: int | None, chosen: Sequence[Channel]) -> Mapping[str, str | None]:
        """Videos that were taken for another channel's, by YouTube's word: labels, or None for none of the channels."""
        model = self._engine.info(server)
        labels = {it.id: it.label for it in (*(model.channels if model else ()), *chosen)}
        mistakes = await self._store.answers.mistakes(server)
        # Of usual channels that no model knows yet, neither id nor label is known: what seems strange may be theirs.
        return {video: labels.get(whose) for video, whose in mistakes.items() if whose in labels or chosen}

    async def _note(self, run: Run, state: RunState, outcome: RetrainReport) -> None:
        model = outcome.model
        await self._store.runs.finish(
            run.id, state, version=model.version, accuracy=model.metrics.accuracy, pictures=model.pictures
        )
