"""Lists that are sent as they are made: the same cells as those of files, in pieces, with no formula."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processes.finding import result_stream
from processes.finding.result_files import readable, write_csv
from processes.finding.result_stream import PIECE, STREAMS, csv_pieces, xlsx_pieces

HEADINGS = ["一", "二"]
CELL = st.text(max_size=30) | st.sampled_from(
    ["=1+1", "\t=1", "\ud800=1", "<a>&'\"", "a\x01b", " spaced ", "=" * 40_000, "]]>", "_x0041_"]
)
ROWS = st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=6)


@given(rows=ROWS)
def test_csv_is_what_a_file_would_hold(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("list") / "a.csv"
    write_csv(path, HEADINGS, rows)
    assert b"".join(csv_pieces(HEADINGS, rows)) == path.read_bytes()


@settings(deadline=None, max_examples=40)
@given(rows=ROWS)
def test_a_workbook_holds_text_alone_and_all_of_it(rows: list[list[str]]) -> None:
    content = b"".join(xlsx_pieces(HEADINGS, rows))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    cells = list(sheet.iter(f"{space}c"))
    assert {cell.get("t") for cell in cells} == {"inlineStr"}
    assert not list(sheet.iter(f"{space}f"))
    told = [cell.findtext(f"{space}is/{space}t") or "" for cell in cells]
    assert told == [readable(value)[:32_000] for row in [HEADINGS, *rows] for value in row]


def test_the_library_reads_a_workbook_as_text() -> None:
    rows = [["=1+1", "防汛 & 抗旱"], ["'x", ""]]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx_pieces(HEADINGS, rows))))
    sheet = book.active
    assert sheet is not None
    assert [[cell.value or "" for cell in row] for row in sheet] == [HEADINGS, *rows]
    cell = sheet["A2"]
    assert (cell.data_type, cell.number_format, cell.quotePrefix) == ("s", "@", True)


def test_many_rows_go_on_several_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_stream, "MOST_ROWS", 3)
    rows = [[str(number), "x"] for number in range(7)]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx_pieces(HEADINGS, rows))))
    assert [sheet.max_row - 1 for sheet in book] == [3, 3, 1]
    assert [sheet["A1"].value for sheet in book] == ["一"] * 3


def test_a_sheet_that_is_just_full_has_no_empty_one_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_stream, "MOST_ROWS", 3)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx_pieces(HEADINGS, [["a", "b"]] * 3))))
    assert len(book.worksheets) == 1


@pytest.mark.parametrize("kind", sorted(STREAMS))
def test_memory_is_flat_and_pieces_come_before_the_rows_have_ended(kind: str) -> None:
    taken = 0

    def rows() -> Iterator[list[str]]:
        nonlocal taken
        for number in range(30_000):
            taken = number
            yield [str(number * 7919 % 10_007), f"{number * 104729 % 1_000_003}防汛"]

    pieces = STREAMS[kind][1](HEADINGS, rows())
    next(pieces)
    assert taken < 29_000
    tracemalloc.start()
    longest = max(len(piece) for piece in pieces)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert longest < 4 * PIECE
    assert most < 3_000_000


def test_csv_is_read_by_programs_as_rows(tmp_path: Path) -> None:
    content = b"".join(csv_pieces(HEADINGS, [["a\nb", '"quoted"']]))
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert read == [HEADINGS, ["a b", '"quoted"']]
