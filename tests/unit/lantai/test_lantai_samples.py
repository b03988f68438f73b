"""The sample batch is real media, and its six bad files are bad in the way that is said."""

from __future__ import annotations

import csv
import hashlib
import wave
from pathlib import Path

import av
import pikepdf
import pytest
from PIL import Image

from lantai.samples import make_sample_batch

BAD = {
    "照片/灌区/20160926-01.jpg",
    "照片/灌区/20160926-02.jpg",
    "照片/灌区/20160926-03.jpg",
    "录音/20161109-口述-03.wav",
    "文书/鲁水档函2016-031.pdf",
    "照片/底片扫描/1987-引水工程-03.tif",
}


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_batch(tmp_path_factory.mktemp("samples"))


def rows_of(batch: Path) -> list[dict[str, str]]:
    with (batch / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def listed(batch: Path) -> list[str]:
    return [name for row in rows_of(batch) for name in row["文件名"].split("|")]


def good(batch: Path, suffix: str) -> list[Path]:
    return [batch / name for name in listed(batch) if name.endswith(suffix) and name not in BAD]


def digests(batch: Path) -> dict[str, str]:
    return {
        path.relative_to(batch).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in batch.rglob("*")
        if path.is_file()
    }


def test_the_list_names_every_file_once_and_no_other(batch: Path) -> None:
    there = sorted(name for name in digests(batch) if name != "manifest.csv")
    assert sorted(listed(batch)) == there
    assert set(there) >= BAD
    assert len(set(digests(batch).values())) == len(there) + 1


def test_an_item_of_several_components_has_as_many_roles(batch: Path) -> None:
    for row in rows_of(batch):
        assert row["文件名"].count("|") == row["组件角色"].count("|")


def test_the_same_seed_gives_the_same_bytes(batch: Path, tmp_path: Path) -> None:
    assert digests(make_sample_batch(tmp_path / "again")) == digests(batch)


@pytest.mark.long
def test_another_seed_gives_other_bytes(batch: Path, tmp_path: Path) -> None:
    assert digests(make_sample_batch(tmp_path / "other", seed=7)) != digests(batch)


def test_every_good_photograph_decodes_and_has_three_million_pixels(batch: Path) -> None:
    for path in good(batch, ".jpg") + good(batch, ".tif"):
        with Image.open(path, formats=["JPEG", "TIFF"]) as image:
            image.load()
            assert 3_000_000 <= image.width * image.height <= 12_300_000
            assert image.getexif()[271]


def test_a_photograph_says_when_it_was_taken_on_the_day_in_the_list(batch: Path) -> None:
    for row in rows_of(batch):
        for name in row["文件名"].split("|"):
            if name.endswith(".jpg") and "灌区" not in name:
                with Image.open(batch / name, formats=["JPEG"]) as image:
                    taken = image.getexif().get_ifd(0x8769)[0x9003]
                assert taken[:10].replace(":", "") == row["日期"]


def test_every_good_sound_decodes_at_forty_four_kilohertz_or_more(batch: Path) -> None:
    for path in good(batch, ".wav") + good(batch, ".mp3"):
        with av.open(str(path)) as sound:
            assert sound.streams.audio[0].rate >= 44_100
            samples = sum(frame.samples for frame in sound.decode(audio=0))
        assert samples >= 8 * 44_100


def test_every_good_document_is_sound_and_its_fonts_are_inside(batch: Path) -> None:
    for path in good(batch, ".pdf"):
        with pikepdf.open(path) as pdf:
            assert not pdf.check_pdf_syntax()
            assert 1 <= len(pdf.pages) <= 5
            fonts = pdf.pages[0].obj["/Resources"]["/Font"]
            assert all(font.get("/Subtype") == "/Type3" and "/ToUnicode" in font for font in fonts.values())


def test_the_cut_photograph_ends_before_its_picture_does(batch: Path) -> None:
    path = batch / "照片/灌区/20160926-01.jpg"
    with Image.open(path) as image, pytest.raises(OSError, match="truncated"):
        image.load()


def test_the_other_bad_files_are_bad_as_described(batch: Path) -> None:
    with Image.open(batch / "照片/灌区/20160926-02.jpg") as image:
        assert image.width * image.height < 3_000_000
    assert bytes(4096) in (batch / "照片/灌区/20160926-03.jpg").read_bytes()
    assert (batch / "照片/底片扫描/1987-引水工程-03.tif").read_bytes()[:3] == b"\xff\xd8\xff"
    with wave.open(str(batch / "录音/20161109-口述-03.wav")) as sound:
        assert sound.getframerate() == 22_050
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(batch / "文书/鲁水档函2016-031.pdf")
