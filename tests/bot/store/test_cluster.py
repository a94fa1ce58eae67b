"""Leases, beats, turns to identify and claims, as PostgreSQL's own clock has them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store.cluster import ClusterStore
from bot.store.cluster_values import Layout, Lease, OtherLayoutError
from bot.store.store import Store
from bot.store.values import Shards
from tests.bot.store.conftest import Databases

LASTS = timedelta(hours=1)
"""No lease expires by itself."""
LAYOUT = Layout(total=5, size=2)


@pytest.fixture
async def store(databases: Databases, tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(databases.empty("postgresql", tmp_path))
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def cluster(store: Store) -> ClusterStore:
    return store.cluster


async def take(cluster: ClusterStore, holder: str, layout: Layout = LAYOUT, *, adopt: bool = False) -> Lease | None:
    return await cluster.take(holder, layout, LASTS, adopt=adopt)


async def execute(store: Store, sql: str, **values: str) -> None:
    async with store._database.write() as connection:
        await connection.execute(text(sql), values)


async def expire(store: Store, holder: str) -> None:
    """Let the lease of a process that died expire."""
    past = "UPDATE shard_groups SET expires_at = now() - interval '1 second' WHERE holder = :holder"
    await execute(store, past, holder=holder)


async def test_every_group_has_one_process(cluster: ClusterStore) -> None:
    leases = await asyncio.gather(*(take(cluster, holder) for holder in "abcde"))
    served = sorted(it.shards.ids for it in leases if it)
    assert served == [(0, 1), (2, 3), (4,)]
    assert all(it is None or it.shards.total == 5 for it in leases)


async def test_a_group_is_free_once_it_is_released_or_expired(store: Store, cluster: ClusterStore) -> None:
    for holder in "abc":
        await take(cluster, holder)
    await cluster.release("b")
    freed = await take(cluster, "d")
    assert freed is not None
    assert freed.number == 1
    assert await take(cluster, "e") is None
    await expire(store, "c")
    expired = await take(cluster, "e")
    assert expired is not None
    assert expired.number == 2


async def test_a_lease_is_renewed_until_it_expires(store: Store, cluster: ClusterStore) -> None:
    await take(cluster, "a")
    assert await cluster.renew("a", LASTS)
    await expire(store, "a")
    assert not await cluster.renew("a", LASTS), "another process may have it by now"
    await take(cluster, "b")
    assert not await cluster.renew("a", LASTS)
    await cluster.release("a")
    assert await cluster.renew("b", LASTS)


async def test_a_lease_lasts_as_long_as_it_says(store: Store, cluster: ClusterStore) -> None:
    await take(cluster, "a")
    async with store._database.read() as connection:
        left = await connection.scalar(text("SELECT expires_at - now() FROM shard_groups"))
    assert LASTS - timedelta(minutes=1) < left <= LASTS


async def test_all_processes_divide_the_shards_alike(store: Store, cluster: ClusterStore) -> None:
    await take(cluster, "a")
    for other in (Layout(5, 3), Layout(6, 2)):
        with pytest.raises(OtherLayoutError, match="divide 5 shards into groups of 2"):
            await take(cluster, "b", other)
    adopted = await take(cluster, "b", Layout(8, 2), adopt=True)
    assert adopted is not None
    assert adopted.shards == Shards(5, (2, 3))
    with pytest.raises(OtherLayoutError):
        await take(cluster, "c", Layout(5, 3), adopt=True)
    await cluster.release("a")
    await expire(store, "b")
    grown = await take(cluster, "c", Layout(8, 4))
    assert grown is not None
    assert grown.shards == Shards(8, (0, 1, 2, 3))


async def test_whoever_takes_a_group_over_knows_when_its_shards_were_last_served(
    store: Store, cluster: ClusterStore
) -> None:
    first = await take(cluster, "a")
    assert first is not None
    assert first.beats == {}, "nobody has missed anything"
    await cluster.beat(5, [1])
    await execute(store, "UPDATE beats SET at = '2026-01-01 00:00Z' WHERE shard = 0")
    await cluster.release("a")
    second = await take(cluster, "b")
    assert second is not None
    assert second.beats[0] == datetime(2026, 1, 1, tzinfo=UTC)
    assert second.beats[1] > datetime(2026, 1, 1, tzinfo=UTC)
    await cluster.release("b")
    again = await take(cluster, "c")
    assert again is not None
    assert again.beats == second.beats, "taking a group is no beat"


async def test_after_a_change_of_their_number_all_shards_were_last_served_when_the_last_process_was(
    store: Store, cluster: ClusterStore
) -> None:
    await take(cluster, "a")
    await execute(store, "UPDATE beats SET at = '2026-01-01 00:00Z'")
    await cluster.release("a")
    lease = await take(cluster, "b", Layout(3, 3))
    assert lease is not None
    assert lease.beats == dict.fromkeys((0, 1, 2), datetime(2026, 1, 1, tzinfo=UTC))


async def test_turns_to_identify_are_apart_in_each_bucket(cluster: ClusterStore) -> None:
    every = timedelta(minutes=10)
    waits = sorted(await asyncio.gather(*(cluster.take_turn(0, every) for _ in range(4))))
    assert waits[0] == 0
    for number, wait in enumerate(waits):
        assert abs(wait - 600 * number) < 60  # each counts from when it began, in whatever order they get their turns
    assert await cluster.take_turn(1, every) == 0


async def test_a_turn_that_nobody_took_does_not_come_later(store: Store, cluster: ClusterStore) -> None:
    await cluster.take_turn(0, timedelta(minutes=10))
    await execute(store, "UPDATE identifies SET next_at = now() - interval '1 hour'")
    assert await cluster.take_turn(0, timedelta(minutes=10)) == 0
    assert await cluster.take_turn(0, timedelta(minutes=10)) > 540


async def test_a_picture_is_claimed_once(cluster: ClusterStore) -> None:
    for holder in "ab":
        await take(cluster, holder)
    claims = await asyncio.gather(*(cluster.claim(holder, 7) for holder in "abab"))
    assert sorted(claims) == [False, False, False, True]
    assert await cluster.claim("a", 8)


async def test_what_a_dead_process_claimed_can_be_claimed_again(store: Store, cluster: ClusterStore) -> None:
    await take(cluster, "a")
    assert await cluster.claim("a", 7)
    await expire(store, "a")
    await take(cluster, "b")
    assert await cluster.claim("b", 7)
    assert not await cluster.claim("b", 7)
    assert not await cluster.claim("a", 7), "it may have been stopped, and goes on"
    assert not await cluster.claim("a", 9)


async def test_old_claims_and_beats_are_deleted(store: Store, cluster: ClusterStore) -> None:
    await take(cluster, "a")
    for message in (7, 8):
        await cluster.claim("a", message)
    await execute(store, "UPDATE claims SET at = now() - interval '61 minutes' WHERE message = 7")
    await execute(store, "UPDATE beats SET at = now() - interval '25 hours' WHERE shard = 0")
    await cluster.clean_up()
    async with store._database.read() as connection:
        assert (await connection.scalars(text("SELECT message FROM claims"))).all() == [8]
        assert (await connection.scalars(text("SELECT shard FROM beats"))).all() == [1]
