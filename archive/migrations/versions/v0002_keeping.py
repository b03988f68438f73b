"""What stands where, audits under way, destructions not yet confirmed; entries found by their type."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the working tables of keeping, and the index on types."""
    op.create_table(
        "held",
        sa.Column("site", sa.String(), primary_key=True),
        sa.Column("batch", sa.String(), primary_key=True),
        sa.Column("time", sa.String(), nullable=False),
    )
    op.create_table(
        "audit_run",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("started", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_table(
        "destruction",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("started", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("entry_type", "entry", ["type"])
