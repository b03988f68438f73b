"""Databases with empty tables for tests: made once in a process, then copied."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from postgres import make_database
from sqlalchemy.engine import make_url

from archive.database import Database, connect
from archive.migrate import create_database

_PREPARED = tempfile.TemporaryDirectory(prefix="lantai-tables-")
"""Goes with this process."""


def new_database_file(file: Path) -> Database:
    """A new SQLite database in `file`, with every table and nothing in them."""
    copy_tables(file)
    return connect(f"sqlite:///{file}")


def copy_tables(file: Path) -> None:
    """Put a database with every table where there is no file."""
    if file.exists():
        raise FileExistsError(file)
    shutil.copy(_file(), file)


@cache
def template_on(server: str) -> str:
    """The name of a PostgreSQL database on `server` with every table, to be copied and not worked in."""
    address = make_database(server)
    create_database(address).close()
    return str(make_url(address).database)


@cache
def _file() -> Path:
    file = Path(_PREPARED.name) / "database.sqlite"
    create_database(f"sqlite:///{file}").close()
    return file
