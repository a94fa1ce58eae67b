"""What each process of a cluster does is only for the servers on its own shards."""

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta

import pytest

from bot.store.game_values import Puzzle
from bot.store.store import Store
from bot.store.values import ALL_SHARDS, Shards
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import NERD, PEIXE

FIRST, SECOND = 6 << 22, (7 << 22) + 5
"""Servers on shards 0 and 1 of 3."""
MINE, OTHERS = Shards(3, (1, 2)), Shards(3, (0,))


def test_servers_are_spread_as_discord_does() -> None:
    assert [Shards(3, (it,)).cover(FIRST) for it in range(3)] == [True, False, False]
    assert [Shards(3, (it,)).cover(SECOND) for it in range(3)] == [False, True, False]
    assert [Shards(3, (it,)).cover(None) for it in range(3)] == [True, False, False], "direct messages are on shard 0"
    assert all(ALL_SHARDS.cover(it) for it in (FIRST, SECOND, None))


async def runs(store: Store, shards: Shards) -> Collection[int | None]:
    return [run.server for run in await store.runs.interrupted(shards)]


async def due(store: Store, shards: Shards) -> Collection[int]:
    return await store.runs.due(timedelta(days=7), shards)


async def expired(store: Store, shards: Shards) -> Collection[int]:
    return await store.servers.expired(shards)


async def rounds(store: Store, shards: Shards) -> Collection[int]:
    return [it.server for it in await store.game.running(shards)]


async def settings(store: Store, shards: Shards) -> Collection[int]:
    return list(await store.servers.all(shards))


async def watched(store: Store, shards: Shards) -> Collection[int]:
    return list(await store.watched.all(shards))


async def begin(store: Store, clock: Clock) -> None:
    """Something of every kind for both servers."""
    for server in (FIRST, SECOND):
        await store.servers.set_weekly(server, weekly=True)
        await store.watched.add(server, server + 1)
        puzzle = Puzzle("v", ("a", "b"), answer=0, bot_choice=0, bot_confidence=1.0)
        await store.game.start(server, 1, puzzle, lasts=timedelta(hours=1), daily=True)


@pytest.mark.parametrize("read", [due, rounds, settings, watched])
async def test_what_is_read_is_of_ones_own_servers(
    read: Callable[[Store, Shards], Awaitable[Collection[int]]], store: Store, clock: Clock
) -> None:
    await begin(store, clock)
    assert [list(await read(store, it)) for it in (OTHERS, MINE)] == [[FIRST], [SECOND]]
    assert sorted(await read(store, ALL_SHARDS)) == [FIRST, SECOND]


async def test_trainings_in_direct_messages_are_of_shard_0(store: Store) -> None:
    for server in (FIRST, SECOND, None):
        await store.runs.start(server, channel=1, by=2)
    assert [await runs(store, it) for it in (OTHERS, MINE, ALL_SHARDS)] == [
        [FIRST, None],
        [SECOND],
        [FIRST, SECOND, None],
    ]


async def test_a_daily_round_is_posted_by_the_process_of_its_server(store: Store, clock: Clock) -> None:
    for server in (FIRST, SECOND):
        await store.daily.turn_on(server, 1, 13)
    clock.forward(hours=2)
    assert [it.server for it in await store.daily.claim(MINE)] == [SECOND]
    assert [it.server for it in await store.daily.claim(OTHERS)] == [FIRST]
    assert await store.daily.claim() == ()


async def test_a_process_does_not_count_the_others_servers_as_left(store: Store, clock: Clock) -> None:
    await begin(store, clock)
    await store.servers.update_presence(lambda: {SECOND}, MINE)
    assert [(await store.servers.get(it)).left_at for it in (FIRST, SECOND)] == [None, None]
    await store.servers.update_presence(set, MINE)
    assert [(await store.servers.get(it)).left_at for it in (FIRST, SECOND)] == [None, clock.now]
    await store.servers.update_presence(set, OTHERS)
    clock.forward(days=31)
    assert [list(await expired(store, it)) for it in (OTHERS, MINE)] == [[FIRST], [SECOND]]


async def test_youtube_channels_are_listed_by_shard(store: Store) -> None:
    await store.channels.add(FIRST, NERD, 1)
    await store.channels.add(SECOND, PEIXE, 1)
    assert [await store.channels.listed(it) for it in (OTHERS, MINE)] == [("UCnerd",), ("UCpeixe",)]


async def test_last_known_values_are_of_ones_own_servers(store: Store, clock: Clock) -> None:
    await begin(store, clock)
    await store.recall(MINE)
    assert set(store.servers.last_known._known) == set(store.watched.last_known._known) == {SECOND}
