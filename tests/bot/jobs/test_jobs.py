"""What every queue of jobs does: in this process, and in PostgreSQL with a worker."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.jobs.local import LocalJobs
from bot.jobs.protocol import Claim, Job, Jobs
from bot.store.store import Store
from bot.store.values import RunState
from tests.bot.store.samples import ADMIN, SERVER


@dataclass
class Performer:
    """Performs jobs for as long as the test says, and ends their runs."""

    store: Store
    begun: asyncio.Queue[Job] = field(default_factory=asyncio.Queue)
    ended: list[tuple[int, RunState]] = field(default_factory=list)
    finish: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0

    async def __call__(self, job: Job, claim: Claim) -> None:
        run = await self.store.runs.get(job.run)
        if run is None or run.state is not RunState.RUNNING:
            return
        self.begun.put_nowait(job)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        waiting = {asyncio.create_task(event.wait()) for event in (self.finish, claim.cancelled)}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        self.at_once -= 1
        state = RunState.CANCELLED if claim.cancelled.is_set() else RunState.DONE
        if claim.attempt == 0:
            await self.store.runs.finish(job.run, state)
        elif not await self.store.runs.end(job.run, claim.attempt, state):
            return
        self.ended.append((job.run, state))


@dataclass
class Line:
    """A queue under test, and what performs its jobs."""

    jobs: Jobs
    performer: Performer
    start_worker: Callable[[], None]

    async def new(self, **options: bool | str) -> Job:
        """The job of a new run."""
        run = await self.performer.store.runs.start(SERVER, channel=1, by=ADMIN)
        self.performer.store.runs.release(run.id)
        return Job(run.id, **options)  # type: ignore[arg-type]

    async def submitted(self) -> int:
        job = await self.new()
        await self.jobs.submit(job)
        return job.run


@pytest.fixture(params=["local", "queue"])
async def line(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Line]:
    """A queue with one worker."""
    async with AsyncExitStack() as stack:
        if request.param == "local":
            store = Store(tmp_path / "thumbprint.db")
            await store.open()
            stack.push_async_callback(store.close)
            performer = Performer(store)
            yield Line(LocalJobs(performer), performer, lambda: None)
            return
        pytest.importorskip("pgqueuer")
        from bot.jobs.queue import QueueJobs  # noqa: PLC0415 - may not be installed
        from bot.jobs.worker import QueueWorker  # noqa: PLC0415
        from bot.store.database import address  # noqa: PLC0415

        url = request.getfixturevalue("postgres")
        store = Store(url)
        await store.open()
        stack.push_async_callback(store.close)
        performer = Performer(store)
        jobs = await stack.enter_async_context(QueueJobs(address(url), store.runs, performer))

        def start_worker() -> None:
            async def nothing() -> None: ...

            worker = QueueWorker(address(url), store.runs, performer, lease=30, hourly=nothing)
            working = asyncio.create_task(worker.run())

            async def end() -> None:
                performer.finish.set()
                worker.stop()
                await working

            stack.push_async_callback(end)

        yield Line(jobs, performer, start_worker)


async def test_a_job_is_performed_once_with_all_that_it_says(line: Line) -> None:
    line.start_worker()
    job = await line.new(force=True, language="pt_BR", card=True)
    await line.jobs.submit(job)
    assert await line.performer.begun.get() == job
    assert await line.jobs.line() == (job.run,)
    line.performer.finish.set()
    await line.jobs.follow(job.run)
    assert line.performer.ended == [(job.run, RunState.DONE)]


async def test_many_jobs_end_once_each(line: Line) -> None:
    line.performer.finish.set()
    line.start_worker()
    runs = [await line.submitted() for _ in range(20)]
    await asyncio.gather(*(line.jobs.follow(run) for run in runs))
    assert Counter(line.performer.ended) == Counter((run, RunState.DONE) for run in runs)
    assert await line.jobs.line() == ()


async def test_a_job_in_progress_can_be_cancelled(line: Line) -> None:
    line.start_worker()
    run = await line.submitted()
    await line.performer.begun.get()
    assert await line.jobs.cancel(run)
    await line.jobs.follow(run)
    assert line.performer.ended == [(run, RunState.CANCELLED)]


async def test_a_job_that_waits_can_be_cancelled(line: Line) -> None:
    run = await line.submitted()  # in PostgreSQL, no worker has claimed it
    assert await line.jobs.cancel(run)
    await line.jobs.follow(run)
    assert line.performer.ended == [(run, RunState.CANCELLED)]
    line.performer.finish.set()
    line.start_worker()
    other = await line.submitted()
    await line.jobs.follow(other)
    assert line.performer.ended == [(run, RunState.CANCELLED), (other, RunState.DONE)]


async def test_a_job_that_has_ended_cannot_be_cancelled_and_need_not_be_waited_for(line: Line) -> None:
    line.performer.finish.set()
    line.start_worker()
    run = await line.submitted()
    await line.jobs.follow(run)
    assert not await line.jobs.cancel(run)
    assert not await line.jobs.cancel(run + 1000)
    await line.jobs.follow(run)
    assert line.performer.ended == [(run, RunState.DONE)]


async def test_the_line_is_in_order(line: Line) -> None:
    runs = [await line.submitted() for _ in range(3)]
    assert await line.jobs.line() == tuple(runs)
    line.performer.finish.set()
    line.start_worker()
    await asyncio.gather(*(line.jobs.follow(run) for run in runs))
    assert await line.jobs.line() == ()
