"""Reading a use copy as it is kept: in whole, or the part of it that is shown.

None stands for a copy that is not there, or does not open: it is made again. Not done here: making.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ingest.probes import pyramid as tiled
from ingest.probes.draw import PLAY
from storage.errors import ObjectDamaged
from storage.use_copies import Shown, UseCopies

PIECE = 1 << 20


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


def whole(copies: UseCopies, shown: Shown, kind: str) -> bytes | None:
    """All of a copy; of one that plays its first bytes alone, which say that it is there (`pieces`)."""
    if kind != PLAY:
        return copies.read(shown, kind)
    try:
        with copies.opened(shown, kind) as file:
            return file.read(1) or b""
    except (ObjectDamaged, FileNotFoundError):
        return None


def length(copies: UseCopies, shown: Shown, kind: str) -> int:
    """How long a copy is, proved by its end. Raises `ObjectDamaged`."""
    try:
        with copies.opened(shown, kind) as file:
            return file.size
    except FileNotFoundError:
        raise ObjectDamaged(kind, "it is gone") from None


def pieces(copies: UseCopies, shown: Shown, kind: str, start: int, end: int) -> Iterator[bytes]:
    """Bytes `start` to `end` of a long copy. Raises `ObjectDamaged` where it ends before or does not open; it
    is removed then, so that whoever asks again has it made.
    """
    try:
        with copies.opened(shown, kind) as file:
            file.seek(start)
            while start < end:
                piece = file.read(min(PIECE, end - start))
                if not piece:
                    raise ObjectDamaged(kind, f"it ends at {start}, before {end}")
                start += len(piece)
                yield piece
    except ObjectDamaged:
        copies.discard(shown, kind)
        raise
    except FileNotFoundError:
        raise ObjectDamaged(kind, "it is gone") from None
