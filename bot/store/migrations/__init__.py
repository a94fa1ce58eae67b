"""Migrations: from any older state of the database to today's tables.

Each step is a file in `versions/`; a new one names the previous one as its `down_revision`.
"""

import asyncio
import os
import sqlite3
from pathlib import Path
from typing import Final

import stamina
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from bot.data_folder import make_private
from bot.store.database import BUSY_SECONDS, alone, connect, opening
from bot.store.errors import NewerDatabaseError

_MIGRATING: Final = 1
"""The lock of processes that start at the same time; no Discord id is that small."""


def migrate(url: URL) -> None:
    """Bring the database up to date, all or nothing.

    Blocks: call it in a thread, outside any event loop. Raises StoreError, NewerDatabaseError.
    """
    with opening(url):
        if url.get_backend_name() == "sqlite" and url.database:
            _create_private(Path(url.database))
        asyncio.run(_migrate(url))


def _create_private(file: Path) -> None:
    """Make sure that nobody else can read an SQLite file, nor those that SQLite keeps beside it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    for part in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        if part.exists():
            make_private(part, 0o600)


def _is_busy(error: Exception) -> bool:
    """Whether another process is using the SQLite file: turning a new one into WAL does not wait by itself."""
    reason = error.orig if isinstance(error, OperationalError) else None
    return getattr(reason, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY  # the other bits are details


@stamina.retry(on=_is_busy, attempts=None, timeout=BUSY_SECONDS, wait_initial=0.05, wait_jitter=0.1)
async def _migrate(url: URL) -> None:
    engine = connect(url, NullPool)
    try:
        async with engine.execution_options(writes=True).begin() as connection:
            await alone(connection, _MIGRATING)
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "bot.store:migrations")
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if not known.issuperset(MigrationContext.configure(connection).get_current_heads()):
        raise NewerDatabaseError(
            "The database was created by a newer version of Thumbprint. Update Thumbprint, or set "
            "THUMBPRINT_DATABASE_URL to another database."
        )
    command.upgrade(config, "head")
