"""PgQueuer's connections to the database of the store, and its tables there."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import asyncpg
from pgqueuer import AsyncpgDriver, Queries
from pgqueuer.errors import PgqException
from sqlalchemy import URL

from bot.faults import in_short
from bot.store.errors import StoreError

FAILURES: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What asyncpg raises while the database is away."""

_INSTALLING: Final = 3
"""The lock of processes that start at the same time; no Discord id is that small."""


def dsn(url: URL) -> str:
    """A URL of SQLAlchemy's, as asyncpg reads it by itself."""
    query = {name: value for name, value in url.query.items() if name in {"host", "port"}}
    if "ssl" in url.query:
        query["sslmode"] = url.query["ssl"]
    return url.set(drivername="postgresql", query=query).render_as_string(hide_password=False)


async def open_pool(url: URL) -> Any:  # noqa: ANN401 - asyncpg has no types
    """A pool of connections, which must be closed. Raises StoreError."""
    with explained():
        return await asyncpg.create_pool(dsn(url), min_size=0, max_size=4, timeout=10)


async def install(url: URL) -> None:
    """Create PgQueuer's tables, or bring them up to date. Raises StoreError."""
    with explained():
        connection = await asyncpg.connect(dsn(url), timeout=10)
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", _INSTALLING)
            queries = Queries(AsyncpgDriver(connection))
            if await queries.schema_is_installed():
                await queries.apply_upgrade()
            else:
                await queries.install()
        finally:
            await connection.close()


@contextmanager
def explained() -> Iterator[None]:
    """Raise what the database refuses as StoreErrors."""
    try:
        yield
    except FAILURES as error:
        raise StoreError("The queue of trainings can't be used at the moment. Try again in a minute.") from error


def in_one_line(record: logging.LogRecord) -> bool:
    """Make PgQueuer's records of an outage of the database one line; a filter of its logger."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, (*FAILURES, StoreError, PgqException)):
        record.msg, record.args, record.exc_info = f"{record.getMessage()} ({in_short(error)})", (), None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True
