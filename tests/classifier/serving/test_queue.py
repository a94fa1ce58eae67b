"""The line of trainings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from classifier.errors import CancelledTrainingError, TrainingRunningError
from classifier.serving.queue import TrainingQueue
from classifier.serving.worker import Worker
from classifier.values import Progress
from tests.classifier.engines import NOWHERE


class Owner:
    """Somebody who trains, and notes what it hears."""

    def __init__(self, turns: TrainingQueue, name: str) -> None:
        self.heard: list[Progress] = []
        self.at_work, self.go_on = asyncio.Event(), asyncio.Event()
        self._trainings, self.name = turns, name
        self.task = asyncio.create_task(self._train())

    async def _train(self) -> None:
        async with self._trainings.turn(self.name, Worker(NOWHERE, self.heard.append), self.heard.append):
            self.at_work.set()
            await self.go_on.wait()


@asynccontextmanager
async def line(turns: TrainingQueue, names: str) -> AsyncIterator[list[Owner]]:
    owners = [Owner(turns, name) for name in names]
    await owners[0].at_work.wait()
    yield owners
    for owner in owners:
        owner.task.cancel()
    await asyncio.gather(*(owner.task for owner in owners), return_exceptions=True)


async def test_one_at_a_time_in_the_order_they_came() -> None:
    turns = TrainingQueue()
    async with line(turns, "abc") as (a, b, c):
        assert [owner.at_work.is_set() for owner in (a, b, c)] == [True, False, False]
        assert a.heard == []
        assert b.heard == [Progress("wait", 0, 1, "1 training goes first")]
        assert c.heard == [Progress("wait", 0, 2, "2 trainings go first")]
        a.go_on.set()
        await b.at_work.wait()
        await asyncio.sleep(0)
        assert not c.at_work.is_set()
        assert b.heard[1:] == [Progress("wait", 1, 1)]
        assert c.heard[1:] == [Progress("wait", 1, 2, "1 training goes first")]
        b.go_on.set()
        await c.at_work.wait()
        assert c.heard[2:] == [Progress("wait", 2, 2)]
        assert "c" in turns
        assert "a" not in turns


async def test_nobody_is_in_line_twice() -> None:
    turns = TrainingQueue()
    async with line(turns, "ab"):
        for name in "ab":
            with pytest.raises(TrainingRunningError, match="running already"):
                await Owner(turns, name).task
        assert [*turns] == ["a", "b"]


async def test_who_waits_may_be_cancelled() -> None:
    turns = TrainingQueue()
    async with line(turns, "abc") as (a, b, c):
        assert turns.cancel("b")
        with pytest.raises(CancelledTrainingError):
            await b.task
        assert not b.at_work.is_set()
        assert not turns.cancel("b")
        await asyncio.sleep(0)
        assert c.heard[-1] == Progress("wait", 1, 2, "1 training goes first")
        a.go_on.set()
        await c.at_work.wait()


async def test_a_failed_training_lets_the_next_one_go() -> None:
    turns = TrainingQueue()
    async with line(turns, "ab") as (a, b):
        a.task.cancel()
        await b.at_work.wait()


async def test_stopping_reaches_only_whom_it_should() -> None:
    turns = TrainingQueue()
    async with line(turns, "abc") as (a, b, c):
        await turns.stop("b", "nobody")
        with pytest.raises(CancelledTrainingError):
            await b.task
        assert not a.task.done()
        await turns.stop(*turns)
        with pytest.raises(CancelledTrainingError):
            await c.task
