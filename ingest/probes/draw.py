"""What is looked at in place of an original: drawn in the probe process, from any format it knows.

    picture     thumb, screen       JPEG in sRGB, upright, longest side THUMB or SCREEN
                tiles               all of it, to look into (`pyramid`)
    page        thumb, screen       a page of a PDF
    sound       peaks               the course of its loudness, as JSON
                play                MP3, where browsers do not play the original
    video       thumb, screen       a frame from near the beginning
                play                MP4, where browsers do not play the original

Nothing of the original's metadata goes along: no place, no camera, no preview. Of a PDF and of a TIFF of
several pages one is drawn. Not done here: deciding what is wanted (`processes.use_copies`), judging the
original.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ingest.probes.room import Room
from ingest.probes.source import Source

PICTURE, PAGE, SOUND, VIDEO = "picture", "page", "sound", "video"
THUMB, SCREEN, TILES, PEAKS, PLAY = "thumb", "screen", "tiles", "peaks", "play"
SIDES: Mapping[str, int] = {SCREEN: 2048, THUMB: 256}
"""The longest side in pixels; nothing is drawn larger than it is."""
QUALITY = 82

Draw = Callable[[Source, int, Room, int], None]

_DRAWN: Mapping[tuple[str, str], str] = {
    (PICTURE, THUMB): "draw_picture:sides",
    (PICTURE, SCREEN): "draw_picture:sides",
    (PICTURE, TILES): "draw_picture:tiles",
    (PAGE, THUMB): "draw_page:sides",
    (PAGE, SCREEN): "draw_page:sides",
    (SOUND, PEAKS): "draw_sound:peaks",
    (SOUND, PLAY): "draw_sound:play",
    (VIDEO, THUMB): "draw_video:sides",
    (VIDEO, SCREEN): "draw_video:sides",
    (VIDEO, PLAY): "draw_video:play",
}


class NothingToDraw(Exception):
    """The file has nothing to show of this kind."""


def draw(source: Source, wanted: Sequence[Any], room: Room, max_pixels: int) -> None:
    """Put what is `wanted` (media, kind, page from 1) into `room`, and what is had with it for nothing.
    Raises `NothingToDraw`, `RoomFull`, and whatever a library raises at hostile content.
    """
    media, kind, page = wanted
    place = _DRAWN.get((media, kind))
    if place is None or page < 1:
        raise NothingToDraw(kind)
    module, function = place.split(":")
    drawing: Draw = getattr(importlib.import_module(f"ingest.probes.{module}"), function)
    drawing(source, page, room, max_pixels)


def put_sides(picture: Any, room: Room) -> None:
    """Put the small pictures of a Pillow picture into `room`, the smaller from the larger."""
    for name, side in SIDES.items():
        picture.thumbnail((side, side))
        written = io.BytesIO()
        picture.save(written, "JPEG", quality=QUALITY, optimize=True)
        room.add(name, written.getvalue())


def together(media: str, kind: str) -> Sequence[str]:
    """The kinds that are drawn with this one, itself among them; none where it is not drawn at all."""
    place = _DRAWN.get((media, kind))
    return tuple(one for (of, one), at in _DRAWN.items() if of == media and at == place and place)
