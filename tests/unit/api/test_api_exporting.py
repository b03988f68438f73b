"""Packages over HTTP: the command's, as a ZIP made while it is sent; by the view; whole or plainly not."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import bagit
import pytest
from batches import lantai, new_home, row, write_batch
from doors import Door, doors
from media import pdf

import lantai.api.exporting as exporting
from lantai.api.pushing import PIECE_BYTES, ReaderGone, Write, pushed
from lantai.api.sending import CutShort

EXPORTS = "/api/v1/exports"
FIRST, PAIR, OTHER = "A014-WS·2016-Y-BGS-0001", "A014-WS·2016-Y-BGS-0002", "B001-WS·2016-Y-BGS-0001"
PEOPLE = {
    "chen": ("accession-officer", "--fonds", "all"),
    "zhou": ("records-officer", "--fonds", "A014"),
    "li": ("researcher",),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exporting")
    made = new_home(folder)
    files = {f"{name}.pdf": pdf(pages) for pages, name in enumerate("abcd", start=1)}
    rows = [
        row("a.pdf", category="WS"),
        row("b.pdf|c.pdf", role="main|attachment", category="WS", access="控制"),
        row("d.pdf", category="WS", fonds="B001"),
    ]
    lantai(made, "ingest", write_batch(folder / "batch", files, rows), status=0)
    for name, (role, *fonds) in PEOPLE.items():
        lantai(made, "account", "add", name, "--role", role, *fonds, status=0)
    return made


@pytest.fixture(scope="module")
def door(home: Path) -> Iterator[Door]:
    with doors(home) as door:
        yield door


def unpacked(content: bytes, to: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert found.testzip() is None
        found.extractall(to)
    return to


def test_the_zip_holds_what_the_command_writes(door: Door, home: Path, tmp_path: Path) -> None:
    for form in ("bagit", "transfer", "eep"):
        answer = door.signed_in("chen").post(EXPORTS, json={"format": form, "all": True})
        assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
        sent = unpacked(answer.content, tmp_path / f"{form}-sent")
        written = tmp_path / f"{form}-written"
        lantai(home, "--as", "chen", "export", "--all", "--format", form, "--to", written, status=0)
        names = {str(one.relative_to(written)) for one in written.rglob("*") if one.is_file()}
        assert {str(one.relative_to(sent)) for one in sent.rglob("*") if one.is_file()} == names
        report = json.loads((sent / "report.json").read_text("utf-8"))
        assert report["items"] == 3 and not report["failed"]
        for name in names:
            if name.endswith((".pdf", "export.csv")):
                assert (sent / name).read_bytes() == (written / name).read_bytes(), name
        if form == "bagit":
            for code in (FIRST, PAIR, OTHER):
                assert bagit.Bag(str(sent / code[:4] / code)).validate(processes=1)
        if form == "transfer":
            for root in (sent / "A014", sent / "B001"):
                lines = (root / "其他/manifest-sha256.txt").read_text("utf-8").splitlines()
                assert lines
                for digest, path in (line.split("  ") for line in lines):
                    assert hashlib.sha256((root / path).read_bytes()).hexdigest() == digest


def test_what_the_account_does_not_handle_is_absent(door: Door) -> None:
    absent = door.signed_in("zhou").post(EXPORTS, json={"codes": ["A014-WS·2016-Y-BGS-0999"]})
    others = door.signed_in("zhou").post(EXPORTS, json={"codes": [OTHER]})
    assert others.status_code == absent.status_code == 404
    assert others.content == absent.content and others.headers == absent.headers
    assert door.signed_in("li").post(EXPORTS, json={"all": True}).status_code == 404
    mine = door.signed_in("zhou").post(EXPORTS, json={"all": True})
    with zipfile.ZipFile(io.BytesIO(mine.content)) as found:
        assert not [name for name in found.namelist() if "B001" in name]
        assert b"B001" not in b"".join(found.read(one) for one in found.namelist())
    for odd in ({}, {"all": True, "codes": [FIRST]}):
        assert door.signed_in("zhou").post(EXPORTS, json=odd).status_code == 400
    assert door.signed_in("zhou").post(EXPORTS, json={"all": True, "format": "tar"}).status_code == 422


def test_an_item_that_no_site_holds_whole_is_named_and_left_out(home: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(home, tmp_path / "home"))
    for site in ("site-a", "site-b"):
        stored = sorted((broken / "sites" / site / "objects").rglob("*"))
        for path in [one for one in stored if one.is_file()][:1]:
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:-1] + b"x")
    with doors(broken) as door:
        answer = door.signed_in("chen").post(EXPORTS, json={"all": True})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        report = json.loads(found.read("report.json"))
        code = report["failed"][0]["code"]
        assert report["items"] == 2 and len(report["failed"]) == 1
        assert not [name for name in found.namelist() if code in name]


def test_whoever_loses_the_right_meanwhile_gets_no_whole_zip(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = iter([True, True])
    monkeypatch.setattr(exporting, "_still", lambda _door: next(still, False))
    answer = None
    try:
        answer = door.signed_in("chen").post(EXPORTS, json={"all": True})
    except CutShort:  # the connection was cut
        return
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(answer.content))


def test_a_reader_that_goes_ends_the_writer_and_gives_its_place_back() -> None:
    written, done = [], threading.Event()

    def work(write: Write) -> None:
        with pytest.raises(ReaderGone):
            for number in range(1000):
                written.append(number)
                write(b"x" * PIECE_BYTES)

    pieces = pushed(work, done.set)
    assert len(next(pieces)) == PIECE_BYTES
    del pieces
    assert done.wait(10)
    assert len(written) < 20  # a few ahead, not all


def test_what_the_writer_raises_comes_to_the_reader() -> None:
    def work(write: Write) -> None:
        write(b"x" * PIECE_BYTES)
        raise OSError("the disk went")

    pieces = pushed(work, lambda: None)
    assert len(next(pieces)) == PIECE_BYTES
    for _ in range(2):
        with pytest.raises(OSError, match="the disk went"):
            next(pieces)


def test_no_more_exports_than_a_few_at_once(door: Door) -> None:
    for _ in range(exporting.AT_ONCE):
        assert exporting._SLOTS.acquire(timeout=5)
    try:
        assert door.signed_in("chen").post(EXPORTS, json={"all": True}).status_code == 429
    finally:
        for _ in range(exporting.AT_ONCE):
            exporting._SLOTS.release()
    assert door.signed_in("chen").post(EXPORTS, json={"codes": [FIRST]}).status_code == 200
