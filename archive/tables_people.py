"""Tables of people at the doors: working ones (credentials, sessions, uploads, jobs, the use journal) and
projections (accounts, retrieval grants, the fonds register).

The working ones may be lost; the use journal alone is sealed into the ledger piece by piece. Not here: who
writes and reads them.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from archive import tables_visitors  # noqa: F401 - so that its tables stand among all others
from archive.tables_base import big, projected, stored

credential = Table(
    "credential",  # of people, as far as they have set any; after a rebuild nobody has
    stored,
    Column("account", String, primary_key=True),
    Column("password", String, nullable=False),  # argon2id, "" where none is set
    Column("totp", String, nullable=False),  # the shared secret, "" where none is enrolled
    Column("totp_step", big, nullable=False),  # of the newest code that was used: none is used twice
    Column("code", String, nullable=False),  # the digest of a one-time code to set a password with
    Column("code_until", String, nullable=False),
    Column("changed", String, nullable=False),
    Column("detail", Text, nullable=False),
)

failure = Table(
    "failure",  # how often signing in failed, by what `policies.lockout` counts
    stored,
    Column("name", String, primary_key=True),
    Column("failures", big, nullable=False),
    Column("last", big, nullable=False),  # seconds since 1970
    Index("failure_last", "last"),
)

session = Table(
    "session",
    stored,
    Column("id", String, primary_key=True),  # the digest of what the cookie holds
    Column("account", String, nullable=False),
    Column("started", String, nullable=False),
    Column("seen", String, nullable=False),
    Column("until", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("session_account", "account"),
)

token = Table(
    "token",  # for programs
    stored,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("name", String, nullable=False),
    Column("digest", String, nullable=False, unique=True),
    Column("made", String, nullable=False),
    Column("seen", String, nullable=False),  # "" until it is used
    Column("until", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("token_account", "account"),
)

upload = Table(
    "upload",  # a batch that is being handed in over the network; its files lie sealed in the home
    stored,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("made", String, nullable=False),
    Column("seen", String, nullable=False),
    Column("state", String, nullable=False),
    Column("key", LargeBinary, nullable=False),  # wrapped; without it the files are noise
    Column("files", big, nullable=False),  # counted as they come: the sums of its rows
    Column("bytes", big, nullable=False),
    Column("detail", Text, nullable=False),
    Index("upload_account", "account"),
)

upload_file = Table(
    "upload_file",
    stored,
    Column("upload", String, primary_key=True),
    Column("number", big, primary_key=True, autoincrement=False),
    Column("mark", String, nullable=False),  # what its path is known again by: names lie sealed too
    Column("bytes", big, nullable=False),  # what lies there durably
    Column("whole", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    Index("upload_file_mark", "upload", "mark", unique=True),
)

job = Table(
    "job",  # a long work that was asked for over the network
    stored,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("begun", String, nullable=False),
    Column("ended", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("job_account", "account"),
)

answered = Table(
    "answered",  # what a request was answered with, for when it is sent again
    stored,
    Column("account", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request", String, nullable=False),  # its digest
    Column("time", String, nullable=False),
    Column("status", Integer, nullable=False),  # 0 while it is being worked on
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("answered_time", "time"),
)

proposal = Table(
    "proposal",  # an act that waits for others to witness it
    stored,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("account", String, nullable=False),
    Column("made", String, nullable=False),
    Column("state", String, nullable=False),
    Column("detail", Text, nullable=False),
)

passcode = Table(
    "passcode",  # of a retrieval grant
    stored,
    Column("request", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("made", String, nullable=False),
)

use = Table(
    "use",  # the use journal as far as it is not sealed into the ledger yet
    stored,
    Column("seq", big, primary_key=True, autoincrement=True),
    Column("time", String, nullable=False),
    Column("account", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)

saved_search = Table(
    "saved_search",
    stored,
    Column("account", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("saved", String, nullable=False),
    Column("detail", Text, nullable=False),
)

account = Table(
    "account",
    projected,
    Column("name", String, primary_key=True),
    Column("detail", Text, nullable=False),  # its roles, fonds and zone as JSON
    Column("added", big, nullable=False),
    Column("closed", Boolean, nullable=False),
)

retrieval = Table(
    "retrieval",  # requests to see closed items, and what became of them
    projected,
    Column("request", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("item", String, nullable=False),  # "" until it is granted
    Column("state", String, nullable=False),
    Column("until", String, nullable=False),  # the last day on which it opens the item
    Column("asked", big, nullable=False),
    Column("time", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("retrieval_account", "account"),
    Index("retrieval_item", "item"),
)

fonds = Table(
    "fonds",  # the fonds register
    projected,
    Column("code", String, primary_key=True),
    Column("entered", big, nullable=False),
    Column("detail", Text, nullable=False),
)
