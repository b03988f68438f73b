"""What stands at a site and should not: things that the ledger does not know, in any of its areas.

They are named and never removed. Shorter forms of a tile or an entry bundle that has grown since are no
strangers: they may stay, and say nothing that the longer one does not. Not done here: what must be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from archive import catalogue, working
from archive.tiles import bundles_between, tiles_between
from ingest.payloads import ARCHIVE_KEYRING, payloads_path
from ingest.publish import CHECKPOINT
from ingest.tools import Tools
from storage.keyring import keyring_name
from storage.recovery import RECOVERY_NAME
from storage.site import Site, Stored
from storage.vault import object_name

_ALWAYS = {CHECKPOINT, RECOVERY_NAME, keyring_name(ARCHIVE_KEYRING)}
_PARTIAL = re.compile(r"(ledger/tile/.+)\.p/(\d+)")


def strangers(tools: Tools, site: Site, had: int) -> Iterator[str]:
    """Names at `site`, which has the ledger up to `had`, that it does not know, those of batches in hand left
    out. Raises `SiteError`.
    """
    for area, found in groupby(site.list(), lambda stored: stored.name.split("/")[0]):
        if area == "objects":
            yield from _objects(tools, found)
        elif area == "keyrings":
            yield from _keyrings(tools, found)
        else:
            yield from _ledger(tools, found, had)


def _objects(tools: Tools, found: Iterable[Stored]) -> Iterator[str]:
    for batch, some in groupby(found, lambda stored: stored.name.split("/")[1]):
        names = [stored.name for stored in some]
        with tools.database.read() as conn:
            in_hand = working.intent(conn, batch) is not None
            known = {object_name(batch, one.object_id) for one in catalogue.all_components(conn, batch)}
        if not in_hand:
            yield from (name for name in names if name not in known)


def _keyrings(tools: Tools, found: Iterable[Stored]) -> Iterator[str]:
    for stored in found:
        batch = stored.name.removeprefix("keyrings/").removesuffix(".json")
        if stored.name in _ALWAYS:
            continue
        if stored.name == keyring_name(batch):
            with tools.database.read() as conn:
                if catalogue.batch(conn, batch) is not None or working.intent(conn, batch) is not None:
                    continue
        yield stored.name


def _ledger(tools: Tools, found: Iterable[Stored], had: int) -> Iterator[str]:
    """The names are few beside those of objects: some eight for a thousand entries."""
    with tools.database.read() as conn:
        size = tools.ledger.size(conn)
    known = {f"ledger/{name.path}" for name in tiles_between(0, size)} | {CHECKPOINT}
    for name in bundles_between(0, size):
        known |= {f"ledger/{name.path}", payloads_path(name)}
    known |= {payloads_path(name) for name in bundles_between(0, had)}
    for stored in found:
        if stored.name in known:
            continue
        part = _PARTIAL.fullmatch(stored.name)
        if not (part and _was_once(part[1], int(part[2]), known)):
            yield stored.name


def _was_once(whole: str, width: int, known: set[str]) -> bool:
    """Whether the tile called `whole` has grown past `width` hashes."""
    if not 0 < width < 256:
        return False
    return whole in known or any(f"{whole}.p/{more}" in known for more in range(width + 1, 256))
