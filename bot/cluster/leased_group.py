"""A shard group that is leased in the database, so that each has one process at a time, and no shard has two."""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final

from bot.cluster.deadline import Deadline
from bot.group import GroupLostError
from bot.settings import Settings
from bot.store.cluster import ClusterStore
from bot.store.cluster_values import Layout, Lease, OtherLayoutError
from bot.store.errors import StoreError
from bot.store.values import Shards

log = logging.getLogger(__name__)

SPARE_SECONDS: Final = 1.0
"""How often a process without a group looks for one."""
IDENTIFY_EVERY: Final = timedelta(seconds=5.25)
"""Between two shards of a bucket: Discord's 5 s, and some time for the way there."""
EARLY_SECONDS: Final = 5.0
"""How long before its turn a shard connects."""
LATE_SECONDS: Final = 0.2
"""How late it may be for it."""
CLAIM_SECONDS: Final = 1.0
"""How long a picture waits for its claim."""
TURN_SECONDS: Final = 1.0
"""Between two tries to get a turn to identify while the database fails."""


class LeasedGroup:
    """The group of one of many processes.

    The lease is renewed until `leave`. If that fails for four fifths of its time, the group is lost: nothing new is
    answered, and a guarded block ends. The rest of the time is for the end; then `expire` is called.
    """

    shared = True

    def __init__(
        self, settings: Settings, store: ClusterStore, expire: Callable[[], None], *, spare: float = SPARE_SECONDS
    ) -> None:
        self.shards = Shards(1, ())  # none yet
        self.spare = False
        self._store = store
        self._adopt = not settings.shards
        self._total, self._size = settings.shards, settings.shards_per_process
        self._lasts = settings.takeover_seconds
        self._every = spare
        self._deadline = Deadline(expire)
        self._holder = secrets.token_hex(16)
        self._lease: Lease | None = None
        self._lost = False
        self._max_concurrency = 1
        self._turns: dict[int, float] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._guarded: asyncio.Task[object] | None = None

    @property
    def name(self) -> str:
        """The group's number and its shards."""
        if self._lease is None:
            return "a spare: every shard group has a process" if self.spare else "no shard group yet"
        ids = self.shards.ids
        return f"shard group {self._lease.number}, shards {ids[0]} to {ids[-1]} of {self.shards.total}"

    async def join(self, recommended: int, max_concurrency: int) -> None:
        """Lease a group, and renew that from now on; as a hot spare, wait for one."""
        self._max_concurrency = max_concurrency
        layout, said = Layout(self._total or recommended, self._size), ""
        while True:
            asked, why = time.monotonic(), "every shard group has a process; I wait for one that stops"
            try:
                self._lease = await self._store.take(self._holder, layout, self._time, adopt=self._adopt)
            except OtherLayoutError as error:
                why = str(error)
            except StoreError as error:
                why = f"no shard group can be leased, because the database fails: {error}"
            else:
                self.spare = self._lease is None
            if self._lease is not None:
                break
            if said != why:
                log.info("%s", why)
                said = why
            await asyncio.sleep(self._every)
        self.shards = self._lease.shards
        self._deadline.move(asked + self._lasts)
        self._keeping = asyncio.create_task(self._keep())
        log.info("this process serves %s", self.name)

    async def leave(self) -> None:
        """Stop renewing, and let another process take the group."""
        self._deadline.clear()
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait({self._keeping})
        with suppress(StoreError, TimeoutError):  # then the lease expires
            async with asyncio.timeout(CLAIM_SECONDS):
                await self._store.release(self._holder)

    @asynccontextmanager
    async def guarded(self) -> AsyncIterator[None]:
        """Cancels the block if the group is lost. Raises GroupLostError then."""
        self._guarded = asyncio.current_task()
        try:
            if self._lost:
                raise _lost()
            yield
        except asyncio.CancelledError:
            if not self._lost or self._guarded is None or self._guarded.uncancel():
                raise
            raise _lost() from None
        finally:
            self._guarded = None

    def last_beat(self, shard: int) -> datetime | None:
        """Until when an earlier process served a shard."""
        return None if self._lease is None else self._lease.beats.get(shard)

    async def beat(self, shards: Collection[int]) -> None:
        """Record that these shards are served now; the process of the first group also deletes what is of no use."""
        await self._store.beat(self.shards.total, shards)
        if self.shards.cover(None):
            await self._store.clean_up()

    async def near_turn(self, shard: int) -> None:
        """Take a shard's turn to identify, and wait until it is near: of all processes, one per bucket in
        IDENTIFY_EVERY.
        """
        at = self._turns[shard] = await self._take_turn(shard)
        await asyncio.sleep(at - EARLY_SECONDS - time.monotonic())

    async def turn(self, shard: int) -> None:
        """Wait until a shard's turn to identify; if connecting took too long, until another one."""
        at = self._turns.pop(shard, 0.0)
        if time.monotonic() > at + LATE_SECONDS:
            at = await self._take_turn(shard)
        await asyncio.sleep(at - time.monotonic())

    async def claim(self, message: int) -> bool:
        """Claim the pictures of a message. While the database fails, the lease that still lasts is claim enough."""
        if self._lost or self._deadline.passed:
            return False
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                return await self._store.claim(self._holder, message)
        except (StoreError, TimeoutError):
            return not self._lost and not self._deadline.passed

    async def _take_turn(self, shard: int) -> float:
        """When the next turn of a shard's bucket comes, by the monotonic clock."""
        while True:
            try:
                return time.monotonic() + await self._store.take_turn(shard % self._max_concurrency, IDENTIFY_EVERY)
            except StoreError as error:
                log.warning("shard %d waits to identify, because the database fails: %s", shard, error)
                await asyncio.sleep(TURN_SECONDS)

    @property
    def _time(self) -> timedelta:
        return timedelta(seconds=self._lasts)

    async def _keep(self) -> None:
        """Renew the lease until it is lost. Its time counts from when the renewal was asked for."""
        step, kept = self._lasts / 5, True
        pause = step
        while kept and time.monotonic() + pause < self._deadline.at - step:
            await asyncio.sleep(pause)
            asked, pause = time.monotonic(), step
            try:
                async with asyncio.timeout(step):
                    if kept := await self._store.renew(self._holder, self._time):
                        self._deadline.move(asked + self._lasts)
            except (StoreError, TimeoutError) as error:
                log.warning("the lease of %s could not be renewed: %s", self.name, error or "it takes too long")
                pause = step / 3
        self._lost = True
        log.error("%s is lost: its lease %s", self.name, "could not be renewed" if kept else "has expired")
        if self._guarded is not None:
            self._guarded.cancel()


def _lost() -> GroupLostError:
    return GroupLostError(
        "This process lost its shard group, because the database could not be reached in time. Start it again; another "
        "process may have taken the group over."
    )
