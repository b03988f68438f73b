"""A ZIP as a stream: others read it, what was given up is not in it, and it can be larger than 32 bits."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processes.packages import zip_stream
from processes.packages.zip_stream import ZipStream

MADE = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\\0", exclude_categories=["C"]), min_size=1
)


@settings(max_examples=50)
@given(st.dictionaries(NAMES, st.tuples(st.lists(st.binary(max_size=40), max_size=4), st.booleans())))
def test_what_was_kept_is_read_back_and_nothing_else(files: dict[str, tuple[list[bytes], bool]]) -> None:
    out = io.BytesIO()
    zipped = ZipStream(out.write, MADE)
    for name, (pieces, kept) in files.items():
        size, _ = zipped.add(name, pieces, 1 << 33 if len(name) % 2 else 0)
        assert size == sum(map(len, pieces))
        (zipped.keep if kept else zipped.drop)()
    zipped.finish()
    with zipfile.ZipFile(out) as found:
        assert found.testzip() is None
        told = {name: b"".join(pieces) for name, (pieces, kept) in files.items() if kept}
        assert {one.filename: found.read(one) for one in found.infolist()} == told
        assert all(one.date_time == (2026, 1, 2, 3, 4, 6) for one in found.infolist())


def test_without_its_end_it_is_no_zip() -> None:
    out = io.BytesIO()
    zipped = ZipStream(out.write, MADE)
    zipped.add("a", [b"a"])
    zipped.keep()
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(out)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="there is no unzip here")
def test_another_program_reads_it(tmp_path: Path) -> None:
    with (tmp_path / "a.zip").open("wb") as out:
        zipped = ZipStream(out.write, MADE)
        zipped.add("全宗/报告.txt", [b"one", b"two"])
        zipped.keep()
        zipped.add("gone.txt", [b"gone"])
        zipped.drop()
        zipped.add("large.bin", [b"\0" * 100_000], 1 << 40)
        zipped.keep()
        zipped.finish()
    subprocess.run(["unzip", "-tq", tmp_path / "a.zip"], check=True)


def test_beyond_32_bits_and_16_bits_it_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_stream, "_MOST_16", 3)
    out = io.BytesIO()
    zipped = ZipStream(out.write, MADE)
    for name in "abcde":
        zipped.add(name, [name.encode() * 9])
    zipped.keep()
    zipped.finish()
    end = out.getvalue()[-22:]
    assert end[8:12] == b"\x03\x00\x03\x00"
    raw = out.getvalue()[:-22] + end[:8] + b"\xff\xff\xff\xff" + end[12:16] + b"\xff\xff\xff\xff" + end[20:]
    with zipfile.ZipFile(io.BytesIO(raw)) as found:
        assert [found.read(name) for name in "abcde"] == [name.encode() * 9 for name in "abcde"]


def test_a_file_of_more_than_4_gib_stands_whole_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    zipped = ZipStream(lambda piece: sizes.append(memoryview(piece).nbytes), MADE)
    monkeypatch.setattr(zip_stream, "_MOST_32", 50)
    with pytest.raises(ValueError, match="shorter"):
        zipped.add("a", [b"x" * 60])
    assert zipped.add("b", [b"x" * 60], 60)[0] == 60
