"""Tables of the reading room: who the visitors are (a working table, and the only place where that stands),
and the projections of their visits and of certificates.

Not here: who writes and reads them (`archive.visits`, `archive.certificates`).
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from archive.tables_base import big, projected, stored

visitor = Table(
    "visitor",  # personal data: forgotten some time after the last visit, and lost with the database
    stored,
    Column("id", String, primary_key=True),
    Column("document", String, nullable=False),  # its kind and number: whoever comes again is known by it
    Column("first", String, nullable=False),
    Column("last", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("visitor_document", "document", unique=True),
    Index("visitor_last", "last"),
)

visit = Table(
    "visit",
    projected,
    Column("id", String, primary_key=True),
    Column("visitor", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("state", String, nullable=False),
    Column("entered", big, nullable=False),
    Column("time", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("visit_entered", "entered"),
    Index("visit_time", "time"),
    Index("visit_visitor", "visitor"),
)

visit_item = Table(
    "visit_item",  # what was given to a visitor, a row each time
    projected,
    Column("entry", big, primary_key=True, autoincrement=False),
    Column("visit", String, nullable=False),
    Column("code", String, nullable=False),
    Column("act", String, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("time", String, nullable=False),
    Index("visit_item_visit", "visit"),
    Index("visit_item_time", "time"),
)

certificate = Table(
    "certificate",
    projected,
    Column("entry", big, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False),
    Column("item", String, nullable=False),
    Column("visit", String, nullable=False),
    Column("state", String, nullable=False),
    Column("time", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("certificate_id", "id"),
    Index("certificate_item", "item"),
    Index("certificate_visit", "visit"),
)
