"""The tables: source and working tables (migrated), projections (dropped and rebuilt).

Written for any dialect of SQLAlchemy Core. The migrations under `archive/migrations` spell the
source and working tables out again, so that history stays as it was; a test holds the two together.
Not here: who writes and reads them.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
)

from archive.tables_base import big, projected, stored
from archive.tables_counted import holding, use_count
from archive.tables_people import (
    account,
    answered,
    credential,
    failure,
    fonds,
    job,
    passcode,
    proposal,
    retrieval,
    saved_search,
    session,
    token,
    upload,
    upload_file,
    use,
)

__all__ = [
    "SCHEMA",
    "VIEWS",
    "account",
    "answered",
    "audit_run",
    "batch",
    "checkpoint",
    "code",
    "component",
    "credential",
    "destruction",
    "entry",
    "failure",
    "fonds",
    "held",
    "hold",
    "holding",
    "intent",
    "item",
    "job",
    "lost",
    "outbox",
    "page_text",
    "passcode",
    "projected",
    "projection",
    "proposal",
    "publication",
    "retrieval",
    "saved_search",
    "sealed_file",
    "series",
    "session",
    "stored",
    "tile",
    "token",
    "upload",
    "upload_file",
    "use",
    "use_count",
]

SCHEMA = "0005"
"""The newest migration."""

VIEWS = 9
"""Version of the projections; raised whenever their tables or what is written to them changes."""


# Source: what cannot be had again from anything else in the database.

entry = Table(
    "entry",
    stored,
    Column("index", big, primary_key=True, autoincrement=False),
    Column("time", String, nullable=False),
    Column("type", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("batch", String),
    Column("item", String),
    Column("envelope", LargeBinary, nullable=False),
    Column("salt", LargeBinary),  # goes with the payload when that is destroyed: a guess confirms nothing
    Column("payload", LargeBinary),
    Index("entry_batch", "batch"),
    Index("entry_item", "item"),
    Index("entry_type", "type"),
)

tile = Table(
    "tile",
    stored,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", big, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    stored,
    Column("size", big, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("time", String, nullable=False),
)

# Working: may be lost.

outbox = Table(
    "outbox",
    stored,
    Column("seq", big, primary_key=True, autoincrement=True),
    Column("item", String, nullable=False),
    Column("narrowed", Boolean, nullable=False, server_default=false()),  # fewer may see it than is indexed
    Index("outbox_narrowed", "narrowed"),
    sqlite_autoincrement=True,
)

intent = Table(
    "intent",
    stored,
    Column("batch", String, primary_key=True),
    Column("list_digest", String, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("started", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("intent_list_digest", "list_digest"),
)

sealed_file = Table(
    "sealed_file",
    stored,
    Column("object", String, primary_key=True),
    Column("batch", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("sealed_file_batch", "batch"),
)

publication = Table(
    "publication",
    stored,
    Column("site", String, primary_key=True),
    Column("size", big, nullable=False),
    Column("time", String, nullable=False),
)

held = Table(
    "held",  # every copy of the batch was read back whole at the site, or was once: then without a time
    stored,
    Column("site", String, primary_key=True),
    Column("batch", String, primary_key=True),
    Column("time", String, nullable=False),
)

audit_run = Table(
    "audit_run",
    stored,
    Column("id", String, primary_key=True),
    Column("started", String, nullable=False),
    Column("detail", Text, nullable=False),
)

destruction = Table(
    "destruction",
    stored,
    Column("id", String, primary_key=True),
    Column("started", String, nullable=False),
    Column("state", String, nullable=False),
    Column("detail", Text, nullable=False),
)

page_text = Table(
    "page_text",  # read out of page files; had again from the objects
    stored,
    Column("object", String, primary_key=True),
    Column("item", String, nullable=False),
    Column("state", String, nullable=False),  # read, none, failed
    Column("text", Text, nullable=False),
    Index("page_text_item", "item"),
)

projection = Table(
    "projection",
    stored,
    Column("name", String, primary_key=True),
    Column("version", Integer, nullable=False),
)

# Projections: everything here comes from the ledger's entries and nothing else.

item = Table(
    "item",
    projected,
    Column("id", String, primary_key=True),
    Column("batch", String, nullable=False),
    Column("row", Integer, nullable=False),
    Column("code", String, nullable=False),
    Column("fonds", String, nullable=False),
    Column("category", String, nullable=False),
    Column("year", String, nullable=False),
    Column("retention", String, nullable=False),
    Column("access", String, nullable=False),
    Column("secrecy", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("due", String, nullable=False),  # access is decided on next on this day; "" for what is open
    Column("withdrawn", Boolean, nullable=False),
    Column("registered", big, nullable=False, unique=True),
    Column("time", String, nullable=False),
    Column("payload", Text, nullable=False),
    Index("item_batch", "batch"),
    Index("item_due", "due", "id", "fonds", "withdrawn"),
    Index("item_place", "fonds", "year", "category"),
)

component = Table(
    "component",
    projected,
    Column("object", String, primary_key=True),
    Column("item", String, ForeignKey("item.id"), nullable=False),
    Column("sha256", String, nullable=False),
    Column("sealed_bytes", big, nullable=False),
    Column("sealed_blake3", String, nullable=False),
    Index("component_item", "item"),
    Index("component_sha256", "sha256"),
)

code = Table(
    "code",
    projected,
    Column("code", String, primary_key=True),
    Column("item", String, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("given", big, nullable=False),
    Index("code_item", "item"),
)

series = Table(
    "series",
    projected,
    Column("series", String, primary_key=True),
    Column("highest", big, nullable=False),
)

batch = Table(
    "batch",
    projected,
    Column("id", String, primary_key=True),
    Column("identity", String, nullable=False),
    Column("registered_identity", String, unique=True),  # NULL unless registered; NULLs never clash
    Column("list_digest", String, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("time", String, nullable=False),
    Column("received", big, nullable=False),
    Column("registered", Integer, nullable=False),
    Column("returned", Integer, nullable=False),
    Column("report", Text, nullable=False),
    Index("batch_list_digest", "list_digest"),
)

hold = Table(
    "hold",
    projected,
    Column("item", String, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("placed", big, nullable=False),
)

lost = Table(
    "lost",  # entries whose payload no site had when the database was made again from one
    projected,
    Column("entry", big, primary_key=True, autoincrement=False),
    Column("type", String, nullable=False),
    Column("item", String, nullable=False),
    Column("uncounted", Boolean, nullable=False),  # it may have given a code that nobody knows
)
