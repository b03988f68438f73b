"""Projections that count: what is held, and what was used. Reports add them up; a million items are some
thousand rows here.

Every column that a view asks for (`policies.access.Clause`) is among those of `holding`, so whatever is
counted is counted through the reader's view. Not here: who writes and reads them (`archive.counted`).
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table

from archive.tables_base import big, projected

HELD = (
    "fonds",
    "category",
    "year",
    "retention",
    "access",
    "secrecy",
    "holder",
    "due",
    "month",
    "volume",
    "format",
)
"""The columns by which items are counted. `due` is the year in which access is decided on next, `month` that
of registration, `volume` the file that it lies in (案卷), `format` that of the component that is counted."""

holding = Table(
    "holding",  # items stand in the row of their first component's format, components in that of their own
    projected,
    *(Column(name, String, primary_key=True) for name in HELD),
    Column("withdrawn", Boolean, primary_key=True),
    Column("items", big, nullable=False),
    Column("components", big, nullable=False),
    Column("bytes", big, nullable=False),
    Column("pages", big, nullable=False),
)

use_count = Table(
    "use_count",  # of segments of the use journal alone; the newest uses are counted when asked
    projected,
    Column("month", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("fonds", String, primary_key=True),
    Column("code", String, primary_key=True),  # "" for what names no item
    Column("uses", Integer, nullable=False),
)
