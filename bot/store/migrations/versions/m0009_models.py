"""Models that several machines serve, and which worker trains what."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and add the columns; of runs that workers perform, attempts are counted."""
    op.create_table(
        "models",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("server", sa.BigInteger),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("learned", sa.String(64), nullable=False),
        sa.Column("info", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_models"),
        _of_server("models"),
        sa.UniqueConstraint("server", "version", name="uq_models_server_version"),
    )
    op.create_index("ix_models_digest", "models", ["digest"])
    op.create_table(
        "serving",
        sa.Column("number", ROW_ID, nullable=False),
        sa.Column("server", sa.BigInteger),
        sa.Column("model", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_serving"),
        _of_server("serving"),
        sa.ForeignKeyConstraint(["model"], ["models.id"], name="fk_serving_model", ondelete="CASCADE"),
    )
    op.create_index("ix_serving_server", "serving", ["server"])
    op.create_index("ix_serving_model", "serving", ["model"])
    op.create_table(
        "archives",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("handle", sa.Text),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_archives"),
    )
    op.add_column("runs", sa.Column("attempt", sa.Integer, server_default="0", nullable=False))
    op.add_column("runs", sa.Column("cancelled", sa.Boolean, server_default=sa.false(), nullable=False))


def _of_server(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["server"], ["servers.id"], name=f"fk_{table}_server", ondelete="CASCADE")
