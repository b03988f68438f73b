"""Rotating the key-encryption key: every keyring is written anew under another one; no content is touched.

    1  next      the new key stands in the home, durably
    2  recovery  every recovery file holds both keys
    3  keyrings  every keyring of the archive is under the new key, at enough sites
    4  switch    the new key is the current one
    5  recovery  every recovery file holds the new key alone; uploads that wait are wrapped under it
    6  entry     `keys.rotated` in the ledger
    7  erase     the old key is overwritten and gone

Killed anywhere, everything opens: with the current key, the next or the previous one, whichever stand in the
home, and with the recovery key and one site. Called again it goes on where it was; what is done already is
seen by what stands there. Readers are not disturbed: they find a key they do not know yet in the home.

A site that is away is pending: what stands there opens with the old key, which the home has no more and its
old recovery file still gives to whoever has the recovery key. `rotate_sites.refresh` brings it up to date.

Not done here: the signing key (`rotate_signing`), the recovery key (`rotate_recovery`), destroying a record,
which rotates too. Do not call it while holding `keys_held`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from archive import catalogue
from archive.events import KeysRotated
from ingest.keyhold import keys_alone
from ingest.payloads import ARCHIVE_KEYRING
from ingest.publish import publish
from ingest.tools import Tools
from processes.custody.rotate_guard import need_current
from processes.custody.rotate_sites import Moved, Reach, move_keyrings, write_recovery
from processes.uploading.uploads import wrap_anew
from storage.errors import KeysIncomplete, TooFewCopies
from storage.keyring import Keyring
from storage.secret_files import tidy


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did. `pending` names the sites that were away; `resumed` one that was interrupted;
    `waiting` is why the entry is not at enough sites yet, if it is not.
    """

    old: str
    new: str
    keyrings: int
    keys: int
    sites: tuple[str, ...]
    pending: Mapping[str, str] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    resumed: bool = False
    waiting: str = ""

    def as_json(self) -> dict[str, object]:
        """The rotation as `keys rotate --json` tells it."""
        return {
            "old": self.old,
            "new": self.new,
            "keyrings": self.keyrings,
            "keys": self.keys,
            "sites": list(self.sites),
            "pending": dict(self.pending),
            "unreadable": list(self.unreadable),
            "resumed": self.resumed,
            "waiting": self.waiting,
        }


def rotate(tools: Tools) -> Rotation:
    """Rotate the key-encryption key, or end a rotation that was interrupted.

    Raises like `need_current`, `RecoveryOutdated` where the home cannot write recovery files,
    `KeysIncomplete` where keys that records need would be lost, and `TooFewCopies`; then nothing is lost,
    and the same call goes on.
    """
    keychain = tools.keychain
    with keys_alone(tools):
        tidy(keychain.folder)
        resumed = keychain.keks.next.exists() or keychain.keks.previous.exists()
        reach, old = Reach(tools), keychain.kek.id
        _ = keychain.part  # nothing is begun that could not be ended
        need_current(tools)
        if keychain.keks.next.exists() or not keychain.keks.previous.exists():
            target = keychain.begin_kek(tools.vault.suite.wrap)
            write_recovery(reach)
        else:  # it was interrupted after the switch
            target, old = keychain.kek, keychain.previous_kek.id if keychain.previous_kek else ""
        moved = move_keyrings(reach, target, _Needs(tools))
        keychain.keks.switch()
        keychain.refresh()
        write_recovery(reach)
        wrap_anew(tools)
        done = _done(tools, reach, old, moved, resumed=resumed)
        _enter(tools, done)
        keychain.keks.end()
        keychain.refresh()
    return _published(tools, done)


@dataclass(frozen=True, slots=True)
class _Needs:
    """Each key that a record needs must be in a keyring that is moved, or a copy at a site that is away may
    have the only one, under the key that is about to be erased.
    """

    tools: Tools

    def holders(self) -> list[str]:
        """The archive and every batch that has a report: also of a returned one the entry is sealed."""
        with self.tools.database.read() as conn:
            return [ARCHIVE_KEYRING, *(record.id for record in catalogue.batches(conn))]

    def check(self, holder: str, keyring: Keyring | None) -> None:
        """Raise `KeysIncomplete` where a key is missing."""
        missing = [name for name in self._names(holder) if keyring is None or name not in keyring]
        if missing:
            raise KeysIncomplete(
                f"{len(missing)} keys of {holder} are at no site that can be reached: "
                "run `lantai audit --repair`, with every site there"
            )

    def _names(self, holder: str) -> set[str]:
        if holder == ARCHIVE_KEYRING:
            return {ARCHIVE_KEYRING}
        with self.tools.database.read() as conn:
            if catalogue.batch(conn, holder) is None:
                return set()
            stored = list(catalogue.all_components(conn, holder))
        return {holder, *(one.item for one in stored), *(one.object_id for one in stored)}


def _done(tools: Tools, reach: Reach, old: str, moved: Moved, *, resumed: bool) -> Rotation:
    return Rotation(
        old=old,
        new=tools.keychain.kek.id,
        keyrings=moved.keyrings,
        keys=moved.keys,
        sites=reach.sites,
        pending=dict(reach.pending),
        unreadable=moved.unreadable,
        resumed=resumed,
    )


def _enter(tools: Tools, done: Rotation) -> None:
    """The rotation as an entry, once: one that was interrupted after it finds it there."""
    with tools.database.write() as tx:
        entered = [entry.event() for entry in tools.ledger.of_type(tx, KeysRotated.type) if entry.payload]
        if any(isinstance(event, KeysRotated) and event.new == done.new for event in entered):
            return
        event = KeysRotated(
            old=done.old,
            new=done.new,
            keyrings=done.keyrings,
            keys=done.keys,
            sites=done.sites,
            pending=dict(done.pending),
            account=tools.subject.account,
            os_user=tools.os_user,
        )
        catalogue.record(tx, tools.ledger, [event], tools.now())


def _published(tools: Tools, done: Rotation) -> Rotation:
    try:
        publish(tools)
    except TooFewCopies as fault:
        return replace(done, waiting=str(fault))
    return done
