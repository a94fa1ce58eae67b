"""The tables. Every change needs a migration; a test compares the two."""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
)

from bot.store.columns import ForeignText, RowId, Utc, one_of
from bot.store.values import FeedbackState, RunState, UnknownPictures, Verdict

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _server(*, nullable: bool = False, primary_key: bool = False) -> "Column[int]":
    """The server that a row belongs to, and with which it is deleted."""
    reference = ForeignKey("servers.id", ondelete="CASCADE")
    return Column("server", BigInteger, reference, nullable=nullable, primary_key=primary_key, autoincrement=False)


servers: Final = Table(
    "servers",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("threshold", Double),
    Column("weekly", Boolean, nullable=False, server_default=false()),
    Column("unknown_pictures", one_of(UnknownPictures), nullable=False, server_default=UnknownPictures.ANSWER.value),
    Column("language", String(16)),
    Column("left_at", Utc),
    Column("admin_role", BigInteger),
    Column("log_channel", BigInteger),
    Column("only_asked", Boolean, nullable=False, server_default=false()),
    CheckConstraint("threshold BETWEEN 0 AND 1", name="threshold"),
)

server_channels: Final = Table(
    "server_channels",
    metadata,
    Column("number", RowId, primary_key=True),
    _server(),
    Column("id", ForeignText, nullable=False),
    Column("title", ForeignText, nullable=False),
    Column("handle", ForeignText),
    Column("label", ForeignText, nullable=False),
    Column("added_by", BigInteger),
    Column("added_at", Utc, nullable=False),
    Column("refreshed_at", Utc),
    UniqueConstraint("server", "id"),
)

watched: Final = Table(
    "watched",
    metadata,
    _server(primary_key=True),
    Column("channel", BigInteger, primary_key=True, autoincrement=False),
)

runs: Final = Table(
    "runs",
    metadata,
    Column("id", RowId, primary_key=True),
    _server(nullable=True),
    Column("channel", BigInteger),
    Column("message", BigInteger),
    Column("asked_by", BigInteger),
    Column("scheduled", Boolean, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("state", one_of(RunState), nullable=False),
    Column("version", ForeignText),
    Column("accuracy", Double),
    Column("pictures", Integer, key="thumbnails"),  # named as in version 0.1
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("cancelled", Boolean, nullable=False, server_default=false()),
    Index(None, "server", "started_at"),
    sqlite_autoincrement=True,
)

models: Final = Table(
    "models",
    metadata,
    Column("id", RowId, primary_key=True),
    _server(nullable=True),
    Column("version", ForeignText, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("learned", String(64), nullable=False),
    Column("info", ForeignText, nullable=False),
    Column("at", Utc, nullable=False),
    UniqueConstraint("server", "version"),
    Index(None, "digest"),
)

# The models that have been in use by each server, the one that is now last.
serving: Final = Table(
    "serving",
    metadata,
    Column("number", RowId, primary_key=True),
    _server(nullable=True),
    Column("model", RowId, ForeignKey("models.id", ondelete="CASCADE"), nullable=False),
    Index(None, "server"),
    Index(None, "model"),
)

archives: Final = Table(
    "archives",
    metadata,
    Column("channel", ForeignText, primary_key=True),
    Column("label", ForeignText, nullable=False),
    Column("handle", ForeignText),
    Column("digest", String(64), nullable=False),
    Column("content", String(64), nullable=False),
    Column("at", Utc, nullable=False),
)

corrections: Final = Table(
    "corrections",
    metadata,
    Column("id", RowId, primary_key=True),
    _server(nullable=True),
    Column("video", ForeignText, nullable=False),
    Column("label", ForeignText),
    Column("by", BigInteger),
    Column("at", Utc, nullable=False),
    Index(None, "server", "video"),
)

quota: Final = Table(
    "quota",
    metadata,
    _server(primary_key=True),
    Column("day", Date, primary_key=True),
    Column("units", Integer, nullable=False, server_default="0"),
)

key_quota: Final = Table(
    "key_quota",
    metadata,
    Column("day", Date, primary_key=True),
    Column("units", Integer, nullable=False, server_default="0"),
)

# Ids of answers and feedback are in buttons: with autoincrement, SQLite never uses one twice.
answers: Final = Table(
    "answers",
    metadata,
    Column("id", RowId, primary_key=True),
    _server(nullable=True),
    Column("at", Utc, nullable=False),
    Column("video", ForeignText),
    Column("label", ForeignText, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("unknown", Boolean, nullable=False),
    Column("version", ForeignText, nullable=False),
    Column("exact", Boolean, nullable=False, server_default=false()),
    Column("fact_channel", ForeignText),
    Column("fact_right", Boolean),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    CheckConstraint("(fact_channel IS NULL) = (fact_right IS NULL)", name="fact"),
    Index(None, "server", "at"),
    sqlite_autoincrement=True,
)

feedback: Final = Table(
    "feedback",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("answer", RowId, ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
    Column("user", BigInteger, nullable=False),
    Column("at", Utc, nullable=False),
    Column("verdict", one_of(Verdict), nullable=False),
    Column("label", ForeignText),
    Column("state", one_of(FeedbackState), nullable=False),
    Column("reviewed_by", BigInteger),
    UniqueConstraint("answer", "user"),
    Index(None, "user", "at"),
    sqlite_autoincrement=True,
)

# Ids of rounds are in buttons too.
rounds: Final = Table(
    "rounds",
    metadata,
    Column("id", RowId, primary_key=True),
    _server(),
    Column("channel", BigInteger, nullable=False),
    Column("message", BigInteger),
    Column("daily", Boolean, nullable=False),
    Column("video", ForeignText),
    Column("options", JSON, nullable=False),
    Column("answer", Integer, nullable=False),
    Column("bot_choice", Integer, nullable=False),
    Column("bot_confidence", Double, nullable=False),
    Column("bot_points", Integer, nullable=False, server_default="0"),
    Column("bot_streak", Integer, nullable=False, server_default="0"),
    Column("started_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Index(None, "server", "closed_at"),
    sqlite_autoincrement=True,
)

guesses: Final = Table(
    "guesses",
    metadata,
    Column("round", RowId, ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("user", BigInteger, primary_key=True, autoincrement=False),
    Column("choice", Integer, nullable=False),
    Column("fast", Boolean, nullable=False),
    Column("points", Integer, nullable=False, server_default="0"),
    Column("streak", Integer, nullable=False, server_default="0"),
    Index(None, "user"),
)

# What only a cluster uses: see `bot.store.cluster`.
shard_groups: Final = Table(
    "shard_groups",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("total", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("holder", String(32), nullable=False),
    Column("expires_at", Utc, nullable=False),
    UniqueConstraint("holder"),
)

beats: Final = Table(
    "beats",
    metadata,
    Column("total", Integer, primary_key=True, autoincrement=False),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
)

identifies: Final = Table(
    "identifies",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("next_at", Utc, nullable=False),
)

claims: Final = Table(
    "claims",
    metadata,
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    Index(None, "at"),
)

daily_rounds: Final = Table(
    "daily_rounds",
    metadata,
    _server(primary_key=True),
    Column("channel", BigInteger, nullable=False),
    Column("hour", Integer),
    Column("last_day", Date),
    CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
)
