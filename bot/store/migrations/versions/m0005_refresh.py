"""When the names of channels were last confirmed by YouTube, and the labels of thumbnails that admins corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("server_channels", sa.Column("refreshed_at", sa.DateTime(timezone=True)))
    op.create_table(
        "corrections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("server", sa.BigInteger),
        sa.Column("video", sa.Text, nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("by", sa.BigInteger),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.ForeignKeyConstraint(["server"], ["servers.id"], name="fk_corrections_server", ondelete="CASCADE"),
    )
    op.create_index("ix_corrections_server_video", "corrections", ["server", "video"])
