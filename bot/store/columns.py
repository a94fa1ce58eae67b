"""Types of columns that behave alike on both databases."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, Enum, Integer, Text, true
from sqlalchemy.types import TypeDecorator

from bot.store.values import Shards

RowId = BigInteger().with_variant(Integer, "sqlite")
"""A row's id: in SQLite only an INTEGER increments by itself; it has 64 bits there too."""


class Utc(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite, which has no time zones, stores it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """An aware time of any zone → what the database stores."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the database stores → an aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ForeignText(TypeDecorator[str]):
    """Text of any origin. NUL, which not every database accepts, is dropped; lone surrogates become "?"."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Any text → what every database accepts."""
        return None if value is None else value.replace("\0", "").encode("utf-8", "replace").decode()


def one_of(values: type[StrEnum]) -> Enum:
    """One of a few words, stored as text."""
    return Enum(values, native_enum=False, length=16, create_constraint=False, values_callable=list)


def on_shards(server: ColumnElement[int], shards: Shards) -> ColumnElement[bool]:
    """Whether the server in a column is on these shards, as `Shards.cover` has it; NULL are direct messages."""
    if shards.all:
        return true()
    covered = ((server // (1 << 22)) % shards.total).in_(shards.ids)
    return covered | server.is_(None) if shards.cover(None) else covered
