"""Retention: how long the data of servers that the bot has left is kept, and what came from YouTube."""

import logging
from collections.abc import Callable, Collection

from bot.budget import Budget
from bot.services import Services
from bot.store.errors import StoreError
from classifier.errors import CancelledTrainingError, ThumbprintError
from classifier.values import KEEP

log = logging.getLogger(__name__)


class Retention:
    """Deletes everything about servers that the bot left 30 days ago, and which videos were guessed before that."""

    def __init__(self, services: Services) -> None:
        self._servers = services.store.servers
        self._engine = services.engine
        self._game = services.store.game
        self._group = services.group

    async def clean_up(self, present: Callable[[], Collection[int]]) -> None:
        """Record which servers the bot has left or joined while it was away, and delete those that are due.

        `present` gives the ids of the servers that the bot is in now, of those that this process serves.
        """
        try:
            await self._servers.update_presence(present, self._group.shards)
            expired = await self._servers.expired(self._group.shards)
            await self._game.forget_videos()
        except StoreError as error:
            log.warning("could not look up which data has expired: %s", error)
            return
        for server in expired:
            try:
                await self._engine.forget(server)
                # The rows go last, because they say what has expired: whatever fails is tried again the next day.
                await self._servers.purge(server)
            except (ThumbprintError, OSError) as error:
                log.warning("could not delete all data of server %s: %s", server, error)
            else:
                log.info("deleted all data of server %s", server)


class YouTubeRetention:
    """Refreshes or deletes what came from YouTube before it is 30 days old, as YouTube's API policies ask."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._engine = services.engine
        self._defaults = services.settings.channels
        self._budget = Budget(services)
        self._group = services.group

    async def refresh(self) -> None:
        """Refresh what is due, some thousand thumbnails at a time, so that trainings get their turns in between.

        What is due follows from the data, so a restart loses nothing. Failures are logged: the next day tries again.
        """
        more = True
        while more:
            try:
                more = await self._refresh_some()
            except CancelledTrainingError:  # the bot stops
                return
            except (ThumbprintError, OSError) as error:
                log.warning("what came from YouTube could not be refreshed: %s", error)
                return

    async def _refresh_some(self) -> bool:
        """Refresh what fits in one turn; whether there is more."""
        listed = await self._store.channels.listed(self._group.shards)
        report = await self._engine.refresh((*self._defaults, *listed), self._store.now())
        await self._budget.pay(None, report.units)
        await self._store.channels.refresh(report.channels, report.gone, keep=KEEP)
        await self._store.models.rename(report.channels, report.gone)
        await self._store.answers.forget_facts(keep=KEEP)
        log.info(
            "refreshed what came from YouTube: %d channels (%d gone), %d thumbnails (%d changed), %d deleted",
            *(len(report.channels), len(report.gone), report.checked, report.changed, report.deleted),
        )
        if report.problem:
            log.warning("not everything from YouTube could be refreshed: %s", report.problem)
        return report.more
