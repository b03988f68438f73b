"""A sealed object as a file of its content that can be read from any place.

Every chunk is verified before a byte of it is given out, and the length is proved on opening by the last
chunk, so an object that was cut never looks like a shorter one. Where several sources hold the object, the
next one takes over in the middle of a read when one is missing or damaged.

Not done here: whole objects in order (`Vault.open` is faster), names, keys.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from storage.errors import NoGoodCopy, ObjectDamaged, ObjectError, SiteError
from storage.sealing import CHUNK_BYTES, HEADER_BYTES, SEALED_CHUNK_BYTES, Chunks, Key, plain_size

# Gives the sealed bytes from `start`, at most `length`; fewer only where the object ends.
ReadRange = Callable[[int, int], bytes]

# Chunks that are fetched and opened together: 256 KiB, so that a reader in order pays for few requests.
_WINDOW = 16


class _Source:
    """One copy: its reader, and its chunks once header and length have been verified."""

    __slots__ = ("_chunks", "_context", "_key", "_read", "_sealed_bytes")

    def __init__(self, read: ReadRange, sealed_bytes: int, key: Key, object_context: bytes) -> None:
        self._read = read
        self._sealed_bytes = sealed_bytes
        self._key = key
        self._context = object_context
        self._chunks: Chunks | None = None

    def chunks(self, first: int, count: int) -> bytes:
        """The content of `count` chunks from number `first`, fewer at the end."""
        if self._chunks is None:
            opened = Chunks(self._key, self._context, self._read(0, HEADER_BYTES))
            last = (self._sealed_bytes - HEADER_BYTES) // SEALED_CHUNK_BYTES
            self._fetch(opened, last, 1)
            self._chunks = opened
        return self._fetch(self._chunks, first, count)

    def _fetch(self, chunks: Chunks, first: int, count: int) -> bytes:
        start = HEADER_BYTES + first * SEALED_CHUNK_BYTES
        wanted = min(count * SEALED_CHUNK_BYTES, self._sealed_bytes - start)
        sealed = self._read(start, wanted)
        if len(sealed) != wanted:
            raise ObjectDamaged("", f"cut short: {len(sealed)} of {wanted} bytes at {start}")
        return chunks.open(first, sealed)


class SealedFile(io.RawIOBase):
    """The content of a sealed object of `sealed_bytes` bytes, readable and seekable, not writable.

    `read(start, length)` gives sealed bytes; `others` are further copies, asked in their order when one
    fails. `sealed_bytes` is the length that the ledger knows, or the file's own. A read gives all that was
    asked for unless the content ends. Raises `ObjectDamaged` on opening where header, length or last chunk
    are not genuine and on reading where a chunk is not; with several sources `NoGoodCopy` when none is left.
    Not for several threads at a time.
    """

    def __init__(
        self,
        read: ReadRange,
        sealed_bytes: int,
        key: Key,
        object_context: bytes,
        others: Sequence[ReadRange] = (),
    ) -> None:
        super().__init__()
        self._size = plain_size(sealed_bytes)
        self._sources = [_Source(r, sealed_bytes, key, object_context) for r in (read, *others)]
        self._failures: dict[str, str] = {}
        self._single = not others
        self._position = 0
        self._window = (-1, b"")
        self._fill(0)

    @property
    def size(self) -> int:
        """Length of the content in bytes, verified."""
        return self._size

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Place of the next read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; beyond the end is allowed and reads nothing. Raises ValueError before the start."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError(f"seek before the start: {origin + offset}")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: object) -> int:
        """Fill `buffer` as far as the content goes; how many bytes."""
        room = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # any writable buffer, as io has it
        done = 0
        while done < len(room) and self._position < self._size:
            start, content = self._fill(self._position)
            piece = memoryview(content)[self._position - start :][: len(room) - done]
            room[done : done + len(piece)] = piece
            done += len(piece)
            self._position += len(piece)
        return done

    def _fill(self, position: int) -> tuple[int, bytes]:
        """The window (its start and content) that holds `position`."""
        first = position // (CHUNK_BYTES * _WINDOW) * _WINDOW
        if self._window[0] != first:
            self._window = (first, self._open(first))
        return first * CHUNK_BYTES, self._window[1]

    def _open(self, first: int) -> bytes:
        while self._sources:
            try:
                return self._sources[0].chunks(first, _WINDOW)
            except (ObjectError, SiteError) as error:
                if self._single:
                    raise
                self._failures[f"copy {len(self._failures) + 1}"] = str(error)
                del self._sources[0]
        raise NoGoodCopy("no copy of the object can be opened", self._failures)
