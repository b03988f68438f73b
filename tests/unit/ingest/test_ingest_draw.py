"""What probe processes draw: upright, in sRGB, bounded, without metadata; hostile files give nothing."""

from __future__ import annotations

import io
import json
import os
import wave
from collections.abc import Iterator

import av
import media
import msgspec
import pytest
from PIL import Image

from ingest.drawn import Drawn, Wanted
from ingest.drawn import drawn as read_back
from ingest.probes import pyramid
from ingest.work import ProbePool
from ingest.work_answers import DrawnTold

TURNED = 0x112


@pytest.fixture(scope="module")
def pool() -> Iterator[ProbePool]:
    with ProbePool(1) as pool:
        yield pool


def drawn(
    pool: ProbePool, content: bytes, media_kind: str, kind: str, most: int = 64 << 20, page: int = 1
) -> Drawn:
    memory = os.memfd_create("test")
    try:
        os.write(memory, content)
        return pool.draw(memory, len(content), Wanted(media_kind, kind, page, most_bytes=most))
    finally:
        os.close(memory)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[TURNED] = orientation
    exif[0x8825] = {1: "N", 2: (30.0, 0.0, 0.0)}
    picture = Image.new("RGB", (1200, 600), (200, 30, 30))
    picture.paste((30, 30, 200), (0, 0, 600, 600))
    return media.saved(picture, "JPEG", exif=exif, quality=95)


@pytest.mark.parametrize(
    "content",
    [
        media.jpeg(3000, 1000),
        media.tiff(3000, 1000, "tiff_lzw"),
        media.tiff(3000, 1000, mode="L"),
        media.tiff(3000, 1000, mode="CMYK"),
        media.tiff(3000, 1000, "group4", mode="1"),
        media.tiff(3000, 1000, mode="RGBA"),
        media.tiff(3000, 1000, pages=2),
    ],
    ids=["jpeg", "tiff-lzw", "grey", "cmyk", "bilevel", "alpha", "two-pages"],
)
def test_pictures_of_every_kind_are_drawn_small_in_three_bands(pool: ProbePool, content: bytes) -> None:
    found = drawn(pool, content, "picture", "thumb").parts
    assert {kind: opened(part).size for kind, part in found.items()} == {
        "screen": (2048, 683),
        "thumb": (256, 85),
    }
    assert {opened(part).mode for part in found.values()} == {"RGB"}


def test_each_page_of_a_scan_is_drawn_by_its_number_and_none_beyond_them(pool: ProbePool) -> None:
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    first, *more = [Image.new("RGB", (600 + 100 * at, 400), colour) for at, colour in enumerate(colours)]
    content = media.saved(first, "TIFF", save_all=True, append_images=more)
    for page, colour in enumerate(colours, 1):
        wide = 500 + 100 * page
        small = drawn(pool, content, "picture", "screen", page=page).parts
        assert opened(small["screen"]).size == (wide, 400)
        assert opened(small["thumb"]).size[0] == 256
        tiles = drawn(pool, content, "picture", "tiles", page=page).parts["tiles"]
        assert pyramid.read(io.BytesIO(tiles)).width == wide
        seen = opened(small["screen"]).getpixel((9, 9))
        assert isinstance(seen, tuple)
        assert all(abs(a - b) < 12 for a, b in zip(seen, colour, strict=True))
    for nowhere in (0, 4):
        assert drawn(pool, content, "picture", "screen", page=nowhere) == Drawn("none")
    assert drawn(pool, media.jpeg(60, 40), "picture", "screen", page=2) == Drawn("none")


def test_nothing_is_drawn_larger_than_it_is(pool: ProbePool) -> None:
    found = drawn(pool, media.jpeg(200, 100), "picture", "screen").parts
    assert opened(found["screen"]).size == (200, 100)
    assert opened(found["thumb"]).size == (200, 100)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photograph_is_drawn_upright_and_without_its_metadata(
    pool: ProbePool, orientation: int
) -> None:
    content = turned(orientation)
    small = drawn(pool, content, "picture", "thumb").parts["screen"]
    tiles = drawn(pool, content, "picture", "tiles").parts["tiles"]
    found = pyramid.read(io.BytesIO(tiles))
    upright = opened(small)
    assert (found.width, found.height) == upright.size == ((600, 1200) if orientation > 4 else (1200, 600))
    assert not upright.getexif()
    assert b"Exif" not in tiles
    at, length = found.place(0, 0, 0) or (0, 0)
    tile = opened(tiles[at : at + length])
    corner = upright.getpixel((5, 5))
    assert isinstance(corner, tuple)
    assert all(abs(a - b) < 12 for a, b in zip(corner, tile.getpixel((5, 5)), strict=True))  # type: ignore[arg-type]


