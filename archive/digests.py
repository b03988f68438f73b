"""Digests of one content, all in one pass: SHA-256 in every archive, SM3 (GB/T 32905-2016) beside it in the
commercial suite.

SM3 takes five times as long and runs beside whatever the caller does with the same piece. Not done here:
digests of sealed copies (BLAKE3, `storage`), the ledger's tree (`merkle`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Protocol

from policies.suites import SHA256, SM3

# Less than this is digested at once: handing it to a thread would take as long.
_WORTH_A_THREAD = 1 << 17


class _Digest(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


class Digests:
    """The digests called `names` of what `update` is given, piece by piece. For one thread at a time.

    A piece must stay as it is until the next call, or until `settle` has returned.
    """

    __slots__ = ("_digests", "_running")

    def __init__(self, names: Sequence[str] = (SHA256,)) -> None:
        self._digests: dict[str, _Digest] = {name: _new(name) for name in names}
        self._running: Future[None] | None = None

    def update(self, piece: bytes | memoryview) -> None:
        """More of the content."""
        self.settle()
        slow = self._digests.get(SM3)
        if slow is not None and len(piece) >= _WORTH_A_THREAD:
            self._running = _pool().submit(slow.update, piece)
        for name, digest in self._digests.items():
            if name != SM3 or self._running is None:
                digest.update(piece)

    def settle(self) -> None:
        """Return when the last piece is needed no more."""
        running, self._running = self._running, None
        if running is not None:
            running.result()

    def hex(self, name: str) -> str:
        """The digest in lower-case hexadecimal of what came so far, "" where `name` was not asked for."""
        self.settle()
        digest = self._digests.get(name)
        return "" if digest is None else digest.hexdigest()


def digests_of(pieces: Iterable[bytes], names: Sequence[str]) -> dict[str, str]:
    """The digests of a content in pieces, by name."""
    found = Digests(names)
    for piece in pieces:
        found.update(piece)
    return {name: found.hex(name) for name in names}


class _LibrarySm3:
    """SM3 where Python's own OpenSSL was built without it."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives import hashes

        self._hash = hashes.Hash(hashes.SM3())

    def update(self, data: bytes | memoryview, /) -> None:
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.copy().finalize().hex()


def _new(name: str) -> _Digest:
    if name == SHA256:
        return hashlib.sha256()
    if name != SM3:
        raise ValueError(f"{name!r} is no digest of content")
    try:
        return hashlib.new("sm3")
    except ValueError:
        return _LibrarySm3()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="digests")


os.register_at_fork(after_in_child=_pool.cache_clear)  # a pool's threads stay with the parent
