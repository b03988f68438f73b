"""The format of a sealed object: bytes to bytes, under one key and one context.

C2SP chunked encryption (c2sp.org/chunked-encryption), of which there are two instances: Cobblestone-256 is
the published one (AES-256-GCM, HKDF-Expand with SHA-512), Cobblestone-SM4 the same with SM4-GCM and SM3
(`sealing_sm4`). Chunks of 16 KiB, the last one always shorter, and a key commitment in the header:

    salt (24) | commitment (32) | chunk 0 | chunk 1 | … | last chunk      each chunk: text, tag (16)

Whole objects of Cobblestone-256 go through `cryptography`, which releases the interpreter's lock; ranges, and
all of Cobblestone-SM4, are our own code (`chunked`). Not done here: files, sites, keyrings, which key belongs
to what.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from policies.canonical import canonical
from policies.suites import CIPHERS, COBBLESTONE_256, COBBLESTONE_SM4
from storage.chunked import (
    AES_256,
    CHUNK_BYTES,
    HEADER_BYTES,
    MOST_CHUNKS,
    SEALED_CHUNK_BYTES,
    TAG_BYTES,
    Construction,
    Decryptor,
    Encryptor,
    opened_chunks,
    opened_header,
)
from storage.errors import ObjectDamaged
from storage.sealing_sm4 import SM4_128
from storage.site import Buffer

__all__ = [
    "CHUNK_BYTES",
    "HEADER_BYTES",
    "KEY_BYTES",
    "SEALED_CHUNK_BYTES",
    "Chunks",
    "Key",
    "Opener",
    "Sealer",
    "context",
    "plain_size",
    "sealed_size",
]

KEY_BYTES: Final = 32

_CONSTRUCTIONS: Final[dict[str, Construction]] = {COBBLESTONE_256: AES_256, COBBLESTONE_SM4: SM4_128}
_FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Key:
    """A secret of 32 bytes and the cipher that it is for; one that is of no other use. Raises ValueError."""

    cipher: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.cipher not in CIPHERS:
            raise ValueError(f"{self.cipher!r} is no cipher of sealed objects")
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"key must be {KEY_BYTES} bytes")


def context(archive: str, object_id: str, role: str, version: int = 1) -> bytes:
    """What an object is, bound into its sealing: a copy under another name or in another archive does not
    open. `version` counts the versions of the object, not of the format.
    """
    return canonical(["lantai-object", _FORMAT_VERSION, archive, object_id, version, role])


def sealed_size(plain_bytes: int) -> int:
    """Length of the sealed object that holds `plain_bytes` bytes."""
    return HEADER_BYTES + plain_bytes + TAG_BYTES * (plain_bytes // CHUNK_BYTES + 1)


def plain_size(sealed_bytes: int, name: str = "") -> int:
    """Length of the content of a sealed object of `sealed_bytes` bytes.

    Raises `ObjectDamaged` for a length that no sealed object can have. The length alone proves nothing: only
    the last chunk, opened in its place, does.
    """
    full, rest = divmod(sealed_bytes - HEADER_BYTES, SEALED_CHUNK_BYTES)
    if sealed_bytes < HEADER_BYTES or rest < TAG_BYTES or full >= MOST_CHUNKS:
        raise ObjectDamaged(name, f"cut short: no sealed object has {sealed_bytes} bytes")
    return full * CHUNK_BYTES + rest - TAG_BYTES


class Sealer:
    """Seals one object, once. Not for several threads at a time."""

    __slots__ = ("_cipher",)

    def __init__(self, key: Key, object_context: bytes) -> None:
        self._cipher = (
            Cobblestone256Encryptor(key.secret, object_context)
            if key.cipher == COBBLESTONE_256
            else Encryptor(_CONSTRUCTIONS[key.cipher], key.secret, object_context)
        )

    def update(self, data: Buffer) -> bytes:
        """The sealed bytes that `data` completes; may be empty."""
        return self._cipher.update(data)

    def update_into(self, data: Buffer, room: memoryview) -> int:
        """Like `update`, into `room`; how many bytes. `room` must hold `sealed_size(len(data))` and one
        chunk more.
        """
        return self._cipher.update_into(data, room)

    def finalize(self) -> bytes:
        """The last bytes; nothing may follow."""
        return self._cipher.finalize()


class Opener:
    """Opens one sealed object from its start, giving out only what has been verified.

    What was given out before `finalize` returned is genuine, but may be the front part of a longer object.
    """

    __slots__ = ("_cipher", "_name")

    def __init__(self, key: Key, object_context: bytes, name: str = "") -> None:
        self._cipher = (
            Cobblestone256Decryptor(key.secret, object_context)
            if key.cipher == COBBLESTONE_256
            else Decryptor(_CONSTRUCTIONS[key.cipher], key.secret, object_context)
        )
        self._name = name

    def update(self, data: Buffer) -> bytes:
        """The verified content that `data` completes. Raises `ObjectDamaged`."""
        try:
            return self._cipher.update(data)
        except InvalidTag:
            raise ObjectDamaged(self._name, "does not fit its key and context, or is damaged") from None

    def finalize(self) -> bytes:
        """The last of the content. Raises `ObjectDamaged` when the object is cut short or damaged."""
        try:
            return self._cipher.finalize()
        except InvalidTag:
            raise ObjectDamaged(self._name, "cut short, or its last chunk is damaged") from None


class Chunks:
    """Opens single chunks of a sealed object, given its header. Own code, by the specification.

    Raises `ObjectDamaged` when the header's commitment does not fit key and context, before any chunk is
    opened.
    """

    __slots__ = ("_chunk", "_name")

    def __init__(self, key: Key, object_context: bytes, header: bytes, name: str = "") -> None:
        if len(header) != HEADER_BYTES:
            raise ObjectDamaged(name, "cut short inside its header")
        try:
            self._chunk = opened_header(_CONSTRUCTIONS[key.cipher], key.secret, object_context, header)
        except InvalidTag:
            raise ObjectDamaged(name, "does not fit its key and context") from None
        self._name = name

    def open(self, first: int, sealed: Buffer) -> bytes:
        """The content of the chunks from number `first` on whose sealed bytes are `sealed`: whole chunks,
        only the last may be shorter. Raises `ObjectDamaged`; then nothing is given out.
        """
        try:
            return opened_chunks(self._chunk, first, sealed)
        except InvalidTag:
            raise ObjectDamaged(self._name, f"a chunk from number {first} on is damaged") from None