def test_tiles_are_the_picture_itself(pool: ProbePool) -> None:
    picture = media.picture(1500, 1100)
    tiles = drawn(pool, media.saved(picture, "TIFF"), "picture", "tiles").parts["tiles"]
    found = pyramid.read(io.BytesIO(tiles))
    assert found.levels == ((1, 1), (2, 2), (3, 3))
    finest = Image.new("RGB", (1500, 1100))
    for column in range(3):
        for row in range(3):
            at, length = found.place(2, column, row) or (0, 0)
            finest.paste(opened(tiles[at : at + length]), (column * 512, row * 512))
    for place in ((7, 9), (700, 600), (1499, 1099)):
        told, seen = picture.getpixel(place), finest.getpixel(place)
        assert isinstance(told, tuple)
        assert isinstance(seen, tuple)
        assert all(abs(a - b) < 60 for a, b in zip(told, seen, strict=True))
    for nowhere in ((3, 0, 0), (2, 3, 0), (2, 0, 3), (-1, 0, 0)):
        assert found.place(*nowhere) is None


def test_the_first_page_of_a_document_is_drawn_on_white(pool: ProbePool) -> None:
    found = drawn(pool, media.pdf(2), "page", "thumb").parts
    assert max(opened(found["screen"]).size) == 2048
    assert max(opened(found["thumb"]).size) == 256
    assert opened(found["screen"]).getpixel((2, 2)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "media_kind", "kind"),
    [
        (b"\xff\xd8\xff" + b"junk" * 99, "picture", "thumb"),
        (b"\xff\xd8\xff" + b"junk" * 99, "picture", "tiles"),
        (media.saved(media.picture(9, 9), "PNG"), "picture", "thumb"),
        (b"%PDF-1.4 junk", "page", "thumb"),
        (b"", "picture", "screen"),
        (media.jpeg(), "picture", "peaks"),
        (b"\0" * 999, "sound", "peaks"),
        (b"\0" * 999, "video", "thumb"),
    ],
)
def test_what_cannot_be_drawn_gives_nothing_and_the_process_goes_on(
    pool: ProbePool, content: bytes, media_kind: str, kind: str
) -> None:
    assert drawn(pool, content, media_kind, kind) == Drawn("none")
    assert drawn(pool, media.jpeg(60, 40), "picture", "thumb").state == "drawn"


@pytest.mark.parametrize(
    "parts", [{"thumb": (0, 9)}, {"thumb": (9, 0)}, {"thumb": (1 << 70, 1)}, {"a": (0, 8), "b": (0, 8)}]
)
def test_a_part_that_cannot_stand_where_the_child_says_is_not_read(parts: dict[str, tuple[int, int]]) -> None:
    memory = os.memfd_create("test")
    try:
        os.write(memory, b"8 bytes.")
        told = {"state": "drawn", "parts": {"thumb": (0, 8)}, "exhausted": False}
        assert read_back(msgspec.convert(told, DrawnTold), memory).parts == {"thumb": b"8 bytes."}
        assert read_back(msgspec.convert(told | {"parts": parts}, DrawnTold), memory) == Drawn("none")
    finally:
        os.close(memory)


def test_what_becomes_longer_than_it_may_is_not_drawn(pool: ProbePool) -> None:
    assert drawn(pool, media.jpeg(1600, 1200), "picture", "tiles", most=50_000).state == "none"
    assert drawn(pool, media.jpeg(60, 40), "picture", "thumb", most=50_000).state == "drawn"


def test_the_course_of_a_sound_is_short_and_shows_where_it_is_loud(pool: ProbePool) -> None:
    quiet_then_loud = io.BytesIO()
    with wave.open(quiet_then_loud, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(44_100)
        out.writeframes(bytes(2 * 44_100 * 30))
        out.writeframes(media.samples(30, 44_100))
    found = drawn(pool, quiet_then_loud.getvalue(), "sound", "peaks").parts["peaks"]
    assert len(found) <= 20_000
    told = json.loads(found)
    assert abs(told["seconds"] - 60) < 0.1
    half = len(told["peaks"]) // 2
    assert {tuple(pair) for pair in told["peaks"][: half - 5]} == {(0, 0)}
    assert all(low < -20 and high > 20 for low, high in told["peaks"][half + 5 :])


def test_a_sound_that_browsers_do_not_play_becomes_an_mp3(pool: ProbePool) -> None:
    played = drawn(pool, media.sound("wav", "adpcm_ms", 2.0), "sound", "play").parts["play"]
    with av.open(io.BytesIO(played)) as container:
        assert container.streams.audio[0].codec_context.name.startswith("mp3")
        assert 85_000 < sum(frame.samples for frame in container.decode(audio=0)) < 95_000
