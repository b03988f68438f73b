"""Views made again: the catalogue from the ledger's entries, the index from the catalogue."""

from __future__ import annotations

from archive import catalogue
from ingest.tools import Tools
from processes.index import refill
from search.index import Index


def rebuild_views(tools: Tools, index: Index) -> dict[str, int]:
    """Drop catalogue and index and make them again. A crash in between leaves the old or the new."""
    entries = catalogue.rebuild(tools.database, tools.ledger)
    indexed = refill(tools.database, index, tools.work)
    with tools.database.read() as conn:
        items = sum(1 for _ in catalogue.all_items(conn))
    return {"entries": entries, "items": items, "indexed": indexed}
