"""A ZIP file as a stream: stored, not compressed, written front to back, memory a line a file.

Lengths and check sums stand behind each file (APPNOTE 6.3.10, 4.3.9) and again in the directory at the end,
which alone says what the ZIP holds. So what was begun and given up is left out of the directory, and nobody
who reads it finds it. Names are UTF-8 and must be portable already. Not done here: what goes in.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime

from storage.site import Buffer

Write = Callable[[Buffer], object]

_BEHIND_UTF8 = 0x0808  # general purpose bits 3 and 11
_UNIX_FILE = (0o100600 << 16, 3 << 8)
_OLD, _LARGE = 20, 45
_MOST_32, _MOST_16 = 0xFFFFFFFF, 0xFFFF
_EXTRA = 1


class ZipStream:
    """Writes one ZIP. `made` is the time that all its files have."""

    def __init__(self, write: Write, made: datetime) -> None:
        self._write = write
        self._offset = 0
        self._count = 0
        self._directory: list[bytes] = []
        self._begun: list[bytes] = []
        year = max(made.year, 1980)
        self._time = made.hour << 11 | made.minute << 5 | made.second // 2
        self._date = (year - 1980) << 9 | made.month << 5 | made.day

    def add(self, name: str, pieces: Iterable[Buffer], most: int = 0) -> tuple[int, str]:
        """Write a file; its length and SHA-256. It counts once `keep` is called.

        `most` is how long it may become, where that can be 4 GiB or more. Raises what `pieces` raise: then
        call `drop`; and ValueError for a file longer than was said.
        """
        path, start, large = name.encode(), self._offset, most >= _MOST_32
        version = _LARGE if large else _OLD
        extra = struct.pack("<HHQQ", _EXTRA, 16, 0, 0) if large else b""
        unknown = _MOST_32 if large else 0
        head = (version, _BEHIND_UTF8, 0, self._time, self._date, 0, unknown, unknown, len(path), len(extra))
        self._put(struct.pack("<4s5H3I2H", b"PK\x03\x04", *head) + path + extra)
        digest, check, size = hashlib.sha256(), 0, 0
        for piece in pieces:
            digest.update(piece)
            check = zlib.crc32(piece, check)
            size += memoryview(piece).nbytes
            self._put(piece)
        if size >= _MOST_32 and not large:
            raise ValueError(f"a file of {size} bytes was said to be shorter")
        self._put(struct.pack("<4sIQQ" if large else "<4sIII", b"PK\x07\x08", check, size, size))
        self._begun.append(self._line(path, start, check, size))
        return size, digest.hexdigest()

    def keep(self) -> None:
        """What was added since the last `keep` or `drop` belongs to the ZIP."""
        self._directory += self._begun
        self._begun = []

    def drop(self) -> None:
        """What was added since the last `keep` or `drop` does not."""
        self._begun = []

    def finish(self) -> None:
        """Write the directory: without it, this is no ZIP."""
        start = self._offset
        for line in self._directory:
            self._put(line)
        size, count = self._offset - start, len(self._directory)
        if count >= _MOST_16 or size >= _MOST_32 or start >= _MOST_32:
            at = self._offset
            lengths = (44, _LARGE | _UNIX_FILE[1], _LARGE, 0, 0, count, count, size, start)
            self._put(struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", *lengths))
            self._put(struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1))
        few, short, early = min(count, _MOST_16), min(size, _MOST_32), min(start, _MOST_32)
        self._put(struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, few, few, short, early, 0))

    def _line(self, path: bytes, start: int, check: int, size: int) -> bytes:
        """A file's line in the directory; lengths beyond 32 bits stand in its extra field."""
        long = [value for value in (size, size, start) if value >= _MOST_32]
        extra = struct.pack(f"<HH{len(long)}Q", _EXTRA, 8 * len(long), *long) if long else b""
        version = _LARGE if long else _OLD
        short = min(size, _MOST_32)
        head = (
            version | _UNIX_FILE[1],
            version,
            _BEHIND_UTF8,
            0,
            self._time,
            self._date,
            check,
            short,
            short,
        )
        tail = (len(path), len(extra), 0, 0, 0, _UNIX_FILE[0], min(start, _MOST_32))
        return struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *head, *tail) + path + extra

    def _put(self, piece: Buffer) -> None:
        self._write(piece)
        self._offset += memoryview(piece).nbytes
