"""Which characters a font has: its character map, read as far as that needs. Source: OpenType 1.9, cmap.

Not here: fonts themselves, nor whether a script's letters join as they should.
"""

from __future__ import annotations

import struct
from pathlib import Path


def characters(file: Path, index: int = 0) -> frozenset[int]:
    """The code points of a TrueType or OpenType font (`index` in a collection); none for what is no font."""
    try:
        held = file.read_bytes()
        return frozenset(_of_map(held, _table(held, _beginning(held, index), b"cmap")))
    except (OSError, struct.error, ValueError):
        return frozenset()


def _beginning(held: bytes, index: int) -> int:
    if held[:4] != b"ttcf":
        return 0
    return int(struct.unpack_from(">I", held, 12 + 4 * index)[0])


def _table(held: bytes, start: int, wanted: bytes) -> int:
    (count,) = struct.unpack_from(">H", held, start + 4)
    for number in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", held, start + 12 + 16 * number)
        if tag == wanted:
            return int(offset)
    raise ValueError("no such table")


def _of_map(held: bytes, start: int) -> set[int]:
    (count,) = struct.unpack_from(">H", held, start + 2)
    found: set[int] = set()
    for number in range(count):
        platform, _, offset = struct.unpack_from(">HHI", held, start + 4 + 8 * number)
        if platform not in (0, 3):
            continue
        (kind,) = struct.unpack_from(">H", held, start + offset)
        if kind == 4:
            found |= _segments(held, start + offset)
        elif kind == 12:
            found |= _groups(held, start + offset)
    return found


def _segments(held: bytes, start: int) -> set[int]:
    (twice,) = struct.unpack_from(">H", held, start + 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", held, start + 14)
    begins = struct.unpack_from(f">{count}H", held, start + 16 + twice)
    pairs = zip(begins, ends, strict=True)
    return {point for begin, end in pairs for point in range(begin, end + 1) if point != 0xFFFF}


def _groups(held: bytes, start: int) -> set[int]:
    (count,) = struct.unpack_from(">I", held, start + 12)
    groups = struct.iter_unpack(">III", held[start + 16 : start + 16 + 12 * count])
    return {point for begin, end, _ in groups for point in range(begin, end + 1)}
