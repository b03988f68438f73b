"""A database made anew in the place of another, which is set aside and never deleted.

SQLite: the new one is built in a file beside and renamed into place; the old one has a second name by then.
PostgreSQL: one transaction moves the old tables to a schema of their own and makes new ones. So whatever is
killed when, one of the two stands in the place, whole. What a killed run left beside is thrown away by the
next. Not here: what is written into the new one; stopping those who still work with the old one.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url

from archive import tables
from archive.database import connect, sqlite_file
from archive.errors import DatabaseBroken
from archive.migrate import create_database, make_tables

BUILDING = ".rebuilding"
_BESIDE = ("-wal", "-shm", "-journal")


@dataclass(slots=True)
class Replacement:
    """The new database while it is written: `tx` is its one transaction. `set_aside` names where the old
    one is afterwards, a file or a schema; "" where there was none.
    """

    tx: Connection
    set_aside: str


@contextmanager
def replaced(url: str, stamp: str, archive: str = "") -> Iterator[Replacement]:
    """Make a new database at `url`; leaving normally puts it in place, leaving by an exception leaves the
    old one as it was. `stamp` (letters and digits) tells one that is set aside from others.

    Raises DatabaseBroken and DatabaseBusy.
    """
    file = sqlite_file(make_url(url))
    if file is None:
        with _emptied(url, stamp, archive) as replacement:
            yield replacement
    else:
        with _beside(Path(os.path.realpath(file)), stamp) as replacement:
            yield replacement


@contextmanager
def _emptied(url: str, stamp: str, archive: str) -> Iterator[Replacement]:
    database = connect(url)
    try:
        with database.write() as tx:
            found = inspect(tx)
            ours = {*tables.stored.tables, *tables.projected.tables, "alembic_version"}
            old = sorted(ours & set(found.get_table_names()))
            aside = _free_name(f"lantai_{stamp.lower()}", set(found.get_schema_names())) if old else ""
            if aside:
                tx.execute(text(f'CREATE SCHEMA "{aside}"'))
                for name in old:
                    tx.execute(text(f'ALTER TABLE "{name}" SET SCHEMA "{aside}"'))
            make_tables(tx, archive)
            yield Replacement(tx, f"schema {aside}" if aside else "")
    finally:
        database.close()


@contextmanager
def _beside(file: Path, stamp: str) -> Iterator[Replacement]:
    building = file.with_name(file.name + BUILDING)
    with _translated(file):
        _remove(building)
        taken = {path.name for path in file.parent.iterdir()}
    aside = file.with_name(_free_name(f"{file.name}.{stamp}", taken))
    try:
        database = create_database(f"sqlite:///{building}")
        try:
            with database.write() as tx:
                yield Replacement(tx, str(aside) if os.path.lexists(file) else "")
        finally:
            database.close()
        with _translated(file):
            _settle(building)
            _switch(file, building, aside)
    finally:
        with suppress(OSError):
            _remove(building)


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DatabaseBroken(f"no database can be put at {file}: {reason}") from error


def _settle(file: Path) -> None:
    """All of the new database in its one file, on the disk."""
    connection = sqlite3.connect(file)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()
    _sync(file)


def _switch(file: Path, building: Path, aside: Path) -> None:
    """Give the old database a second name, then the new one its own.

    The log beside an old database holds its newest transactions, and would be played into any file that
    stands before it: it gets its second name too, and is gone from its first before the new one comes.
    The old one is not opened: SQLite throws away a log that does not fit a damaged file.
    """
    if os.path.lexists(file):
        _name_again(file, aside)
    for suffix in _BESIDE:
        log = file.with_name(file.name + suffix)
        if os.path.lexists(log):
            if os.path.lexists(aside):
                _name_again(log, aside.with_name(aside.name + suffix))
            log.unlink(missing_ok=True)
    _sync(file.parent)
    building.rename(file)
    _sync(file.parent)


def _name_again(path: Path, name: Path) -> None:
    """A second name for a file; where the file system has no such thing the first is given up for it."""
    try:
        name.hardlink_to(path)
    except OSError:
        path.rename(name)


def _free_name(name: str, taken: set[str]) -> str:
    count, free = 1, name
    while free in taken:
        count, free = count + 1, f"{name}_{count + 1}"
    return free


def _remove(building: Path) -> None:
    for suffix in ("", *_BESIDE):
        building.with_name(building.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
