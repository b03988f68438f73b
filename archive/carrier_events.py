"""Events about offline carriers: written, read again, lost. Together they are the carrier register.

Not here: writing and reading carriers (`processes.packages`), when one is due
(`processes.packages.carriers_kept`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archive.event import Event


@dataclass(frozen=True, slots=True)
class CarrierWritten(Event):
    """A carrier was written, read back whole, and given its number.

    It holds what was registered by the entries [`first_entry`, `last_entry`], narrowed to `fonds` (all
    where empty) and, of a plain one, to open records unless `restricted`; so it can be said of any item
    whether a carrier may hold it. `manifest`, `tagmanifest` and `note` are SHA-256 of these files of the
    carrier; `head` is the size of the ledger on it, 0 for none; `missing` is what no site had whole.
    """

    type: ClassVar[str] = "carrier.written"
    number: str
    run: str
    set: str
    kind: str
    form: str
    medium: str
    kept_at: str
    items: int
    files: int
    bytes: int
    first_code: str
    last_code: str
    first_entry: int
    last_entry: int
    fonds: tuple[str, ...]
    since: str
    restricted: bool
    keys: bool
    head: int
    missing: tuple[str, ...]
    manifest: str
    tagmanifest: str
    note: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class CarrierChecked(Event):
    """A carrier was read again: so many of its files, and what was wrong with which.

    `outcome`: whole, damaged, or unreadable. The lists name at most a thousand each; `faults` counts all.
    """

    type: ClassVar[str] = "carrier.checked"
    number: str
    percent: str
    files: int
    bytes: int
    outcome: str
    faults: int
    damaged: tuple[str, ...]
    missing: tuple[str, ...]
    strange: tuple[str, ...]
    kept_at: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class CarrierLost(Event):
    """A carrier is gone, or is no longer to be relied on. Its number is never given again."""

    type: ClassVar[str] = "carrier.lost"
    number: str
    reason: str
    account: str
    os_user: str
