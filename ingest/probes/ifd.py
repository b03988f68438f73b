"""Image file directories (TIFF 6.0 §2, BigTIFF; EXIF and MPF share the shape), with every bound checked.

Not done here: what the tags mean. Everything out of bounds raises `BrokenDirectory`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ingest.probes.source import Source

TYPE_BYTES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
UNSIGNED = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
MAX_DIRECTORIES = 20_000
MAX_ENTRIES = 4_096


class BrokenDirectory(Exception):
    """A directory or a value lies outside the file or makes no sense; `cut` where the file ends too early."""

    def __init__(self, expected: str, found: str, *, cut: bool) -> None:
        super().__init__(f"{expected}: {found}")
        self.expected, self.found, self.cut = expected, found, cut


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag: its type, how many values, where they stand (bytes from the base) and how many bytes."""

    tag: int
    kind: int
    count: int
    start: int
    length: int


Directory = dict[int, Entry]


class Directories:
    """The directories of a TIFF structure that starts at byte `base` of `source`."""

    def __init__(self, source: Source, base: int = 0) -> None:
        self._source, self._base = source, base
        self.size = source.size - base
        head = self._read(0, 8)
        marks = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}
        if head[:4] not in marks:
            raise BrokenDirectory("TIFF header", head[:4].hex(), cut=False)
        self._order, self._big = marks[head[:4]], b"+" in head[:4]
        self.first = self._number("Q", 8) if self._big else self._number("I", 4)

    def chain(self, start: int) -> list[Directory]:
        """The directory at `start` and those linked behind it; a loop is broken."""
        found: list[Directory] = []
        seen: set[int] = set()
        while start:
            if start in seen or len(found) >= MAX_DIRECTORIES:
                raise BrokenDirectory("directories without a loop", f"byte {start}", cut=False)
            seen.add(start)
            directory, start = self._directory(start)
            found.append(directory)
        return found

    def numbers(self, directory: Directory, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """The unsigned numbers under `tag`, `default` where it is absent."""
        entry = directory.get(tag)
        if entry is None:
            return default
        if entry.kind not in UNSIGNED:
            raise BrokenDirectory(f"tag {tag} unsigned", f"type {entry.kind}", cut=False)
        return struct.unpack(f"{self._order}{entry.count}{UNSIGNED[entry.kind]}", self.raw(entry))

    def raw(self, entry: Entry) -> bytes:
        """The bytes of the entry's values."""
        return self._read(entry.start, entry.length)

    def text(self, directory: Directory, tag: int) -> str:
        """The text under `tag` up to its first NUL, "" where absent or of another type."""
        entry = directory.get(tag)
        if entry is None or entry.kind != 2 or entry.length > 65_536:
            return ""
        return self.raw(entry).split(b"\0", 1)[0].decode("utf-8", "replace")

    def _directory(self, start: int) -> tuple[Directory, int]:
        count_code, head, size = ("Q", 8, 20) if self._big else ("H", 2, 12)
        count = self._number(count_code, start)
        if not 0 < count <= MAX_ENTRIES:
            raise BrokenDirectory("1 to 4096 directory entries", str(count), cut=False)
        block = self._read(start + head, count * size)
        entries = (self._entry(block, i * size, start + head) for i in range(count))
        following = self._number("Q" if self._big else "I", start + head + count * size)
        return {entry.tag: entry for entry in entries}, following

    def _entry(self, block: bytes, offset: int, block_start: int) -> Entry:
        shape, inline = ("HHQ", 8) if self._big else ("HHI", 4)
        tag, kind, count = struct.unpack_from(self._order + shape, block, offset)
        length = TYPE_BYTES.get(kind, 1) * count
        value = offset + struct.calcsize("=" + shape)
        start = block_start + value
        if length > inline:
            (start,) = struct.unpack_from(self._order + ("Q" if self._big else "I"), block, value)
        if start + length > self.size:
            raise BrokenDirectory(f"tag {tag} to byte {start + length}", f"{self.size} bytes", cut=True)
        return Entry(tag, kind, count, start, length)

    def _number(self, code: str, start: int) -> int:
        value: int = struct.unpack(self._order + code, self._read(start, struct.calcsize("=" + code)))[0]
        return value

    def _read(self, start: int, length: int) -> bytes:
        content = self._source.read_at(self._base + start, length)
        if len(content) < length:
            raise BrokenDirectory(f"directory to byte {start + length}", f"{self.size} bytes", cut=True)
        return content
