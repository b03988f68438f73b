"""Views made again: the catalogue from the ledger's entries, the index from the catalogue."""

from __future__ import annotations

from archive import catalogue
from archive.errors import LedgerDamaged
from ingest.tools import Tools
from processes.finding.index import refill
from search.living import LivingIndex


def rebuild_views(tools: Tools, index: LivingIndex) -> dict[str, int]:
    """Drop the catalogue and make it and the index again; where this is killed, the worker makes the index.

    Raises `LedgerDamaged` before anything is dropped where the entries are not those that were signed.
    """
    _check(tools)
    entries = catalogue.rebuild(tools.database, tools.ledger)
    indexed = refill(tools.database, index, tools.work, afresh=True)
    with tools.database.read() as conn:
        items = sum(1 for _ in catalogue.all_items(conn))
    return {"entries": entries, "items": items, "indexed": indexed}


def _check(tools: Tools) -> None:
    with tools.database.read() as conn:
        size = tools.ledger.size(conn)
        damaged = list(tools.ledger.damaged_entries(conn, 0, size))
        head = tools.ledger.newest_head(conn)
        forged = head is not None and (head.size > size or tools.ledger.root(conn, head.size) != head.root)
    if damaged:
        raise LedgerDamaged(f"{len(damaged)} entries are not what was entered, the first {damaged[0]}")
    if forged:
        raise LedgerDamaged("the ledger's tree is not the one that was signed")
