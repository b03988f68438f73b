"""The two secrets of an archive that stand in files of its own machine: the key that wraps all others, and
the key that signs checkpoints.

Both files have mode 0600 and are refused when others than the owner can get at them. Not done here: object
keys (`keyring`), the copy of both under the recovery key (`recovery`).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from policies.suites import AES_KWP, SM4_GCM
from storage import records, wrap_sm4
from storage.durable import write_file
from storage.errors import KeyringDamaged, SecretFileDamaged, SecretFileExposed

WRAP_ALGORITHM = AES_KWP
SECRET_BYTES = 32

CUSTODY_KIND = "key-encryption-key/1"
SIGNING_KIND = "signing-key-ed25519/1"


class Custody(Protocol):
    """Holds key-encryption keys, of which one is current. May be used from several threads at once."""

    @property
    def id(self) -> str:
        """Which key-encryption key is current; a keyring names the one it is under. Tells nothing of it."""

    @property
    def algorithm(self) -> str:
        """How the current one wraps; a keyring names it as `wrap`."""

    def wrap(self, key: bytes) -> bytes:
        """`key` under the current key-encryption key."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key again. Raises `KeyringDamaged` when it was wrapped by another one or is damaged."""

    def of(self, kek_id: str) -> Custody:
        """The key-encryption key of that name alone, whichever is current later. Keys that are there for a
        time, as while a rotation is under way, are found too. Raises `KeyringDamaged` for an unknown one.
        """


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """One key-encryption key in memory; a `Custody` that never changes. `algorithm` is how it wraps."""

    secret: bytes = field(repr=False)
    algorithm: str = WRAP_ALGORITHM

    @classmethod
    def new(cls, algorithm: str = WRAP_ALGORITHM) -> KeyEncryptionKey:
        """A new random one."""
        return cls(secrets.token_bytes(SECRET_BYTES), algorithm)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise ValueError(f"a secret of {SECRET_BYTES} bytes is needed")
        if self.algorithm not in WRAPS:
            raise ValueError(f"{self.algorithm!r} is no way to wrap keys")

    @property
    def id(self) -> str:
        """See `Custody.id`."""
        return custody_id(self.secret)

    def wrap(self, key: bytes) -> bytes:
        """See `Custody.wrap`."""
        return WRAPS[self.algorithm][0](self.secret, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """See `Custody.unwrap`."""
        try:
            return WRAPS[self.algorithm][1](self.secret, wrapped)
        except InvalidUnwrap:
            raise KeyringDamaged(f"a key does not open with the key-encryption key {self.id}") from None

    def of(self, kek_id: str) -> KeyEncryptionKey:
        """See `Custody.of`: itself, or `KeyringDamaged`."""
        if kek_id != self.id:
            raise unknown_key(kek_id)
        return self


def unknown_key(kek_id: str) -> KeyringDamaged:
    """What is raised where nobody here has that key-encryption key."""
    return KeyringDamaged(f"it is under the key-encryption key {kek_id}, which is not held here")


Wrap = Callable[[bytes, bytes], bytes]

WRAPS: dict[str, tuple[Wrap, Wrap]] = {
    AES_KWP: (aes_key_wrap_with_padding, aes_key_unwrap_with_padding),
    SM4_GCM: (
        lambda secret, key: wrap_sm4.wrap(secret, key, custody_id(secret)),
        lambda secret, wrapped: wrap_sm4.unwrap(secret, wrapped, custody_id(secret)),
    ),
}
"""How keys are wrapped and unwrapped, by name: (key-encryption key, key) to wrapped, and back; the second
raises `InvalidUnwrap`. aes-kwp is RFC 5649 with 256 bits, sm4-gcm is `wrap_sm4`."""


class FileCustody:
    """A key-encryption key in a plain file.

    Raises `SecretFileExposed` and `SecretFileDamaged`; FileNotFoundError where there is none.
    """

    __slots__ = ("_key",)

    def __init__(self, path: Path) -> None:
        self._key = KeyEncryptionKey(_read_secret(path, CUSTODY_KIND))

    @classmethod
    def create(cls, path: Path, secret: bytes | None = None) -> FileCustody:
        """Make the file, durably, with a new key or, after a recovery, with `secret`. Raises FileExistsError
        rather than replace one: what it wrapped would be lost.
        """
        _write_secret(path, CUSTODY_KIND, secret)
        return cls(path)

    @property
    def id(self) -> str:
        """See `Custody.id`."""
        return self._key.id

    @property
    def algorithm(self) -> str:
        """See `Custody.algorithm`."""
        return self._key.algorithm

    @property
    def secret(self) -> bytes:
        """The key itself, to be sealed under the recovery key and for nothing else."""
        return self._key.secret

    def wrap(self, key: bytes) -> bytes:
        """See `Custody.wrap`."""
        return self._key.wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """See `Custody.unwrap`."""
        return self._key.unwrap(wrapped)

    def of(self, kek_id: str) -> KeyEncryptionKey:
        """See `Custody.of`."""
        return self._key.of(kek_id)


def custody_id(secret: bytes) -> str:
    """The name of a key-encryption key: 16 hexadecimal digits that follow from it."""
    return hashlib.sha256(b"lantai key-encryption key\x00" + secret).hexdigest()[:16]


class SigningKey:
    """An Ed25519 key in a file, for the ledger's checkpoints. Raises like `FileCustody`."""

    __slots__ = ("_key", "_seed")

    def __init__(self, path: Path) -> None:
        self._seed = _read_secret(path, SIGNING_KIND)
        self._key = Ed25519PrivateKey.from_private_bytes(self._seed)

    @classmethod
    def create(cls, path: Path, seed: bytes | None = None) -> SigningKey:
        """Make the file, durably, with a new seed or, after a recovery, with `seed`. Raises FileExistsError
        rather than replace one.
        """
        _write_secret(path, SIGNING_KIND, seed)
        return cls(path)

    @property
    def seed(self) -> bytes:
        """The seed, 32 bytes, to be sealed under the recovery key and for nothing else."""
        return self._seed

    @property
    def public_bytes(self) -> bytes:
        """The public key, 32 bytes (RFC 8032)."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes (RFC 8032); the same message gives the same one."""
        return self._key.sign(message)


def signature_holds(public_bytes: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` is by the holder of the key; False for malformed ones too."""
    try:
        Ed25519PublicKey.from_public_bytes(public_bytes).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _write_secret(path: Path, kind: str, secret: bytes | None) -> None:
    value = secrets.token_bytes(SECRET_BYTES) if secret is None else secret
    if len(value) != SECRET_BYTES:
        raise ValueError(f"a secret of {SECRET_BYTES} bytes is needed")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_file(path, records.dump(kind, {"secret": records.to_text(value)}), replace=False)


def _read_secret(path: Path, kind: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        if stat.S_IMODE(os.fstat(fd).st_mode) & 0o077:
            raise SecretFileExposed(f"{path.name}: others than its owner may use it; expected mode 0600")
        data = file.read(1 << 16)
    try:
        value = records.from_text(records.load(kind, data).get("secret"))
    except ValueError as error:
        raise SecretFileDamaged(f"{path.name}: {error}") from None
    if len(value) != SECRET_BYTES:
        raise SecretFileDamaged(f"{path.name}: holds {len(value)} bytes, expected {SECRET_BYTES}")
    return value
