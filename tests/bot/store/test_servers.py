import asyncio
from datetime import timedelta

import pytest

from bot.store.store import Store
from bot.store.values import Server, UnknownPictures
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import ADMIN, MEMBER, NEIGHBOUR, NERD, SERVER, prediction

MONTH = timedelta(days=30)


async def test_a_new_server_has_the_defaults(store: Store) -> None:
    assert await store.servers.get(SERVER) == Server(SERVER, threshold=None, weekly=False, left_at=None)


async def test_each_setting_is_stored_separately(store: Store) -> None:
    await store.servers.set_threshold(SERVER, 0.8)
    await store.servers.set_weekly(SERVER, weekly=True)
    await store.servers.set_unknown_pictures(SERVER, UnknownPictures.REACT)
    await store.servers.set_threshold(NEIGHBOUR, 0.3)
    assert await store.servers.get(SERVER) == Server(
        SERVER, threshold=0.8, weekly=True, unknown_pictures=UnknownPictures.REACT
    )
    await store.servers.set_threshold(SERVER, None)
    await store.servers.set_weekly(SERVER, weekly=False)
    await store.servers.set_unknown_pictures(SERVER, UnknownPictures.ANSWER)
    assert await store.servers.get(SERVER) == Server(SERVER)
    neighbour = await store.servers.get(NEIGHBOUR)
    assert (neighbour.threshold, neighbour.unknown_pictures) == (0.3, UnknownPictures.ANSWER)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
async def test_a_threshold_outside_0_to_1_is_refused(store: Store, threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        await store.servers.set_threshold(SERVER, threshold)


async def test_all_data_of_a_server_is_deleted_30_days_after_the_bot_left(store: Store, clock: Clock) -> None:
    for server in (SERVER, NEIGHBOUR):
        await store.servers.set_threshold(server, 0.5)
        await store.channels.add(server, NERD, ADMIN)
        await store.watched.add(server, 5)
        await store.runs.start(server, channel=1, by=ADMIN)
        answer = await store.answers.record(server, prediction(), video="abc")
        await store.feedback.agree(answer.id, MEMBER, quota=9)
    await store.answers.record(None, prediction())
    await store.servers.left(SERVER)
    assert (await store.servers.get(SERVER)).left_at == clock.now
    clock.now += MONTH
    assert await store.servers.expired() == ()
    await store.servers.purge(SERVER)
    assert await store.channels.of(SERVER)
    clock.forward(seconds=1)
    assert await store.servers.expired() == (SERVER,)
    await store.servers.purge(SERVER)
    assert await store.servers.expired() == ()

    assert await store.servers.get(SERVER) == Server(SERVER)
    assert await store.channels.of(SERVER) == ()
    assert await store.watched.of(SERVER) == frozenset()
    assert await store.runs.latest(SERVER) == ()
    assert await store.feedback.queue(SERVER) == ()
    assert sum(week.answered for week in await store.statistics.weekly(SERVER)) == 0

    assert (await store.servers.get(NEIGHBOUR)).threshold == 0.5
    assert len(await store.channels.of(NEIGHBOUR)) == len(await store.runs.latest(NEIGHBOUR)) == 1
    assert len(await store.feedback.queue(NEIGHBOUR)) == 1
    assert sum(week.answered for week in await store.statistics.weekly(None)) == 1


async def test_a_server_that_the_bot_rejoins_keeps_everything(store: Store, clock: Clock) -> None:
    await store.channels.add(SERVER, NERD, ADMIN)
    await store.servers.left(SERVER)
    clock.forward(days=29)
    await store.servers.joined(SERVER)
    clock.forward(days=29)
    assert await store.servers.expired() == ()
    assert await store.servers.get(SERVER) == Server(SERVER)


async def test_leaving_a_server_without_data_stores_nothing(store: Store, clock: Clock) -> None:
    await store.servers.left(SERVER)
    await store.servers.joined(NEIGHBOUR)
    clock.forward(days=31)
    assert await store.servers.expired() == ()


async def test_a_server_that_the_bot_rejoined_is_not_purged(store: Store, clock: Clock) -> None:
    await store.channels.add(SERVER, NERD, ADMIN)
    await store.servers.left(SERVER)
    clock.forward(days=31)
    assert await store.servers.expired() == (SERVER,)
    await store.servers.joined(SERVER)
    await store.servers.purge(SERVER)
    assert await store.channels.of(SERVER)


async def test_joins_and_leaves_that_were_missed_are_recorded(store: Store, clock: Clock) -> None:
    stays, goes, returns, long_gone = 1, 2, 3, 4
    for server in (stays, goes, returns, long_gone):
        await store.servers.set_weekly(server, weekly=True)
    for server in (returns, long_gone):
        await store.servers.left(server)
    left = clock.now
    clock.forward(days=3)
    await store.servers.update_presence(lambda: {stays, returns, 5})
    found = {server: (await store.servers.get(server)).left_at for server in (stays, goes, returns, long_gone, 5)}
    assert found == {stays: None, goes: clock.now, returns: None, long_gone: left, 5: None}


async def test_a_server_that_is_left_during_the_update_stays_left(store: Store) -> None:
    present = {SERVER}
    await store.servers.set_weekly(SERVER, weekly=True)
    async with store._database.write():  # somebody else is writing; meanwhile:
        updating = asyncio.create_task(store.servers.update_presence(lambda: present))
        await asyncio.sleep(0)
        present.clear()
    await updating
    assert (await store.servers.get(SERVER)).left_at is not None
