"""When the names of channels were last confirmed by YouTube."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("server_channels", sa.Column("refreshed_at", sa.DateTime(timezone=True)))
