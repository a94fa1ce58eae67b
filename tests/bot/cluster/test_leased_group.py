"""A process's shard group, with a scripted database; tests/e2e/test_cluster.py has a real one."""

import asyncio
import threading
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import _rotated
from bot.cluster.leased_group import EARLY_SECONDS, LATE_SECONDS, LeasedGroup
from bot.group import GroupLostError
from bot.store.cluster import ClusterStore
from bot.store.cluster_values import Layout, Lease, OtherLayoutError
from bot.store.errors import StoreError
from bot.store.values import Shards
from tests.bot.samples import settings

BEAT = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = Lease(1, Shards(4, (2, 3)), {2: BEAT})
FAILURE = StoreError("I can't reach my database.")


class ScriptedStore(ClusterStore):
    """Gives what a test sets; `failure` is raised instead."""

    def __init__(self) -> None:
        self.leases: list[Lease | Exception | None] = [LEASE]
        self.asked: list[tuple[Layout, bool]] = []
        self.renewable = True
        self.failure: StoreError | None = None
        self.claimable = True
        self.released: list[str] = []
        self.beats: list[tuple[int, Collection[int]]] = []
        self.cleaned = 0
        self.turns: list[int] = []
        self.waits: list[float] = []

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def take(self, holder: str, layout: Layout, lasts: timedelta, *, adopt: bool) -> Lease | None:
        del holder, lasts
        self.asked.append((layout, adopt))
        given = self.leases.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    async def renew(self, holder: str, lasts: timedelta) -> bool:
        del holder, lasts
        self._fail()
        return self.renewable

    async def release(self, holder: str) -> None:
        self.released.append(holder)
        self._fail()

    async def beat(self, total: int, shards: Collection[int]) -> None:
        self.beats.append((total, shards))

    async def clean_up(self) -> None:
        self.cleaned += 1

    async def take_turn(self, bucket: int, every: timedelta) -> float:
        del every
        self.turns.append(bucket)
        return self.waits.pop(0) if self.waits else 0.0

    async def claim(self, holder: str, message: int) -> bool:
        del holder, message
        self._fail()
        return self.claimable


@pytest.fixture
def store() -> ScriptedStore:
    return ScriptedStore()


@pytest.fixture
def expired() -> threading.Event:
    return threading.Event()


@pytest.fixture
async def group(store: ScriptedStore, expired: threading.Event, tmp_path: Path) -> AsyncIterator[LeasedGroup]:
    url = "postgresql://host/name"
    chosen = settings(tmp_path, database_url=url, shards_per_process=2, takeover_seconds=2)
    group = LeasedGroup(chosen, store, expired.set, spare=0.0)
    yield group
    await group.leave()


async def test_a_spare_waits_until_there_is_a_group(group: LeasedGroup, store: ScriptedStore) -> None:
    store.leases = [None, OtherLayoutError("They divide them otherwise."), FAILURE, LEASE]
    assert (group.name, group.shards.ids, group.spare) == ("no shard group yet", (), False)
    assert not await group.claim(7)
    await group.join(recommended=4, max_concurrency=1)
    assert store.asked == [(Layout(4, 2), True)] * 4, "as many shards as Discord says, or those that run"
    assert (group.name, group.shards, group.spare) == ("shard group 1, shards 2 to 3 of 4", LEASE.shards, False)
    assert (group.last_beat(2), group.last_beat(3)) == (BEAT, None)


async def test_a_spare_is_called_one(group: LeasedGroup, store: ScriptedStore) -> None:
    waiting = asyncio.Event()

    async def take(holder: str, layout: Layout, lasts: timedelta, *, adopt: bool) -> Lease | None:
        del holder, layout, lasts, adopt
        if group.spare:
            waiting.set()
        return None

    store.take = take  # type: ignore[method-assign]
    joining = asyncio.create_task(group.join(4, 1))
    await asyncio.wait_for(waiting.wait(), 30)
    assert group.name == "a spare: every shard group has a process"
    joining.cancel()


