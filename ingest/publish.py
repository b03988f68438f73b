"""Publish: the signed checkpoint and what stands behind it go to the sites.

Derived from the database and from each site's own checkpoint, idempotent, and resumed at start-up:
whatever a crash left undone, the next run does. Order at each site: entries and tiles, sealed
payloads, made durable, and only then the checkpoint that promises them. Keyrings stand at the
sites since before the registration (see `intents.py`), so no record is ever without its key.

A site whose checkpoint this database does not continue stops everything: the database was set back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from sqlalchemy import Connection

from archive import working
from archive.errors import LedgerSetBack, NoteInvalid
from archive.notes import Checkpoint
from ingest.former_logs import stands_in_former
from ingest.locks import only_one
from ingest.payloads import Bundles
from ingest.signers import own_head, switch_if_entered
from ingest.suite import enter_suite
from ingest.tools import Tools
from ingest.whose import CHECKPOINT, refuse_another_archives
from storage.errors import ObjectError, ObjectLocked, SiteError, TooFewCopies
from storage.site import Site, put

__all__ = ["CHECKPOINT", "NOWHERE", "continued", "publish"]

NOWHERE: Mapping[str, str] = MappingProxyType({})


def publish(tools: Tools, without: Mapping[str, str] = NOWHERE) -> Checkpoint:
    """Bring every reachable site to the ledger's head. Raises `TooFewCopies` below `min_copies`.

    On return the head and everything under it stand durably at `min_copies` sites or more. The sites
    `without` are not even asked, for the reasons that stand there. Raises `LedgerSetBack` and
    `LedgerDamaged` before anything is written.
    """
    with only_one(tools.work / "publish.lock"):
        with tools.database.read() as conn:
            stands, behind = _stands(tools, conn, without)
            noted = working.published(conn)
        _doubt(tools, [name for name, size in stands.items() if size < noted.get(name, 0)])
        enter_suite(tools)
        switch_if_entered(tools)
        head = tools.ledger.sign_head(tools.signer, tools.now())
        with tools.database.read() as conn:
            bundles = Bundles(tools, conn, head.size, known=max(stands.values(), default=0))
            for name, size in stands.items():
                if size < head.size and (fault := _bring(tools.vault.site(name), size, head, bundles)):
                    behind[name] = fault
        brought = [name for name in stands if name not in behind and noted.get(name) != head.size]
        if brought:
            with tools.database.write() as tx:
                for name in brought:
                    working.set_published(tx, name, head.size, tools.now())
    if len(tools.vault.sites) - len(behind) < tools.vault.min_copies:
        raise TooFewCopies(f"the ledger's head must stand at {tools.vault.min_copies} sites", behind)
    return head


def _doubt(tools: Tools, sites: Sequence[str]) -> None:
    """A site that lost its ledger, or was set back, may have lost anything: what it was seen to hold is in
    doubt until it is read back again.
    """
    if sites:
        with tools.database.write() as tx:
            for name in sites:
                working.release(tx, name)


def _stands(
    tools: Tools, conn: Connection, without: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, str]]:
    """How far each site has the ledger, by its own checkpoint; and the sites that cannot be asked, why."""
    stands: dict[str, int] = {}
    behind = {name: reason for name, reason in without.items() if name in tools.vault.sites}
    for name in (name for name in tools.vault.sites if name not in behind):
        try:
            stands[name] = continued(tools, conn, name)
        except SiteError as fault:
            behind[name] = fault.reason
    return stands, behind


def continued(tools: Tools, conn: Connection, name: str) -> int:
    """How many entries a site has by its own checkpoint, 0 where there is none of ours.

    Raises `SiteError`, also where it is another archive's or holds a log that was given up, and
    `LedgerSetBack` where its ledger is none that this database continues.
    """
    try:
        note = tools.vault.site(name).read(CHECKPOINT).decode("utf-8")
        found = own_head(tools, conn, note)
    except NoteInvalid:
        refuse_another_archives(tools, tools.vault.site(name))
        return stands_in_former(tools, conn, name, note)
    except (ObjectError, UnicodeDecodeError):
        refuse_another_archives(tools, tools.vault.site(name))
        return 0
    size = tools.ledger.size(conn)
    if found.size > size or tools.ledger.root(conn, found.size) != found.root:
        raise LedgerSetBack(
            f"site {name} holds a ledger of {found.size} entries; this database has {size} "
            "and does not continue it: it was set back or is another archive's"
        )
    return found.size


def _bring(site: Site, old_size: int, head: Checkpoint, bundles: Bundles) -> str:
    """Bring one site from `old_size` to the head; why it could not be, or nothing."""
    try:
        for name, content in bundles.since(old_size):
            put(site, name, content)
        site.settle()
        put(site, CHECKPOINT, head.note.encode())
        site.settle()
        _clear(site, old_size, bundles)
    except SiteError as fault:
        return fault.reason
    return ""


def _clear(site: Site, old_size: int, bundles: Bundles) -> None:
    """Take away partial payload bundles that a longer one holds: what is destroyed must not linger."""
    for folder, stays in bundles.tails(old_size):
        for stored in list(site.list(folder)):
            if stored.name != stays:
                with suppress(ObjectLocked):  # by a rule of the bucket's own, for all that is in it
                    site.purge(stored.name)
