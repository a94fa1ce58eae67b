"""Work in flight: what a shutdown lets finish, and whom it tells if that takes too long."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from classifier.errors import ClosingError

Task = asyncio.Task[Any]


class InFlight:
    """The tasks that work for somebody. `closing` says whether a shutdown has begun: then no new work does."""

    def __init__(self) -> None:
        self.closing = False
        self._followed: set[Task] = set()
        self._working: Counter[Task] = Counter()  # how many blocks of `work` each is in
        self._delivering: set[Task] = set()
        self._interrupted: set[Task] = set()

    def __len__(self) -> int:
        return len(self._working)

    def follow(self) -> Task:
        """Have a shutdown wait until the current task ends, with the time that it has; it may tell somebody why."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("work happens in tasks")
        if task not in self._followed:
            self._followed.add(task)
            task.add_done_callback(self._followed.discard)
        return task

    @contextmanager
    def work(self) -> Iterator[None]:
        """The current task works for somebody. Raises ClosingError once a shutdown has begun, or ends the work."""
        task = self.follow()
        if self.closing and task not in self._working:
            raise _closing()
        self._working[task] += 1
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._interrupted or task.uncancel():
                raise
            raise _closing() from None
        finally:
            self._working[task] -= 1
            if not self._working[task]:
                del self._working[task]
                self._interrupted.discard(task)

    @contextmanager
    def delivery(self) -> Iterator[None]:
        """The current task sends its result, which is waited for but not interrupted: it may have arrived already."""
        task = self.follow()
        self._delivering.add(task)
        try:
            yield
        finally:
            self._delivering.discard(task)

    async def close(self, finishing: float, telling: float) -> int:
        """Let no new work begin, and wait for what is in flight; returns how many tasks go on nevertheless.

        After `finishing` seconds, work is interrupted by ClosingError; then there are `telling` seconds to say so.
        """
        self.closing = True
        await self._until_ended(finishing)
        for task in self._others(self._working):  # in the order in which they began
            if task not in self._delivering:
                self._interrupted.add(task)
                task.cancel()
        await self._until_ended(telling)
        return len(self._others(self._followed))

    async def _until_ended(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while others := self._others(self._followed):
                    await asyncio.wait(others)

    @staticmethod
    def _others(tasks: Iterable[Task]) -> list[Task]:
        return [task for task in tasks if task is not asyncio.current_task()]


def _closing() -> ClosingError:
    return ClosingError("The program is shutting down. Try again in a minute.")
