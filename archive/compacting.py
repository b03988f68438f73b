"""Making a database give up what was deleted from it: its files hold what its tables hold, and nothing else.

SQLite: VACUUM writes the file anew, and the log is emptied; needs a moment without readers. PostgreSQL: the
tables are written anew; its write-ahead log and base backups hold the former rows until they expire, and
nothing here can change that. Not here: deleting anything.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from archive.database import Database
from archive.tables import projected, stored

_TRIES_SECONDS = 20.0
_PAUSE_SECONDS = 0.1


def compact(database: Database, scratch: Path) -> str:
    """Write the database anew; "" when nothing of what was deleted is left in its files, else what holds it.

    `scratch` is a folder beside the database: SQLite's own temporary files go there and are gone with the
    call. Raises DatabaseBusy, DatabaseBroken. Never inside `read()` or `write()`.
    """
    with database.alone() as connection:
        if database.dialect == "postgresql":
            for table in (*stored.sorted_tables, *projected.sorted_tables):
                connection.execute(text(f'VACUUM (FULL) "{table.name}"'))
            return "postgresql"
        with _scratch(scratch):
            connection.exec_driver_sql("VACUUM")
        return _emptied(connection)


def _emptied(connection: Connection) -> str:
    """Empty the write-ahead log; a reader of an older state keeps it."""
    deadline = time.monotonic() + _TRIES_SECONDS
    while True:
        busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if not busy:
            return ""
        if time.monotonic() > deadline:
            return "readers"
        time.sleep(_PAUSE_SECONDS)


@contextmanager
def _scratch(folder: Path) -> Iterator[None]:
    """SQLite's temporary files in `folder`: they hold plaintext, and /tmp is on no encrypted volume."""
    name, before = "SQLITE_TMPDIR", os.environ.get("SQLITE_TMPDIR")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ[name] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
