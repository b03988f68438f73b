"""Identification by signature: head and tail give the same answer as the whole file."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import media
import pygfried
import pytest

from ingest.identify import OFD, Identifier, Identity, probe_by_magic
from ingest.probes.source import BytesSource, FdSource

FILES = {
    "jpeg": media.jpeg(1600, 1200),
    "tiff": media.tiff(1000, 800),
    "wav": media.wav(2),
    "rf64": media.sound("wav", "pcm_s16le", rf64="always"),
    "mp3": media.mp3(),
    "pdf": media.pdf(12, picture=media.jpeg()),
    "png": media.saved(media.picture(640, 480), "PNG"),
    "text": b"words\n" * 20_000,
}


def ofd(extra: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("Doc_0/Pages.bin", bytes(extra))
        package.writestr("OFD.xml", '<?xml version="1.0"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>')
    return out.getvalue()


def whole(path: str) -> str:
    match = pygfried.identify(path, detailed=True)["files"][0]["matches"][0]
    return match["id"] if "byte match" in match["basis"] else ""


def identify(content: bytes) -> Identity:
    return Identifier().identify(BytesSource(content))


@pytest.mark.parametrize("name", FILES)
def test_head_and_tail_identify_as_the_whole_file_does(name: str, tmp_path: Path) -> None:
    path = tmp_path / "unnamed"
    path.write_bytes(FILES[name])
    assert identify(FILES[name]).puid == whole(str(path))


def test_real_files_identify_as_the_whole_file_does(real: Path, tmp_path: Path) -> None:
    identifier = Identifier()
    for path in [*(real / "photos").iterdir(), *(real / "pdf").iterdir()]:
        unnamed = tmp_path / "unnamed"
        unnamed.write_bytes(path.read_bytes())
        with path.open("rb") as file:
            found = identifier.identify(FdSource(file.fileno(), os.fstat(file.fileno()).st_size))
        assert found.puid == whole(str(unnamed)), path.name


def test_an_mp3_behind_a_long_tag_is_identified_from_its_frames() -> None:
    bare = media.mp3(header=False)
    for length in (100, 20_000, 300_000):
        size = bytes((length >> 21 & 127, length >> 14 & 127, length >> 7 & 127, length & 127))
        content = b"ID3\x04\0\0" + size + bytes(length) + bare
        assert identify(content).puid == "fmt/134", length


def test_ofd_is_known_by_its_root_file_wherever_that_stands() -> None:
    assert identify(ofd()).puid == OFD
    assert identify(ofd(200_000)) == Identity(OFD, "OFD", "application/ofd")


def test_another_zip_is_not_ofd() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("Doc_0/OFD.xml", "not at the root")
    assert identify(out.getvalue()).puid == "x-fmt/263"


def test_the_name_and_extension_play_no_part(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"not a photograph at all, whatever its name says")
    with path.open("rb") as file:
        assert identify(path.read_bytes()).puid != "fmt/43"
        assert Identifier().identify(FdSource(file.fileno(), path.stat().st_size)).mime != "image/jpeg"


def test_an_empty_file_is_unknown() -> None:
    assert identify(b"") == Identity()


@pytest.mark.parametrize("name", ["jpeg", "tiff", "wav", "mp3", "pdf"])
def test_the_first_bytes_of_a_damaged_file_choose_its_probe(name: str) -> None:
    assert probe_by_magic(BytesSource(FILES[name][:200])) == name


def test_first_bytes_of_nothing_known_choose_no_probe() -> None:
    assert probe_by_magic(BytesSource(b"\0\0\0\0RIFF")) == ""
