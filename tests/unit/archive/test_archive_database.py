from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from archive_samples import ORIGIN, SERIES, TIME, registered
from sqlalchemy import delete, insert, select, text, update

from archive import catalogue, tables
from archive.database import Database, connect, open_database
from archive.errors import (
    Conflict,
    DatabaseBroken,
    DatabaseBusy,
    DatabaseExists,
    DatabaseFull,
    DatabaseMissing,
    DatabaseNewer,
    ReadOnly,
    SchemaOutdated,
    ViewsOutdated,
)
from archive.ledger import Ledger
from archive.migrate import create_database
from archive.upgrade import upgrade_database

ROOT = Path(__file__).resolve().parents[3]
ON_FILE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For tests of what only a file has."""


@ON_FILE
def test_a_new_database_is_only_for_its_owner(database: Database, ledger: Ledger, tmp_path: Path) -> None:
    with database.write() as tx:
        catalogue.record(tx, ledger, [registered(1)], TIME)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes) >= {"database.sqlite", "database.sqlite-wal"}
    assert set(modes.values()) == {0o600}


def test_a_new_database_can_be_opened_and_is_not_made_twice(database: Database, url: str) -> None:
    open_database(url).close()
    with pytest.raises(DatabaseExists):
        create_database(url)


@ON_FILE
def test_the_empty_file_of_a_killed_init_is_taken_over(tmp_path: Path, url: str) -> None:
    (tmp_path / "database.sqlite").touch(mode=0o644)
    create_database(url).close()
    assert stat.S_IMODE((tmp_path / "database.sqlite").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "address", ["sqlite:////nowhere/x/database.sqlite", "sqlite://", "nonsense", "mysql://h/d"]
)
def test_nothing_is_made_by_opening(address: str) -> None:
    with pytest.raises(DatabaseMissing):
        open_database(address)


def test_a_database_of_another_schema_is_not_opened(database: Database, url: str) -> None:
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(SchemaOutdated):
        open_database(url)


def test_some_other_sqlite_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "other.sqlite").touch()
    with pytest.raises(SchemaOutdated):
        open_database(f"sqlite:///{tmp_path / 'other.sqlite'}")


def test_a_file_that_is_no_database_is_broken_machinery(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("not a database, but long enough to be taken for one " * 50)
    with pytest.raises(DatabaseBroken):
        open_database(f"sqlite:///{tmp_path / 'text.sqlite'}")


def test_views_of_another_version_open_only_to_be_rebuilt(database: Database, url: str) -> None:
    with database.write() as tx:
        tx.execute(update(tables.projection).values(version=0))
    with pytest.raises(ViewsOutdated):
        open_database(url)
    opened = open_database(url, stale_views=True)
    catalogue.rebuild(opened, Ledger(opened, "archive.example/log"))
    opened.close()
    open_database(url).close()


@pytest.mark.parametrize(
    "newer", ["UPDATE alembic_version SET version_num = '9999'", "UPDATE projection SET version = 9999"]
)
def test_what_a_newer_program_made_is_neither_opened_nor_upgraded(
    database: Database, url: str, newer: str
) -> None:
    with database.write() as tx:
        tx.execute(text(newer))
    with pytest.raises(DatabaseNewer):
        open_database(url)
    with pytest.raises(DatabaseNewer):
        upgrade_database(url, ORIGIN)


def test_upgrading_what_is_new_changes_nothing(database: Database, url: str) -> None:
    assert upgrade_database(url, ORIGIN).entries == 0
    open_database(url).close()


def test_the_migrations_make_the_tables_that_the_program_uses(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in stored}
        )
        stored = set(tables.stored.tables)
        assert compare_metadata(context, tables.stored) == []
    script = ScriptDirectory(str(ROOT / "archive" / "migrations"))
    assert script.get_current_head() == tables.SCHEMA


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseBroken, match=r"read-?only"), database.read() as connection:
        connection.execute(insert(tables.series).values(series=SERIES, highest=1))
    with database.write() as tx:  # the same pooled connection may write again
        tx.execute(insert(tables.series).values(series=SERIES, highest=1))


def test_a_reader_sees_one_state_however_long_it_reads(database: Database) -> None:
    everything = select(tables.series)
    with database.read() as connection:
        assert connection.execute(everything).all() == []
        with database.write() as tx:
            tx.execute(insert(tables.series).values(series=SERIES, highest=1))
        assert connection.execute(everything).all() == []
    with database.read() as connection:
        assert len(connection.execute(everything).all()) == 1


def test_an_exception_inside_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(KeyError), database.write() as tx:
        tx.execute(insert(tables.series).values(series=SERIES, highest=1))
        raise KeyError
    with database.read() as connection:
        assert connection.execute(select(tables.series)).all() == []


def test_a_writer_that_waits_too_long_is_told_so_and_has_written_nothing(
    database: Database, url: str
) -> None:
    hasty = connect(url, lock_seconds=1)
    with database.write(), pytest.raises(DatabaseBusy), hasty.write():
        pass
    with hasty.write() as tx:
        assert tx.execute(select(tables.series)).all() == []
    hasty.close()


def test_no_exception_of_the_engine_comes_out(database: Database) -> None:
    with pytest.raises(Conflict), database.write() as tx:
        tx.execute(insert(tables.series).values(series=SERIES, highest=1))
        tx.execute(insert(tables.series).values(series=SERIES, highest=2))
    with pytest.raises(DatabaseBroken) as refused, database.write() as tx:
        tx.execute(text("SELECT nothing FROM nowhere WHERE title = :title"), {"title": "secret"})
    assert "secret" not in str(refused.value)


@ON_FILE
def test_a_full_disk_is_told_as_one_and_nothing_was_written(database: Database) -> None:
    everything = select(tables.series)
    with pytest.raises(DatabaseFull), database.write() as tx:
        tx.exec_driver_sql("PRAGMA max_page_count=1")  # as many as there are: SQLite fails as on a full disk
        tx.execute(insert(tables.series).values(series=SERIES * 10_000, highest=1))
    with database.read() as connection:
        assert connection.execute(everything).all() == []


@ON_FILE
def test_what_was_deleted_is_overwritten_on_disk(database: Database, tmp_path: Path) -> None:
    secret = "secret-title-" * 20
    with database.write() as tx:
        tx.execute(insert(tables.series).values(series=secret, highest=1))
    with database.write() as tx:
        tx.execute(delete(tables.series))
    database.close()
    assert secret.encode() not in (tmp_path / "database.sqlite").read_bytes()


def test_using_the_ledger_does_not_import_alembic() -> None:
    code = "import sys, archive.ledger, archive.catalogue, archive.working; print('alembic' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_a_database_for_reading_alone_refuses_to_be_written_and_says_why(url: str) -> None:
    create_database(url).close()
    database = open_database(url, read_only="its head is unproven")
    with pytest.raises(ReadOnly, match="its head is unproven"), database.write():
        pass
    with database.read():
        pass
    database.close()
