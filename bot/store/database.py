"""One database, SQLite or PostgreSQL: its URL, its connections, and its failures."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Executable, Table, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import Pool

from bot.store.errors import StoreError, UnsupportedDatabaseError
from bot.store.failures import Failure, explained, failure_of, root_of
from bot.store.sqlite_connection import SQLiteConnection

log = logging.getLogger(__name__)

BUSY_SECONDS: Final = 2
"""Timeout of waiting for whoever else writes to the same tables: somebody waits for an answer."""

LOG_SECONDS: Final = 60
"""How often the same cause of failures is logged."""

_OPTIONS: Final = frozenset({"host", "port", "ssl", "prepared_statement_cache_size"})
_HELP: Final = "Set THUMBPRINT_DATABASE_URL to postgresql://user:password@host/database or sqlite:///file, or omit it."
_ADVICE: Final = {
    Failure.FULL: "Free some space, then start again.",
    Failure.READ_ONLY: "Make it writable, then start again.",
    Failure.BUSY: "Stop whatever else uses it, then start again.",
    Failure.DAMAGED: "Restore it from a backup, or move it away to start with an empty one.",
}
"""What to do next, for whoever starts the program."""
_PRAGMAS: Final = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON")


class Database:
    """What all tables share: transactions on one database, and the clock."""

    def __init__(self, place: str | Path, clock: Callable[[], datetime]) -> None:
        """`place` is a URL, or the path of an SQLite file. Raises UnsupportedDatabaseError."""
        self.url: Final = address(place)
        self.now: Final = clock
        self._engine = connect(self.url)
        self._writing = self._engine.execution_options(writes=True)
        self._logged: dict[str, float] = {}

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads. Raises StoreError."""
        with self._explained():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed when the block ends, all or nothing. Raises StoreError."""
        with self._explained():
            async with self._writing.begin() as connection:
                yield connection

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise what the database raises as StoreErrors, and log each cause, but not every time."""
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            explanation = explained(error)
            cause, now = str(explanation), time.monotonic()
            if cause == Failure.OTHER:
                log.exception("the database failed")
            elif now - self._logged.get(cause, -LOG_SECONDS) >= LOG_SECONDS:
                self._logged[cause] = now
                log.error("the database failed: %s", root_of(error))  # noqa: TRY400 - the cause is known
            raise explanation from error


def address(place: str | Path) -> URL:
    """SQLAlchemy's URL of a URL, or of the path of an SQLite file. Raises UnsupportedDatabaseError."""
    if isinstance(place, Path):
        return URL.create("sqlite+aiosqlite", database=str(place))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):  # their messages may contain the password
        raise UnsupportedDatabaseError("The database URL is invalid. {help}", help=_HELP) from None
    match url.drivername:
        case "sqlite" | "sqlite+aiosqlite":
            if url.host or url.query or url.database in {None, "", ":memory:"}:
                raise UnsupportedDatabaseError("An SQLite URL must contain only a file path. {help}", help=_HELP)
            return url.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres" | "postgresql+asyncpg":
            if "sslmode" in url.query:  # libpq's name for it, and everyone's except asyncpg's
                url = url.set(query={"ssl": url.query["sslmode"], **url.query}).difference_update_query(["sslmode"])
            if unknown := sorted(url.query.keys() - _OPTIONS):
                raise UnsupportedDatabaseError(
                    "The database URL has unknown options: {unknown}. Supported options: {supported}.",
                    unknown=", ".join(unknown),
                    supported=", ".join(sorted(_OPTIONS)),
                )
            return url.set(drivername="postgresql+asyncpg")
        case kind:
            raise UnsupportedDatabaseError("{kind} databases are not supported. {help}", kind=repr(kind), help=_HELP)


def connect(url: URL, pool: type[Pool] | None = None) -> AsyncEngine:
    """Connections to the database of a URL from `address`; an SQLite file must exist."""
    if url.get_backend_name() == "postgresql":
        engine = create_async_engine(url, poolclass=pool, hide_parameters=True, pool_pre_ping=True)
        event.listen(engine.sync_engine, "connect", _prepare_postgresql)
        return engine
    # No isolation level: the driver leaves the beginning of transactions to us.
    options = {"isolation_level": None, "timeout": BUSY_SECONDS, "async_creator_fn": SQLiteConnection}
    file = Path(url.database or "").absolute()
    uri = url.set(database=f"file:{quote(str(file))}", query={"mode": "rw", "uri": "true"})
    engine = create_async_engine(uri, poolclass=pool, hide_parameters=True, connect_args=options)
    event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, file))
    event.listen(engine.sync_engine, "checkout", partial(_check_sqlite, file))
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(file: Path, connection: Any, record: Any) -> None:  # noqa: ANN401 - the driver's own, behind an adapter
    record.info["file"] = _identity(file)
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _check_sqlite(file: Path, _: object, record: Any, __: object) -> None:  # noqa: ANN401 - the pool's own
    """Connect again if the file was deleted or replaced: SQLite would go on with the one that nobody sees any more."""
    if record.info["file"] != _identity(file):
        raise DisconnectionError


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare_postgresql(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own, behind an adapter
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    cursor.close()
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    """Make writers wait for each other from the start: a reader that writes later would fail instead of waiting."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def opening(url: URL) -> Iterator[None]:
    """Explain why the database can't be opened, for whoever runs the program. Raises StoreError."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        place = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
        advice = _ADVICE.get(failure_of(error), "Check THUMBPRINT_DATABASE_URL and THUMBPRINT_DATA_DIR.")
        raise StoreError(
            "The database {place} can't be opened: {cause}. {advice}",
            place=place,
            cause=str(root_of(error)),
            advice=advice,
        ) from error


async def alone(connection: AsyncConnection, key: int) -> None:
    """Wait for all other transactions that called this with the same key. SQLite has only one writer anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(key)))


def upsert(connection: AsyncConnection, table: Table, key: dict[str, Any], **values: Any) -> Executable:  # noqa: ANN401
    """Insert a row; if there is one with that key, update its values."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement: postgresql.Insert | sqlite.Insert = insert(table).values({**key, **values})
    if values:
        return statement.on_conflict_do_update(index_elements=list(key), set_=values)
    return statement.on_conflict_do_nothing(index_elements=list(key))
