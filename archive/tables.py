"""The tables: source and working tables (migrated), projections (dropped and rebuilt).

Written for any dialect of SQLAlchemy Core. The migrations under `archive/migrations` spell the
source and working tables out again, so that history stays as it was; a test holds the two together.
Not here: who writes and reads them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA = "0001"
"""The newest migration."""

VIEWS = 1
"""Version of the projections; raised whenever their tables or what is written to them changes."""

stored = MetaData()
projected = MetaData()

_big = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's own row number

# Source: what cannot be had again from anything else in the database.

entry = Table(
    "entry",
    stored,
    Column("index", _big, primary_key=True, autoincrement=False),
    Column("time", String(40), nullable=False),
    Column("type", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("batch", String(64)),
    Column("item", String(64)),
    Column("envelope", LargeBinary, nullable=False),
    Column("salt", LargeBinary),  # goes with the payload when that is destroyed: a guess confirms nothing
    Column("payload", LargeBinary),
    Index("entry_batch", "batch"),
    Index("entry_item", "item"),
)

tile = Table(
    "tile",
    stored,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", _big, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    stored,
    Column("size", _big, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("time", String(40), nullable=False),
)

# Working: may be lost.

outbox = Table(
    "outbox",
    stored,
    Column("seq", _big, primary_key=True, autoincrement=True),
    Column("item", String(64), nullable=False),
    sqlite_autoincrement=True,
)

intent = Table(
    "intent",
    stored,
    Column("batch", String(64), primary_key=True),
    Column("list_digest", String(80), nullable=False),
    Column("source", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("started", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Index("intent_list_digest", "list_digest"),
)

publication = Table(
    "publication",
    stored,
    Column("site", String(200), primary_key=True),
    Column("size", _big, nullable=False),
    Column("time", String(40), nullable=False),
)

projection = Table(
    "projection",
    stored,
    Column("name", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
)

# Projections: everything here comes from the ledger's entries and nothing else.

item = Table(
    "item",
    projected,
    Column("id", String(64), primary_key=True),
    Column("batch", String(64), nullable=False),
    Column("row", Integer, nullable=False),
    Column("code", String(200), nullable=False),
    Column("fonds", String(40), nullable=False),
    Column("category", String(40), nullable=False),
    Column("year", String(10), nullable=False),
    Column("retention", String(20), nullable=False),
    Column("access", String(20), nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("registered", _big, nullable=False, unique=True),
    Column("time", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    Index("item_batch", "batch"),
)

component = Table(
    "component",
    projected,
    Column("object", String(64), primary_key=True),
    Column("item", String(64), ForeignKey("item.id"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("sealed_bytes", _big, nullable=False),
    Column("sealed_blake3", String(64), nullable=False),
    Index("component_item", "item"),
    Index("component_sha256", "sha256"),
)

code = Table(
    "code",
    projected,
    Column("code", String(200), primary_key=True),
    Column("item", String(64), nullable=False),
    Column("current", Boolean, nullable=False),
    Column("given", _big, nullable=False),
    Index("code_item", "item"),
)

series = Table(
    "series",
    projected,
    Column("series", String(200), primary_key=True),
    Column("highest", _big, nullable=False),
)

batch = Table(
    "batch",
    projected,
    Column("id", String(64), primary_key=True),
    Column("identity", String(80), nullable=False),
    Column("registered_identity", String(80), unique=True),  # NULL unless registered; NULLs never clash
    Column("state", String(20), nullable=False),
    Column("time", String(40), nullable=False),
    Column("received", _big, nullable=False),
    Column("registered", Integer, nullable=False),
    Column("returned", Integer, nullable=False),
    Column("report", Text, nullable=False),
)
