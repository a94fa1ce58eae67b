"""Weekly trainings: starts those that are due."""

import asyncio
import logging
from datetime import timedelta
from typing import Final

import aiohttp
import discord

from bot.budget import Budget
from bot.delivery import deliver
from bot.faults import in_short
from bot.language_choice import speak_in
from bot.replies.message import Reply
from bot.retraining import Retraining
from bot.services import Services
from bot.store.errors import StoreError
from classifier.errors import TrainingRunningError

log = logging.getLogger(__name__)

WEEK: Final = timedelta(days=7)


class Weekly:
    """Trains the servers that want it every week, if their last run was a week ago."""

    def __init__(self, client: discord.Client, services: Services, retraining: Retraining) -> None:
        self._client = client
        self._store = services.store
        self._group = services.group
        self._budget = Budget(services)
        self._retraining = retraining

    async def train_due(self, *, wait: bool = True) -> None:
        """Train one server after the other; without `wait`, only submit the jobs. Failures are logged."""
        try:
            for server in await self._store.runs.due(WEEK, self._group.shards):
                if not await self._budget.has_left(server):
                    log.info("the training of server %d waits until tomorrow: its YouTube budget is used up", server)
                    continue
                # Shielded, so that on shutdown the run itself reports that it stops.
                await asyncio.shield(self._train(server, wait=wait))
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says it all

    async def _train(self, server: int, *, wait: bool) -> None:
        """Retrain by schedule, and report in the channel of the server's previous run."""
        await speak_in(self._client.get_guild(server), self._store.servers, server)
        try:
            channels = (run.channel for run in await self._store.runs.latest(server) if run.channel is not None)
            last = next(channels, None)
            channel = None if last is None else self._client.get_partial_messageable(last)

            async def begin(reply: Reply, view: discord.ui.View) -> discord.PartialMessage | None:
                if channel is None:
                    return None
                try:
                    first = await deliver(channel.send, reply, view=view)
                except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                    log.warning("the training of server %d can't be shown: %s", server, in_short(error))
                    return None
                return channel.get_partial_message(first.id)

            begun = self._retraining.run if wait else self._retraining.start
            await begun(server, begin, channel=channel, by=None)
        except TrainingRunningError:
            log.info("server %d trains already", server)
        except Exception:
            log.exception("the scheduled training of server %d failed", server)
