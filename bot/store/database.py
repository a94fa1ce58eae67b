"""One database, SQLite or PostgreSQL: its URL, its connections, and its failures."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Executable, Table, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import Pool

from bot.store.errors import StoreError, UnsupportedDatabaseError

log = logging.getLogger(__name__)

BUSY_SECONDS: Final = 10
"""Timeout of waiting for another process that writes to the same SQLite file."""

_OPTIONS: Final = frozenset({"host", "port", "ssl", "prepared_statement_cache_size"})
_HELP: Final = "Set THUMBPRINT_DATABASE_URL to postgresql://user:password@host/database or sqlite:///file, or omit it."
_PRAGMAS: Final = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON")


class Database:
    """What all tables share: transactions on one database, and the clock."""

    def __init__(self, place: str | Path, clock: Callable[[], datetime]) -> None:
        """`place` is a URL, or the path of an SQLite file. Raises UnsupportedDatabaseError."""
        self.url: Final = address(place)
        self.now: Final = clock
        self._engine = connect(self.url)
        self._writing = self._engine.execution_options(writes=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads. Raises StoreError."""
        with _explained():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed when the block ends, all or nothing. Raises StoreError."""
        with _explained():
            async with self._writing.begin() as connection:
                yield connection

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


def address(place: str | Path) -> URL:
    """SQLAlchemy's URL of a URL, or of the path of an SQLite file. Raises UnsupportedDatabaseError."""
    if isinstance(place, Path):
        return URL.create("sqlite+aiosqlite", database=str(place))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):  # their messages may contain the password
        raise UnsupportedDatabaseError(f"The database URL is invalid. {_HELP}") from None
    match url.drivername:
        case "sqlite" | "sqlite+aiosqlite":
            if url.host or url.query or url.database in {None, "", ":memory:"}:
                raise UnsupportedDatabaseError(f"An SQLite URL must contain only a file path. {_HELP}")
            return url.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres" | "postgresql+asyncpg":
            if "sslmode" in url.query:  # libpq's name for it, and everyone's except asyncpg's
                url = url.set(query={"ssl": url.query["sslmode"], **url.query}).difference_update_query(["sslmode"])
            if unknown := sorted(url.query.keys() - _OPTIONS):
                raise UnsupportedDatabaseError(
                    f"The database URL has unknown options: {', '.join(unknown)}. "
                    f"Supported options: {', '.join(sorted(_OPTIONS))}."
                )
            return url.set(drivername="postgresql+asyncpg")
        case kind:
            raise UnsupportedDatabaseError(f"{kind!r} databases are not supported. {_HELP}")


def connect(url: URL, pool: type[Pool] | None = None) -> AsyncEngine:
    """Connections to the database of a URL from `address`."""
    if url.get_backend_name() == "sqlite":
        # No isolation level: the driver leaves the beginning of transactions to us.
        options: dict[str, Any] = {"connect_args": {"isolation_level": None, "timeout": BUSY_SECONDS}}
    else:
        options = {"pool_pre_ping": True}
    engine = create_async_engine(url, poolclass=pool, hide_parameters=True, **options)
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own, behind an adapter
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Make writers wait for each other from the start: a reader that writes later would fail instead of waiting."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        log.exception("the database failed")
        raise StoreError("I can't use my database right now. Try again in a minute, or tell my owner.") from error


@contextmanager
def opening(url: URL) -> Iterator[None]:
    """Explain why the database can't be opened, for whoever runs the program. Raises StoreError."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        place = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
        reason: BaseException = error
        while reason.__cause__ is not None:  # the driver's own message is the clearest
            reason = reason.__cause__
        raise StoreError(
            f"The database {place} can't be opened: {reason}. Check THUMBPRINT_DATABASE_URL and THUMBPRINT_DATA_DIR."
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
