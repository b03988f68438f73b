"""The copies of one item, a site at a time: what was seen of them last, and whether they stand there now.

    whole      every copy of its batch was read back whole there, and each of this item has its length now
    doubted    they were once; since then an audit found something broken in the batch, or nobody knows
    waiting    nobody has read them back there yet
    missing    one is not there
    damaged    one has another length
    away       the site does not answer

Nothing is read to its end here: that is an audit (`processes.auditing.audit`).
"""

from __future__ import annotations

from typing import Any

from archive import working
from archive.catalogue import Record
from ingest.tools import Tools
from processes.finding.show import handled
from storage.errors import ObjectDamaged, ObjectMissing, SiteError
from storage.site import Site
from storage.vault import object_name

MOST = 200
"""So many components of an item are looked at; an item of more is judged by these."""


def item_copies(tools: Tools, code: str) -> dict[str, Any]:
    """`code`, `batch`, and `sites` in the settings' order, each with its `state` and the time `read` when all
    of it was last read back whole there, or None. Raises `NotFound` for whoever does not handle the item.
    """
    with tools.database.read() as conn:
        record = handled(conn, code, tools.subject)
        read = working.held_of(conn, record.item.batch)
    told = [
        {"site": name, "state": _state(tools.vault.site(name), record, read), "read": read.get(name) or None}
        for name in tools.vault.sites
    ]
    return {"code": record.item.code, "batch": record.item.batch, "sites": told}


def _state(site: Site, record: Record, read: dict[str, str]) -> str:
    try:
        for part in record.item.components[:MOST]:
            if site.stat(object_name(record.item.batch, part.object_id)) != part.sealed_bytes:
                return "damaged"
    except ObjectMissing:
        return "missing"
    except ObjectDamaged:
        return "damaged"
    except SiteError:
        return "away"
    if read.get(site.name):
        return "whole"
    return "doubted" if site.name in read else "waiting"
