"""The key that wraps all other keys, and what it means to hold it.

Not done here: the files it stands in (`keychain`), the keys it wraps (`keyring`), its copy under the recovery
key (`recovery_box`).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from policies.suites import AES_KWP, SM4_GCM
from storage import wrap_sm4
from storage.errors import KeyringDamaged

WRAP_ALGORITHM = AES_KWP
SECRET_BYTES = 32


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


def custody_id(secret: bytes) -> str:
    """The name of a key-encryption key: 16 hexadecimal digits that follow from it."""
    return hashlib.sha256(b"lantai key-encryption key\x00" + secret).hexdigest()[:16]
