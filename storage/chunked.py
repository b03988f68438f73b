"""The construction of C2SP chunked encryption (c2sp.org/chunked-encryption) over any block cipher in GCM.

    salt (24) | commitment (32) | chunk 0 | chunk 1 | … | last chunk      each chunk: text, tag (16)

    key | nonce (12) | commitment (32) = HKDF-Expand(secret, info | salt | context)
    chunk n is sealed under nonce XOR n; all hold 16 KiB but the last, which is shorter and may be empty

What differs from one `Construction` to the other are the block cipher, the hash of HKDF and `info`. That of
the specification itself, AES-256 and SHA-512, is here for ranges and to be held against the published
vectors: whole objects of it go through the library. Not done here: names, keyrings, which construction an
object has (`sealing`).
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA512, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from storage.site import Buffer

CHUNK_BYTES = 16 * 1024
TAG_BYTES = 16
SALT_BYTES = 24
COMMITMENT_BYTES = 32
HEADER_BYTES = SALT_BYTES + COMMITMENT_BYTES
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
MOST_CHUNKS = 1 << 38

_NONCE_BYTES = 12
# So many chunks are worth a thread of their own: 128 KiB, a millisecond of SM4.
_SHARE = 8


@dataclass(frozen=True, slots=True)
class Construction:
    """One instance: `info` tells it from all others, `block_cipher` makes the cipher from `key_bytes`."""

    info: bytes
    key_bytes: int
    block_cipher: Callable[[bytes], CipherAlgorithm]
    expand_with: HashAlgorithm

    def derive(self, secret: bytes, context: bytes, salt: bytes) -> tuple[Chunk, bytes]:
        """What seals and opens chunks, and the commitment to key and context."""
        length = self.key_bytes + _NONCE_BYTES + COMMITMENT_BYTES
        derived = HKDFExpand(self.expand_with, length, self.info + salt + context).derive(secret)
        key, rest = derived[: self.key_bytes], derived[self.key_bytes :]
        return Chunk(self.block_cipher(key), rest[:_NONCE_BYTES]), rest[_NONCE_BYTES:]


AES_256 = Construction(b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00", 32, AES, SHA512())
"""Cobblestone-256, as it is published."""


class Chunk:
    """Single chunks by their number, sealed and opened. May be used from several threads at once."""

    __slots__ = ("_aes", "_base", "_cipher")

    def __init__(self, cipher: CipherAlgorithm, nonce: bytes) -> None:
        self._cipher = cipher
        self._aes = AESGCM(cipher.key) if isinstance(cipher, AES) else None
        self._base = int.from_bytes(nonce, "big")

    def seal(self, number: int, text: memoryview, room: memoryview) -> None:
        """Sealed `text` into `room`, which is longer by the tag."""
        if number >= MOST_CHUNKS:
            raise ValueError("an object of more chunks than any has")
        sealing = Cipher(self._cipher, GCM(self._nonce(number))).encryptor()
        sealing.update_into(text, room)
        sealing.finalize()
        room[len(text) :] = sealing.tag

    def open(self, number: int, sealed: memoryview, room: memoryview) -> None:
        """The content of `sealed` into `room`, which is as long as that. Raises InvalidTag: what is in `room`
        is then worth nothing.
        """
        end = len(sealed) - TAG_BYTES
        if end < 0 or number >= MOST_CHUNKS:
            raise InvalidTag
        if self._aes is not None:  # one call of the library in place of four: a third of the time
            self._aes.decrypt_into(self._nonce(number), sealed, None, room[:end])
            return
        opening = Cipher(self._cipher, GCM(self._nonce(number))).decryptor()
        opening.update_into(sealed[:end], room)
        opening.finalize_with_tag(bytes(sealed[end:]))

    def _nonce(self, number: int) -> bytes:
        return (self._base ^ number).to_bytes(_NONCE_BYTES, "big")


class Encryptor:
    """Seals one object, once. Not for several threads at a time; long pieces are shared among some."""

    __slots__ = ("_chunk", "_done", "_header", "_number", "_rest")

    def __init__(self, construction: Construction, secret: bytes, context: bytes, salt: bytes = b"") -> None:
        salt = salt or secrets.token_bytes(SALT_BYTES)
        self._chunk, commitment = construction.derive(secret, context, salt)
        self._header = salt + commitment
        self._rest = bytearray()
        self._number = 0
        self._done = False

    def update(self, data: Buffer) -> bytes:
        """The sealed bytes that `data` completes; may be empty."""
        room = memoryview(bytearray(HEADER_BYTES + (len(data) // CHUNK_BYTES + 2) * SEALED_CHUNK_BYTES))
        return bytes(room[: self.update_into(data, room)])

    def update_into(self, data: Buffer, room: memoryview) -> int:
        """Like `update`, into `room`; how many bytes."""
        self._must_not_be_done()
        at = self._start(room)
        view = memoryview(data).cast("B")
        if self._rest:
            wanted = CHUNK_BYTES - len(self._rest)
            self._rest += view[:wanted]
            view = view[wanted:]
            if len(self._rest) < CHUNK_BYTES:
                return at
            at += self._seal(memoryview(bytes(self._rest)), room[at:])
            self._rest.clear()
        whole = len(view) // CHUNK_BYTES * CHUNK_BYTES
        at += self._seal(view[:whole], room[at:])
        self._rest += view[whole:]
        return at

    def finalize(self) -> bytes:
        """The last bytes; nothing may follow."""
        self._must_not_be_done()
        self._done = True
        room = memoryview(bytearray(HEADER_BYTES + len(self._rest) + TAG_BYTES))
        at = self._start(room)
        end = at + len(self._rest) + TAG_BYTES
        self._chunk.seal(self._number, memoryview(bytes(self._rest)), room[at:end])
        return bytes(room[:end])

    def _start(self, room: memoryview) -> int:
        header, self._header = self._header, b""
        room[: len(header)] = header
        return len(header)

    def _seal(self, text: memoryview, room: memoryview) -> int:
        """Whole chunks, side by side; how many sealed bytes."""
        first, count = self._number, len(text) // CHUNK_BYTES

        def seal(place: int) -> None:
            at = place * SEALED_CHUNK_BYTES
            self._chunk.seal(
                first + place, text[place * CHUNK_BYTES :][:CHUNK_BYTES], room[at : at + SEALED_CHUNK_BYTES]
            )

        side_by_side(count, seal)
        self._number += count
        return count * SEALED_CHUNK_BYTES

    def _must_not_be_done(self) -> None:
        if self._done:
            raise ValueError("the object is sealed already")


class Decryptor:
    """Opens one object from its start, giving out only what has been verified. Raises InvalidTag, and from
    then on gives out nothing more.
    """

    __slots__ = ("_chunk", "_construction", "_context", "_number", "_over", "_rest", "_secret")

    def __init__(self, construction: Construction, secret: bytes, context: bytes) -> None:
        self._construction, self._secret, self._context = construction, secret, context
        self._chunk: Chunk | None = None
        self._rest = bytearray()
        self._number = 0
        self._over = False

    def update(self, data: Buffer) -> bytes:
        """The verified content that `data` completes: a chunk of full length is never the last."""
        self._rest += data
        if self._chunk is None and len(self._rest) < HEADER_BYTES:
            return b""
        return self._take(at_end=False)

    def finalize(self) -> bytes:
        """The last of the content; nothing may follow."""
        content = self._take(at_end=True)
        self._over = True
        return content

    def _take(self, *, at_end: bool) -> bytes:
        """The content of the chunks that are there whole; at the end, of the one that is left."""
        if self._over:
            raise InvalidTag
        self._over = True  # unless everything can be verified
        if self._chunk is None:
            header = self._rest[:HEADER_BYTES]
            self._chunk = opened_header(self._construction, self._secret, self._context, header)
            del self._rest[:HEADER_BYTES]
        count = len(self._rest) // SEALED_CHUNK_BYTES
        sealed = bytes(self._rest if at_end else self._rest[: count * SEALED_CHUNK_BYTES])
        if at_end and len(sealed) < TAG_BYTES:
            raise InvalidTag
        content = opened_chunks(self._chunk, self._number, sealed, side_by_side)
        del self._rest[: len(sealed)]
        self._number += count
        self._over = False
        return content


def opened_header(construction: Construction, secret: bytes, context: bytes, header: Buffer) -> Chunk:
    """What opens the chunks behind `header`. Raises InvalidTag where its commitment is to another key or
    context, before any chunk is opened.
    """
    salt, commitment = bytes(header[:SALT_BYTES]), bytes(header[SALT_BYTES:])
    chunk, expected = construction.derive(secret, context, salt)
    if not hmac.compare_digest(expected, commitment):
        raise InvalidTag
    return chunk


def in_order(count: int, work: Callable[[int], None]) -> None:
    """`work` with every number below `count`, in this thread."""
    for number in range(count):
        work(number)


def opened_chunks(
    chunk: Chunk, first: int, sealed: Buffer, each: Callable[[int, Callable[[int], None]], None] = in_order
) -> bytes:
    """The content of the chunks from number `first` on, of which only the last may be shorter. Raises
    InvalidTag; then nothing is given out.
    """
    view = memoryview(sealed).cast("B")
    count = -(-len(view) // SEALED_CHUNK_BYTES)
    content = bytearray(
        max(0, len(view) - count * TAG_BYTES) + TAG_BYTES
    )  # the library wants room for a block
    room = memoryview(content)

    def take(place: int) -> None:
        piece = view[place * SEALED_CHUNK_BYTES :][:SEALED_CHUNK_BYTES]
        chunk.open(first + place, piece, room[place * CHUNK_BYTES :][: len(piece)])

    each(count, take)
    return bytes(room[:-TAG_BYTES])


def side_by_side(count: int, work: Callable[[int], None]) -> None:
    """`work` with every number below `count`, shared among threads where that is worth it: GCM of this
    library releases the interpreter's lock.
    """
    shares = min(_cores(), count // _SHARE)
    if shares < 2:
        in_order(count, work)
        return
    edges = [count * share // shares for share in range(shares + 1)]

    def share(first: int, after: int) -> None:
        for number in range(first, after):
            work(number)

    others = [_pool().submit(share, *edges[n : n + 2]) for n in range(1, shares)]
    try:
        share(*edges[:2])
    finally:
        failures = [
            done.exception() for done in others
        ]  # all must be at rest before the memory is used again
    for failure in failures:
        if failure is not None:
            raise failure


@cache
def _cores() -> int:
    return len(os.sched_getaffinity(0))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_cores(), thread_name_prefix="chunks")


os.register_at_fork(after_in_child=_pool.cache_clear)  # a pool's threads stay with the parent
