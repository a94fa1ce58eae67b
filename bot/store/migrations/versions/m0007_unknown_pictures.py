"""What each server wants for posted pictures that the bot does not know."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    column = sa.Column("unknown_pictures", sa.String(16), server_default="answer", nullable=False)
    op.add_column("servers", column)
