"""Credentials, sessions, tokens; uploads, jobs, answers given; proposals, passcodes; the use journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the working tables of people at the doors."""
    _signing_in()
    _handing_in()
    _acting()


def _signing_in() -> None:
    op.create_table(
        "credential",
        sa.Column("account", sa.String(), primary_key=True),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("totp", sa.String(), nullable=False),
        sa.Column("totp_step", _BIG, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("code_until", sa.String(), nullable=False),
        sa.Column("changed", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_table(
        "failure",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("failures", _BIG, nullable=False),
        sa.Column("last", _BIG, nullable=False),
    )
    op.create_index("failure_last", "failure", ["last"])
    op.create_table(
        "session",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("started", sa.String(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("until", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("session_account", "session", ["account"])
    op.create_table(
        "token",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False, unique=True),
        sa.Column("made", sa.String(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("until", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("token_account", "token", ["account"])


def _handing_in() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("made", sa.String(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("files", _BIG, nullable=False),
        sa.Column("bytes", _BIG, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("upload_account", "upload", ["account"])
    op.create_table(
        "upload_file",
        sa.Column("upload", sa.String(), primary_key=True),
        sa.Column("number", _BIG, primary_key=True, autoincrement=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("bytes", _BIG, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("upload_file_mark", "upload_file", ["upload", "mark"], unique=True)
    op.create_table(
        "job",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("begun", sa.String(), nullable=False),
        sa.Column("ended", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("job_account", "job", ["account"])
    op.create_table(
        "answered",
        sa.Column("account", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("time", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_index("answered_time", "answered", ["time"])


def _acting() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("made", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_table(
        "passcode",
        sa.Column("request", sa.String(), primary_key=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("made", sa.String(), nullable=False),
    )
    op.create_table(
        "use",
        sa.Column("seq", _BIG, primary_key=True, autoincrement=True),
        sa.Column("time", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
