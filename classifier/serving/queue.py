"""TrainingQueue: one training run at a time; the others wait."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from classifier.errors import TrainingRunningError
from classifier.serving.worker import Worker
from classifier.values import OnProgress, Progress


class TrainingQueue:
    """Training runs in the order of their requests, one per owner; the first one is running."""

    def __init__(self) -> None:
        self._line: dict[str, Worker] = {}
        self._moved = asyncio.Event()

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._line))

    @asynccontextmanager
    async def turn(self, owner: str, worker: Worker, on_progress: OnProgress) -> AsyncIterator[None]:
        """Wait for the owner's turn; it lasts as long as the block, and ends the worker's process.

        While waiting, `on_progress` gets the stage "wait": how many of the runs ahead are done. Raises
        TrainingRunningError if the owner is already queued, and CancelledTrainingError.
        """
        if owner in self._line:
            raise TrainingRunningError("Training is already running. Wait until it finishes, then try again.")
        self._line[owner] = worker
        try:
            await self._wait(owner, worker, on_progress)
            yield
        finally:
            try:
                await worker.stop()
            finally:
                del self._line[owner]
                self._move()

    def cancel(self, owner: str) -> bool:
        """Stop the owner's training, or its waiting; False if there is none."""
        worker = self._line.get(owner)
        if worker is None:
            return False
        worker.cancel()
        self._move()
        return True

    async def stop(self, *owners: str) -> None:
        """Stop these owners' training runs, and wait until none of their processes is left."""
        workers = [self._line[owner] for owner in owners if self.cancel(owner)]
        for worker in workers:
            await worker.stop()

    async def _wait(self, owner: str, worker: Worker, on_progress: OnProgress) -> None:
        total = ahead = list(self._line).index(owner)
        while ahead:
            on_progress(
                Progress("wait", total - ahead, total, f"{ahead} training run{'' if ahead == 1 else 's'} ahead")
            )
            while ahead == list(self._line).index(owner):
                await self._moved.wait()
                worker.check()
            ahead = list(self._line).index(owner)
        if total:
            on_progress(Progress("wait", total, total))

    def _move(self) -> None:
        """Wake everyone in the queue."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
