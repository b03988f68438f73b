"""Lists as workbooks that openpyxl wrote, whole and meddled with."""

from __future__ import annotations

import string
import tempfile
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_lists import HEADINGS, ROW, RULES, as_csv, kinds, read, read_book

from ingest.manifest import read_list
from ingest.source import FolderSource


def test_a_workbook_gives_the_text_a_person_sees(tmp_path: Path) -> None:
    headings = ["文件名", "题名", "责任者", "日期", "保管期限", "年度", "件号", "页数", "备注"]
    found = read_book(
        tmp_path,
        [
            headings,
            ["a.jpg", "甲", "王维", date(2016, 1, 1), "永久", 2016, 26, 3.0, True],
            [*ROW[:3], 20160101, "D30", "2016", "0026", 2.5],
        ],
    )
    assert found.findings == ()
    assert found.name == "manifest.xlsx"
    first, second = (dict(row.fields) for row in found.rows)
    assert first == {
        "file": "a.jpg",
        "title": "甲",
        "author": "王维",
        "date": "2016-01-01",
        "retention": "永久",
        "year": "2016",
        "number": "26",
        "pages": "3",
        "notes": "TRUE",
    }
    assert (second["date"], second["number"], second["pages"]) == ("20160101", "0026", "2.5")


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (26, "0000", "0026"),
        (20160101, "General", "20160101"),
        (20160101.0, "0.00", "20160101"),
        (date(2016, 1, 1), "yyyymmdd", "2016-01-01"),
        (date(2016, 5, 1), 'yyyy"年"m"月"', "2016-05"),
        (date(2016, 1, 1), "yyyy", "2016"),
        (date(2016, 5, 1), "mmm-yy", "2016-05"),
        (datetime.combine(date(2016, 1, 1), time(8, 30)), "yyyy-mm-dd hh:mm", "2016-01-01 08:30:00"),
        ("第一行_x000D_\n第二行", "General", "第一行\r\n第二行"),
    ],
)
def test_numbers_and_dates_are_written_as_they_are_shown(
    tmp_path: Path, value: Any, form: str, text: str
) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([*HEADINGS, "备注"])
    sheet.append([*ROW, value])
    sheet["F2"].number_format = form
    book.save(tmp_path / "manifest.xlsx")
    assert read_list(FolderSource(tmp_path), RULES).rows[0].fields["notes"] == text


def test_the_sheet_with_the_headings_is_the_list(tmp_path: Path) -> None:
    found = read_book(tmp_path, [["填表说明"], ["请按要求填写"]], [[], HEADINGS, ROW])
    assert found.findings == ()
    assert [(row.number, row.place) for row in found.rows] == [(1, 3)]


def test_two_sheets_that_are_lists_are_ambiguous(tmp_path: Path) -> None:
    found = read_book(tmp_path, [HEADINGS, ROW], [HEADINGS, ROW])
    assert (kinds(found), found.rows, found.findings[0].found) == (["list-ambiguous"], (), "2")


def test_a_hidden_sheet_with_a_list_is_not_the_list(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(HEADINGS)
    book.worksheets[0].append(ROW)
    hidden = book.create_sheet()
    hidden.append(HEADINGS)
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "manifest.xlsx")
    assert (kinds(found := read_list(FolderSource(tmp_path), RULES)), len(found.rows)) == ([], 1)


def test_a_formula_that_nobody_calculated_is_a_finding_with_its_cell(tmp_path: Path) -> None:
    found = read_book(tmp_path, [HEADINGS, ROW, [*ROW[:1], '=CONCAT("绝","密")', *ROW[2:]]])
    assert kinds(found) == ["list-cells-unseen"]
    assert (found.findings[0].file, found.findings[0].found) == ("manifest.xlsx", "B3")


@pytest.mark.parametrize("cells", ["F2:F4", "A2:B2", "A1:A2", "B3:C9"])
def test_merged_cells_below_the_headings_are_refused_with_their_range(tmp_path: Path, cells: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in ([*HEADINGS, "密级"], [*ROW, "机密"], [*ROW, None], [*ROW, None]):
        sheet.append(row)
    sheet.merge_cells(cells)
    book.save(tmp_path / "manifest.xlsx")
    found = read_list(FolderSource(tmp_path), RULES)
    assert (kinds(found), found.findings[0].found, found.rows) == (["list-cells-merged"], cells, ())


def test_headings_merged_among_themselves_are_not_held_against_the_list(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append([*HEADINGS, "备注", None])
    book.worksheets[0].append(ROW)
    book.worksheets[0].merge_cells("F1:G1")
    book.save(tmp_path / "manifest.xlsx")
    assert (kinds(found := read_list(FolderSource(tmp_path), RULES)), len(found.rows)) == ([], 1)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (10, '"机密★"0"年"', "机密★10年"),
        (10, "\\机\\密★0年", "机密★10年"),
        (10, "[$机密-804]0", "机密10"),
        (10, '0;"甲"0;"机密"', "10"),
        (0, '0;"甲"0;"机密"', "机密0"),
        ("10年", '0;0;0;"机密★"@', "机密★10年"),
        ("10年", '"机密★"@', "机密★10年"),
        (date(2016, 1, 1), '"机密 "yyyy"年"', "机密 2016年"),
        (2016, '0"年"', "2016"),
        (5, '"第"0"号"', "5"),
        (30, '"定期"0"年"', "定期30年"),
        (1200, '"￥"#,##0', "1200"),
    ],
)
def test_words_that_a_number_format_adds_are_read(tmp_path: Path, value: Any, form: str, text: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([*HEADINGS, "备注"])
    sheet.append([*ROW, value])
    sheet["F2"].number_format = form
    book.save(tmp_path / "manifest.xlsx")
    assert read_list(FolderSource(tmp_path), RULES).rows[0].fields["notes"] == text


def test_words_that_depend_on_a_condition_are_not_guessed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([*HEADINGS, "备注"])
    sheet.append([*ROW, 10])
    sheet["F2"].number_format = '[>5]"机密"0;"公开"0'
    book.save(tmp_path / "manifest.xlsx")
    found = read_list(FolderSource(tmp_path), RULES)
    assert (kinds(found), found.findings[0].found) == (["list-cells-unseen"], "F2")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("_xD83D_", "\ufffd"),
        ("_xDC80_x", "\ufffdx"),
        ("_xD83D__xDE00_", "\U0001f600"),
        ("机_xD83D_密", "机\ufffd密"),
    ],
)
def test_half_a_character_is_replaced_and_two_halves_are_one(tmp_path: Path, written: str, text: str) -> None:
    read_book(tmp_path, [HEADINGS, ["a.jpg", "QQQ", *ROW[2:]]])
    rewrite(tmp_path / "manifest.xlsx", SHEET, b"QQQ", written.encode())
    title = read_list(FolderSource(tmp_path), RULES).rows[0].fields["title"]
    assert title == text
    title.encode()


