"""The keys of one batch, wrapped. A keyring stands at every site, apart from the objects.

    keyrings/<batch>.json    {"lantai":"keyring/1", "batch", "kek", "wrap":"aes-kwp", "cipher", "revision",
                              "keys":{<object or item id>: <base64>}, "gone":[<id>], "seal", "sum"}

The seal is the SHA-256 of all the other fields, wrapped like a key: AES-KWP authenticates what it wraps, so
only a holder of the key-encryption key makes one. `sum` is for those without it, and finds accidents alone.

Not done here: keeping keyrings (`Vault.put_keyring`), rotating the key-encryption key.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from policies.canonical import canonical
from policies.suites import CIPHERS, COBBLESTONE_256
from storage import records
from storage.errors import KeyMissing, KeyringDamaged
from storage.keys import Custody
from storage.sealing import KEY_BYTES, Key

_KIND = "keyring/1"
_SEALED = b"lantai keyring\x00"


def keyring_name(batch: str) -> str:
    """Where the keyring of `batch` stands at a site."""
    return f"keyrings/{batch}.json"


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The keys of an authentic keyring as they stand at sites: nothing here opens them."""

    batch: str
    cipher: str
    kek_id: str
    _keys: Mapping[str, bytes] = field(repr=False)

    def __len__(self) -> int:
        return len(self._keys)

    def key(self, identifier: str, custody: Custody) -> Key:
        """The key of `identifier`. Raises `KeyMissing`, and `KeyringDamaged` also where `custody` does not
        hold the key-encryption key any more.
        """
        wrapped = self._keys.get(identifier)
        if wrapped is None:
            raise KeyMissing(f"the keyring of {self.batch} holds no key for {identifier}")
        secret = custody.of(self.kek_id).unwrap(wrapped)
        if len(secret) != KEY_BYTES:
            raise KeyringDamaged(f"the key for {identifier} has {len(secret)} bytes, expected {KEY_BYTES}")
        return Key(self.cipher, secret)


