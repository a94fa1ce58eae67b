"""A connection to SQLite that ends even if it is closed and stopped at the same time.

That is what SQLAlchemy does for a task that is cancelled twice during a query. aiosqlite's own connection then waits
for ever for its thread, which has ended already, and so does a program that waits for its tasks before it exits.
"""

import asyncio
import sqlite3
from functools import partial
from typing import Any

import aiosqlite

_ROWS_AT_ONCE = 64


class SQLiteConnection(aiosqlite.Connection):
    """Stops its thread once; whoever stops it again waits for the same end."""

    def __init__(self, database: str, **options: Any) -> None:  # noqa: ANN401 - the driver's
        super().__init__(partial(sqlite3.connect, database, **options), _ROWS_AT_ONCE)
        self._thread.daemon = True
        self._stopped: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        """Stop the thread; awaiting the result waits until it has ended. None where no event loop runs."""
        if self._stopped is None:
            self._stopped = super().stop()
        return self._stopped
