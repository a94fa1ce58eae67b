"""Which answers were exact matches: facts, not predictions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; all earlier answers were predictions."""
    op.add_column("answers", sa.Column("exact", sa.Boolean, server_default=sa.false(), nullable=False))
