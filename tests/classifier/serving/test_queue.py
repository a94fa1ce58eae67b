"""The queue of trainings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from classifier.errors import CancelledTrainingError, TrainingRunningError
from classifier.serving.queue import TrainingQueue
from classifier.serving.worker import Worker
from classifier.values import Progress
from tests.classifier.engines import NOWHERE


class Training:
    """An owner's training, which lasts until `may_finish` is set, and the progress that it reports."""

    def __init__(self, queue: TrainingQueue, name: str) -> None:
        self.progress: list[Progress] = []
        self.running, self.may_finish = asyncio.Event(), asyncio.Event()
        self.name = name
        self.task = asyncio.create_task(self._train(queue))

    async def _train(self, queue: TrainingQueue) -> None:
        async with queue.turn(self.name, Worker(NOWHERE, self.progress.append), self.progress.append):
            self.running.set()
            await self.may_finish.wait()


@asynccontextmanager
async def trainings(queue: TrainingQueue, names: str) -> AsyncIterator[list[Training]]:
    started = [Training(queue, name) for name in names]
    await started[0].running.wait()
    yield started
    for training in started:
        training.task.cancel()
    await asyncio.gather(*(training.task for training in started), return_exceptions=True)


async def test_one_training_at_a_time_in_the_order_of_requests() -> None:
    queue = TrainingQueue()
    async with trainings(queue, "abc") as (a, b, c):
        assert [training.running.is_set() for training in (a, b, c)] == [True, False, False]
        assert a.progress == []
        assert b.progress == [Progress("wait", 0, 1, "1 training run ahead")]
        assert c.progress == [Progress("wait", 0, 2, "2 training runs ahead")]
        a.may_finish.set()
        await b.running.wait()
        await asyncio.sleep(0)
        assert not c.running.is_set()
        assert b.progress[1:] == [Progress("wait", 1, 1)]
        assert c.progress[1:] == [Progress("wait", 1, 2, "1 training run ahead")]
        b.may_finish.set()
        await c.running.wait()
        assert c.progress[2:] == [Progress("wait", 2, 2)]
        assert "c" in queue
        assert "a" not in queue


async def test_an_owner_cannot_queue_twice() -> None:
    queue = TrainingQueue()
    async with trainings(queue, "ab"):
        for name in "ab":
            with pytest.raises(TrainingRunningError, match="already running"):
                await Training(queue, name).task
        assert [*queue] == ["a", "b"]


async def test_a_waiting_training_can_be_cancelled() -> None:
    queue = TrainingQueue()
    async with trainings(queue, "abc") as (a, b, c):
        assert queue.cancel("b")
        with pytest.raises(CancelledTrainingError):
            await b.task
        assert not b.running.is_set()
        assert not queue.cancel("b")
        await asyncio.sleep(0)
        assert c.progress[-1] == Progress("wait", 1, 2, "1 training run ahead")
        a.may_finish.set()
        await c.running.wait()


async def test_the_next_training_starts_after_a_failed_one() -> None:
    queue = TrainingQueue()
    async with trainings(queue, "ab") as (a, b):
        a.task.cancel()
        await b.running.wait()


async def test_stop_ends_only_the_given_owners_trainings() -> None:
    queue = TrainingQueue()
    async with trainings(queue, "abc") as (a, b, c):
        await queue.stop("b", "nobody")
        with pytest.raises(CancelledTrainingError):
            await b.task
        assert not a.task.done()
        await queue.stop(*queue)
        with pytest.raises(CancelledTrainingError):
            await c.task
