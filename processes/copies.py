"""What a site must keep, one thing at a time: how its copy is checked, and how it is mended.

A sealed object is held against the digest in the ledger, a batch's keyring must hold a key for everything
the ledger names, the recovery file must be this archive's and the same everywhere.
Not done here: the published ledger (`copies_ledger`), what there is to keep (`holdings`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from blake3 import blake3

from archive import catalogue
from ingest.tools import Tools
from storage.copies import CopyState
from storage.errors import (
    NoGoodCopy,
    ObjectDamaged,
    ObjectError,
    ObjectMissing,
    SecretError,
    SiteError,
)
from storage.keyring import Keyring, keyring_name
from storage.recovery import RECOVERY_NAME, is_sound
from storage.site import put
from storage.vault import object_name


@dataclass(frozen=True, slots=True)
class Look:
    """What was found of one copy, and how many bytes were really read of it."""

    state: CopyState
    bytes: int = 0


class Kept(Protocol):
    """One thing that every site keeps. `label` names it to people, `code` is its item's or None."""

    @property
    def label(self) -> str:
        """The object's identifier or the file's name."""

    @property
    def code(self) -> str | None:
        """The archival code of the item it belongs to."""

    @property
    def length(self) -> int:
        """About how much there is to read."""

    @property
    def derived(self) -> bool:
        """Whether the database makes it again, whatever the sites hold: then it is never lost."""

    def look(self, site: str) -> Look:
        """Read the copy at `site` to its end. Raises `SiteError` where nothing is known of it."""

    def mend(self, site: str) -> bool:
        """Replace the copy at `site` by a good one; False, or `CopiesError` or `SecretError`, where there is
        none. Raises `SiteError` where `site` does not take it.
        """


@dataclass(frozen=True, slots=True)
class KeptObject:
    """A sealed object."""

    tools: Tools
    stored: catalogue.StoredObject
    derived: bool = False

    @property
    def label(self) -> str:
        """The object's identifier."""
        return self.stored.object_id

    @property
    def code(self) -> str | None:
        """Its item's code."""
        return self.stored.code

    @property
    def length(self) -> int:
        """Its sealed length."""
        return self.stored.sealed_bytes

    def look(self, site: str) -> Look:
        """Length and BLAKE3 against the ledger's."""
        stored, place = self.stored, self.tools.vault.site(site)
        name = object_name(stored.batch, stored.object_id)
        found, count = blake3(), 0
        try:
            if place.stat(name) == stored.sealed_bytes:
                for piece in place.stream(name):
                    found.update(piece)
                    count += len(piece)
        except ObjectMissing:
            return Look(CopyState.MISSING, count)
        except ObjectDamaged:
            return Look(CopyState.DAMAGED, count)
        whole = count == stored.sealed_bytes and found.hexdigest() == stored.sealed_blake3
        return Look(CopyState.WHOLE if whole else CopyState.DAMAGED, count)

    def mend(self, site: str) -> bool:
        """From another site whose copy is checked while it is copied."""
        stored = self.stored
        name = object_name(stored.batch, stored.object_id)
        return self.tools.vault.repair(name, stored.sealed_bytes, stored.sealed_blake3, site)


@dataclass(frozen=True, slots=True)
class KeptKeyring:
    """A batch's keyring; `needs` are the objects and items that it must hold keys for."""

    tools: Tools
    batch: str
    needs: frozenset[str]
    code: None = None
    derived: bool = False

    @property
    def label(self) -> str:
        """The keyring's name."""
        return keyring_name(self.batch)

    @property
    def length(self) -> int:
        """About a line a key."""
        return 100 * len(self.needs)

    def look(self, site: str) -> Look:
        """It must be readable, of the newest revision, and hold every key that the ledger needs."""
        return held_file(self.tools, site, self.label, self._holds)

    def _holds(self, found: bytes) -> bool:
        try:
            newest = self.tools.vault.keyring(self.batch)
            keyring = self.tools.vault.read_keyring(self.batch, found)
        except (SecretError, NoGoodCopy):
            return False
        return keyring.revision == newest.revision and self._complete(keyring)

    def mend(self, site: str) -> bool:
        """From the newest sound keyring, where that holds every key needed. Raises `NoGoodCopy`."""
        keyring = self.tools.vault.keyring(self.batch)
        return self._complete(keyring) and replace_file(self.tools, site, self.label, keyring.to_bytes())

    def _complete(self, keyring: Keyring) -> bool:
        try:
            return all(keyring.key(name) for name in self.needs)
        except SecretError:
            return False


@dataclass(frozen=True, slots=True)
class KeptRecovery:
    """The archive's secrets under its recovery key, which no machine has: its form, the archive it names and
    that it is the same at every site are all that can be checked.
    """

    tools: Tools
    label: str = RECOVERY_NAME
    length: int = 1000
    code: None = None
    derived: bool = False

    def look(self, site: str) -> Look:
        """Its own checksum holds, it is this archive's, and no other site has another one.

        Where two differ nobody can tell which one the recovery key opens: neither is whole.
        """
        return held_file(self.tools, site, self.label, lambda found: self._sound(found, site))

    def mend(self, site: str) -> bool:
        """From the other sites, where all sound files are one and `site` has no sound one of its own."""
        candidates = self._elsewhere(site)
        found = read_file(self.tools, site, self.label)
        if len(candidates) != 1 or (isinstance(found, bytes) and self._ours(found)):
            return False
        return replace_file(self.tools, site, self.label, candidates.pop())

    def _sound(self, found: bytes, site: str) -> bool:
        return self._ours(found) and self._elsewhere(site) <= {found}

    def _elsewhere(self, site: str) -> set[bytes]:
        """The sound recovery files of this archive at the other sites that can be read."""
        sound = set()
        for other in self.tools.vault.sites:
            try:
                found = read_file(self.tools, other, self.label) if other != site else None
            except SiteError:
                continue  # that site's own result says so
            if isinstance(found, bytes) and self._ours(found):
                sound.add(found)
        return sound

    def _ours(self, found: bytes) -> bool:
        return is_sound(found) and json.loads(found).get("archive") == self.tools.vault.archive_id


def held_file(tools: Tools, site: str, name: str, whole: Callable[[bytes], bool]) -> Look:
    """Read a small file at `site` and let `whole` judge it."""
    found = read_file(tools, site, name)
    if isinstance(found, CopyState):
        return Look(found)
    return Look(CopyState.WHOLE if whole(found) else CopyState.DAMAGED, len(found))


def read_file(tools: Tools, site: str, name: str) -> bytes | CopyState:
    """A small file at `site`, or why there is none. Raises `SiteError`."""
    try:
        return tools.vault.site(site).read(name)
    except ObjectMissing:
        return CopyState.MISSING
    except ObjectError:
        return CopyState.DAMAGED


def replace_file(tools: Tools, site: str, name: str, content: bytes) -> bool:
    """Write a small file at `site`, durably. Raises `SiteError`."""
    target = tools.vault.site(site)
    put(target, name, content)
    target.settle()
    return True
