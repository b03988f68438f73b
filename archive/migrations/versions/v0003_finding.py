"""Items that fewer may see than the index knows; text of page files; saved searches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the working tables of finding, and the outbox's mark."""
    op.add_column("outbox", sa.Column("narrowed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("outbox_narrowed", "outbox", ["narrowed"])
    op.create_table(
        "page_text",
        sa.Column("object", sa.String(), primary_key=True),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("page_text_item", "page_text", ["item"])
    op.create_table(
        "saved_search",
        sa.Column("account", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("saved", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
