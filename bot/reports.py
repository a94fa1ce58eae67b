"""Reports: says how a training run ended, as an answer to the message that showed its progress."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import aiohttp
import discord

from bot.delivery import deliver_patiently
from bot.faults import Fate, fate, in_short
from bot.languages import gettext
from bot.replies.confusion import confusion_matrix
from bot.replies.message import Reply
from bot.replies.training import LAST_WORDS, late_report, nothing_new, unshown
from bot.services import Services
from bot.store.errors import StoreError
from bot.store.values import Run, RunState
from bot.views.mistakes import has_mistakes
from bot.views.training import report_buttons
from classifier.errors import ArtifactError, StorageError
from classifier.values import LeftOut

log = logging.getLogger(__name__)

SEARCHED: Final = 100
"""Messages among which the one that shows a run's progress, or the report, is searched for."""
CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""Discord's and this machine's."""


class Reports:
    """Sends the reports of training runs."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._engine = services.engine
        self._store = services.store
        self._mentions = services.mentions
        self._draw = services.draw

    async def send(self, run: Run, state: RunState, reply: Reply, left_out: Sequence[LeftOut] = ()) -> None:
        """Send the report of a run that ended in `state`; that it can't be sent is logged, not raised.

        For some minutes, Discord shows only one report of a run, even if several processes send one.
        """
        if run.channel is None:
            return
        channel = self._client.get_partial_messageable(run.channel)
        message = None if run.message is None else channel.get_partial_message(run.message)
        options: dict[str, Any] = {"to": message, "nonce": run.message}
        if buttons := report_buttons(run, state, left_out, mistakes=await self._has_mistakes(run.server)):
            options["view"] = buttons
        try:
            try:
                await deliver_patiently(channel.send, self._mentions.reply(reply), **options)
            except discord.Forbidden:  # perhaps embeds or files have been forbidden meanwhile
                await deliver_patiently(channel.send, self._mentions.reply(unshown()), **options)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            level = logging.INFO if fate(error) is Fate.DROP else logging.WARNING
            log.log(level, "training run %d ended, but the result could not be reported: %s", run.id, in_short(error))

    async def is_missing(self, run: Run, message: discord.PartialMessage) -> bool:
        """Whether the message of a run that has ended has no report. Raises what discord.py raises."""
        if run.state not in (RunState.DONE, RunState.KEPT_OLD, RunState.FAILED, RunState.NOTHING_NEW):
            return False
        if run.ended_at is None or (run.state is RunState.NOTHING_NEW and run.scheduled):
            return False
        ended = max(message.created_at, run.ended_at - CLOCKS_DIFFER)
        me = self._client.user.id if self._client.user else 0
        async for it in message.channel.history(after=ended, limit=SEARCHED):
            if it.author.id == me and it.reference is not None and it.reference.message_id == message.id:
                return False
        return True

    async def send_late(self, run: Run) -> None:
        """Send the report of a run whose process was killed before it did, from what is stored. Raises StoreError."""
        await self.send(run, run.state, await self._from_stored(run))

    async def _from_stored(self, run: Run) -> Reply:
        if run.state is RunState.NOTHING_NEW:
            return nothing_new()
        try:
            versions = await self._engine.versions(run.server) if run.version else ()
        except (ArtifactError, StorageError) as error:
            log.warning("the report of training run %d has no figures: %s", run.id, error)
            versions = ()
        model = next((it.model for it in versions if it.model.version == run.version), None)
        if model is None:
            return Reply(gettext(LAST_WORDS[run.state]))
        return late_report(model, await self._draw(confusion_matrix, model), swapped=run.state is RunState.DONE)

    async def _has_mistakes(self, server: int | None) -> bool:
        with suppress(StoreError):
            return await has_mistakes(self._engine, self._store, server)
        return False
