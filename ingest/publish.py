"""Publish: the signed checkpoint and what stands behind it go to the sites.

Derived from the database alone, idempotent, and resumed at start-up: whatever a crash between
commit and publish left undone, the next run does. Order at each site: entries and tiles, sealed
payloads, made durable, and only then the checkpoint that promises them. Keyrings stand at the
sites since before the registration (see `intake.py`), so no record is ever without its key.
"""

from __future__ import annotations

from archive import working
from archive.notes import Checkpoint
from ingest.locks import only_one
from ingest.payloads import Bundles
from ingest.tools import Tools
from storage.errors import SiteError, TooFewCopies
from storage.site import Site, put


def publish(tools: Tools) -> Checkpoint:
    """Bring every reachable site to the ledger's head. Raises `TooFewCopies` below `min_copies`.

    On return the head and everything under it stand durably at `min_copies` sites or more.
    """
    with only_one(tools.work / "publish.lock"):
        head = tools.ledger.sign_head(tools.signer, tools.now())
        with tools.database.read() as conn:
            stands = working.published(conn)
            late = [name for name in tools.vault.sites if stands.get(name, 0) < head.size]
            bundles = Bundles(tools, conn, head.size)
            behind = {
                name: fault
                for name in late
                if (fault := _bring(tools.vault.site(name), stands.get(name, 0), head, bundles))
            }
        brought = [name for name in late if name not in behind]
        if brought:
            with tools.database.write() as tx:
                for name in brought:
                    working.set_published(tx, name, head.size, tools.now())
    if len(tools.vault.sites) - len(behind) < tools.vault.min_copies:
        raise TooFewCopies(f"the ledger's head must stand at {tools.vault.min_copies} sites", behind)
    return head


def _bring(site: Site, old_size: int, head: Checkpoint, bundles: Bundles) -> str:
    """Bring one site from `old_size` to the head; why it could not be, or nothing."""
    try:
        for name, content in bundles.since(old_size):
            put(site, name, content)
        site.settle()
        put(site, "ledger/checkpoint", head.note.encode())
        site.settle()
        for stale in bundles.superseded(old_size):
            site.delete(stale)
    except SiteError as fault:
        return fault.reason
    return ""
