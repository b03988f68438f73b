"""What the sites must have: room before a batch begins, every copy before it is registered."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.batch import Judged, Received
from ingest.intents import Done
from storage.errors import ObjectError, SiteError, SiteUnavailable, TooFewCopies
from storage.sealing import sealed_size
from storage.site import Site
from storage.vault import Vault, object_name

SPARE_BYTES = 64 * 1024 * 1024
"""Ledger, keyrings and room for others beside the batch."""


def check_space(received: Received, done: Mapping[str, Done], vault: Vault) -> None:
    """Raises `TooFewCopies` where fewer than `vault.min_copies` sites have room for what is left.

    `done` are the files by path that an interrupted run has sealed there already.
    """
    files = {member.path: member.bytes for row in received.rows for member in row.members}
    left = [size for path, size in files.items() if path not in done]
    wanted = sum(sealed_size(size) for size in left) + SPARE_BYTES
    narrow = {name: reason for name in vault.sites if (reason := _lack(vault.site(name), wanted))}
    if len(vault.sites) - len(narrow) < vault.min_copies:
        raise TooFewCopies(f"the batch needs {(wanted >> 20) + 1} MiB at {vault.min_copies} sites", narrow)


def check_copies(judged: Judged, vault: Vault) -> None:
    """Raises `TooFewCopies` where a kept object does not stand at `min_copies` sites in its length.

    A last look before anything gets a code: a disk may have been exchanged under a running batch.
    """
    sites = [vault.site(name) for name in vault.sites]
    short = 0
    for part in (part for item in judged.items for part in item.components):
        name = object_name(judged.taken.batch, part.object_id)
        copies = sum(_stands(site, name, part.sealed_bytes) for site in sites)
        short += copies < vault.min_copies
    if short:
        raise TooFewCopies(f"{short} objects do not stand at {vault.min_copies} sites", {})


def _stands(site: Site, name: str, size: int) -> bool:
    try:
        return site.stat(name) == size
    except (SiteError, ObjectError):
        return False


def _lack(site: Site, wanted: int) -> str:
    """Why the site cannot take so many bytes, or nothing."""
    try:
        free = site.free_bytes()
    except SiteUnavailable as fault:
        return fault.reason
    return "" if free is None or free >= wanted else f"{free >> 20} MiB free"
