"""The bytes a probe reads: positioned reads over a descriptor, a sealed copy or a bytes object.

Nothing here copies a whole file: a descriptor is read in windows (or opened again by its /proc path by
libraries that map it), a sealed copy is decrypted where it is read. What is *not* done here: no caching,
no writing, no judging of what was read.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

WINDOW_BYTES = 1 << 20


class Source(Protocol):
    """`size` bytes, readable anywhere; `path` names them for C libraries, None where they have no path.

    `read_at(start, length)` returns fewer bytes only at the end; `open()` gives a new seekable file at 0.
    """

    size: int
    path: str | None

    def read_at(self, start: int, length: int) -> bytes:
        """Up to `length` bytes from `start`; fewer only at the end, none behind it."""
        ...

    def open(self) -> BinaryIO:
        """A seekable file at 0; for sources without a path one at a time."""
        ...


class FdSource:
    """A memfd or a regular file by its descriptor; the descriptor's own offset is neither used nor moved."""

    def __init__(self, fd: int, size: int) -> None:
        self.size = size
        self.path: str | None = f"/proc/self/fd/{fd}"
        self._fd = fd

    def read_at(self, start: int, length: int) -> bytes:
        """See `Source`."""
        return os.pread(self._fd, length, start) if length > 0 else b""

    def open(self) -> BinaryIO:
        """See `Source`."""
        return Path(f"/proc/self/fd/{self._fd}").open("rb")


class FileSource:
    """A seekable file object, such as the plaintext of a sealed copy; used by one thread at a time."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.size = size
        self.path: str | None = None
        self._file = file

    def read_at(self, start: int, length: int) -> bytes:
        """See `Source`."""
        self._file.seek(start)
        return self._file.read(length) if length > 0 else b""

    def open(self) -> BinaryIO:
        """See `Source`."""
        self._file.seek(0)
        return self._file


class BytesSource:
    """A part that is in memory already: an EXIF block, an image stream inside a PDF."""

    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self.path: str | None = None
        self._content = content

    def read_at(self, start: int, length: int) -> bytes:
        """See `Source`."""
        return self._content[start : start + length] if length > 0 else b""

    def open(self) -> BinaryIO:
        """See `Source`."""
        return io.BytesIO(self._content)


def windows(source: Source, start: int, end: int, overlap: int = 0) -> Iterator[tuple[int, bytes]]:
    """The bytes from `start` to `end` as (position, window), each repeating `overlap` bytes of the last."""
    position = start
    while position < end:
        window = source.read_at(position, min(WINDOW_BYTES, end - position))
        if not window:
            return
        yield position, window
        if position + len(window) >= end:
            return
        position += max(len(window) - overlap, 1)
