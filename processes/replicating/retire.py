"""Giving a site up: what it holds is deleted once everything was read back whole at all the others.

    1  check   every copy at every other site is read and held against the ledger: an audit of each
    2  empty   objects, keyrings and the recovery file, the ledger last, so that what is left explains itself
    3  enter   `site.retired`, published to the sites that stay

The caller writes into the settings, between 1 and 2, that the site keeps nothing any more, and takes it out
after 3: killed anywhere, the same call goes on, and nobody brings copies to a site that is being emptied.

Not done here: the settings (`lantai.retiring`), locks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from archive import catalogue, working
from archive.events import SiteRetired
from ingest.publish import publish
from ingest.tools import Tools
from policies.errors import LantaiError
from processes.auditing.audit import Audit, Scope, audit
from processes.replicating.retire_only import only_here, second_names
from storage.errors import ObjectLocked, StorageError
from storage.site import AREAS, Site

_AT_ONCE = 256


class CannotRetire(LantaiError):
    """A site is not given up; the text says everything that stands against it."""

    code = "cannot-retire"


@dataclass(slots=True)
class Emptied:
    """What was deleted; `kept` objects the site must keep until `kept_until` ("" for none)."""

    objects: int = 0
    files: int = 0
    kept: int = 0
    kept_until: str = ""


def check_others(tools: Tools, place: Site, secured_by: Collection[str]) -> tuple[str, ...]:
    """The other sites, each of which was read to its end just now and is whole; `place` is another place than
    any of them and has nothing that none of them has. `secured_by` are the sites that somebody named as
    securing a batch. Raises `CannotRetire`, and `SiteError` where a site cannot be asked.
    """
    name = place.name
    others = tuple(site for site in tools.vault.sites if site != name)
    reasons = list(_against(tools, name, others, secured_by)) or list(_taken_along(tools, place, others))
    for other in others if not reasons else ():
        found = audit(tools, Scope(site=other), repair=False)
        if not found.whole:
            reasons.append(_told(other, found))
    if reasons:
        raise CannotRetire(f"site {name} is not given up: {'; '.join(reasons)}")
    return others


def _against(tools: Tools, name: str, others: tuple[str, ...], secured_by: Collection[str]) -> Iterator[str]:
    """What no reading could mend."""
    if len(others) < tools.vault.min_copies:
        yield f"{len(others)} sites would stay, and min_copies is {tools.vault.min_copies}"
    if name in secured_by:
        yield f"secured_by names {name}: take it out first"


def _taken_along(tools: Tools, place: Site, others: tuple[str, ...]) -> Iterator[str]:
    """What would go with the site although no audit of the others misses it."""
    for other in second_names(tools, place, others):
        yield f"site {other} is the same place under another name"
    if found := list(only_here(tools, place, others)):
        yield f"{len(found)} things stand at no other site ({', '.join(found[:3])})"


def _told(site: str, found: Audit) -> str:
    """Why an audit of one site is no evidence that everything is there."""
    result = next(iter(found.sites))
    if result.unreachable:
        return f"site {site} cannot be read ({result.unreachable})"
    if found.pending:
        return f"the ledger does not stand at enough sites ({found.pending})"
    counts = f"{len(result.damaged)} damaged, {len(result.missing)} missing"
    return f"site {site} does not hold everything whole ({counts}): run `replicate` or `audit --repair` first"


def empty(site: Site) -> Emptied:
    """Delete everything at a site, durably. What is locked stays as long as it must. Raises `SiteError`."""
    done = Emptied()
    until: datetime | None = None
    for area in AREAS:
        names: list[str] = []
        for stored in site.list(f"{area}/"):
            names.append(stored.name)
            if len(names) >= _AT_ONCE:
                until = _purge(site, names, area, done, until)
                names = []
        until = _purge(site, names, area, done, until)
        site.settle()
    site.sweep()
    if until is not None:
        done.kept_until = until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return done


def _purge(site: Site, names: list[str], area: str, done: Emptied, until: datetime | None) -> datetime | None:
    """Delete `names`; until when the site keeps some of what it was told to delete so far."""
    for name in names:
        try:
            site.purge(name)
        except ObjectLocked as locked:
            done.kept += 1
            until = max(until, locked.until) if until else locked.until
            continue
        if area == AREAS[0]:
            done.objects += 1
        else:
            done.files += 1
    return until


def enter(tools: Tools, site: str, kind: str, began: str, checked: tuple[str, ...], done: Emptied) -> str:
    """Enter that a site was given up, once for each time it `began`, and publish that; why it is not yet at
    enough sites, or nothing. `tools` must not know the site any more.
    """
    with tools.database.write() as tx:
        if not _entered(tools, tx, site, began):
            event = SiteRetired(
                site=site,
                kind=kind,
                began=began,
                checked=checked,
                objects=done.objects,
                files=done.files,
                kept=done.kept,
                kept_until=done.kept_until,
                account=tools.subject.account,
                os_user=tools.os_user,
            )
            catalogue.record(tx, tools.ledger, [event], tools.now())
        working.forget_site(tx, site)
    try:
        publish(tools)
    except StorageError as fault:
        return str(fault)
    return ""


def _entered(tools: Tools, tx: Connection, site: str, began: str) -> bool:
    entries = tools.ledger.of_type(tx, SiteRetired.type)
    events = (entry.event() for entry in entries if entry.payload is not None)
    return any(isinstance(e, SiteRetired) and (e.site, e.began) == (site, began) for e in events)
