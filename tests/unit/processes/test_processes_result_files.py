"""Lists in CSV and XLSX: what goes in comes out as text, and no program finds a formula in it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processes.finding import result_files
from processes.finding.result_files import as_text, readable, write_csv, write_xlsx

HOSTILE = (
    "=1+1", "=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1",
    "\u200b=1", "\ufeff=1", "\xa0@x", "＝1+1", "＋1", "－1", "＠x", "\x00=1", "\ud800=1", "−1", "'=1",
    "=cmd|' /C calc'!A0", "a\x01b", "a\ud800b", "a\ufffeb", "防汛=抗旱", "=" * 40_000,
)  # fmt: skip
CELL = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.text(alphabet="=+-@＝＋－＠\t\r\n \u3000'\"，,;\x00\ud800防a1", max_size=12),
)
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=6)
FORMULA = re.compile(r"[\s\x00-\x20\xa0\u200b-\u200f\u2060\u3000\ufeff\ufffd]*[=+\-@＝＋－＠−]")
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("value", HOSTILE)
def test_what_begins_as_a_formula_stands_behind_an_apostrophe(value: str) -> None:
    assert not FORMULA.match(as_text(value))


@given(value=CELL)
def test_a_cell_is_changed_in_nothing_but_an_apostrophe_and_what_nobody_can_read(value: str) -> None:
    assert as_text(value).removeprefix("'") in (readable(value), readable(value).removeprefix("'"))
    assert as_text("防汛" + value).endswith(readable(value))


@SLOW
@given(rows=ROWS)
def test_csv_comes_out_as_it_went_in_and_holds_no_formula(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, ["一", "二", "三"], iter(rows))
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == raw.count(b"\r\n") == len(rows) + 1
    read = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert read == [["一", "二", "三"], *([as_text(value) for value in row] for row in rows)]
    assert not [value for row in read for value in row if FORMULA.match(value)]


@SLOW
@given(rows=ROWS)
def test_a_workbook_holds_text_alone(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, ["一", "二", "三"], iter(rows))
    with zipfile.ZipFile(path) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<f " not in sheet
    book = openpyxl.load_workbook(path)
    cells = [list(row) for row in book.active.iter_rows()]
    assert all(cell.data_type in ("s", "inlineStr", "n") for row in cells for cell in row)
    assert not [cell for row in cells for cell in row if isinstance(cell.value, int | float)]
    read = [[cell.value or "" for cell in row] for row in cells]
    assert read == [["一", "二", "三"], *([readable(value)[:32_000] for value in row] for row in rows)]


def test_a_workbook_begins_another_sheet_where_one_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_files, "MOST_ROWS", 3)
    path = tmp_path / "a.xlsx"
    write_xlsx(path, ["号"], ([str(number)] for number in range(7)))
    book = openpyxl.load_workbook(path)
    assert [[cell.value for (cell,) in sheet.iter_rows()] for sheet in book] == [
        ["号", "0", "1", "2"],
        ["号", "3", "4", "5"],
        ["号", "6"],
    ]


def test_an_empty_list_has_its_headings(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ["号"], ())
    write_xlsx(tmp_path / "a.xlsx", ["号"], ())
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == "号\n"
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["A1"].value == "号"
