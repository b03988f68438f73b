"""What a site would take with it: two names for one place, and things that no audit asks of the other sites.

An audit asks for what the ledger tells. Objects and keyrings that it does not know, and payloads that were
lost when the database was made again, may stand at the one site alone; and two names may lead to one place
(a server under two host names, a folder mounted twice): then emptying one empties the other.

Not done here: what the ledger does tell (`audit`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress

from archive import catalogue
from archive.tiles import WIDTH, TileName
from ingest.payloads import open_payloads, payloads_path
from ingest.tools import Tools
from processes.auditing.strangers import strangers
from storage.errors import ObjectError
from storage.site import AREAS, Site, put


def second_names(tools: Tools, place: Site, others: Sequence[str]) -> list[str]:
    """Those of `others` that show what is written to `place`: they are the same place. Raises `SiteError`."""
    mark = f"{AREAS[-1]}/mark-{secrets.token_hex(8)}"
    put(place, mark, b"")
    try:
        place.settle()
        return [name for name in others if _stands(tools.vault.site(name), mark)]
    finally:
        place.purge(mark)
        place.settle()


def only_here(tools: Tools, place: Site, others: Sequence[str]) -> Iterator[str]:
    """What `place` has and none of `others`, by its name. Raises `SiteError`."""
    sites = [tools.vault.site(name) for name in others]
    with tools.database.read() as conn:
        size = tools.ledger.size(conn)
        lost = [line.entry for line in catalogue.lost_entries(conn)]
    for name in strangers(tools, place, size):
        if not name.startswith(f"{AREAS[-1]}/") and not any(_stands(site, name) for site in sites):
            yield name
    for index in lost:
        here = _payloads(place, index)
        if here and not here & {copy for site in sites for copy in _payloads(site, index)}:
            yield f"the payload of entry {index}"


def _stands(site: Site, name: str) -> bool:
    try:
        site.stat(name)
    except ObjectError:
        return False
    return True


def _payloads(site: Site, index: int) -> set[bytes]:
    """All that a site has of one entry's sealed payload."""
    whole, found = payloads_path(TileName(-1, index // WIDTH)), set[bytes]()
    for path in (whole, *(stored.name for stored in site.list(f"{whole}.p/"))):
        with suppress(ObjectError, ValueError, IndexError):
            found.add(open_payloads(site.read(path))[index % WIDTH])
    return found - {b""}
