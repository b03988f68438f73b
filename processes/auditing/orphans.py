"""Orphans: what interrupted runs left at the sites under names of ours that nothing will ever ask for.

They are removed when all of this holds:

- the home may be written in, and every site answers and shows the head of a ledger that this database
  continues: nothing that a newer ledger anywhere knows is taken for an orphan;
- the catalogue is whole: no entry's payload is lost, for then nobody knows which objects it spoke of;
- neither the catalogue, nor the ledger, nor a batch in hand or waiting knows the batch; or the batch is known
  and its object is not, and no keyring at any site has a key for it;
- it was seen so before, a day ago or longer, and was never known when somebody looked between.

A keyring goes after the objects of its batch. What has another form of name is none of ours and stays: an
audit names it (`strangers`). When somebody looked and what was seen is working state, kept in the home's
work folder; where it is lost, the day begins anew.

Not done here: unfinished writes (`Site.sweep`), versions that a bucket keeps of what is deleted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from archive import catalogue, working
from archive.catalogue_lost import lost_entries
from ingest.locks import only_one_or_none
from ingest.publish import CHECKPOINT, continued
from ingest.tools import Tools
from storage.durable import write_file
from storage.errors import ObjectMissing, SiteError, StorageError
from storage.site import Site
from storage.vault import object_name

LEAST_AGE = timedelta(days=1)
BETWEEN_LOOKS = timedelta(hours=6)
FILE = "orphans.json"
LOCK = "orphans.lock"

_OBJECT = re.compile(r"objects/(b[a-z2-7]{24})/(o[a-z2-7]{24})")
_KEYRING = re.compile(r"keyrings/(b[a-z2-7]{24})\.json")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a look came to: `removed` and `waiting` (seen, too young) as (site, name); `refused` says why
    nothing was looked for, or nothing.
    """

    removed: tuple[tuple[str, str], ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()
    refused: str = ""


@dataclass(slots=True)
class _Memory:
    """When somebody looked last, and what was seen first when."""

    looked: str
    seen: dict[tuple[str, str], str]

    @classmethod
    def read(cls, tools: Tools) -> _Memory:
        """What is remembered; nothing where it cannot be read."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            said = json.loads((tools.work / FILE).read_bytes())
            seen = {(site, name): str(time) for site, name, time in said["seen"]}
            return cls(str(said["looked"]), seen)
        return cls("", {})

    def write(self, tools: Tools) -> None:
        """Remember it."""
        seen = [[site, name, time] for (site, name), time in sorted(self.seen.items())]
        write_file(tools.work / FILE, json.dumps({"looked": self.looked, "seen": seen}).encode())


def sweep_when_due(tools: Tools) -> Swept:
    """As `sweep_orphans`, where nobody looked within six hours; else nothing."""
    since = _since(_Memory.read(tools).looked, tools.clock())
    return Swept(refused="not due") if timedelta() <= since < BETWEEN_LOOKS else sweep_orphans(tools)


def sweep_orphans(tools: Tools) -> Swept:
    """Look once at every site, and remove what was an orphan before and is old enough.

    May run beside anything: what is being brought is known before it comes. Raises `LedgerSetBack` and
    `LedgerDamaged` as `publish` does; a site that fails ends it, and nothing is remembered.
    """
    with only_one_or_none(tools.work / LOCK) as mine:
        if not mine:
            return Swept(refused="another process looks")
        try:
            return _Refusal(tools).why() or _swept(tools)
        except SiteError as fault:
            return Swept(refused=f"site {fault.site}: {fault.reason}")


def _swept(tools: Tools) -> Swept:
    memory = _Memory.read(tools)
    now = tools.now()
    found = {(site, name) for site in tools.vault.sites for name in _orphans(tools, site)}
    # A clock that was put back has the day begin anew.
    seen = {one: min(memory.seen.get(one, now), now) for one in found}
    old = {one for one, first in seen.items() if _since(first, tools.clock()) >= LEAST_AGE}
    _Memory(now, seen).write(tools)
    if refused := _Refusal(tools).why():  # once more: listing may have taken hours
        return refused
    removed = tuple(_remove(tools, old))
    if removed:
        gone = set(removed)
        _Memory(now, {one: first for one, first in seen.items() if one not in gone}).write(tools)
    return Swept(removed, tuple(sorted(found - set(removed))))


def _since(time: str, now: datetime) -> timedelta:
    """How long ago that was; for ever where nobody knows, and less than nothing where the clock went back."""
    try:
        return now - datetime.fromisoformat(time)
    except ValueError:
        return timedelta.max


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why nothing may be taken for an orphan now. Raises `SiteError` where a site does not answer."""

    tools: Tools

    def why(self) -> Swept | None:
        """The reason, None where there is none."""
        if self.tools.database.read_only:
            return Swept(refused=self.tools.database.read_only)
        with self.tools.database.read() as conn:
            if lost_entries(conn):
                return Swept(refused="entries of the ledger have lost their payload")
            for name in self.tools.vault.sites:
                if not self._stands(conn, name):
                    return Swept(refused=f"site {name} does not show how far it has the ledger")
        return None

    def _stands(self, conn: Connection, name: str) -> bool:
        """Whether a site shows a head that this database continues, or never had one and need not."""
        if continued(self.tools, conn, name):
            return True
        try:
            self.tools.vault.site(name).stat(CHECKPOINT)
        except ObjectMissing:
            return self.tools.ledger.size(conn) == 0 and not working.published(conn).get(name)
        return False


def _orphans(tools: Tools, name: str) -> Iterator[str]:
    """The names at one site that nothing knows now. They are listed first and asked for afterwards: whatever
    is in hand was entered before anything of it came to a site.
    """
    site = tools.vault.site(name)
    listed = (found for stored in site.list("objects/") if (found := _OBJECT.fullmatch(stored.name)))
    for batch, some in groupby(listed, lambda found: found[1]):
        names = [found[2] for found in some]
        yield from (object_name(batch, one) for one in _unknown_objects(tools, batch, names))
    for stored in list(site.list("keyrings/")):
        found = _KEYRING.fullmatch(stored.name)
        if found and _is_unknown(tools, found[1]) and not _has_objects(tools, found[1]):
            yield stored.name


def _unknown_objects(tools: Tools, batch: str, names: list[str]) -> list[str]:
    if _is_unknown(tools, batch):
        return names
    with tools.database.read() as conn:
        if working.intent(conn, batch) is not None:
            return []
        known = {stored.object_id for stored in catalogue.all_components(conn, batch)}
    unknown = [name for name in names if name not in known]
    if not unknown:
        return []
    try:  # the catalogue is a view of the ledger: a key is a second witness
        keys = tools.vault.keyring(batch)
    except StorageError:
        return []
    return [name for name in unknown if name not in keys]


def _is_unknown(tools: Tools, batch: str) -> bool:
    """Whether neither catalogue, nor ledger, nor anything in hand knows a batch."""
    with tools.database.read() as conn:
        if working.intent(conn, batch) is not None or catalogue.batch(conn, batch) is not None:
            return False
        return not tools.ledger.of_batch(conn, batch)


def _has_objects(tools: Tools, batch: str) -> bool:
    """Whether any site has an object of a batch. Raises `SiteError`."""
    sites: Iterator[Site] = (tools.vault.site(name) for name in tools.vault.sites)
    return any(True for site in sites for _ in site.list(f"objects/{batch}/"))


def _remove(tools: Tools, old: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Remove what is still unknown; which it was. A site that fails is left as it is."""
    for site_name, some in groupby(sorted(old), lambda one: one[0]):
        site = tools.vault.site(site_name)
        gone = []
        for _site, name in some:
            if _still(tools, name):
                site.delete(name)
                gone.append((site_name, name))
        site.settle()
        yield from gone


def _still(tools: Tools, name: str) -> bool:
    """Whether a name is unknown now, as it was when it was listed."""
    if found := _OBJECT.fullmatch(name):
        return bool(_unknown_objects(tools, found[1], [found[2]]))
    ring = _KEYRING.fullmatch(name)
    return ring is not None and _is_unknown(tools, ring[1]) and not _has_objects(tools, ring[1])
