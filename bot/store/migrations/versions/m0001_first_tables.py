"""The first tables: servers, their channels, runs, answers, feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)
WORD = sa.String(16)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "servers",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("threshold", sa.Double),
        sa.Column("weekly", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("left_at", TIME),
        sa.CheckConstraint("threshold BETWEEN 0 AND 1", name="ck_servers_threshold"),
        sa.PrimaryKeyConstraint("id", name="pk_servers"),
    )
    op.create_table(
        "server_channels",
        sa.Column("number", ROW_ID, nullable=False),
        sa.Column("server", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("handle", sa.Text),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("added_by", sa.BigInteger),
        sa.Column("added_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_server_channels"),
        sa.UniqueConstraint("server", "id", name="uq_server_channels_server_id"),
        _of_server("server_channels"),
    )
    op.create_table(
        "watched",
        sa.Column("server", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("channel", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("server", "channel", name="pk_watched"),
        _of_server("watched"),
    )
    op.create_table(
        "runs",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("server", sa.BigInteger),
        sa.Column("channel", sa.BigInteger),
        sa.Column("message", sa.BigInteger),
        sa.Column("asked_by", sa.BigInteger),
        sa.Column("scheduled", sa.Boolean, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("state", WORD, nullable=False),
        sa.Column("version", sa.Text),
        sa.Column("accuracy", sa.Double),
        sa.Column("pictures", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        _of_server("runs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_server_started_at", "runs", ["server", "started_at"])
    op.create_table(
        "answers",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("server", sa.BigInteger),
        sa.Column("at", TIME, nullable=False),
        sa.Column("video", sa.Text),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("unknown", sa.Boolean, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("fact_channel", sa.Text),
        sa.Column("fact_right", sa.Boolean),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name="ck_answers_confidence"),
        sa.CheckConstraint("(fact_channel IS NULL) = (fact_right IS NULL)", name="ck_answers_fact"),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        _of_server("answers"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_server_at", "answers", ["server", "at"])
    op.create_table(
        "feedback",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("answer", ROW_ID, nullable=False),
        sa.Column("user", sa.BigInteger, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("verdict", WORD, nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("state", WORD, nullable=False),
        sa.Column("reviewed_by", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("answer", "user", name="uq_feedback_answer_user"),
        sa.ForeignKeyConstraint(["answer"], ["answers.id"], name="fk_feedback_answer", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feedback_user_at", "feedback", ["user", "at"])


def _of_server(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["server"], ["servers.id"], name=f"fk_{table}_server", ondelete="CASCADE")
