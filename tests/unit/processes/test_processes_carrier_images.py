"""Disc images: read back by the library that wrote them, and by others where there are any."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pycdlib
import pytest
from batches import photograph
from processes_carriers import make_holdings, manifest, order, run_of, written

from archive import catalogue
from lantai.wiring import Archive, opened
from processes.errors import TooLargeForImage
from processes.packages.carrier_order import check_item
from processes.packages.imaging import MOST_BYTES


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with opened(make_holdings(tmp_path_factory.mktemp("holdings"))) as archive:
        yield archive


def test_a_disc_image_reads_back_with_chinese_names(archive: Archive, tmp_path: Path) -> None:
    run = written(archive, tmp_path / "out", "use", image=True, medium="optical")
    image = pycdlib.PyCdlib()
    image.open(str(run.paths[0]))
    for way in ("rr_path", "joliet_path"):
        with image.open_file_from_iso(**{way: "/data/A014/ZP/2016/A014-ZP·2016-Y-BGS-0001.jpg"}) as file:
            assert file.read() == photograph(1)
        with image.open_file_from_iso(**{way: "/说明文件.TXT"}) as file:
            assert "US0001" in file.read().decode("utf-8-sig")
    image.close()
    for tool, words in {"isoinfo": ["-J", "-f", "-i"], "xorriso": ["-find", "/", "-indev"]}.items():
        if shutil.which(tool):
            assert "A014-ZP·2016-Y-BGS-0001.jpg" in run_of([tool, *words, str(run.paths[0])])


def test_a_sealed_disc_image_holds_what_the_folder_holds(archive: Archive, tmp_path: Path) -> None:
    folder = written(archive, tmp_path / "folder").paths[0]
    image = pycdlib.PyCdlib()
    image.open(str(written(archive, tmp_path / "image", image=True).paths[0]))
    for path, digest in manifest(folder).items():
        if "/objects/" in path:
            with image.open_file_from_iso(rr_path=f"/{path}") as file:
                assert file.read() == (folder / path).read_bytes(), digest
    image.close()


def test_a_file_of_four_gib_is_refused_for_an_image(archive: Archive) -> None:
    with archive.database.read() as conn:
        record = next(catalogue.all_items(conn))
    part = replace(record.item.components[0], bytes=MOST_BYTES + 1, sealed_bytes=MOST_BYTES + 500)
    large = replace(record, item=replace(record.item, components=(part,)))
    check_item(order(plain=True), large, 0, 10)
    with pytest.raises(TooLargeForImage, match="below 4 GiB"):
        check_item(order(plain=True, image=True), large, 0, 10)
