"""Drawing photographs and scans by libvips: small pictures, and pyramids of tiles.

What is read of a picture is what can be read: a file that came in damaged is drawn as far as it goes.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from ingest.probes import decoders, pyramid
from ingest.probes.draw import QUALITY, SCREEN, SIDES, THUMB, TILES, NothingToDraw
from ingest.probes.room import Room
from ingest.probes.source import Source

_LOADERS = {
    b"\xff\xd8\xff": "jpegload",
    b"II*\0": "tiffload",
    b"MM\0*": "tiffload",
    b"II+\0": "tiffload",
    b"MM\0+": "tiffload",
}
_UPRIGHT = 2
"""Orientations up to this one leave the lines in their order."""


def sides(source: Source, page: int, room: Room, max_pixels: int) -> None:
    """The small pictures of one picture, the smaller from the larger."""
    with _Opened(source, page, max_pixels) as opened:
        side = SIDES[SCREEN]
        screen = opened.thumbnail(side).copy_memory()
    room.add(SCREEN, _jpeg(screen))
    room.add(THUMB, _jpeg(_plain(screen.thumbnail_image(SIDES[THUMB], height=SIDES[THUMB], size="down"))))


def tiles(source: Source, page: int, room: Room, max_pixels: int) -> None:
    """A pyramid of all of it."""
    with _Opened(source, page, max_pixels) as opened:
        zipped = _upright(opened).dzsave_buffer(
            basename="t", suffix=f".jpg[Q={QUALITY},keep=none]", container="zip", layout="dz",
            depth="onetile", tile_size=pyramid.TILE, overlap=0, compression=0,
        )  # fmt: skip
    room.add(TILES, pyramid.packed(zipped))


class _Opened:
    """One picture, its format known by how it begins, and not larger than may be decoded."""

    def __init__(self, source: Source, page: int, max_pixels: int) -> None:
        os.environ.setdefault("VIPS_DISC_THRESHOLD", "2g")  # never through a file
        import pyvips

        pyvips.cache_set_max(0)
        self._vips = pyvips
        self._loader = _LOADERS.get(source.read_at(0, 3)) or _LOADERS.get(source.read_at(0, 4))
        if self._loader is None:
            raise NothingToDraw("format")
        if page > 1 and self._loader != "tiffload":
            raise NothingToDraw("page")
        self._source, self._page = source, page
        self._readers: list[decoders.Reader] = []
        self.image = self.load()
        if self.image.width * self.image.height > max_pixels:
            raise NothingToDraw("size")

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self._readers.clear()

    def load(self) -> Any:
        """The picture, to be read once and in order."""
        how = {"access": "sequential"} | ({"page": self._page - 1} if self._page > 1 else {})
        if self._source.path:
            return getattr(self._vips.Image, str(self._loader))(self._source.path, **how)
        return getattr(self._vips.Image, f"{self._loader}_source")(self._reader(), **how)

    def thumbnail(self, side: int) -> Any:
        """Upright and in sRGB, its longest side at most `side`."""
        vips, wanted = self._vips, {"height": side, "size": "down"}
        if self._page > 1:  # a loader by itself takes the first, or of pages of one picture the smallest
            return _in_srgb(self.image.thumbnail_image(side, **wanted))
        if self._source.path:
            return _in_srgb(vips.Image.thumbnail(self._source.path, side, **wanted))
        return _in_srgb(vips.Image.thumbnail_source(self._reader(), side, **wanted))

    def _reader(self) -> Any:
        reader = decoders.Reader(self._source)
        self._readers.append(reader)  # libvips holds no reference to it
        return reader.custom


def _upright(opened: _Opened) -> Any:
    """All of the picture in sRGB. One that is to be turned has to be in memory for that."""
    image = opened.image
    turned = image.get("orientation") > _UPRIGHT if image.get_typeof("orientation") else False
    return _in_srgb((image.copy_memory() if turned else image).autorot())


def _in_srgb(image: Any) -> Any:
    import pyvips

    if image.get_typeof("icc-profile-data") and not _is_srgb(image.get("icc-profile-data")):
        with suppress(pyvips.Error):  # a profile that is none: as if there were none
            return _plain(image.icc_transform("srgb", embedded=True, intent="relative"))
    return _plain(image.colourspace("srgb"))


def _is_srgb(profile: bytes) -> bool:
    """Whether a profile calls itself sRGB, as most cameras' do: then there is nothing to turn."""
    return b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile


def _plain(image: Any) -> Any:
    """Three bands of eight bits."""
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=[255, 255, 255])
    return image.cast("uchar")


def _jpeg(image: Any) -> bytes:
    content: bytes = image.jpegsave_buffer(Q=QUALITY, keep="none", optimize_coding=True, interlace=False)
    return content
