"""Reading a use copy as it is kept: in whole, or the part of it that is shown.

None stands for a copy that is not there, or does not open: it is made again. Not done here: making.
"""

from __future__ import annotations

import json

from ingest.probes import pyramid as tiled
from storage.errors import ObjectDamaged
from storage.use_copies import Shown, UseCopies


def pyramid(copies: UseCopies, shown: Shown, kind: str) -> bytes | None:
    """How a picture is cut, as JSON; empty where there is nothing to cut."""
    try:
        with copies.opened(shown, kind) as file:
            if not file.size:
                return b""
            found = tiled.read(file)
    except (ObjectDamaged, FileNotFoundError, ValueError):
        return None
    told = {"width": found.width, "height": found.height, "tile": found.tile, "levels": found.levels}
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def tile(copies: UseCopies, at: tuple[int, int, int], shown: Shown, kind: str) -> bytes | None:
    """One tile by its level, column and row; empty where there is none at this place."""
    try:
        with copies.opened(shown, kind) as file:
            if not file.size:
                return b""
            place = tiled.read(file).place(*at)
            if place is None:
                return b""
            file.seek(place[0])
            return file.read(place[1]) or b""
    except (ObjectDamaged, FileNotFoundError, ValueError):
        return None
