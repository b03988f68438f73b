"""A picture in tiles, in one piece: what looks into a picture reads only the tiles that it shows.

    length of the JSON (4, big endian) | JSON: width, height, tile, levels, at | tiles, each a JPEG

`levels` are [columns, rows], the coarsest first, each twice as fine as the one before; the last has every
pixel of the picture. `at` are the tiles' ends behind the JSON, level by level and row by row. Tiles do not
overlap; those at the right and lower edges are smaller. Not here: drawing (`draw_picture`).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

TILE = 512
_LENGTH = 4
_MOST_INDEX = 8 << 20


@dataclass(frozen=True, slots=True)
class Pyramid:
    """What there is of tiles. `start` is where the first one stands."""

    width: int
    height: int
    tile: int
    levels: tuple[tuple[int, int], ...]
    ends: tuple[int, ...]
    start: int

    def place(self, level: int, column: int, row: int) -> tuple[int, int] | None:
        """Where a tile stands (first byte, length), None where there is none."""
        if not 0 <= level < len(self.levels):
            return None
        columns, rows = self.levels[level]
        if not (0 <= column < columns and 0 <= row < rows):
            return None
        number = sum(across * down for across, down in self.levels[:level]) + row * columns + column
        begin = self.ends[number - 1] if number else 0
        return self.start + begin, self.ends[number] - begin


def packed(zipped: bytes) -> bytes:
    """The pyramid in a ZIP file of the layout "dz", as libvips writes it. Raises ValueError."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        names = {_numbers(name): name for name in archive.namelist() if name.endswith(".jpg")}
        description = next(name for name in archive.namelist() if name.endswith(".dzi"))
        width, height = _size(archive.read(description).decode())
        order = sorted(names, key=lambda place: (place[0], place[2], place[1]))
        levels = [
            [1 + max(c for at, c, _ in order if at == level), 1 + max(r for at, _, r in order if at == level)]
            for level in sorted({place[0] for place in order})
        ]
        content = [archive.read(names[place]) for place in order]
    ends, at = [], 0
    for tile in content:
        at += len(tile)
        ends.append(at)
    told = {"width": width, "height": height, "tile": TILE, "levels": levels, "at": ends}
    index = json.dumps(told, separators=(",", ":")).encode()
    return b"".join([len(index).to_bytes(_LENGTH, "big"), index, *content])


def read(file: BinaryIO | io.RawIOBase) -> Pyramid:
    """What a pyramid says of itself. Raises ValueError."""
    file.seek(0)
    length = int.from_bytes(file.read(_LENGTH) or b"", "big")
    if length > _MOST_INDEX:
        raise ValueError("no pyramid")
    told = json.loads(file.read(length) or b"")
    levels = tuple((across, down) for across, down in told["levels"])
    return Pyramid(told["width"], told["height"], told["tile"], levels, tuple(told["at"]), _LENGTH + length)


def _numbers(name: str) -> tuple[int, int, int]:
    """Level, column and row of a tile by its name."""
    found = re.search(r"(\d+)/(\d+)_(\d+)\.jpg$", name)
    if found is None:
        raise ValueError(f"no tile: {name}")
    return int(found[1]), int(found[2]), int(found[3])


def _size(description: str) -> tuple[int, int]:
    width, height = (re.search(rf'{side}="(\d+)"', description) for side in ("Width", "Height"))
    if width is None or height is None:
        raise ValueError("a description without a size")
    return int(width[1]), int(height[1])
