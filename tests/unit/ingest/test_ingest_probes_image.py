"""JPEG and TIFF: what is whole passes, what is cut or zeroed is found."""

from __future__ import annotations

import os
import random
import struct
from pathlib import Path

import media
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ingest.probes.image import probe_jpeg
from ingest.probes.probed import Options, Probed, clean
from ingest.probes.source import BytesSource, FdSource
from ingest.probes.tiff import probe_tiff

OPTIONS = Options(max_pixels=100_000_000)
HALF_WHITE = media.picture(640, 480)
HALF_WHITE.paste((255, 255, 255), (320, 0, 640, 480))
EXIF = Image.Exif()
EXIF[0x10F], EXIF[0x110], EXIF[0x132] = "Lantai\x07 Works", "Model 1", "2016:05:04 03:02:01"
JPEGS = {
    "baseline": media.jpeg(),
    "optimised tables": media.jpeg(optimize=True),
    "progressive": media.jpeg(progressive=True, quality=95),
    "restart markers": media.jpeg(restart_marker_rows=1),
    "grey": media.jpeg(image=media.picture(640, 480, mode="L")),
    "cmyk": media.jpeg(image=media.picture(640, 480, mode="CMYK")),
    "unsubsampled": media.jpeg(subsampling=0, quality=95),
    "half white": media.jpeg(image=HALF_WHITE, optimize=True),
    "white": media.jpeg(image=Image.new("RGB", (1600, 1200), "white"), optimize=True),
    "white progressive": media.jpeg(image=Image.new("L", (1600, 1200), 255), progressive=True),
    "scanned page": media.jpeg(image=media.page(1200, 1600), optimize=True),
    "with exif": media.jpeg(exif=EXIF),
}
BUSY = [name for name in JPEGS if "white" not in name and "page" not in name]
TIFFS = {
    "plain": media.tiff(),
    "pages": media.tiff(320, 200, pages=3),
    "bilevel": media.tiff(mode="1"),
    "lzw": media.tiff(compression="tiff_lzw"),
    "deflate": media.tiff(compression="tiff_adobe_deflate"),
    "packbits": media.tiff(compression="packbits"),
    "group 4": media.saved(media.page(1200, 1600).convert("1"), "TIFF", compression="group4"),
    "jpeg inside": media.tiff(compression="jpeg"),
    "deflate pages": media.tiff(320, 200, "tiff_adobe_deflate", pages=3),
    "big": media.saved(media.picture(320, 200), "TIFF", big_tiff=True),
}


def jpeg_of(content: bytes, options: Options = OPTIONS) -> Probed:
    return probe_jpeg(BytesSource(content), options)


def tiff_of(content: bytes, options: Options = OPTIONS) -> Probed:
    return probe_tiff(BytesSource(content), options)


def kinds(probed: Probed) -> set[str]:
    return {problem.kind for problem in probed.problems}


def zeroed(content: bytes, at: int, length: int = 4096) -> bytes:
    return content[:at] + bytes(length) + content[at + length :]


@pytest.mark.parametrize("name", JPEGS)
def test_a_whole_jpeg_has_no_problem(name: str) -> None:
    probed = jpeg_of(JPEGS[name])
    assert probed.problems == []
    assert probed.values["pixels"] == probed.values["width"] * probed.values["height"] > 0  # type: ignore[operator]


@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_cut_anywhere_is_found(name: str) -> None:
    content, rng = JPEGS[name], random.Random(name)
    places = {*range(2, 60), *range(len(content) - 60, len(content))} | {
        rng.randrange(len(content)) for _ in range(60)
    }
    for place in places:
        assert jpeg_of(content[:place]).problems, f"cut at {place} of {len(content)}"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(JPEGS["with exif"]) - 1))
def test_a_jpeg_cut_at_a_drawn_place_is_found(place: int) -> None:
    assert jpeg_of(JPEGS["with exif"][:place]).problems