async def test_a_number_of_shards_that_is_set_is_not_adopted(store: ScriptedStore, tmp_path: Path) -> None:
    chosen = settings(tmp_path, database_url="postgresql://host/name", shards_per_process=2, shards=6)
    group = LeasedGroup(chosen, store, lambda: None)
    await group.join(recommended=4, max_concurrency=1)
    assert store.asked == [(Layout(6, 2), False)]
    await group.leave()


async def test_it_is_released_at_the_end(group: LeasedGroup, store: ScriptedStore, expired: threading.Event) -> None:
    await group.join(4, 1)
    await group.leave()
    assert len(store.released) == 1
    store.failure = FAILURE
    await group.leave()  # the lease expires by itself
    assert not expired.is_set()


async def until_lost(group: LeasedGroup) -> None:
    """Work that ends when the group is lost."""
    async with group.guarded():
        await asyncio.get_running_loop().create_future()


async def test_work_ends_when_another_process_can_have_the_group(group: LeasedGroup, store: ScriptedStore) -> None:
    await group.join(4, 1)
    assert await group.claim(7)
    store.renewable = False
    with pytest.raises(GroupLostError, match="lost its shard group"):
        await until_lost(group)
    assert not await group.claim(8)
    with pytest.raises(GroupLostError):
        await until_lost(group)


async def test_work_ends_before_a_lease_that_cannot_be_renewed_expires(
    group: LeasedGroup, store: ScriptedStore, expired: threading.Event
) -> None:
    await group.join(4, 1)
    store.failure = FAILURE
    with pytest.raises(GroupLostError):
        await until_lost(group)
    assert not group._deadline.passed, "there is time to end"
    assert not await group.claim(7)
    assert await asyncio.to_thread(expired.wait, 30), "then the process is ended"


async def test_a_cancelled_block_is_no_lost_group(group: LeasedGroup) -> None:
    await group.join(4, 1)
    work = asyncio.create_task(until_lost(group))
    await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_while_the_database_fails_the_lease_is_claim_enough(group: LeasedGroup, store: ScriptedStore) -> None:
    await group.join(4, 1)
    store.failure = FAILURE
    assert await group.claim(7)
    store.failure, store.claimable = None, False
    assert not await group.claim(8)


async def test_beats_are_of_its_shards_and_the_first_group_cleans_up(group: LeasedGroup, store: ScriptedStore) -> None:
    await group.join(4, 1)
    await group.beat([3])
    assert (store.beats, store.cleaned) == ([(4, [3])], 0)
    group.shards = Shards(4, (0, 1))
    await group.beat([0])
    assert store.cleaned == 1


async def test_turns_are_by_bucket(group: LeasedGroup, store: ScriptedStore) -> None:
    await group.join(4, max_concurrency=2)
    for shard in (2, 3):
        await group.near_turn(shard)
        await group.turn(shard)
    assert store.turns == [0, 1], "the turn that was near is taken"


async def test_a_shard_that_misses_its_turn_takes_another(group: LeasedGroup, store: ScriptedStore) -> None:
    await group.join(4, max_concurrency=2)
    await group.turn(2)
    store.waits = [-LATE_SECONDS - 0.1]
    await group.near_turn(3)
    await group.turn(3)
    assert store.turns == [0, 1, 1]


async def test_a_shard_connects_shortly_before_its_turn(
    group: LeasedGroup, store: ScriptedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    store.waits = [600.0]
    monkeypatch.setattr(asyncio, "sleep", sleep)
    await group.near_turn(2)
    await group.turn(2)
    assert 590 - EARLY_SECONDS < slept[-2] <= 600 - EARLY_SECONDS
    assert 590 < slept[-1] <= 600
    assert store.turns == [0]


@pytest.mark.parametrize(
    ("ids", "order"), [((0, 1), [0, 1]), ((2, 3), [3, 2]), ((8, 9, 10, 11), [10, 11, 8, 9]), ((8,), [8]), ((0,), [0])]
)
def test_processes_begin_with_different_buckets(ids: tuple[int, ...], order: list[int]) -> None:
    assert _rotated(ids) == order
