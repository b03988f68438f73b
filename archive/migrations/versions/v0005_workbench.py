"""Who the visitors of the reading room are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the working tables of the workbench."""
    _visitors()


def _visitors() -> None:
    op.create_table(
        "visitor",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("last", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("visitor_document", "visitor", ["document"], unique=True)
    op.create_index("visitor_last", "visitor", ["last"])
