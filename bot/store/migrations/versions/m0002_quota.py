"""The quota of YouTube's that each server has used, by day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "quota",
        sa.Column("server", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("units", sa.Integer, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("server", "day", name="pk_quota"),
        sa.ForeignKeyConstraint(["server"], ["servers.id"], name="fk_quota_server", ondelete="CASCADE"),
    )
