"""WriteQueue: writes that nobody needs to wait for, made later if the database fails now."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.errors import RowError, StoreError
from bot.store.failures import root_of

log = logging.getLogger(__name__)

LIMIT: Final = 10_000
"""Writes that can wait; more are lost."""
PATIENCE_SECONDS: Final = 3.0
"""How long whoever adds a write waits for it, unless earlier ones are late already."""
PAUSE_SECONDS: Final = 5.0
"""Between two tries of a database that fails."""
CLOSING_SECONDS: Final = 1.0
"""How long `close` tries to write the rest."""

_BATCH: Final = 100
"""Writes per transaction."""

Write = Callable[[AsyncConnection], Awaitable[object]]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A write, what to call once it is made or lost, and an event: waiting for it any longer is of no use."""

    write: Write
    done: Callable[[], None]
    settled: asyncio.Event


class WriteQueue:
    """Writes in the order in which they were added, as soon as the database takes them.

    Counters: `queued` writes wait now; `lost` ones were given up, because too many waited, because the database refused
    them, or because the program ended first.
    """

    def __init__(
        self, database: Database, *, limit: int = LIMIT, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self.lost = 0
        self._database = database
        self._limit = limit
        self._sleep = sleep
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._late = self._full = False
        self._closing = asyncio.Event()

    @property
    def queued(self) -> int:
        """How many writes wait."""
        return len(self._waiting)

    async def add(self, write: Write, done: Callable[[], None] = lambda: None) -> None:
        """Make a write, now or later; `done` is called once it is made or lost. Raises nothing."""
        waiting = _Waiting(write, done, asyncio.Event())
        if len(self._waiting) >= self._limit:
            self._lose([waiting], None if self._full else "too many others wait; more may follow")
            self._full = True
            return
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        if not self._late:
            try:
                await asyncio.wait_for(waiting.settled.wait(), PATIENCE_SECONDS)
            except TimeoutError:
                self._be_late("it takes too long")

    async def close(self) -> None:
        """Try to write the rest; what can't be written is lost."""
        self._closing.set()
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=CLOSING_SECONDS)
            self._writing.cancel()
            await asyncio.wait({self._writing})
        if self._waiting:
            self._lose(self._waiting, "I stopped before the database worked again")
            self._waiting.clear()

    async def _write(self) -> None:
        """Write everything that waits, many at a time; after one that is refused, one at a time until it is found."""
        size = _BATCH
        while self._waiting:
            batch = list(islice(self._waiting, size))
            try:
                async with self._database.write() as connection:
                    for waiting in batch:
                        await waiting.write(connection)
            except RowError as error:
                if len(batch) == 1:
                    self._lose([self._waiting.popleft()], str(root_of(error)))
                size = 1 if len(batch) > 1 else _BATCH
            except StoreError as error:
                self._be_late(str(error))
                if self._closing.is_set():
                    return
                await self._pause()
            else:
                for waiting in batch:
                    self._waiting.popleft()
                    waiting.done()
                    waiting.settled.set()
                if self._late:
                    log.info("the database works again; %d rows wait, %d are lost", len(self._waiting), self.lost)
                self._late = self._full = False

    def _be_late(self, why: str) -> None:
        """Let nobody wait until the database works again."""
        if not self._late:
            log.error("answers will be stored later, because the database fails: %s", why)
        self._late = True
        for waiting in self._waiting:
            waiting.settled.set()

    def _lose(self, writes: Collection[_Waiting], why: str | None) -> None:
        """Give writes up; without `why`, it is logged later."""
        self.lost += len(writes)
        for waiting in writes:
            waiting.done()
            waiting.settled.set()
        if why is not None:
            log.error("%d rows are lost (%d so far): %s", len(writes), self.lost, why)

    async def _pause(self) -> None:
        """Wait before the next try, unless everything ends."""
        waiting = {asyncio.ensure_future(self._sleep(PAUSE_SECONDS)), asyncio.ensure_future(self._closing.wait())}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
