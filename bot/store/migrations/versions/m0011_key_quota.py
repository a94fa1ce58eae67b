"""The quota of YouTube's that all servers together have used, by day."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, with what the servers have used."""
    op.create_table(
        "key_quota",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("units", sa.Integer, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_key_quota"),
    )
    op.execute("INSERT INTO key_quota (day, units) SELECT day, sum(units) FROM quota GROUP BY day")
