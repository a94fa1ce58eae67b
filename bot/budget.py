"""Budget: what one server may have YouTube and the trainer do, so that the others get their share.

YouTube gives a key some units of quota per day, for all servers together. A server has a budget of them and, between
trainings, a pause. What all use is counted in one place, the database, whichever process uses it.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from discord.utils import format_dt

from bot.services import Services
from bot.store.errors import StoreError
from classifier.errors import ThumbprintError
from classifier.values import OnProgress, Progress

log = logging.getLogger(__name__)

PER_PAGE: Final = 50
"""Videos that YouTube lists for one unit."""


class TooSoonError(ThumbprintError):
    """A server that has just trained."""


class BudgetError(ThumbprintError):
    """A server that has used its budget for today, or a key whose quota all servers together have used."""


@dataclass(slots=True)
class Bill:
    """What a training costs: an estimate until the `units` are known, and nothing while it waits in the queue."""

    units: int
    queued: bool = False

    def watching(self, on_progress: OnProgress) -> OnProgress:
        """Pass progress on, and note whether the training still waits."""

        def watch(step: Progress) -> None:
            self.queued = step.stage == "wait" and step.done < step.total
            on_progress(step)

        return watch


class Budget:
    """Checks and counts what servers use. The default model, which only the owner trains, has no limits."""

    def __init__(self, services: Services) -> None:
        self._runs = services.store.runs
        self._quota = services.store.quota
        self._used = services.metrics.quota
        self._units = services.settings.quota_per_server
        self._units_of_all = services.settings.quota_per_day
        self._pause = timedelta(seconds=services.settings.retrain_cooldown)
        self._per_channel = 1 + -(-services.settings.thumbnails_per_channel // PER_PAGE)

    async def has_left(self, server: int) -> bool:
        """Whether a server has not used up its budget for today, nor all together the key's quota.

        The last thing that is paid for may exceed it.
        """
        return await self._quota.spent(server) < self._units and await self.left() > 0

    async def left(self) -> int:
        """The units that the key has left for today."""
        return max(0, self._units_of_all - await self._quota.spent_by_all())

    async def check(self, server: int) -> None:
        """Raise BudgetError if a server has used its budget for today, or all together the key's quota."""
        if await self.has_left(server):
            return
        renewed = format_dt(self._quota.renewed_at(), "R")
        if await self.left():
            raise BudgetError(
                "This server has used its YouTube budget for today. Try again {renewed}.", renewed=renewed
            )
        raise BudgetError("My YouTube quota for today is used up. Try again {renewed}.", renewed=renewed)

    async def check_training(self, server: int) -> None:
        """Raise BudgetError if a server has used its budget for today, TooSoonError if it has just trained."""
        await self.check(server)
        if rested_at := await self._runs.rested_at(server, self._pause):
            raise TooSoonError(
                "I have just trained for this server. You can train again {rested}.", rested=format_dt(rested_at, "R")
            )

    async def pay(self, server: int | None, units: int = 1) -> None:
        """Count units that were used, for a server or for all."""
        self._used.inc(units)
        await self._quota.spend(server, units)

    @asynccontextmanager
    async def training(self, server: int | None, channels: int) -> AsyncIterator[Bill]:
        """Count a training of some channels; at once, by an estimate, so that even a restart does not make it free."""
        bill = Bill(channels * self._per_channel)
        estimate = bill.units
        await self._quota.spend(server, estimate)
        try:
            yield bill
        finally:
            used = 0 if bill.queued else bill.units
            self._used.inc(used)
            try:
                await self._quota.spend(server, used - estimate)
            except StoreError as error:  # the estimate stays
                log.warning("the quota that server %s used is only estimated: %s", server, error)
