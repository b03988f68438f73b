"""Read back: every copy of a registered batch is read from its site and held against the ledger.

A batch whose copies are whole at every site is *secured*, which is an entry of the ledger. Damage
found here is not mended here: the batch stays registered and `audit` names the copies.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from archive import catalogue
from archive.database import Database
from archive.events import BatchSecured
from ingest.publish import publish
from ingest.report import Faulty
from ingest.tools import Tools
from storage.copies import CopyState
from storage.errors import SiteError
from storage.vault import object_name


def secure(batch: str, tools: Tools) -> tuple[Faulty, ...]:
    """Read back one batch; the copies that are not whole. None faulty: it is secured now, or was before."""
    with tools.database.read() as conn:
        record = catalogue.batch(conn, batch)
        if record is None or record.state != "registered":
            return ()
        objects = list(catalogue.all_components(conn, batch))
    tools.progress.begin("read-back", len(objects) * len(tools.vault.sites), 0)
    try:
        with ThreadPoolExecutor(tools.threads) as pool:
            faulty = tuple(
                fault for faults in pool.map(lambda o: _faults(o, tools), objects) for fault in faults
            )
    finally:
        tools.progress.end()
    if faulty:
        return faulty
    with tools.database.write() as tx:
        record = catalogue.batch(tx, batch)
        if record is not None and record.state == "registered":
            catalogue.record(tx, tools.ledger, [BatchSecured(batch, tools.vault.sites)], tools.now())
    publish(tools)
    return ()


def unsecured(database: Database) -> list[str]:
    """The batches that are registered and not yet secured."""
    with database.read() as conn:
        return [record.id for record in catalogue.batches(conn) if record.state == "registered"]


def _faults(stored: catalogue.StoredObject, tools: Tools) -> list[Faulty]:
    """What is wrong with any copy of the object; a site that cannot be read has not read it back."""
    name = object_name(stored.batch, stored.object_id)
    faults = []
    for site in tools.vault.sites:
        try:
            state = tools.vault.check(site, name, stored.sealed_bytes, stored.sealed_blake3)
        except SiteError:
            faults.append(Faulty(site, stored.object_id, "unreadable"))
            continue
        if state is not CopyState.WHOLE:
            faults.append(Faulty(site, stored.object_id, state.value))
        tools.progress.advance(1, stored.sealed_bytes)
    return faults
