"""Keyrings of batches as they were last read, kept a short while for whoever asks for one object at a time.

Reading a keyring means reading it at every site, proving each copy and putting them together: work for all
the keys of a batch, where one request needs one key. What is kept is what stands at the sites anyway: wrapped
keys. Neither a key-encryption key nor a key of an object is held here; the custody is asked each time, so
what it has let go of opens nothing.

What is kept counts as long as nothing can have changed:

    a folder        every copy is looked at each time: device, number, length, times. A keyring is replaced,
                    never written over, so whatever another process does to it (a destruction, a rotation, a
                    batch that goes on) counts for the next request
    a bucket        would have to be asked over the network: SECONDS_UNSEEN; so for a site that failed
    anything        SECONDS; then it leaves memory, asked for or not

What changed within the last second may change again without showing, so it is not kept yet. The bounds are
MOST batches and MOST_KEYS keys; a batch larger than that is kept alone.

Not done here: whether somebody may have an object. That is asked of the catalogue in the same request, and a
destroyed record is not in it from the moment its destruction is entered.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from storage.errors import KeyMissing, KeyringDamaged, ObjectError, SiteError
from storage.keyring import Wrapped, keyring_name
from storage.keys import Custody
from storage.sealing import Key
from storage.vault import Vault

SECONDS = 60.0
SECONDS_UNSEEN = 5.0
MOST, MOST_KEYS = 64, 200_000
YOUNG_SECONDS = 1.0
"""Longer than any file system's clock stands still."""

_DOORS = 16

Mark = tuple[int, ...]
"""What tells one file from all that stood under its name: () where none stands, (0,) where nobody can see."""

_UNSEEN: Mark = (0,)


@dataclass(frozen=True, slots=True)
class _Kept:
    wrapped: Wrapped
    marks: Mapping[str, Mark]
    until: float


class KeptKeyrings:
    """The keyrings of one archive, kept. For many threads."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._wall = wall
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._reading = tuple(threading.Lock() for _ in range(_DOORS))
        self._timer: threading.Timer | None = None

    def key(self, vault: Vault, custody: Custody, batch: str, object_id: str) -> Key:
        """The key of an object, as the sites of `vault` have it now. Raises `NoGoodCopy`, `KeyMissing` and
        `KeyringDamaged`.
        """
        if (found := self._found(vault, batch)) is None:
            with self._reading[hash(batch) % _DOORS]:  # one reads, the others find what it read
                if (found := self._found(vault, batch)) is None:
                    found = self._read(vault, batch)
        try:
            return found.key(object_id, custody)
        except (KeyMissing, KeyringDamaged):  # where nobody could see it change
            return self._read(vault, batch).key(object_id, custody)

    def __len__(self) -> int:
        return len(self._kept)

    def _found(self, vault: Vault, batch: str) -> Wrapped | None:
        with self._lock:
            kept = self._kept.get(batch)
        if kept is None or kept.until <= self._clock():
            return None
        name = keyring_name(batch)
        if kept.marks.keys() != set(vault.sites):
            return None
        for site, mark in kept.marks.items():
            if mark != _UNSEEN and self._mark(vault, site, name) != mark:
                return None
        return kept.wrapped

    def _read(self, vault: Vault, batch: str) -> Wrapped:
        name = keyring_name(batch)
        marks = {site: self._mark(vault, site, name) for site in vault.sites}  # first: what comes later shows
        wrapped = vault.keyring(batch).wrapped()
        known = {site: mark for site, mark in marks.items() if mark is not None}
        if len(known) == len(marks):
            self._keep(batch, wrapped, known, unseen=bool(vault.lost) or _UNSEEN in known.values())
        return wrapped

    def _keep(self, batch: str, wrapped: Wrapped, marks: Mapping[str, Mark], *, unseen: bool) -> None:
        until = self._clock() + (SECONDS_UNSEEN if unseen else SECONDS)
        with self._lock:
            self._kept[batch] = _Kept(wrapped, marks, until)
            self._kept.move_to_end(batch)
            while len(self._kept) > 1 and (len(self._kept) > MOST or self._keys() > MOST_KEYS):
                self._kept.popitem(last=False)
            self._wake()

    def _keys(self) -> int:
        return sum(len(kept.wrapped) for kept in self._kept.values())

    def _wake(self) -> None:
        """See to it that what is kept goes when its time is over; the lock is held."""
        if self._timer is None and self._kept:
            self._timer = threading.Timer(SECONDS_UNSEEN, self._sweep)
            self._timer.daemon = True
            self._timer.start()

    def _sweep(self) -> None:
        now = self._clock()
        with self._lock:
            for batch in [batch for batch, kept in self._kept.items() if kept.until <= now]:
                del self._kept[batch]
            self._timer = None
            self._wake()

    def _mark(self, vault: Vault, site: str, name: str) -> Mark | None:
        """What stands at the site; None while it is too young to be told from what comes next. A site that is
        left out is not asked.
        """
        if site in vault.lost:
            return _UNSEEN
        try:
            descriptor = vault.site(site).descriptor(name)
        except (SiteError, ObjectError):
            return ()
        if descriptor is None:
            return _UNSEEN
        try:
            found = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if self._wall() - found.st_ctime < YOUNG_SECONDS:
            return None
        return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
