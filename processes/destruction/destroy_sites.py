"""What a destruction does at one site: objects, sealed payloads and keys of destroyed items go, also what the
site kept of them under the same names.

All of it may be repeated, and is, until the site has said once that all is gone. Not done here: in which
order (`destroy`), keys (`destroy_keys`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from archive.superseded import superseded
from archive.tiles import WIDTH, TileName
from ingest.locks import only_one
from ingest.payloads import Bundles, open_payloads, payloads_path
from ingest.publish import continued
from ingest.tools import Tools
from processes.destruction.destroyed import Stone
from storage.errors import ObjectError, ObjectLocked
from storage.site import Site, put

_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Cleared:
    """What a site kept of the objects, and until when at the latest; "" where it kept none."""

    kept: int = 0
    until: str = ""


def clear(tools: Tools, site: Site, stones: Sequence[Stone], gone: Sequence[int]) -> Cleared:
    """Remove objects and payloads of destroyed items from `site`, durably; `gone` are the entries whose
    payload is destroyed. Raises `SiteError`.
    """
    locks = list(_objects(tools, site, [name for stone in stones for name in stone.objects]))
    _payloads(tools, site, gone)
    site.sweep()
    site.settle()
    if not locks:
        return Cleared()
    return Cleared(len(locks), max(locks).strftime("%Y-%m-%dT%H:%M:%SZ"))


def gone_entries(tools: Tools, stones: Sequence[Stone]) -> list[int]:
    """The entries whose payload went with these items, by what later entries say: the items' own, and reports
    that were redacted then or since.
    """
    found: set[int] = set()
    with tools.database.read() as conn:
        rule = superseded(tools.ledger, conn)
        for stone in stones:
            entries = tools.ledger.of_item(conn, stone.event.item)
            found |= {entry.index for entry in entries if rule.covers(entry)}
        batches = [batch for batch, index in rule.reports.items() if index > stones[0].entry]
        for batch in batches:
            found |= {entry.index for entry in tools.ledger.of_batch(conn, batch) if rule.covers(entry)}
    return sorted(found)


def _objects(tools: Tools, site: Site, names: Sequence[str]) -> Iterator[datetime]:
    """Remove them; until when the site keeps those that it must keep."""

    def purge(name: str) -> datetime | None:
        try:
            site.purge(name)
        except ObjectLocked as lock:
            return lock.until
        return None

    with ThreadPoolExecutor(tools.threads) as pool:
        for until in pool.map(purge, names):
            if until is not None:
                yield until


def _payloads(tools: Tools, site: Site, gone: Sequence[int]) -> None:
    """Write the bundles that held them anew, while nothing is published."""
    places: dict[int, set[int]] = {}
    for index in gone:
        places.setdefault(index // WIDTH, set()).add(index % WIDTH)
    versioned = site.versioned()
    with only_one(tools.work / "publish.lock"):
        with tools.database.read() as conn:
            size = continued(tools, conn, site.name)
        for number, blank in sorted(places.items()):
            if number * WIDTH < size:
                name = TileName(-1, number, min(WIDTH, size - number * WIDTH))
                _bundle(tools, site, name, size, blank, versioned=versioned)
        site.settle()


def _bundle(tools: Tools, site: Site, name: TileName, size: int, blank: set[int], *, versioned: bool) -> None:
    """One bundle: the form that the site's head wants with nothing in these places, and no other form."""
    wanted, whole = payloads_path(name), payloads_path(TileName(-1, name.number))
    content = _blanked(tools, site, wanted, name, size, blank)
    with ThreadPoolExecutor(tools.threads) as pool:
        others = (path for path in _forms(site, whole, versioned=versioned) if path != wanted)
        list(pool.map(site.purge, others))
    if versioned:
        site.purge(wanted)
    if versioned or not _holds(site, wanted, content):
        put(site, wanted, content)


def _forms(site: Site, whole: str, *, versioned: bool) -> list[str]:
    """The names of the bundle's partial forms; all that it can have had where a site keeps what was deleted
    and does not list it.
    """
    if versioned:
        return [f"{whole}.p/{part}" for part in range(1, WIDTH)]
    return [stored.name for stored in site.list(f"{whole}.p/")]


def _blanked(tools: Tools, site: Site, path: str, name: TileName, size: int, blank: set[int]) -> bytes:
    """The bundle as it stands there without what is destroyed; made anew where it is not to be read."""
    try:
        sealed = open_payloads(site.read(path))
    except (ObjectError, ValueError):
        sealed = []
    if len(sealed) != name.width:
        with tools.database.read() as conn:
            return Bundles(tools, conn, size).payloads(name)
    kept = (b"" if place in blank else part for place, part in enumerate(sealed))
    return b"".join(_LENGTH.pack(len(part)) + part for part in kept)


def _holds(site: Site, name: str, content: bytes) -> bool:
    try:
        return site.read(name) == content
    except ObjectError:
        return False
