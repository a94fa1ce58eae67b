"""The guessing game: its rounds, what people guessed, and each server's daily round."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "rounds",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("server", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.BigInteger, nullable=False),
        sa.Column("message", sa.BigInteger),
        sa.Column("daily", sa.Boolean, nullable=False),
        sa.Column("video", sa.Text),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("answer", sa.Integer, nullable=False),
        sa.Column("bot_choice", sa.Integer, nullable=False),
        sa.Column("bot_confidence", sa.Double, nullable=False),
        sa.Column("bot_points", sa.Integer, server_default="0", nullable=False),
        sa.Column("bot_streak", sa.Integer, server_default="0", nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_rounds"),
        _of_server("rounds"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rounds_server_closed_at", "rounds", ["server", "closed_at"])
    op.create_table(
        "guesses",
        sa.Column("round", ROW_ID, nullable=False),
        sa.Column("user", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("choice", sa.Integer, nullable=False),
        sa.Column("fast", sa.Boolean, nullable=False),
        sa.Column("points", sa.Integer, server_default="0", nullable=False),
        sa.Column("streak", sa.Integer, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("round", "user", name="pk_guesses"),
        sa.ForeignKeyConstraint(["round"], ["rounds.id"], name="fk_guesses_round", ondelete="CASCADE"),
    )
    op.create_index("ix_guesses_user", "guesses", ["user"])
    op.create_table(
        "daily_rounds",
        sa.Column("server", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("channel", sa.BigInteger, nullable=False),
        sa.Column("hour", sa.Integer),
        sa.Column("last_day", sa.Date),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name="ck_daily_rounds_hour"),
        sa.PrimaryKeyConstraint("server", name="pk_daily_rounds"),
        _of_server("daily_rounds"),
    )


def _of_server(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["server"], ["servers.id"], name=f"fk_{table}_server", ondelete="CASCADE")
