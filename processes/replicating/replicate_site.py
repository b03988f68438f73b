"""One site brought up to date: keyrings, the recovery file, and batch after batch.

A batch is *held* once everything of it was read back from the site in one go: copies that an interrupted run
left are read like those just brought, made durable with them, and count together or not at all.

Not done here: which batches, whether it may (`replicate`), the ledger (`ingest.publish`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from archive import catalogue, lag, working
from ingest.keyhold import keys_held
from ingest.payloads import ARCHIVE_KEYRING
from ingest.readback import keyring_state, note_held
from ingest.tools import Tools
from processes.auditing.audited import Kind
from processes.auditing.copies import is_gone, is_whole, take_back
from processes.auditing.copies_recovery import KeptRecovery
from processes.custody.rotate_sites import bring_recovery, recovery_is_current
from processes.replicating.replicated import Copy, SiteReplication
from storage.copies import CopyState, check_copy, copy_whole
from storage.errors import ObjectError, ObjectMissing, RecoveryOutdated, SiteError, StorageError
from storage.keyring import keyring_name
from storage.site import Site, put
from storage.vault import object_name

_AT_ONCE = 256
_TRIES = 3


class _Came(Enum):
    """What became of one copy."""

    WHOLE = "whole"
    BROUGHT = "brought"
    DAMAGED = "damaged"
    LOST = "lost"


def keys_in_step(tools: Tools, site: str) -> bool:
    """Whether the keyrings at a site are those of the newest key-encryption key: the recovery file is brought
    after them, so where it is as it must be, they are. Raises `SiteError`.
    """
    place = tools.vault.site(site)
    try:
        return recovery_is_current(tools, place)
    except RecoveryOutdated:  # a home that never rotated, nor can: the file needs to be there, and sound
        return is_whole(KeptRecovery(tools), site)


@dataclass(slots=True)
class Filling:
    """One site while it is filled. Whatever the site itself raises ends it; other sites that fail are left
    out as sources from then on.
    """

    tools: Tools
    result: SiteReplication
    had: frozenset[str]
    pool: ThreadPoolExecutor
    target: Site
    away: set[str] = field(default_factory=set)

    @classmethod
    @contextmanager
    def of(cls, tools: Tools, result: SiteReplication, had: frozenset[str]) -> Iterator[Filling]:
        """Begin with the site that `result` is about."""
        had_archive = had | {ARCHIVE_KEYRING} if had else had
        with ThreadPoolExecutor(tools.threads) as pool:
            yield cls(tools, result, had_archive, pool, tools.vault.site(result.site))

    def keys(self) -> None:
        """The archive's keyring, those of all batches, and last the recovery file."""
        self._keyring(ARCHIVE_KEYRING, frozenset({ARCHIVE_KEYRING}))
        with self.tools.database.read() as conn:
            entered = lag.entered_batches(conn)
        for batch in entered:
            self._keyring(batch, frozenset({batch}))
        self._recovery()

    def batch(self, batch: str) -> None:
        """Bring what is missing of one batch, read all of it back, and note that it is held if it is."""
        with self.tools.database.read() as conn:
            objects = list(catalogue.all_components(conn, batch))
            holders = working.holders(conn, batch)
        if self.target.name in holders:
            with self.tools.database.write() as tx:
                working.release(tx, self.target.name, [batch])
        needs = frozenset({name for stored in objects for name in (stored.item, stored.object_id)} | {batch})
        whole = self._keyring(batch, needs)
        sources = self._sources(holders)
        for start in range(0, len(objects), _AT_ONCE):
            whole &= self._some(objects[start : start + _AT_ONCE], sources)
        if whole:
            note_held(self.tools, batch, [self.target.name])
            self.result.batches += 1

    def _some(self, objects: Sequence[catalogue.StoredObject], sources: Sequence[Site]) -> bool:
        """Some objects of a batch; whether all stand there, durable and read back."""
        came = list(self.pool.map(lambda stored: self._one(stored, sources), objects))
        self.target.settle()
        brought = [stored for stored, how in zip(objects, came, strict=True) if how is _Came.BROUGHT]
        whole = [state is CopyState.WHOLE for state in self.pool.map(self._checked, brought)]
        for stored, good in zip(brought, whole, strict=True):
            self.result.objects += good
            self.result.bytes += stored.sealed_bytes * good
            if not good:
                self.result.damaged.append(Copy(stored.object_id, stored.code))
        for stored, how in zip(objects, came, strict=True):
            if how in (_Came.DAMAGED, _Came.LOST):
                getattr(self.result, how.value).append(Copy(stored.object_id, stored.code))
        return all(whole) and all(how in (_Came.WHOLE, _Came.BROUGHT) for how in came)

    def _one(self, stored: catalogue.StoredObject, sources: Sequence[Site]) -> _Came:
        """One object: read where it stands, brought where it does not."""
        state = self._checked(stored)
        self.tools.progress.advance(1, stored.sealed_bytes)
        if state is CopyState.WHOLE:
            try:
                self.target.adopt(object_name(stored.batch, stored.object_id))  # as after a kill
                return _Came.WHOLE
            except ObjectError:
                state = CopyState.MISSING  # gone since it was read
        if is_gone(self.tools, stored):
            return _Came.WHOLE  # nothing is to stand there any more
        if state is CopyState.DAMAGED and stored.batch in self.had:
            return _Came.DAMAGED
        if not self._brought(stored, sources):
            return _Came.LOST
        if is_gone(self.tools, stored):
            take_back(self.target, stored)
            return _Came.WHOLE
        return _Came.BROUGHT

    def _checked(self, stored: catalogue.StoredObject) -> CopyState:
        name = object_name(stored.batch, stored.object_id)
        return check_copy(self.target, name, stored.sealed_bytes, stored.sealed_blake3)

    def _sources(self, holders: frozenset[str]) -> list[Site]:
        """The other sites, those known to hold the batch first."""
        vault = self.tools.vault
        others = [vault.site(name) for name in vault.sites if name != self.target.name]
        return sorted(others, key=lambda site: (site.name in vault.lost, site.name not in holders))

    def _brought(self, stored: catalogue.StoredObject, sources: Sequence[Site]) -> bool:
        """Whether a copy came, from the first source whose own is whole; it is digested on the way."""
        name = object_name(stored.batch, stored.object_id)
        for source in sources:
            if source.name in self.away:
                continue
            try:
                copy_whole(source, self.target, name, stored.sealed_bytes, stored.sealed_blake3)
                return True
            except ObjectError:
                continue  # not whole, or not there
            except SiteError as fault:
                if fault.site == self.target.name:
                    raise
                self.away.add(source.name)
        return False

    def _keyring(self, batch: str, needs: frozenset[str]) -> bool:
        """Whether the newest keyring of a batch stands at the site, brought if need be.

        Somebody may write a newer one meanwhile: it is looked at again until it is the newest.
        """
        for turn in range(_TRIES):
            with keys_held(self.tools):
                state = keyring_state(self.tools, self.target.name, batch, needs)
                if state is CopyState.WHOLE:
                    self.result.files += turn > 0
                    return True
                if not self._bring_keyring(batch, needs):
                    break
        copy = Copy(keyring_name(batch), None)
        (self.result.lost if state is CopyState.MISSING else self.result.damaged).append(copy)
        return False

    def _bring_keyring(self, batch: str, needs: frozenset[str]) -> bool:
        """Write what the authentic keyrings at all sites hold together, unless the site's own is as new: an
        older one is never put over a newer one, and a damaged one is left to the audit.
        """
        name = keyring_name(batch)
        try:
            newest = self.tools.vault.keyring(batch)
        except StorageError:
            return False
        if batch in self.had and not 0 <= self._revision(batch) < newest.revision:
            return False
        put(self.target, name, newest.to_bytes())
        self.target.settle()
        return all(identifier in newest for identifier in needs)

    def _revision(self, batch: str) -> int:
        """The revision of the site's own keyring: 0 where it has none, -1 for a damaged one."""
        try:
            found = self.target.read(keyring_name(batch))
            return self.tools.vault.read_keyring(batch, found).revision
        except ObjectMissing:
            return 0
        except SiteError:
            raise
        except StorageError:
            return -1

    def _recovery(self) -> None:
        """The recovery file: the home's newest, or where it cannot make one what all other sites have."""
        with keys_held(self.tools):
            if keys_in_step(self.tools, self.target.name):
                return
            kept = KeptRecovery(self.tools)
            try:
                bring_recovery(self.tools, self.target)
            except RecoveryOutdated:
                missing = kept.look(self.target.name).kind is Kind.MISSING
                if not missing or not kept.mend(self.target.name):
                    listed = self.result.lost if missing else self.result.damaged
                    listed.append(Copy(kept.label, None))
                    return
            self.result.files += 1
