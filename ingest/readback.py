"""Read back: every copy of a registered batch is read from its site and held against the ledger.

A batch whose copies are whole at every site is *secured*, which is an entry of the ledger. Damage
found here is not mended here: the batch stays registered and `audit` names the copies.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from archive import catalogue
from archive.events import BatchSecured
from ingest.publish import publish
from ingest.tools import Tools
from storage.copies import CopyState
from storage.errors import SiteError
from storage.vault import object_name


def secure(batch: str, tools: Tools) -> bool:
    """Read back one batch; True when it is secured (now or before)."""
    with tools.database.read() as conn:
        record = catalogue.batch(conn, batch)
        if record is None or record.state != "registered":
            return record is not None and record.state == "secured"
        objects = list(catalogue.all_components(conn, batch))
    tools.progress.begin("read-back", len(objects) * len(tools.vault.sites), 0)
    try:
        with ThreadPoolExecutor(tools.threads) as pool:
            whole = list(pool.map(lambda kept: _whole(kept, tools), objects))
    finally:
        tools.progress.end()
    if not all(whole):
        return False
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, [BatchSecured(batch, tools.vault.sites)], tools.now())
    publish(tools)
    return True


def secure_all(tools: Tools) -> int:
    """Read back every batch that is registered and not yet secured; how many became so."""
    with tools.database.read() as conn:
        waiting = [record.id for record in catalogue.batches(conn) if record.state == "registered"]
    return sum(secure(batch, tools) for batch in waiting)


def _whole(kept: catalogue.StoredObject, tools: Tools) -> bool:
    """Whether every site holds the object whole; a site that cannot be read has not read it back."""
    name = object_name(kept.batch, kept.object_id)
    for site in tools.vault.sites:
        try:
            state = tools.vault.check(site, name, kept.sealed_bytes, kept.sealed_blake3)
        except SiteError:
            return False
        if state is not CopyState.WHOLE:
            return False
        tools.progress.advance(1, kept.sealed_bytes)
    return True
