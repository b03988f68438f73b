"""Free space is asked for before a batch begins, not found missing in its middle."""

from __future__ import annotations

from ingest.batch import Received
from storage.errors import SiteUnavailable, TooFewCopies
from storage.sealing import sealed_size
from storage.site import Site
from storage.vault import Vault

SPARE_BYTES = 64 * 1024 * 1024
"""Ledger, keyrings and room for others beside the batch."""


def check_space(received: Received, vault: Vault) -> None:
    """Raises `TooFewCopies` where fewer than `vault.min_copies` sites have room for the whole batch."""
    files = {member.path: member.bytes for row in received.rows for member in row.members}
    wanted = sum(sealed_size(size) for size in files.values()) + SPARE_BYTES
    narrow = {name: reason for name in vault.sites if (reason := _lack(vault.site(name), wanted))}
    if len(vault.sites) - len(narrow) < vault.min_copies:
        raise TooFewCopies(f"the batch needs {(wanted >> 20) + 1} MiB at {vault.min_copies} sites", narrow)


def _lack(site: Site, wanted: int) -> str:
    """Why the site cannot take so many bytes, or nothing."""
    try:
        free = site.free_bytes()
    except SiteUnavailable as fault:
        return fault.reason
    return "" if free is None or free >= wanted else f"{free >> 20} MiB free"
