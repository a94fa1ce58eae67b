"""The language that each server's admins chose."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; NULL follows the people's and the server's own settings in Discord."""
    op.add_column("servers", sa.Column("language", sa.String(16)))
