"""Read back: every copy of a registered batch is read from its site and held against the ledger.

A batch whose copies are whole at every site is *secured*, which is an entry of the ledger. Damage
found here is not mended here: the batch stays registered and `audit` names the copies.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from archive import catalogue
from archive.events import BatchSecured
from ingest.batch import Tools
from ingest.publish import publish
from storage.errors import StorageError
from storage.vault import CopyState


def secure(batch: str, tools: Tools) -> bool:
    """Read back one batch; True when it is secured (now or before)."""
    with tools.database.read() as conn:
        record = catalogue.batch(conn, batch)
        if record is None or record.state != "registered":
            return record is not None and record.state == "secured"
        objects = [kept for kept in catalogue.all_components(conn, batch)]
    tools.progress.begin("read-back", len(objects) * len(tools.vault.sites), 0)
    try:
        with ThreadPoolExecutor(tools.threads) as pool:
            whole = list(pool.map(lambda kept: _whole(kept, tools), objects))
    finally:
        tools.progress.end()
    if not all(whole):
        return False
    with tools.database.write() as tx:
        event = BatchSecured(batch=batch, sites=tuple(site.name for site in tools.vault.sites))
        first, end = tools.ledger.append(tx, [event], tools.now())
        catalogue.apply(tx, tools.ledger.entries(tx, first, end))
    publish(tools)
    return True


def secure_all(tools: Tools) -> int:
    """Read back every batch that is registered and not yet secured; how many became so."""
    with tools.database.read() as conn:
        waiting = [record.id for record in catalogue.batches(conn) if record.state == "registered"]
    return sum(secure(batch, tools) for batch in waiting)


def _whole(kept: catalogue.Kept, tools: Tools) -> bool:
    for site in tools.vault.sites:
        try:
            if tools.vault.check(site, kept.name, kept.sealed_bytes, kept.sealed_blake3) is not CopyState.WHOLE:
                return False
        except StorageError:
            return False
        tools.progress.advance(1, kept.sealed_bytes)
    return True
