"""Jobs in this process: each is a task. They end with the process, and the next one says so."""

import asyncio

from bot.jobs.protocol import Claim, Job, Perform


class LocalJobs:
    """Performs every job as soon as it is submitted; the engine trains one model at a time."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform
        self._line: dict[int, tuple[asyncio.Task[None], Claim]] = {}

    async def submit(self, job: Job) -> None:
        """Have a job performed once."""
        claim = Claim()
        task = asyncio.create_task(self._work(job, claim))
        self._line[job.run] = task, claim

    async def follow(self, run: int) -> None:
        """Wait until a run's job has ended; raises what ended it."""
        if run in self._line:
            await asyncio.shield(self._line[run][0])

    async def cancel(self, run: int) -> bool:
        """Have a run's job stop. False if it isn't in line."""
        if run not in self._line:
            return False
        self._line[run][1].cancelled.set()
        return True

    async def line(self) -> tuple[int, ...]:
        """The runs whose jobs have not ended, in the order in which they were submitted."""
        return tuple(self._line)

    async def _work(self, job: Job, claim: Claim) -> None:
        try:
            await self._perform(job, claim)
        finally:
            del self._line[job.run]
