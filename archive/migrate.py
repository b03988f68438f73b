"""Make a database's tables, or bring those of its source to this program's version.

The only module that imports alembic (0.35 s); import it where it is called, not at the top.
Not here: opening (`archive.database`), the whole of an upgrade (`archive.upgrade`).
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, func, select

from archive import tables
from archive.database import Database, connect, make_file
from archive.errors import DatabaseExists, DatabaseMissing
from archive.projections import recreate_projections


def create_database(url: str, archive: str = "") -> Database:
    """Make an empty database at `url`, of this program's version, and open it.

    The file of an SQLite database is new and has mode 0600; on PostgreSQL the database stands
    already, is empty, and is marked as that of `archive`. One transaction: it is there whole or not at
    all. Raises DatabaseExists when the file is there or the database has tables in it, DatabaseMissing
    where it cannot hold every character.
    """
    make_file(url)
    database = connect(url)
    try:
        with database.write() as tx:
            make_tables(tx, archive)
    except BaseException:  # whatever stopped it, no connection may stay behind
        database.close()
        raise
    return database


def make_tables(tx: Connection, archive: str = "") -> None:
    """Make every table in an empty database, as `create_database` does, in a transaction of the caller."""
    _look_at(tx)
    migrate_tables(tx)
    recreate_projections(tx)
    if archive and tx.dialect.name == "postgresql":
        tx.exec_driver_sql(f"COMMENT ON TABLE entry IS '{_mark(archive)}'")


def _look_at(tx: Connection) -> None:
    """A database that can be taken: empty, and of UTF-8."""
    if tx.dialect.has_table(tx, tables.entry.name):
        raise DatabaseExists("an archive stands in this database")
    if tx.dialect.name != "postgresql":
        return
    if tx.dialect.get_table_names(tx):
        raise DatabaseExists("this database has tables of something else in it: give the archive its own")
    encoding = tx.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise DatabaseMissing(f"this database is of {encoding}: make it with ENCODING 'UTF8'")


def discard_unborn(url: str, archive: str) -> bool:
    """Take the tables out of a server's database that `create_database` made for `archive`, where the
    archive was never born: its ledger holds its first entry or none. Whether anything was taken out.
    """
    database = connect(url)
    try:
        with database.write() as tx:
            if not tx.dialect.has_table(tx, tables.entry.name):
                return False
            marked = tx.exec_driver_sql("SELECT obj_description('entry'::regclass, 'pg_class')").scalar()
            born = (tx.execute(select(func.count()).select_from(tables.entry)).scalar() or 0) > 1
            if born or marked != _mark(archive):
                return False
            every = MetaData()
            every.reflect(tx)
            every.drop_all(tx)
            return True
    finally:
        database.close()


def _mark(archive: str) -> str:
    """What the table of entries is marked with. Raises ValueError for what is no identifier."""
    if not archive.isalnum() or not archive.isascii():
        raise ValueError("an archive's identifier has letters and digits only")
    return f"lantai {archive}"


def migrate_tables(tx: Connection) -> None:
    """Bring source and working tables to this program's version, in a transaction of the caller."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = tx
    command.upgrade(config, "head")
