"""Audit: every copy at every site is read to its end and held against the ledger, not against itself.

Copies are the sealed objects, the keyrings that open them, and the published ledger. Damage is
mended from a copy that was itself checked while it was copied, never the other way; what cannot be
mended is *lost* and named. A site that could not be read was not checked, and that is no pass.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from archive import catalogue
from archive.events import AuditCompleted
from ingest.batch import Tools
from ingest.publish import publish
from processes.audit_ledger import ledger_copies
from processes.errors import NotFound
from storage.errors import SiteUnavailable
from storage.site import Site
from storage.vault import CopyState


@dataclass(frozen=True, slots=True)
class Scope:
    """What to check: one site or all, a share in percent, only what was registered since a date."""

    site: str = ""
    percent: float = 100.0
    since: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy by its object's identifier or file name, and the code of the item it belongs to."""

    object: str
    code: str | None

    def as_json(self) -> dict[str, object]:
        """The copy as `audit --json` names it."""
        return {"object": self.object, "code": self.code}


@dataclass(slots=True)
class SiteAudit:
    """What one site's copies were found to be. Each damaged copy is listed once."""

    site: str
    checked: int = 0
    bytes: int = 0
    damaged: list[Copy] = field(default_factory=list)
    missing: list[Copy] = field(default_factory=list)
    repaired: list[Copy] = field(default_factory=list)
    lost: list[Copy] = field(default_factory=list)
    unreachable: str = ""

    def as_json(self) -> dict[str, object]:
        """The site as `audit --json` tells it."""
        named = {n: [c.as_json() for c in getattr(self, n)] for n in ("damaged", "missing", "repaired", "lost")}
        return {"site": self.site, "checked": self.checked, "bytes": self.bytes, **named} | (
            {"unreachable": self.unreachable} if self.unreachable else {}
        )


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit of one or more sites."""

    sites: tuple[SiteAudit, ...]

    @property
    def whole(self) -> bool:
        """Whether every copy in scope was checked and is whole, or was damaged and is whole again."""
        return bool(self.sites) and all(_whole(site) for site in self.sites)

    def as_json(self) -> dict[str, object]:
        """The document that `audit --json` prints."""
        return {"sites": [site.as_json() for site in self.sites]}


def _whole(site: SiteAudit) -> bool:
    return not (site.unreachable or site.damaged or site.missing or site.lost)
