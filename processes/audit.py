"""Audit: every copy at every site is read to its end and held against the ledger, not against itself.

Copies are the sealed objects, the keyrings that open them, and the published ledger. Damage is
mended from a copy that was itself checked while it was copied, never the other way; what no site
holds whole is *lost* and named. A site that could not be read was not checked, and that is no pass.

Not done here: what there is to keep (`holdings`), how one copy is checked (`copies`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from archive import catalogue
from archive.events import AuditCompleted
from ingest.publish import publish
from ingest.tools import Tools
from processes.audited import Audit, Copy, Scope, SiteAudit
from processes.copies import Kept
from processes.errors import NotFound
from processes.holdings import Holdings, holdings, strangers
from storage.copies import CopyState
from storage.errors import SiteError, StorageError

__all__ = ["Audit", "Copy", "Scope", "SiteAudit", "audit"]

AT_ONCE = 512
"""So many copies are checked at one site, then at the next: what is found of one thing is known together."""


def audit(tools: Tools, scope: Scope, repair: bool) -> Audit:
    """Check every copy in scope; with `repair`, mend what a good copy can mend. An entry of the ledger.

    A site that is away does not end it: its result says so, and the entry is published later.
    Raises `NotFound` for an unknown site, and `LedgerSetBack` before anything is checked or entered.
    """
    names = [name for name in tools.vault.sites if scope.site in ("", name)]
    if not names:
        raise NotFound(f"site {scope.site}")
    held = holdings(tools, scope, names)
    sites = {name: SiteAudit(name) for name in names}
    tools.progress.begin("audit", (held.chosen + held.files) * len(names), held.bytes * len(names))
    try:
        _check(tools, held, sites, repair)
        if scope.everything:
            _list_extra(tools, sites.values())
    finally:
        tools.progress.end()
    _enter(tools, scope, repair, sites.values())
    pending = _published(tools)
    return Audit(tuple(sites.values()), scope, repair, held.registered, held.chosen, pending)


def _published(tools: Tools) -> str:
    """Publish what the ledger holds; why that is not yet at enough sites, or nothing."""
    try:
        publish(tools)
    except StorageError as fault:
        return str(fault)
    return ""


def _check(tools: Tools, held: Holdings, sites: dict[str, SiteAudit], repair: bool) -> None:
    with ThreadPoolExecutor(tools.threads) as pool:
        visit = _Visit(tools, sites, repair, pool)
        kept = held.kept()
        while some := list(islice(kept, AT_ONCE)):
            visit.all_sites(some)
        for name, result in sites.items():
            try:
                with held.end(name) as last:
                    _Visit(tools, {name: result}, repair, pool).all_sites(last)
            except SiteError as fault:
                result.unreachable = fault.reason


@dataclass(frozen=True, slots=True)
class _Visit:
    """Some things at all sites in scope, one site after the other."""

    tools: Tools
    sites: dict[str, SiteAudit]
    repair: bool
    pool: ThreadPoolExecutor

    def all_sites(self, some: Sequence[Kept]) -> None:
        """Look at every copy of `some`, then see to those that are not whole."""
        found: list[dict[str, CopyState]] = [{} for _ in some]
        for result in self.sites.values():
            if not result.unreachable:
                self._one_site(result, some, found)
        for one, states in zip(some, found, strict=True):
            broken = [site for site, state in states.items() if state is not CopyState.WHOLE]
            if broken:
                self._see_to(one, states, broken)

    def _one_site(self, result: SiteAudit, some: Sequence[Kept], found: list[dict[str, CopyState]]) -> None:
        looks = self.pool.map(lambda one: one.look(result.site), some)
        try:
            for one, states, look in zip(some, found, looks, strict=True):
                self.tools.progress.advance(1, look.bytes)
                result.count(one, look)
                states[result.site] = look.state
        except SiteError as fault:
            result.unreachable = fault.reason

    def _see_to(self, one: Kept, states: dict[str, CopyState], broken: list[str]) -> None:
        """List the copies that are not whole, mend them if asked, and say so where none is whole anywhere."""
        copy = Copy(one.label, one.code)
        for site in broken:
            self.sites[site].note(copy, states[site])
        mended = [site for site in broken if self.repair and self._mended(one, self.sites[site])]
        for site in mended:
            self.sites[site].repaired.append(copy)
        if not mended and not one.derived and self._is_lost(one, states):
            for site in broken:
                self.sites[site].lost.append(copy)

    def _mended(self, one: Kept, result: SiteAudit) -> bool:
        """Whether the copy is whole now, read back from the site."""
        if result.unreachable:
            return False
        try:
            if not one.mend(result.site):
                return False
            look = one.look(result.site)
        except SiteError as fault:
            result.refused = fault.reason
            return False
        except StorageError:
            return False  # no good copy, or no key to make one with
        result.bytes += look.bytes
        return look.state is CopyState.WHOLE

    def _is_lost(self, one: Kept, states: dict[str, CopyState]) -> bool:
        """Whether every site was asked and none holds it whole; a site that is away may."""
        for site in self.tools.vault.sites:
            try:
                state = states.get(site) or (None if site in self.sites else one.look(site).state)
            except SiteError:
                state = None
            if state in (None, CopyState.WHOLE):
                return False
        return True


def _list_extra(tools: Tools, sites: Iterable[SiteAudit]) -> None:
    for result in sites:
        if result.unreachable:
            continue
        try:
            names = strangers(tools, tools.vault.site(result.site))
            result.extra.extend(Copy(name, None) for name in names)
        except SiteError as fault:
            result.unreachable = fault.reason


def _enter(tools: Tools, scope: Scope, repair: bool, sites: Iterable[SiteAudit]) -> None:
    """The audit as an entry of the ledger."""
    event = AuditCompleted(
        account=tools.subject.account,
        os_user=tools.os_user,
        sites=tuple(site.counts() for site in sites),
        site=scope.site,
        percent=f"{scope.percent:g}",
        since=scope.earliest,
        repair=repair,
    )
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, [event], tools.now())
