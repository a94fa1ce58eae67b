"""A worker: claims jobs from PgQueuer's queue and has them performed, one at a time."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any, Final

from pgqueuer import AsyncpgPoolDriver, DatabaseRetryEntrypointExecutor, Queries, QueueManager, SchedulerManager
from pgqueuer.errors import PgqException, RetryRequested
from pgqueuer.models import Context, Schedule
from pgqueuer.models import Job as QueuedJob
from sqlalchemy import URL

from bot.faults import in_short
from bot.jobs.postgres import FAILURES, in_one_line, open_pool
from bot.jobs.protocol import Claim, HandedBackError, LostClaimError, Perform
from bot.jobs.queue import ENTRYPOINT, JOB
from bot.store.errors import StoreError
from bot.store.runs import RunStore

log = logging.getLogger(__name__)

POLL: Final = timedelta(seconds=5)
"""How often the queue is looked at without a notice, which jobs that are handed back or taken over don't give."""
PAUSE_SECONDS: Final = 2.0
"""Between two tries of a database that is away."""
EVERY_HOUR: Final = "7 * * * *"

Hourly = Callable[[], Awaitable[None]]


class QueueWorker:
    """Claims jobs until it is stopped, from a queue that has been opened before.

    `lease`: seconds after which another worker takes a job over from one that is not heard of; `hourly` is called once
    an hour by one of all workers.
    """

    def __init__(self, url: URL, runs: RunStore, perform: Perform, *, lease: float, hourly: Hourly) -> None:
        self._url = url
        self._runs = runs
        self._perform = perform
        self._lease = lease
        self._hourly = hourly
        self._stopping = asyncio.Event()
        logging.getLogger("pgqueuer").addFilter(in_one_line)

    def stop(self) -> None:
        """Claim no more jobs; `run` ends once the one that is performed has."""
        self._stopping.set()

    async def run(self) -> None:
        """Claim and perform jobs until `stop`, whatever becomes of the database meanwhile."""
        await asyncio.gather(self._again_and_again(self._claim_jobs), self._again_and_again(self._keep_schedule))

    async def _again_and_again(self, work: Callable[[AsyncpgPoolDriver, asyncio.Event], Awaitable[None]]) -> None:
        while not self._stopping.is_set():
            ending = asyncio.Event()
            forwarding = asyncio.create_task(self._forward(ending))
            try:
                pool = await open_pool(self._url)
                try:
                    await work(AsyncpgPoolDriver(pool), ending)
                finally:
                    pool.terminate()
            except (StoreError, PgqException, *FAILURES) as error:
                log.warning("the queue can't be reached (%s); trying again", in_short(error.__cause__ or error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), PAUSE_SECONDS)
            finally:
                forwarding.cancel()

    async def _forward(self, ending: asyncio.Event) -> None:
        await self._stopping.wait()
        ending.set()

    async def _claim_jobs(self, driver: AsyncpgPoolDriver, ending: asyncio.Event) -> None:
        queries = _OwnQueries(driver)
        manager = _OneAtATime(queries)
        manager.shutdown = ending

        @manager.entrypoint(
            ENTRYPOINT,
            accepts_context=True,
            executor_factory=partial(DatabaseRetryEntrypointExecutor, max_attempts=100, max_delay=timedelta(minutes=1)),
        )
        async def train(job: QueuedJob, context: Context) -> None:
            await self._train(job, context, queries)

        await manager.run(
            dequeue_timeout=POLL,
            batch_size=1,
            max_concurrent_tasks=2,  # the least that it accepts; see _OneAtATime
            heartbeat_timeout=timedelta(seconds=self._lease),
            shutdown_on_listener_failure=True,
        )

    async def _keep_schedule(self, driver: AsyncpgPoolDriver, ending: asyncio.Event) -> None:
        manager = SchedulerManager(Queries(driver))
        manager.shutdown = ending

        @manager.schedule("hourly", EVERY_HOUR)
        async def hourly(_: Schedule) -> None:
            await self._hourly()

        await manager.run()

    async def _train(self, queued: QueuedJob, context: Context, queries: "_OwnQueries") -> None:
        job = JOB.validate_json(queued.payload or b"")
        claimed = await self._runs.claim(job.run)
        claim = Claim(claimed.attempt if claimed else -1)  # it has ended, but perhaps nobody was shown
        if claimed and claimed.cancelled:
            claim.cancelled.set()
        try:
            async with self._watching(job.run, claim, context):
                await self._perform(job, claim)
        except HandedBackError as error:
            raise RetryRequested(timedelta(0), str(error)) from error
        except LostClaimError:
            log.warning("another worker has taken over training run %d", job.run)
            queries.lost.add(queued.id)

    @asynccontextmanager
    async def _watching(self, run: int, claim: Claim, context: Context) -> AsyncIterator[None]:
        """Notice that the run is cancelled, or claimed by another worker."""
        watching = [
            asyncio.create_task(_until_cancelled(claim, context)),
            asyncio.create_task(self._watch_row(run, claim)),
        ]
        try:
            yield
        finally:
            for task in watching:
                task.cancel()
            await asyncio.wait(watching)

    async def _watch_row(self, run: int, claim: Claim) -> None:
        while True:
            await asyncio.sleep(self._lease / 3)
            with suppress(StoreError):
                row = await self._runs.get(run)
                if row is None or row.attempt != claim.attempt:
                    claim.lost.set()
                elif row.cancelled:
                    claim.cancelled.set()


async def _until_cancelled(claim: Claim, context: Context) -> None:
    with context.cancellation:
        await asyncio.Event().wait()
    claim.cancelled.set()


class _OneAtATime(QueueManager):
    """Claims a job only while it performs none, so that all workers have something to do."""

    async def fetch_jobs(
        self, batch_size: int, global_concurrency_limit: int | None, heartbeat_timeout: timedelta
    ) -> AsyncGenerator[QueuedJob, None]:
        """Yield ready jobs."""
        del global_concurrency_limit
        async for job in super().fetch_jobs(batch_size, 1, heartbeat_timeout):
            yield job


class _OwnQueries(Queries):
    """Leaves jobs alone that other workers have taken over."""

    def __init__(self, driver: AsyncpgPoolDriver) -> None:
        super().__init__(driver)
        self.lost: set[int] = set()

    async def log_jobs(self, job_status: list[Any]) -> None:
        """Record how jobs ended, but not `lost` ones."""
        ours = [it for it in job_status if it[0].id not in self.lost]
        if ours:
            await super().log_jobs(ours)
