"""Jobs in PgQueuer's queue, in the store's PostgreSQL: workers anywhere perform them.

A run's row says who may end it: each worker that claims it counts one attempt more. PgQueuer gives a job to another
worker once its worker has not been heard of for some time.
"""

import asyncio
import logging
from typing import Any, Final, Self

from pgqueuer import AsyncpgPoolDriver, Queries
from pgqueuer.core.completion import CompletionWatcher
from pgqueuer.errors import DuplicateJobError
from pgqueuer.types import JobId
from pydantic import TypeAdapter
from sqlalchemy import URL

from bot.jobs.postgres import explained, in_one_line, install, open_pool
from bot.jobs.protocol import Claim, Job, Perform
from bot.store.errors import StoreError
from bot.store.runs import RunStore

ENTRYPOINT: Final = "training"
"""What PgQueuer calls our jobs."""

JOB: Final = TypeAdapter(Job)


class QueueJobs:
    """Submits jobs to the queue, inside its `async with` block.

    `perform` ends a run that is cancelled before any worker has claimed it.
    """

    def __init__(self, url: URL, runs: RunStore, perform: Perform) -> None:
        self._url = url
        self._runs = runs
        self._perform = perform
        self._cancelling: set[asyncio.Task[None]] = set()
        self._closing = False
        logging.getLogger("pgqueuer").addFilter(in_one_line)

    async def __aenter__(self) -> Self:
        """Raises StoreError."""
        await install(self._url)
        self._pool = await open_pool(self._url)
        self._driver = AsyncpgPoolDriver(self._pool)
        self._queries = Queries(self._driver)
        with explained():
            await self._driver.__aenter__()
            self._watcher = CompletionWatcher(self._driver, queries=self._queries)
            await self._watcher.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop_following()
        self._pool.terminate()  # what waits for the database is of no use any more
        for task in (*self._cancelling, *self._watcher.task_manager.tasks):
            task.cancel()

    def stop_following(self) -> None:
        """Let nobody wait for the end of a job any longer: workers go on without this process."""
        self._closing = True
        for waiters in self._watcher.waiters.values():
            for waiter in waiters:
                waiter.cancel()

    async def submit(self, job: Job) -> None:
        """Have a job performed once."""
        with explained():
            try:
                await self._queries.enqueue(ENTRYPOINT, JOB.dump_json(job), dedupe_key=_key(job.run))
            except DuplicateJobError:
                return

    async def follow(self, run: int) -> None:
        """Wait until a run's job has ended, or not at all while the queue can't be reached: workers go on with it."""
        try:
            found = await self._find(run)
        except StoreError:
            return
        if found is None or self._closing:
            return
        try:
            await self._watcher.wait_for(JobId(found["id"]))
        except asyncio.CancelledError:
            if not self._closing:
                raise

    async def cancel(self, run: int) -> bool:
        """Have a run's job stop; one that waits is performed at once, as cancelled. False if it isn't in line."""
        if not await self._runs.cancel(run):
            return False
        found = await self._find(run)
        claimed = await self._runs.claim(run, first=True)
        if claimed is not None:
            job = JOB.validate_json(found["payload"]) if found else Job(run)
            task = asyncio.create_task(self._end(job, Claim(claimed.attempt), found))
            self._cancelling.add(task)
            task.add_done_callback(self._cancelling.discard)
        elif found is not None:
            with explained():
                await self._queries.notify_job_cancellation([JobId(found["id"])])
        return True

    async def line(self) -> tuple[int, ...]:
        """The runs whose jobs have not ended, in the order in which they were submitted."""
        rows = await self._rows("ORDER BY id")
        return tuple(JOB.validate_json(row["payload"]).run for row in rows)

    async def _end(self, job: Job, claim: Claim, found: dict[str, Any] | None) -> None:
        """End a run that no worker has begun. The job goes last: until then, a worker would do the same."""
        claim.cancelled.set()
        await self._perform(job, claim)
        if found is not None:
            with explained():
                await self._queries.mark_job_as_cancelled([JobId(found["id"])])

    async def _find(self, run: int) -> dict[str, Any] | None:
        """PgQueuer's row of a run's job."""
        rows = await self._rows("AND dedupe_key = $2", _key(run))
        return rows[0] if rows else None

    async def _rows(self, rest: str, *values: str) -> list[dict[str, Any]]:
        """PgQueuer's rows of our jobs; it has no call for them."""
        jobs = f"SELECT id, payload FROM {self._queries.qbe.qualified.queue_table} WHERE entrypoint = $1"  # noqa: S608 - a name of PgQueuer's
        with explained():
            return await self._driver.fetch(f"{jobs} {rest}", ENTRYPOINT, *values)


def _key(run: int) -> str:
    return f"{ENTRYPOINT}:{run}"
