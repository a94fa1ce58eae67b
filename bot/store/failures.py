"""Failures of a database, by what causes them, in words for people."""

import sqlite3
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.languages import gettext_noop
from bot.store.errors import RowError, StoreError


class Failure(StrEnum):
    """What causes a failure, and what to do next."""

    FULL = gettext_noop("My disk is full, so I can't use my database. My owner needs to free some space.")
    BUSY = gettext_noop("My database is busy. Try again in a minute.")
    READ_ONLY = gettext_noop("My database is read-only. My owner needs to make it writable.")
    GONE = gettext_noop("My database file is gone. My owner needs to put it back.")
    DAMAGED = gettext_noop("My database is damaged. My owner needs to restore it from a backup.")
    DISK = gettext_noop("My disk can't read or write my database. My owner needs to check it.")
    UNREACHABLE = gettext_noop("I can't reach my database. Try again in a minute, or tell my owner.")
    OTHER = gettext_noop("I can't use my database right now. Try again in a minute, or tell my owner.")


_SQLITE: Final = {
    sqlite3.SQLITE_FULL: Failure.FULL,
    sqlite3.SQLITE_BUSY: Failure.BUSY,
    sqlite3.SQLITE_LOCKED: Failure.BUSY,
    sqlite3.SQLITE_READONLY: Failure.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Failure.GONE,
    sqlite3.SQLITE_CORRUPT: Failure.DAMAGED,
    sqlite3.SQLITE_NOTADB: Failure.DAMAGED,
    sqlite3.SQLITE_IOERR: Failure.DISK,
}
_POSTGRESQL: Final = {
    "53100": Failure.FULL,  # disk_full
    "25006": Failure.READ_ONLY,  # read_only_sql_transaction
    "53300": Failure.BUSY,  # too_many_connections
    "55P03": Failure.BUSY,  # lock_not_available
    "57014": Failure.BUSY,  # query_canceled
    "40001": Failure.BUSY,  # serialization_failure
    "40P01": Failure.BUSY,  # deadlock_detected
    "58030": Failure.DISK,  # io_error
    "XX001": Failure.DAMAGED,  # data_corrupted
    "XX002": Failure.DAMAGED,  # index_corrupted
}
_UNREACHABLE: Final = ("08", "57P")
"""Classes of PostgreSQL's codes: connection exceptions, and a server that starts or stops."""


def failure_of(error: SQLAlchemyError | OSError) -> Failure:
    """What causes a failure."""
    if isinstance(error, OSError):
        return Failure.UNREACHABLE
    if isinstance(error, PoolTimeoutError):
        return Failure.BUSY
    reason = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(code := getattr(reason, "sqlite_errorcode", None), int):
        return _SQLITE.get(code & 0xFF, Failure.OTHER)  # the other bits are details
    if isinstance(state := getattr(reason, "sqlstate", None), str):
        return Failure.UNREACHABLE if state.startswith(_UNREACHABLE) else _POSTGRESQL.get(state, Failure.OTHER)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Failure.UNREACHABLE
    return Failure.OTHER


def root_of(error: BaseException) -> BaseException:
    """The error that caused the others: the driver's own message is the clearest."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def explained(error: SQLAlchemyError | OSError) -> StoreError:
    """A failure in words; RowError if trying again is of no use."""
    refused = isinstance(error, IntegrityError | DataError)
    refused |= isinstance(error, StatementError) and not isinstance(error, DBAPIError)
    return RowError(Failure.OTHER) if refused else StoreError(failure_of(error))
