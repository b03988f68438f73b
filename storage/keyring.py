"""The keys of one batch, wrapped. A keyring stands at every site, apart from the objects.

    keyrings/<batch>.json    {"lantai":"keyring/1", "batch", "kek", "wrap":"aes-kwp", "revision",
                              "keys":{<object or item id>: <base64>}, "sum"}

Not done here: keeping keyrings (`Vault.put_keyring`), rotating the key-encryption key.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping

from storage import records
from storage.errors import KeyMissing, KeyringDamaged
from storage.keys import WRAP_ALGORITHM, Custody
from storage.sealing import KEY_BYTES

_KIND = "keyring/1"


def keyring_name(batch: str) -> str:
    """Where the keyring of `batch` stands at a site."""
    return f"keyrings/{batch}.json"


class Keyring:
    """Keys by the identifier of what they seal, held wrapped; `revision` grows with every one stored.

    `new_key` and `key` may be called from several threads at once.
    """

    __slots__ = ("_custody", "_wrapped", "batch", "revision")

    def __init__(
        self, batch: str, custody: Custody, wrapped: Mapping[str, bytes] | None = None, revision: int = 1
    ) -> None:
        self.batch = batch
        self.revision = revision
        self._custody = custody
        self._wrapped = dict(wrapped or {})

    @property
    def kek_id(self) -> str:
        """Which key-encryption key wraps these."""
        return self._custody.id

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._wrapped

    def __len__(self) -> int:
        return len(self._wrapped)

    def new_key(self, identifier: str) -> bytes:
        """A new random key for `identifier`, 32 bytes, remembered wrapped. Raises ValueError when it has one:
        a key seals one thing.
        """
        key = secrets.token_bytes(KEY_BYTES)
        if self._wrapped.setdefault(identifier, wrapped := self._custody.wrap(key)) is not wrapped:
            raise ValueError(f"{identifier} has a key already")
        return key

    def key(self, identifier: str) -> bytes:
        """The key of `identifier`. Raises `KeyMissing` and `KeyringDamaged`."""
        wrapped = self._wrapped.get(identifier)
        if wrapped is None:
            raise KeyMissing(f"the keyring of {self.batch} holds no key for {identifier}")
        key = self._custody.unwrap(wrapped)
        if len(key) != KEY_BYTES:
            raise KeyringDamaged(f"the key for {identifier} has {len(key)} bytes, expected {KEY_BYTES}")
        return key

    def without(self, identifiers: Iterable[str]) -> Keyring:
        """The next revision, without those keys. The older ones must then be deleted everywhere."""
        gone = set(identifiers)
        kept = {name: wrapped for name, wrapped in self._wrapped.items() if name not in gone}
        return Keyring(self.batch, self._custody, kept, self.revision + 1)

    def only(self, identifiers: Iterable[str]) -> Keyring:
        """The next revision, with those keys alone; an identifier without a key is passed over."""
        kept = {name: self._wrapped[name] for name in identifiers if name in self._wrapped}
        return Keyring(self.batch, self._custody, kept, self.revision + 1)

    def rewrapped(self, custody: Custody) -> Keyring:
        """The next revision, under another key-encryption key."""
        moved = {name: custody.wrap(self.key(name)) for name in list(self._wrapped)}
        return Keyring(self.batch, custody, moved, self.revision + 1)

    def to_bytes(self) -> bytes:
        """The keyring as it is stored."""
        fields: dict[str, object] = {
            "batch": self.batch,
            "kek": self.kek_id,
            "wrap": WRAP_ALGORITHM,
            "revision": self.revision,
            "keys": {name: records.to_text(wrapped) for name, wrapped in list(self._wrapped.items())},
        }
        return records.dump(_KIND, fields)

    @classmethod
    def from_bytes(cls, data: bytes, custody: Custody) -> Keyring:
        """The keyring that `to_bytes` gave. Raises `KeyringDamaged`, also for another custody."""
        try:
            fields = records.load(_KIND, data)
            batch, revision, keys = fields["batch"], fields["revision"], fields["keys"]
            if not (isinstance(batch, str) and isinstance(revision, int) and isinstance(keys, dict)):
                raise ValueError("its fields are of other types")
            wrapped = {name: records.from_text(value) for name, value in keys.items()}
        except (ValueError, KeyError) as error:
            raise KeyringDamaged(f"a keyring cannot be read: {error}") from None
        if fields.get("wrap") != WRAP_ALGORITHM or fields.get("kek") != custody.id:
            wanted = f"{fields.get('kek')} ({fields.get('wrap')})"
            raise KeyringDamaged(f"the keyring of {batch} is under the key-encryption key {wanted}")
        return cls(batch, custody, wrapped, revision)
