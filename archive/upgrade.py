"""An older archive's database brought to this program's version; resumed by calling it again.

First one transaction: tables migrated, every item put into the outbox, the catalogue marked as outdated.
Then the catalogue is made again in another. Whoever is killed between leaves a catalogue that nobody reads.
Not here: settings and index (`processes.recovery.upgrade`, `lantai.upgrading`), keeping others out meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from archive import catalogue, tables, working
from archive.database import Database, connect, refuse_newer, versions
from archive.errors import LedgerDamaged, SchemaOutdated
from archive.ledger import Ledger
from archive.migrate import migrate_tables


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From what to what. `entries`: so many were read to make the catalogue again, 0 where none had to be."""

    schema: tuple[str, str]
    views: tuple[int | None, int]
    entries: int


def upgrade_database(url: str, origin: str) -> Upgraded:
    """Bring the database at `url` to this program's version; nothing to do is fine.

    Raises DatabaseMissing, SchemaOutdated where no archive stands there, DatabaseNewer, and LedgerDamaged
    before anything is changed where the entries are not those that were signed.
    """
    database = connect(url)
    try:
        return _upgraded(database, Ledger(database, origin))
    finally:
        database.close()


def _upgraded(database: Database, ledger: Ledger) -> Upgraded:
    with database.read() as connection:  # where there is nothing to do, nobody is waited for
        schema, views = versions(connection)
        current = (schema, views) == (tables.SCHEMA, tables.VIEWS)
    entries = 0
    if not current:
        with database.write() as tx:
            schema, views = versions(tx)
            _bring_up(tx, ledger, schema, views)
        entries = catalogue.rebuild(database, ledger)
    return Upgraded((schema, tables.SCHEMA), (views, tables.VIEWS), entries)


def _bring_up(tx: Connection, ledger: Ledger, schema: str, views: int | None) -> None:
    if not schema:
        raise SchemaOutdated(schema, tables.SCHEMA)
    refuse_newer(schema, views)
    migrate_tables(tx)
    _refuse_damaged(tx, ledger)
    known = tables.entry.c
    working.enqueue(tx, tx.scalars(select(known.item).where(known.type == "item.registered")).all())
    tx.execute(delete(tables.projection).where(tables.projection.c.name == "catalogue"))


def _refuse_damaged(tx: Connection, ledger: Ledger) -> None:
    size, head = ledger.size(tx), ledger.newest_head(tx)
    for index in ledger.damaged_entries(tx, 0, size):
        raise LedgerDamaged(f"entry {index} is not what was entered: nothing was upgraded")
    if head is not None and (head.size > size or ledger.root(tx, head.size) != head.root):
        raise LedgerDamaged("the ledger's tree is not the one that was signed: nothing was upgraded")
