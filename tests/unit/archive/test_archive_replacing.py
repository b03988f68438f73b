"""A database made anew in the place of another, which is set aside whole."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from archive_samples import ORIGIN, TIME, registered
from sqlalchemy import text

from archive import catalogue
from archive.database import Database, connect, open_database
from archive.ledger import Ledger
from archive.migrate import create_database
from archive.replacing import replaced

STAMP = "20261122T031500Z"


def enter(database: Database, number: int) -> None:
    with database.write() as tx:
        catalogue.record(tx, Ledger(database, ORIGIN), [registered(number)], TIME)


def create(url: str) -> None:
    """A database with one entry."""
    database = create_database(url)
    enter(database, 1)
    database.close()


def size(url: str) -> int:
    database = open_database(url)
    with database.read() as conn:
        found = Ledger(database, ORIGIN).size(conn)
    database.close()
    return found


def replace_with(url: str, count: int) -> str:
    database = connect(url) if url.startswith("postgresql") else None
    with replaced(url, STAMP) as made:
        ledger = Ledger(database or Database(made.tx.engine), ORIGIN)
        for number in range(count):
            catalogue.record(made.tx, ledger, [registered(number)], TIME)
    if database:
        database.close()
    return made.set_aside


def test_the_new_database_stands_in_the_place_of_the_old_one(url: str) -> None:
    create(url)
    assert replace_with(url, 3)
    assert size(url) == 3
    again = replace_with(url, 2)
    assert size(url) == 2
    assert again.endswith("_2")


def test_where_there_was_none_nothing_is_set_aside(url: str) -> None:
    assert replace_with(url, 2) == ""
    assert size(url) == 2


def test_a_failure_leaves_the_old_database_in_its_place(url: str) -> None:
    old = create_database(url)
    enter(old, 1)
    old.close()
    with pytest.raises(ZeroDivisionError), replaced(url, STAMP) as made:
        catalogue.record(made.tx, Ledger(old, ORIGIN), [registered(2), registered(3)], TIME)
        raise ZeroDivisionError
    assert size(url) == 1


def test_old_tables_stand_in_a_schema_of_their_own(postgresql: str, url: str) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("about servers")
    create(url)
    where = replace_with(url, 3)
    database = connect(url)
    with database.read() as conn:
        old = conn.execute(text(f'SELECT count(*) FROM "{where.removeprefix("schema ")}".entry')).scalar()
    database.close()
    assert old == 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder / "database.sqlite"


def test_the_old_file_keeps_its_mode_its_content_and_its_log(file: Path) -> None:
    """The newest transactions stand in the log beside the file, as after a killed process."""
    url = f"sqlite:///{file}"
    create(url)
    keeper = sqlite3.connect(file)
    keeper.execute("PRAGMA wal_autocheckpoint=0")
    keeper.execute("UPDATE entry SET type = 'changed'")
    keeper.commit()
    shutil.copytree(file.parent, file.parent.with_name("killed"))
    keeper.close()
    file = file.parent.with_name("killed") / file.name
    assert file.with_name(f"{file.name}-wal").stat().st_size
    file.chmod(0o640)
    aside = Path(replace_with(f"sqlite:///{file}", 2))
    assert size(f"sqlite:///{file}") == 2
    assert stat.S_IMODE(aside.stat().st_mode) == 0o640
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sqlite3.connect(aside).execute("SELECT type FROM entry").fetchall() == [("changed",)]


def test_what_is_no_database_is_set_aside_too(file: Path) -> None:
    file.write_bytes(b"no database at all")
    file.with_name(f"{file.name}-wal").write_bytes(b"nor a log")
    aside = Path(replace_with(f"sqlite:///{file}", 1))
    assert size(f"sqlite:///{file}") == 1
    assert aside.read_bytes() == b"no database at all"
    assert aside.with_name(f"{aside.name}-wal").read_bytes() == b"nor a log"
    assert sorted(path.name for path in file.parent.iterdir() if "rebuilding" in path.name) == []


def killed_at(place: int, where: object, call: str, url: str) -> None:
    """In a process of its own: kill it at the given call of `call`."""
    real, count = getattr(where, call), iter(range(1, 1000))

    def counting(*given: Any, **named: Any) -> Any:
        if next(count) == place:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)

    setattr(where, call, counting)
    with replaced(url, "killed"):
        pass


@pytest.mark.parametrize(
    ("where", "call"), [(os, "fsync"), (Path, "rename"), (Path, "hardlink_to"), (Path, "unlink")]
)
def test_a_kill_at_any_call_leaves_one_of_the_two_whole(file: Path, where: object, call: str) -> None:
    url = f"sqlite:///{file}"
    create(url)
    for place in range(1, 20):
        child = get_context("fork").Process(target=killed_at, args=(place, where, call, url))
        child.start()
        child.join()
        assert size(url) in (0, 1)
        if child.exitcode != -signal.SIGKILL:
            break
    assert child.exitcode == 0
    assert size(url) == 0
    kept = [path for path in file.parent.glob("database.sqlite.killed*") if "-" not in path.name]
    assert any(size(f"sqlite:///{path}") == 1 for path in kept)
