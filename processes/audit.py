"""Audit: every copy at every site is read to its end and held against the ledger, not against itself.

Copies are the sealed objects, the keyrings that open them, and the published ledger. Damage is
mended from a copy that was itself checked while it was copied, never the other way; what cannot be
mended is *lost* and named. A site that could not be read was not checked, and that is no pass.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from archive import catalogue
from archive.events import AuditCompleted
from ingest.publish import publish
from ingest.tools import Tools
from processes.copies import Kept, everything_kept
from processes.errors import NotFound
from storage.copies import CopyState
from storage.errors import NoGoodCopy, SiteError


@dataclass(frozen=True, slots=True)
class Scope:
    """What to check: one site or all, a share in percent, only what was registered since a date."""

    site: str = ""
    percent: float = 100.0
    since: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy is of: by its object's identifier or file name, and the code of the item it belongs to."""

    name: str
    code: str | None

    def as_json(self) -> dict[str, str | None]:
        """The copy as `audit --json` names it."""
        return {"object": self.name, "code": self.code}


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
        named = {
            n: [c.as_json() for c in getattr(self, n)] for n in ("damaged", "missing", "repaired", "lost")
        }
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


AT_ONCE = 512
"""So many copies are handed to the threads together: memory stays flat however large the archive."""


def audit(tools: Tools, scope: Scope, repair: bool) -> Audit:
    """Check every copy in scope; with `repair`, mend what a good copy can mend. An entry of the ledger.

    Raises `NotFound` for an unknown site.
    """
    names = [name for name in tools.vault.sites if scope.site in ("", name)]
    if not names:
        raise NotFound(f"site {scope.site}")
    publish(tools)
    with tools.database.read() as conn:
        size = tools.ledger.size(conn)
        kept = list(_in_scope(everything_kept(tools, conn, size, scope.since), scope.percent))
        tools.progress.begin("audit", len(kept) * len(names), sum(k.length for k in kept) * len(names))
        try:
            sites = tuple(_site(tools, name, kept, repair) for name in names)
        finally:
            tools.progress.end()
    _enter(tools, sites)
    return Audit(sites)


def _in_scope(kept: Iterator[Kept], percent: float) -> Iterator[Kept]:
    """All, or a share drawn anew each time; a share is never empty where there is anything."""
    if percent >= 100:
        yield from kept
        return
    everything = list(kept)
    count = max(1, round(len(everything) * percent / 100)) if everything else 0
    chosen = set(random.SystemRandom().sample(range(len(everything)), count))
    yield from (one for place, one in enumerate(everything) if place in chosen)


def _site(tools: Tools, name: str, kept: list[Kept], repair: bool) -> SiteAudit:
    result = SiteAudit(name)
    try:
        with ThreadPoolExecutor(tools.threads) as pool:
            for start in range(0, len(kept), AT_ONCE):
                some = list(islice(kept, start, start + AT_ONCE))
                for one, state in zip(some, pool.map(lambda k: k.state(name), some), strict=True):
                    tools.progress.advance(1, one.length)
                    _note(result, one, state, repair)
    except SiteError as fault:
        result.unreachable = fault.reason
    return result


def _note(result: SiteAudit, one: Kept, state: CopyState, repair: bool) -> None:
    """Enter one copy's state, and mend it if asked."""
    result.checked += 1
    result.bytes += one.length
    if state is CopyState.WHOLE:
        return
    copy = Copy(one.label, one.code)
    (result.missing if state is CopyState.MISSING else result.damaged).append(copy)
    if repair:
        (result.repaired if _mended(one, result.site) else result.lost).append(copy)


def _mended(one: Kept, site: str) -> bool:
    try:
        return one.mend(site)
    except NoGoodCopy:
        return False


def _enter(tools: Tools, sites: tuple[SiteAudit, ...]) -> None:
    """The audit as an entry of the ledger: counts, and nothing that a stranger could not be told."""
    counts = tuple(
        {
            "site": site.site,
            "checked": site.checked,
            "bytes": site.bytes,
            "damaged": len(site.damaged),
            "missing": len(site.missing),
            "repaired": len(site.repaired),
            "lost": len(site.lost),
            "unreachable": site.unreachable,
        }
        for site in sites
    )
    event = AuditCompleted(account=tools.subject.account, os_user=tools.os_user, sites=counts)
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, [event], tools.now())
    publish(tools)