def plain(part: bytes) -> bytes:
    """XML spelled one way, with and without lxml."""
    return part.replace(b" />", b"/>").replace(b"<v/>", b"<v></v>")


def rewrite(path: Path, part: str, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: plain(archive.read(name)) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


SHEET = "xl/worksheets/sheet1.xml"


def test_a_formula_with_its_value_is_that_value_and_an_empty_value_is_empty(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, ["a.jpg", "=1", "=2", "2016", "永久"]])
    rewrite(
        tmp_path / "manifest.xlsx",
        SHEET,
        b'<c r="B2"><f>1</f><v></v></c>',
        '<c r="B2" t="str"><f>1</f><v>甲</v></c>'.encode(),
    )
    rewrite(
        tmp_path / "manifest.xlsx",
        SHEET,
        b'<c r="C2"><f>2</f><v></v></c>',
        b'<c r="C2" t="str"><f>2</f><v></v></c>',
    )
    found = read_list(FolderSource(tmp_path), RULES)
    assert found.findings == ()
    assert found.rows[0].fields["title"] == "甲"
    assert "author" not in found.rows[0].fields


def test_an_error_in_a_cell_is_a_finding(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, [*ROW[:1], 1, *ROW[2:]]])
    rewrite(
        tmp_path / "manifest.xlsx", SHEET, b'<c r="B2" t="n"><v>1</v></c>', b'<c r="B2" t="e"><v>#N/A</v></c>'
    )
    found = read_list(FolderSource(tmp_path), RULES)
    assert (kinds(found), found.findings[0].found) == (["list-cells-unseen"], "B2")


@pytest.mark.parametrize("entity", [b'<!DOCTYPE x [<!ENTITY a "b">]>', "<!DOCTYPE x>".encode("utf-16-le")])
def test_a_workbook_with_a_document_type_is_refused(tmp_path: Path, entity: bytes) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    rewrite(tmp_path / "manifest.xlsx", SHEET, b"<worksheet", entity + b"<worksheet")
    found = read_list(FolderSource(tmp_path), RULES)
    assert (kinds(found), found.findings[0].found) == (["list-unreadable"], "ValueError")


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    with (
        zipfile.ZipFile(tmp_path / "manifest.xlsx", "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/bomb.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(201):
            part.write(bytes(1_000_000))
    assert kinds(read_list(FolderSource(tmp_path), RULES)) == ["list-unreadable"]


def test_a_lie_about_the_unpacked_size_is_refused(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    path = tmp_path / "manifest.xlsx"
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, b"\x10\0\0\0"))
    assert kinds(read_list(FolderSource(tmp_path), RULES)) == ["list-unreadable"]


def test_a_row_number_in_the_billions_ends_soon(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    rewrite(tmp_path / "manifest.xlsx", SHEET, b'<row r="2">', b'<row r="2000000000">')
    assert kinds(read_list(FolderSource(tmp_path), RULES)) == ["list-unreadable"]


def test_a_declared_size_that_lies_changes_nothing(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    rewrite(tmp_path / "manifest.xlsx", SHEET, b'<dimension ref="A1:E2"/>', b'<dimension ref="A1:A1"/>')
    assert len(read_list(FolderSource(tmp_path), RULES).rows[0].fields) == 5


def test_a_cell_far_to_the_right_is_not_lost(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS)
    sheet.append(ROW)
    sheet.cell(2, 5000, "绝密")
    book.save(tmp_path / "manifest.xlsx")
    assert kinds(read_list(FolderSource(tmp_path), RULES)) == ["list-unreadable"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + bytes(512), b"file,title\n"])
def test_what_is_no_workbook_is_a_finding(tmp_path: Path, content: bytes) -> None:
    assert kinds(read(tmp_path, content, "manifest.xlsx")) == ["list-unreadable"]


def test_a_damaged_workbook_is_a_finding_wherever_it_is_cut(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    whole = (tmp_path / "manifest.xlsx").read_bytes()
    for at in range(0, len(whole), 97):
        assert kinds(read(tmp_path, whole[:at], "manifest.xlsx")) == ["list-unreadable"]


PRINTED = st.text(string.ascii_letters + string.digits + "档案馆水利 ·-|,", min_size=1, max_size=10).map(
    str.strip
)


@given(st.lists(st.tuples(PRINTED, PRINTED, PRINTED, PRINTED, PRINTED), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_a_workbook_and_a_csv_of_the_same_cells_are_the_same_rows(rows: list[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        assert read(Path(one), as_csv(*rows)).rows == read_book(Path(other), [HEADINGS, *rows]).rows
