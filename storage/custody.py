"""Custody of the key-encryption keys of a home that is in use while they may change.

Not done here: the files they come from (`keychain`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from storage.keys import KeyEncryptionKey, unknown_key


class HeldCustody:
    """A `Custody` over what `read` gives, the current key first. `refresh` reads again; so does `of`, once,
    before it gives up: another process may have rotated.
    """

    def __init__(self, read: Callable[[], tuple[KeyEncryptionKey, ...]]) -> None:
        self._read = read
        self._keys: tuple[KeyEncryptionKey, ...] = ()
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Hold what there is now, and nothing else."""
        with self._lock:
            self._keys = self._read()

    @property
    def id(self) -> str:
        """See `Custody.id`."""
        return self._current().id

    @property
    def algorithm(self) -> str:
        """See `Custody.algorithm`."""
        return self._current().algorithm

    def wrap(self, key: bytes) -> bytes:
        """See `Custody.wrap`."""
        return self._current().wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """See `Custody.unwrap`."""
        return self._current().unwrap(wrapped)

    def of(self, kek_id: str) -> KeyEncryptionKey:
        """See `Custody.of`."""
        if (found := self._held(kek_id)) is None:
            self.refresh()
            found = self._held(kek_id)
        if found is None:
            raise unknown_key(kek_id)
        return found

    def _current(self) -> KeyEncryptionKey:
        if not self._keys:
            self.refresh()
        return self._keys[0]

    def _held(self, kek_id: str) -> KeyEncryptionKey | None:
        return next((key for key in self._keys if key.id == kek_id), None)
