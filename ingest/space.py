"""Free space is asked for before a batch begins, not found missing in its middle."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.batch import Received
from storage.errors import SiteFull, SiteUnavailable
from storage.site import Site

SPARE_BYTES = 64 * 1024 * 1024
"""Ledger, keyrings and room for others beside the batch."""


def check_space(received: Received, sites: Sequence[Site], min_copies: int) -> None:
    """Raises `SiteFull` where fewer than `min_copies` sites have room for the whole batch."""
    files = {member.path: member.bytes for row in received.rows for member in row.members}
    wanted = sum(size + size // 900 + 128 for size in files.values()) + SPARE_BYTES
    roomy = sum(_has_room(site, wanted) for site in sites)
    if roomy < min_copies:
        mib = -(-wanted // (1024 * 1024))
        raise SiteFull(f"the batch needs {mib} MiB at {min_copies} sites; {roomy} have so much free")


def _has_room(site: Site, wanted: int) -> bool:
    try:
        free = site.free_bytes()
    except SiteUnavailable:
        return False
    return free is None or free >= wanted
