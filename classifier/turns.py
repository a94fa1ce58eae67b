"""Turns: trainings go one at a time, and who comes later waits in line."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from classifier.child import Child
from classifier.errors import TrainingRunningError
from classifier.values import OnProgress, Progress


class Turns:
    """The line of trainings, one an owner; the first of it is running."""

    def __init__(self) -> None:
        self._line: dict[str, Child] = {}
        self._moved = asyncio.Event()

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._line))

    def __contains__(self, owner: str) -> bool:
        return owner in self._line

    @asynccontextmanager
    async def turn(self, owner: str, child: Child, on_progress: OnProgress) -> AsyncIterator[None]:
        """Wait for the owner's turn; it lasts as long as the block, and ends with the child process.

        Meanwhile `on_progress` hears, at the stage "wait", how many of those that came before are done. Raises
        TrainingRunningError where the owner is in line already, and CancelledTrainingError.
        """
        if owner in self._line:
            raise TrainingRunningError("A training is running already; wait for its report, then ask again.")
        self._line[owner] = child
        try:
            await self._front(owner, child, on_progress)
            yield
        finally:
            try:
                await child.gone()
            finally:
                del self._line[owner]
                self._move()

    def cancel(self, owner: str) -> bool:
        """Stop the owner's training, or its waiting; False where there is none."""
        child = self._line.get(owner)
        if child is None:
            return False
        child.cancel()
        self._move()
        return True

    async def stop(self, *owners: str) -> None:
        """Stop these owners' trainings, and wait until no process of theirs is left."""
        children = [self._line[owner] for owner in owners if self.cancel(owner)]
        for child in children:
            await child.gone()

    async def _front(self, owner: str, child: Child, on_progress: OnProgress) -> None:
        joined = before = list(self._line).index(owner)
        while before:
            note = "1 training goes first" if before == 1 else f"{before} trainings go first"
            on_progress(Progress("wait", joined - before, joined, note))
            while before == list(self._line).index(owner):
                await self._moved.wait()
                child.check()
            before = list(self._line).index(owner)
        if joined:
            on_progress(Progress("wait", joined, joined))

    def _move(self) -> None:
        """Let all in line look where they are."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
