"""What an admin chooses in set-up: who else is an admin, where actions are logged, and to answer only when asked."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("servers", sa.Column("admin_role", sa.BigInteger))
    op.add_column("servers", sa.Column("log_channel", sa.BigInteger))
    op.add_column("servers", sa.Column("only_asked", sa.Boolean, server_default=sa.false(), nullable=False))
