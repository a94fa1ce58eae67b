"""What only workers do: take over, hand back, leave alone what others have taken over, and keep one schedule."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

pytest.importorskip("pgqueuer")

from bot.jobs.protocol import Claim, HandedBackError, Job, LostClaimError
from bot.jobs.queue import QueueJobs
from bot.jobs.worker import QueueWorker
from bot.store.database import address
from bot.store.store import Store
from bot.store.values import RunState
from tests.bot.store.samples import ADMIN, SERVER


@dataclass
class Cluster:
    """A database, its queue, and workers that are started by a test."""

    url: str
    store: Store
    jobs: QueueJobs

    async def submitted(self) -> int:
        run = await self.store.runs.start(SERVER, channel=1, by=ADMIN)
        self.store.runs.release(run.id)
        await self.jobs.submit(Job(run.id))
        return run.id

    async def set_due(self) -> int:
        """Make every schedule due; returns how many there are."""
        async with self.store._database.write() as connection:
            due = "UPDATE pgqueuer_schedules SET next_run = now() - interval '1 hour'"
            return (await connection.exec_driver_sql(due)).rowcount


@pytest.fixture
async def cluster(postgres: str) -> AsyncIterator[Cluster]:
    async def perform(job: Job, claim: Claim) -> None:
        raise AssertionError((job, claim))

    store = Store(postgres)
    await store.open()
    async with QueueJobs(address(postgres), store.runs, perform) as jobs:
        yield Cluster(postgres, store, jobs)
    await store.close()


async def nothing() -> None: ...


async def test_a_run_that_another_worker_claims_is_lost_and_its_job_left_alone(cluster: Cluster) -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def perform(job: Job, claim: Claim) -> None:
        begun.set()
        await claim.lost.wait()
        assert not await cluster.store.runs.end(job.run, claim.attempt, RunState.DONE)
        over.set()
        raise LostClaimError("Another worker has taken this training over.")

    worker = QueueWorker(address(cluster.url), cluster.store.runs, perform, lease=2, hourly=nothing)
    working = asyncio.create_task(worker.run())
    run = await cluster.submitted()
    await begun.wait()
    taken_over = await cluster.store.runs.claim(run)
    assert taken_over is not None
    assert taken_over.attempt == 2
    await over.wait()
    worker.stop()
    await working
    assert await cluster.jobs.line() == (run,)


async def test_a_job_that_is_handed_back_is_performed_by_another_worker(cluster: Cluster) -> None:
    attempts: list[int] = []
    begun = asyncio.Event()

    async def stop(job: Job, claim: Claim) -> None:
        attempts.append(claim.attempt)
        begun.set()
        await first._stopping.wait()
        raise HandedBackError("The worker stops.")

    async def perform(job: Job, claim: Claim) -> None:
        attempts.append(claim.attempt)
        assert await cluster.store.runs.end(job.run, claim.attempt, RunState.DONE)

    first = QueueWorker(address(cluster.url), cluster.store.runs, stop, lease=30, hourly=nothing)
    working = asyncio.create_task(first.run())
    run = await cluster.submitted()
    await begun.wait()
    first.stop()
    await working
    assert await cluster.jobs.line() == (run,)
    second = QueueWorker(address(cluster.url), cluster.store.runs, perform, lease=30, hourly=nothing)
    working = asyncio.create_task(second.run())
    await cluster.jobs.follow(run)
    second.stop()
    await working
    assert attempts == [1, 2]


async def test_the_schedule_is_kept_once_for_all_workers(cluster: Cluster) -> None:
    calls: list[int] = []
    called = asyncio.Event()

    def worker(number: int) -> QueueWorker:
        async def hourly() -> None:
            calls.append(number)
            called.set()

        async def perform(job: Job, claim: Claim) -> None:
            raise AssertionError((job, claim))

        return QueueWorker(address(cluster.url), cluster.store.runs, perform, lease=30, hourly=hourly)

    known = worker(0)
    working = asyncio.create_task(known.run())
    async with asyncio.timeout(30):
        while not await cluster.set_due():  # noqa: ASYNC110 - until it has made its row
            await asyncio.sleep(0.01)
    known.stop()
    await working
    calls.clear()
    called.clear()
    await cluster.set_due()
    workers = [worker(number) for number in range(1, 5)]
    all_ = asyncio.gather(*(it.run() for it in workers))
    await called.wait()
    for it in workers:
        it.stop()
    await all_
    assert len(calls) == 1