@pytest.mark.parametrize("name", BUSY)
def test_four_kib_of_zeros_in_jpeg_data_are_found(name: str) -> None:
    content, rng = JPEGS[name], random.Random(name)
    for _ in range(25):
        place = rng.randrange(1000, len(content) - 4096)
        assert "image-damaged" in kinds(jpeg_of(zeroed(content, place))), (
            f"zeros at {place} of {len(content)}"
        )


def test_a_zeroed_sector_of_512_bytes_is_found_in_camera_like_data() -> None:
    content, rng = JPEGS["baseline"], random.Random(1)
    for _ in range(40):
        assert jpeg_of(zeroed(content, rng.randrange(1000, len(content) - 600), 512)).problems


def test_zeros_in_the_busy_half_of_a_half_white_jpeg_are_found() -> None:
    content = JPEGS["half white"]
    found = [
        bool(jpeg_of(zeroed(content, place)).problems) for place in range(1000, len(content) - 4200, 1500)
    ]
    assert all(found)


def test_random_bytes_in_jpeg_data_are_found() -> None:
    content, rng = JPEGS["baseline"], random.Random(2)
    for _ in range(20):
        place = rng.randrange(1000, len(content) - 4096)
        assert jpeg_of(content[:place] + rng.randbytes(4096) + content[place + 4096 :]).problems


