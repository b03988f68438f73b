"""Read back: every copy of a registered batch is read from its site and held against the ledger.

A site at which everything of a batch was read back whole, its keyring too, *holds* the batch: that is noted
site by site, also where another one is away or faulty. A batch that every site of `secured_by` holds is
*secured*, which is an entry of the ledger. Damage found here is not mended here: `audit` names the copies,
and `replicate` brings what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from archive import catalogue, working
from archive.database import Database
from archive.events import BatchSecured
from ingest.publish import publish
from ingest.report import Faulty
from ingest.tools import Tools
from storage.copies import CopyState
from storage.errors import ObjectMissing, SiteError, StorageError
from storage.keyring import keyring_name
from storage.vault import object_name


def secure(batch: str, tools: Tools, without: Collection[str] = ()) -> tuple[Faulty, ...]:
    """Read back one batch at the sites that are not known to hold it; the copies that are not whole at a
    site which secures it. None faulty: it is secured now, or was before. The sites `without` count as away.
    """
    with tools.database.read() as conn:
        record = catalogue.batch(conn, batch)
        if record is None or record.state != "registered":
            return ()
        objects = list(catalogue.all_components(conn, batch))
        held = working.holders(conn, batch)
    look = _Look(tools, batch, [site for site in tools.vault.sites if site not in held], set(without))
    faulty = look.at(objects)
    behind = {fault.site for fault in faulty}
    note_held(tools, batch, [site for site in look.sites if site not in behind | look.away])
    if settle_secured(tools, [batch]):
        publish(tools, dict.fromkeys(without, "it was away"))
    return tuple(fault for fault in faulty if fault.site in tools.secured_by)


def note_held(tools: Tools, batch: str, sites: Sequence[str]) -> None:
    """Write down that `sites` were read back and hold all of the batch."""
    if sites:
        with tools.database.write() as tx:
            for site in sites:
                working.hold_at(tx, site, batch, tools.now())


def settle_secured(tools: Tools, batches: Iterable[str]) -> int:
    """Enter those of the batches that are registered, and held by every site that secures them, as secured;
    how many. Publish afterwards.
    """
    with tools.database.read() as conn:
        ready = [batch for batch in batches if _is_ready(tools, working.holders(conn, batch))]
    if not ready:
        return 0
    events = []
    with tools.database.write() as tx:
        for batch in ready:
            record, holders = catalogue.batch(tx, batch), working.holders(tx, batch)
            if record is not None and record.state == "registered" and _is_ready(tools, holders):
                events.append(BatchSecured(batch, tuple(s for s in tools.vault.sites if s in holders)))
        if events:
            catalogue.record(tx, tools.ledger, events, tools.now())
    return len(events)


def _is_ready(tools: Tools, holders: frozenset[str]) -> bool:
    return bool(tools.secured_by) and holders.issuperset(tools.secured_by)


def unsecured(database: Database) -> list[str]:
    """The batches that are registered and not yet secured."""
    with database.read() as conn:
        return [record.id for record in catalogue.batches(conn) if record.state == "registered"]


def keyring_state(tools: Tools, site: str, batch: str, needs: Iterable[str]) -> CopyState:
    """How the copy of a keyring stands at `site`: whole where it is authentic, of the newest revision that
    any site has, and holds a key for all of `needs`. Raises `SiteError`.
    """
    try:
        found = tools.vault.read_keyring(batch, tools.vault.site(site).read(keyring_name(batch)))
        newest = tools.vault.keyring(batch)
    except ObjectMissing:
        return CopyState.MISSING
    except SiteError:
        raise
    except StorageError:
        return CopyState.DAMAGED
    whole = found.revision == newest.revision and all(name in found for name in needs)
    return CopyState.WHOLE if whole else CopyState.DAMAGED


@dataclass(slots=True)
class _Look:
    """One batch read at some sites; a site that failed once is not asked again."""

    tools: Tools
    batch: str
    sites: list[str]
    away: set[str] = field(default_factory=set)

    def at(self, objects: Sequence[catalogue.StoredObject]) -> list[Faulty]:
        """Every copy of `objects` and of the keyring that is not whole."""
        progress = self.tools.progress
        progress.begin("read-back", len(objects) * len(self.sites), 0)
        try:
            with ThreadPoolExecutor(self.tools.threads) as pool:
                found = [fault for faults in pool.map(self._of_object, objects) for fault in faults]
        finally:
            progress.end()
        needs = {name for stored in objects for name in (stored.item, stored.object_id)} | {self.batch}
        told = {fault.site for fault in found} & self.away
        return found + [f for site in self.sites if site not in told for f in self._of_keyring(site, needs)]

    def _of_object(self, stored: catalogue.StoredObject) -> list[Faulty]:
        name, vault = object_name(stored.batch, stored.object_id), self.tools.vault
        faults = []
        for site in self.sites:
            check = partial(vault.check, site, name, stored.sealed_bytes, stored.sealed_blake3)
            state = self._asked(site, check)
            if state != CopyState.WHOLE.value:
                faults.append(Faulty(site, stored.object_id, state))
            self.tools.progress.advance(1, stored.sealed_bytes)
        return faults

    def _of_keyring(self, site: str, needs: set[str]) -> list[Faulty]:
        state = self._asked(site, partial(keyring_state, self.tools, site, self.batch, needs))
        return [] if state == CopyState.WHOLE.value else [Faulty(site, keyring_name(self.batch), state)]

    def _asked(self, site: str, look: Callable[[], CopyState]) -> str:
        """What `look` finds; a site that cannot be read has not read it back."""
        if site in self.away:
            return "unreadable"
        try:
            return look().value
        except SiteError:
            self.away.add(site)
            return "unreadable"
