from dataclasses import replace
from datetime import timedelta

import pytest

from bot.store.store import Store
from bot.store.values import Run, RunState
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import ADMIN, NEIGHBOUR, SERVER

WEEK = timedelta(weeks=1)


async def test_a_run_is_recorded_from_start_to_end(store: Store, clock: Clock) -> None:
    run = await store.runs.start(SERVER, channel=11, by=ADMIN)
    assert run == Run(run.id, SERVER, 11, None, ADMIN, scheduled=False, started_at=clock.now)
    assert run.state is RunState.RUNNING
    clock.forward(minutes=4)
    await store.runs.finish(run.id, RunState.DONE, version="20260304-1204", accuracy=0.94, thumbnails=800)
    ended = replace(
        run, ended_at=clock.now, state=RunState.DONE, version="20260304-1204", accuracy=0.94, thumbnails=800
    )
    assert await store.runs.get(run.id) == ended
    assert await store.runs.latest(SERVER) == (ended,)
    assert await store.runs.get(run.id + 1) is None


async def test_the_message_of_a_run_is_set_later(store: Store) -> None:
    run = await store.runs.start(SERVER, channel=11, by=ADMIN)
    other = await store.runs.start(NEIGHBOUR, channel=13, by=ADMIN)
    await store.runs.set_message(run.id, 12)
    assert await store.runs.get(run.id) == replace(run, message=12)
    assert await store.runs.get(other.id) == other


async def test_using_a_model_anyway_keeps_its_accuracy(store: Store, clock: Clock) -> None:
    run = await store.runs.start(SERVER, channel=11, by=ADMIN)
    await store.runs.finish(run.id, RunState.KEPT_OLD, version="v2", accuracy=0.7, thumbnails=50)
    ended = clock.now
    clock.forward(hours=1)
    await store.runs.finish(run.id, RunState.DONE)
    finished = await store.runs.get(run.id)
    assert finished is not None
    assert (finished.state, finished.version, finished.accuracy, finished.ended_at) == (RunState.DONE, "v2", 0.7, ended)


async def test_a_run_that_nobody_started_is_scheduled(store: Store) -> None:
    run = await store.runs.start(SERVER, channel=None, by=None)
    assert run.scheduled
    assert run.asked_by is run.channel is run.message is None


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.RUNNING])
async def test_runs_without_an_end_were_interrupted(store: Store, state: RunState) -> None:
    first, second, third = [await store.runs.start(server, channel=1, by=3) for server in (SERVER, 7, None)]
    await store.runs.finish(second.id, state)
    assert await store.runs.interrupted() == (first, third)
    await store.runs.finish(first.id, RunState.INTERRUPTED)
    assert await store.runs.interrupted() == (third,)


async def test_the_latest_runs_of_a_server_are_listed_newest_first(store: Store, clock: Clock) -> None:
    mine = []
    for server in (SERVER, NEIGHBOUR, SERVER, None, SERVER):
        run = await store.runs.start(server, channel=1, by=3)
        mine += [run] if server == SERVER else []
        clock.forward(minutes=1)
    assert await store.runs.latest(SERVER, limit=2) == (mine[2], mine[1])
    assert [run.server for run in await store.runs.latest(None)] == [None]


async def test_a_server_rests_after_a_training_that_gave_a_model(store: Store, clock: Clock) -> None:
    rest = timedelta(minutes=10)
    assert await store.runs.rested_at(SERVER, rest) is None
    for state in RunState:
        run = await store.runs.start(SERVER, channel=1, by=ADMIN)
        clock.forward(minutes=4)
        if state is not RunState.RUNNING:
            await store.runs.finish(run.id, state)
        rests = state in (RunState.DONE, RunState.KEPT_OLD)
        assert await store.runs.rested_at(SERVER, rest) == (clock.now + rest if rests else None), state
        assert await store.runs.rested_at(NEIGHBOUR, rest) is None
        clock.forward(minutes=10)
        assert await store.runs.rested_at(SERVER, rest) is None


async def test_servers_are_due_a_week_after_their_last_run_began(store: Store, clock: Clock) -> None:
    never, old, recent, off, gone = 1, 2, 3, 4, 5
    for server in (never, old, recent, off, gone):
        await store.servers.set_weekly(server, weekly=server != off)
    await store.servers.left(gone)
    await store.runs.start(old, channel=None, by=None)
    clock.forward(seconds=1)
    failed = await store.runs.start(recent, channel=None, by=None)
    await store.runs.finish(failed.id, RunState.FAILED)
    clock.now += WEEK - timedelta(seconds=1)
    assert await store.runs.due(WEEK) == (never, old)
    clock.forward(seconds=1)
    assert await store.runs.due(WEEK) == (never, old, recent)