def test_a_cut_jpeg_with_an_end_marker_glued_on_is_found_by_decoding() -> None:
    content = JPEGS["baseline"]
    assert "image-damaged" in kinds(jpeg_of(content[: len(content) // 2] + b"\xff\xd9"))


def test_zeros_before_the_end_marker_are_padding_only_where_the_picture_is_complete() -> None:
    content = JPEGS["baseline"]
    assert jpeg_of(content[:-2] + bytes(64) + b"\xff\xd9").problems == []
    assert jpeg_of(content[:-4098] + bytes(4096) + b"\xff\xd9").problems


def test_bytes_behind_a_jpeg_are_a_warning_kind() -> None:
    assert kinds(jpeg_of(JPEGS["baseline"] + b"appended")) == {"trailing-data"}


def test_a_jpeg_segment_with_a_wrong_length_is_found() -> None:
    content = JPEGS["baseline"]
    for length in (0, 1, 3, 15, 17, 5000, 65535):
        assert jpeg_of(content[:4] + struct.pack(">H", length) + content[6:]).problems, length


def test_a_second_picture_that_the_file_declares_belongs_to_it() -> None:
    with_second = media.saved(
        media.picture(320, 240), "MPO", save_all=True, append_images=[media.picture(320, 240, 2)]
    )
    assert jpeg_of(with_second).problems == []
    assert kinds(jpeg_of(with_second[:-100])) == {"image-cut"}
    assert kinds(jpeg_of(with_second + b"x")) == {"trailing-data"}


def test_a_picture_that_declares_too_many_pixels_is_a_bomb_and_is_not_decoded() -> None:
    assert kinds(jpeg_of(JPEGS["baseline"], Options(max_pixels=1000))) == {"bomb"}
    assert kinds(tiff_of(TIFFS["lzw"], Options(max_pixels=1000))) == {"bomb"}


def test_exif_gives_facts_without_control_or_direction_characters() -> None:
    values = jpeg_of(JPEGS["with exif"]).values
    assert values["exif_make"] == "Lantai Works"
    assert (values["exif_model"], values["exif_time"]) == ("Model 1", "2016:05:04 03:02:01")


def test_texts_from_files_lose_what_could_deceive_a_reader() -> None:
    assert clean("a\u202eb\x00c\u200b\ud800 e\u0301 ") == "abc \u00e9"
    assert len(clean("x" * 1000)) == 200


def test_broken_exif_costs_facts_and_nothing_else() -> None:
    content = JPEGS["with exif"]
    at = content.index(b"Exif\0\0") + 6
    for junk in (b"\xff" * 8, b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08"):
        assert jpeg_of(content[:at] + junk + content[at + 8 :]).problems == []


@pytest.mark.parametrize("name", TIFFS)
def test_a_whole_tiff_has_no_problem(name: str) -> None:
    assert tiff_of(TIFFS[name]).problems == []


@pytest.mark.parametrize("name", TIFFS)
def test_a_tiff_cut_anywhere_is_found(name: str) -> None:
    content, rng = TIFFS[name], random.Random(name)
    last = len(content) - (
        4 if "pages" in name else 1
    )  # writers pad to a word; those bytes belong to nothing
    places = {*range(60), *range(last - 40, last)} | {rng.randrange(last) for _ in range(60)}
    for place in places:
        assert tiff_of(content[:place]).problems, f"cut at {place} of {len(content)}"


@pytest.mark.parametrize("name", ["lzw", "deflate", "deflate pages"])
def test_four_kib_of_zeros_in_tiff_data_with_redundancy_are_found(name: str) -> None:
    content, rng = TIFFS[name], random.Random(name)
    for _ in range(12):
        place = rng.randrange(2000, len(content) - 6000)
        assert tiff_of(zeroed(content, place)).problems, f"zeros at {place}"


@pytest.mark.parametrize("tag", [256, 257, 258, 273, 277, 279])
def test_a_tiff_directory_that_declares_more_than_there_is_is_found(tag: int) -> None:
    content = bytearray(TIFFS["plain"])
    start = struct.unpack_from("<I", content, 4)[0]
    for entry in range(start + 2, start + 2 + 12 * struct.unpack_from("<H", content, start)[0], 12):
        if struct.unpack_from("<H", content, entry)[0] == tag:
            kind, count, value = struct.unpack_from("<HII", content, entry + 2)
            struct.pack_into(
                "<II", content, entry + 4, count, value + 90_000 if count == 1 and kind == 4 else value
            )
            if kind == 3 and count == 1:
                struct.pack_into("<I", content, entry + 8, value * 3)
            elif count > 1:
                struct.pack_into("<I", content, entry + 4, count * 100_000)
    assert tiff_of(bytes(content)).problems


def test_tiff_directories_that_loop_end_with_a_problem() -> None:
    content = bytearray(TIFFS["plain"])
    start = struct.unpack_from("<I", content, 4)[0]
    behind = start + 2 + 12 * struct.unpack_from("<H", content, start)[0]
    struct.pack_into("<I", content, behind, start)
    assert kinds(tiff_of(bytes(content))) == {"image-damaged"}


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_probes_never_raise_whatever_follows_the_first_bytes(junk: bytes) -> None:
    assert jpeg_of(b"\xff\xd8\xff" + junk).problems
    assert tiff_of(b"II*\0" + junk).problems
    assert tiff_of(b"MM\0+" + junk).problems


@pytest.mark.parametrize(
    ("name", "problems"),
    [
        *(
            (name, set())
            for name in ("iphone_hdr_NO", "iphone_hdr_YES", "jolla", "HMD_Nokia_8.3_5G", "42_IndexError")
        ),
        *(
            (name, set())
            for name in ("28-hex_value", "35-empty", "87_OSError", "canon_hdr_NO", "canon_hdr_YES")
        ),
        ("36-memory_error", set()),
        ("corrupted", {"image-damaged"}),
    ],
)
def test_real_photographs_are_judged_by_reading_them_to_the_end(
    real: Path, name: str, problems: set[str]
) -> None:
    path = real / "photos" / f"{name}.jpg"
    descriptor = os.open(path, os.O_RDONLY)
    try:
        probed = probe_jpeg(FdSource(descriptor, path.stat().st_size), OPTIONS)
    finally:
        os.close(descriptor)
    assert kinds(probed) == problems
    assert probed.values["exif_make"]


@pytest.mark.parametrize("name", ["canon_hdr_NO", "jolla", "87_OSError", "36-memory_error"])
def test_zeros_in_real_photographs_are_found(real: Path, name: str) -> None:
    content, rng = (real / "photos" / f"{name}.jpg").read_bytes(), random.Random(name)
    start = content.rindex(b"\xff\xda", 0, len(content) // 2)
    for length in (16, 256, 4096):
        for _ in range(6):
            place = rng.randrange(start + 200, len(content) - 5000)
            assert jpeg_of(zeroed(content, place, length)).problems, (length, place)
