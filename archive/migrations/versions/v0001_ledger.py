"""The ledger, its tiles and checkpoints, and the working tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables of the first version."""
    _source()
    _working()


def _source() -> None:
    op.create_table(
        "entry",
        sa.Column("index", _big, primary_key=True, autoincrement=False),
        sa.Column("time", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String()),
        sa.Column("item", sa.String()),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary()),
        sa.Column("payload", sa.LargeBinary()),
    )
    op.create_index("entry_batch", "entry", ["batch"])
    op.create_index("entry_item", "entry", ["item"])
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("number", _big, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", _big, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("time", sa.String(), nullable=False),
    )


def _working() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", _big, primary_key=True, autoincrement=True),
        sa.Column("item", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "intent",
        sa.Column("batch", sa.String(), primary_key=True),
        sa.Column("list_digest", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("intent_list_digest", "intent", ["list_digest"])
    op.create_table(
        "sealed_file",
        sa.Column("object", sa.String(), primary_key=True),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("sealed_file_batch", "sealed_file", ["batch"])
    op.create_table(
        "publication",
        sa.Column("site", sa.String(), primary_key=True),
        sa.Column("size", _big, nullable=False),
        sa.Column("time", sa.String(), nullable=False),
    )
    op.create_table(
        "projection",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
