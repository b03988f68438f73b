"""Make a database, or bring its source tables to this program's version.

The only module that imports alembic (0.35 s); import it where it is called, not at the top.
Not here: opening (`archive.database`), projections of an older version (`catalogue.rebuild`).
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from archive import tables
from archive.database import Database, connect, make_file
from archive.errors import DatabaseExists
from archive.projections import recreate_projections


def create_database(url: str) -> Database:
    """Make an empty database at `url`, of this program's version, and open it.

    The file of an SQLite database is new and has mode 0600; on PostgreSQL the database stands
    already and is empty. One transaction: it is there whole or not at all. Raises DatabaseExists
    when the file is there or the database has an archive in it.
    """
    make_file(url)
    database = connect(url)
    with database.write() as tx:
        if tx.dialect.has_table(tx, tables.entry.name):
            raise DatabaseExists("an archive stands in this database")
        _upgrade(tx)
        recreate_projections(tx)
    return database


def upgrade_database(url: str) -> None:
    """Bring the source and working tables to this program's version; nothing to do is fine.

    Projections are left alone: `catalogue.rebuild` makes them again. Raises DatabaseMissing.
    """
    database = connect(url)
    try:
        with database.write() as tx:
            _upgrade(tx)
    finally:
        database.close()


def _upgrade(tx: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = tx
    command.upgrade(config, "head")