class Keyring:
    """Keys by the identifier of what they seal, held wrapped; `revision` grows with every one stored. `gone`
    names what was destroyed: no older copy may bring such a key back. All are for one `cipher`, for ever.

    `new_key` and `key` may be called from several threads at once.
    """

    __slots__ = ("_custody", "_wrapped", "batch", "cipher", "gone", "revision")

    def __init__(
        self,
        batch: str,
        custody: Custody,
        wrapped: Mapping[str, bytes] | None = None,
        revision: int = 1,
        gone: Iterable[str] = (),
        cipher: str = COBBLESTONE_256,
    ) -> None:
        self.batch = batch
        self.cipher = cipher
        self.revision = revision
        self.gone = frozenset(gone)
        self._custody = custody.of(custody.id)  # whatever becomes current while this keyring is in hand
        self._wrapped = dict(wrapped or {})

    @property
    def kek_id(self) -> str:
        """Which key-encryption key wraps these."""
        return self._custody.id

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._wrapped

    def __len__(self) -> int:
        return len(self._wrapped)

    def new_key(self, identifier: str) -> Key:
        """A new random key for `identifier`, remembered wrapped. Raises ValueError when it has one:
        a key seals one thing.
        """
        key = Key(self.cipher, secrets.token_bytes(KEY_BYTES))
        if self._wrapped.setdefault(identifier, wrapped := self._custody.wrap(key.secret)) is not wrapped:
            raise ValueError(f"{identifier} has a key already")
        return key

    def key(self, identifier: str) -> Key:
        """The key of `identifier`. Raises `KeyMissing` and `KeyringDamaged`."""
        return self.wrapped().key(identifier, self._custody)

    def wrapped(self) -> Wrapped:
        """What is in it, for whoever keeps it a while without holding the key-encryption key."""
        return Wrapped(self.batch, self.cipher, self.kek_id, self._wrapped)

    def without(self, identifiers: Iterable[str]) -> Keyring:
        """The next revision, with those keys destroyed. The older ones must then be deleted everywhere."""
        gone = self.gone.union(identifiers)
        kept = {name: wrapped for name, wrapped in self._wrapped.items() if name not in gone}
        return self._next(kept, self._custody, gone)

    def only(self, identifiers: Iterable[str]) -> Keyring:
        """The next revision, with those keys alone; an identifier without a key is passed over. The others
        are left out, not destroyed: an older copy may bring them back.
        """
        kept = {name: self._wrapped[name] for name in identifiers if name in self._wrapped}
        return self._next(kept, self._custody, self.gone)

    def rewrapped(self, custody: Custody) -> Keyring:
        """The next revision, under another key-encryption key."""
        target = custody.of(custody.id)
        moved = {name: target.wrap(self._custody.unwrap(key)) for name, key in list(self._wrapped.items())}
        return self._next(moved, target, self.gone)

    def _next(self, wrapped: Mapping[str, bytes], custody: Custody, gone: Iterable[str]) -> Keyring:
        return Keyring(self.batch, custody, wrapped, self.revision + 1, gone, self.cipher)

    @staticmethod
    def union(copies: Collection[Keyring], fits: Callable[[str, Key], bool] | None = None) -> Keyring:
        """What several authentic copies of one keyring hold together; at least one copy.

        A run that died may have left another keyring of the same revision, or a newer one with less in it.
        An identifier is random and gets one key once, so its key is right wherever it is found, unless
        any copy says that it was destroyed. Where two disagree the newer revision counts, then what
        more copies hold: a keyring that was finished stands at several sites; a key that `fits` says is
        another one's never. Raises `KeyringDamaged` where they are for different ciphers, which none of
        ours ever are.
        """
        newest = max(copies, key=lambda copy: copy.revision)
        if {copy.cipher for copy in copies} != {newest.cipher}:
            raise KeyringDamaged(f"the copies of the keyring of {newest.batch} are for different ciphers")
        gone = frozenset[str]().union(*(copy.gone for copy in copies))
        wrapped: dict[str, bytes] = {}
        for copy in sorted(copies, key=lambda copy: (-copy.revision, -copy._alike(copies))):
            for name, value in copy._wrapped.items():
                if name in gone or name in wrapped or (fits and not fits(name, copy.key(name))):
                    continue
                wrapped[name] = copy._as_under(newest, value)
        return Keyring(newest.batch, newest._custody, wrapped, newest.revision, gone, newest.cipher)

    def same_as(self, other: Keyring) -> bool:
        """Whether both say the same; how they are sealed may differ where wrapping is not deterministic."""
        mine = (self.batch, self.revision, self.gone, self.cipher, self.kek_id, self._wrapped)
        return mine == (other.batch, other.revision, other.gone, other.cipher, other.kek_id, other._wrapped)

    def _as_under(self, other: Keyring, wrapped: bytes) -> bytes:
        """A key of this keyring under the key-encryption key of `other`, as while a rotation is under way."""
        if self.kek_id == other.kek_id:
            return wrapped
        return other._custody.wrap(self._custody.unwrap(wrapped))

    def _alike(self, copies: Iterable[Keyring]) -> int:
        return sum(other._wrapped == self._wrapped for other in copies)

    def to_bytes(self) -> bytes:
        """The keyring as it is stored."""
        fields: dict[str, object] = {
            "batch": self.batch,
            "kek": self.kek_id,
            "wrap": self._custody.algorithm,
            "cipher": self.cipher,
            "revision": self.revision,
            "keys": {name: records.to_text(wrapped) for name, wrapped in list(self._wrapped.items())},
            "gone": sorted(self.gone),
        }
        seal = records.to_text(self._custody.wrap(_digest(fields)))
        return records.dump(_KIND, {**fields, "seal": seal})

    @classmethod
    def from_bytes(cls, data: bytes, custody: Custody) -> Keyring:
        """The keyring that `to_bytes` gave. Raises `KeyringDamaged`, also where the seal is absent, of
        another content or of another custody.
        """
        try:
            fields = records.load(_KIND, data)
            seal = records.from_text(fields.pop("seal", None))
            batch, revision, keys, gone = (fields.get(name) for name in ("batch", "revision", "keys", "gone"))
            if not (isinstance(batch, str) and isinstance(keys, dict) and isinstance(gone, list)):
                raise ValueError("its fields are of other types")
            if type(revision) is not int or not all(isinstance(name, str) for name in gone):
                raise ValueError("its fields are of other types")
            wrapped = {name: records.from_text(value) for name, value in keys.items()}
        except ValueError as error:
            raise KeyringDamaged(f"a keyring cannot be read: {error}") from None
        cipher = fields.get("cipher", COBBLESTONE_256)
        if cipher not in CIPHERS:
            raise KeyringDamaged(
                f"the keyring of {batch} is for the cipher {cipher}, which is not known here"
            )
        holder = custody.of(str(fields.get("kek")))
        if fields.get("wrap") != holder.algorithm:
            raise KeyringDamaged(f"the keyring of {batch} is wrapped in another way than {holder.id} does")
        if not secrets.compare_digest(holder.unwrap(seal), _digest(fields)):
            raise KeyringDamaged(f"the keyring of {batch} was changed by somebody who lacks {holder.id}")
        return cls(batch, holder, wrapped, revision, gone, cipher)


def _digest(fields: Mapping[str, object]) -> bytes:
    """SHA-256 over the canonical JSON of every field but `seal` and `sum`."""
    return hashlib.sha256(_SEALED + canonical({**fields, "lantai": _KIND})).digest()
