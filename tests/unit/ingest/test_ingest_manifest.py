"""The list of a batch, from bytes on disk to rows."""

from __future__ import annotations

import codecs
import csv
import io
import os
import string
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.manifest import LIST_BYTES, BatchList, read_list
from ingest.manifest_csv import MAX_ROWS
from policies.ruleset import builtin

RULES = builtin("shandong-2016")
HEADINGS = ("文件名", "题名", "责任者", "日期", "保管期限")
FIELDS = ("file", "title", "author", "date", "retention")
ROW = ("照片/001.jpg", "水库大坝", "王维", "20160101", "永久")


def as_csv(
    *rows: Sequence[str], headings: Sequence[str] = HEADINGS, delimiter: str = ",", end: str = "\r\n"
) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([headings, *rows])
    return text.getvalue()


def read(folder: Path, content: bytes | str, name: str = "manifest.csv") -> BatchList:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_list(folder, RULES)


def read_book(folder: Path, *sheets: Sequence[Sequence[Any]]) -> BatchList:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.worksheets[0] if number == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(folder / "manifest.xlsx")
    return read_list(folder, RULES)


def kinds(found: BatchList) -> list[str]:
    return [note.kind for note in found.findings]


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: text.encode("gb18030"),
    ],
    ids=["utf-8", "utf-8-bom", "gb18030"],
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_list_in_each_encoding_and_line_end_is_the_same_list(tmp_path: Path, encode: Any, end: str) -> None:
    found = read(tmp_path, encode(as_csv(ROW, end=end)))
    assert found.findings == ()
    assert found.name == "manifest.csv"
    assert dict(found.rows[0].fields) == dict(zip(FIELDS, ROW, strict=True))
    assert (found.rows[0].number, found.rows[0].files) == (1, ("照片/001.jpg",))


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_are_taken_when_the_heading_row_uses_them(tmp_path: Path, delimiter: str) -> None:
    row = ("a.jpg", "甲,乙", "王维", "2016", "永久")
    found = read(tmp_path, as_csv(row, delimiter=delimiter))
    assert found.findings == ()
    assert found.rows[0].fields["title"] == "甲,乙"


def test_a_semicolon_in_a_title_does_not_make_it_the_delimiter(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(("a.jpg", "甲;乙;丙", "王维", "2016", "永久")))
    assert found.rows[0].fields["title"] == "甲;乙;丙"


def test_quotes_hold_line_breaks_delimiters_and_quotes(tmp_path: Path) -> None:
    title = '第一行\r\n第二行, "引"'
    found = read(tmp_path, as_csv(("a.jpg", title, "王维", "2016", "永久"), ROW))
    assert found.rows[0].fields["title"] == title
    assert found.rows[1].place == 3


def test_white_space_around_a_cell_goes_and_inside_stays(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((" a.jpg | b.jpg ", "\u3000关于 水库\u3000", "王维\t", "2016", "永久")))
    assert found.rows[0].fields["title"] == "关于 水库"
    assert found.rows[0].files == ("a.jpg", "b.jpg")


def test_text_is_kept_in_the_form_it_was_written_in(tmp_path: Path) -> None:
    decomposed = "e\u0301tang.jpg"
    found = read(tmp_path, as_csv((decomposed, "Ａ１４", "王维", "2016", "永久")))
    assert found.rows[0].files == (decomposed,)
    assert found.rows[0].fields["title"] == "Ａ１４"


def test_roles_stand_beside_files_and_an_empty_part_stays_a_part(tmp_path: Path) -> None:
    text = as_csv(("a.pdf|b.pdf|", "甲", "王维", "2016", "永久", "正文||"), headings=(*HEADINGS, "组件角色"))
    row = read(tmp_path, text).rows[0]
    assert (row.files, row.roles) == (("a.pdf", "b.pdf", ""), ("正文", "", ""))


def test_a_row_without_file_and_role_has_none(tmp_path: Path) -> None:
    row = read(tmp_path, as_csv(("", "甲", "王维", "2016", "永久"))).rows[0]
    assert (row.files, row.roles) == ((), ())
    assert "file" not in row.fields


def test_blank_rows_are_no_items_and_rows_count_on_in_order(tmp_path: Path) -> None:
    text = "\n, ,\n" + as_csv(ROW, ("", " ", "\u3000", "", ""), ROW, end="\n") + "\n\n"
    found = read(tmp_path, text)
    assert [(row.number, row.place) for row in found.rows] == [(1, 4), (2, 6)]


@pytest.mark.parametrize(
    "headings",
    [
        ("FILE", "Title", " author ", "date", "RETENTION"),
        ("ｆｉｌｅ", "题名 ", "\u3000责任者", "成文日期", "保管期限"),
        ("文件名", "题 名", "责任者", "日期", "保管\n期限"),
    ],
    ids=["english", "width", "broken-lines"],
)
def test_headings_are_known_in_any_case_and_width(tmp_path: Path, headings: Sequence[str]) -> None:
    found = read(tmp_path, as_csv(ROW, headings=headings))
    assert found.findings == ()
    assert tuple(found.rows[0].fields) == FIELDS


def test_brackets_of_either_width_are_one_heading(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "BGS"), headings=(*HEADINGS, "机构（问题）")))
    assert found.rows[0].fields["office"] == "BGS"


def test_a_missing_heading_is_a_finding_that_names_what_is_wanted(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(ROW[:4], headings=HEADINGS[:4]))
    assert kinds(found) == ["heading-missing"]
    assert "保管期限" in found.findings[0].expected
    assert len(found.rows) == 1


def test_a_repeated_heading_leaves_no_row_to_trust(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "别的"), headings=(*HEADINGS, "title")))
    assert kinds(found) == ["heading-repeated"]
    assert found.rows == ()


def test_an_unknown_heading_is_told_and_its_cells_can_still_be_searched_for_a_mark(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "机密★20年"), headings=(*HEADINGS, "密级程度(旧)")))
    assert kinds(found) == ["heading-unknown"]
    assert found.findings[0].found == "密级程度(旧)"
    assert found.rows[0].unknown == ("机密★20年",)


def test_a_list_without_a_heading_row_repeats_nothing_of_its_first_item(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(ROW, headings=("x.pdf", "关于某事的绝密报告", "某人", "2016", "永久")))
    assert set(kinds(found)) == {"heading-missing"}
    assert found.rows == ()
    assert "绝密" not in repr(found.findings)


def test_a_row_wider_than_the_headings_is_a_finding_that_names_the_row_only(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(ROW, (*ROW[:1], "绝密", *ROW[1:])))
    assert kinds(found) == ["row-too-wide"]
    assert (found.findings[0].expected, found.findings[0].found) == ("5", "3")
    assert found.rows == ()


def test_text_under_a_heading_without_text_is_a_row_too_wide(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "这里"), headings=(*HEADINGS, "")))
    assert kinds(found) == ["row-too-wide"]


def test_empty_cells_past_the_headings_are_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "", " "), headings=(*HEADINGS, "")))
    assert found.findings == ()


def test_a_short_row_lacks_its_last_fields_only(tmp_path: Path) -> None:
    assert tuple(read(tmp_path, as_csv(ROW[:2])).rows[0].fields) == ("file", "title")


@pytest.mark.parametrize(
    "content", ["", "\n\n", ",,,\n", as_csv()], ids=["nothing", "lines", "commas", "headings"]
)
def test_a_list_without_items_is_an_empty_batch(tmp_path: Path, content: str) -> None:
    found = read(tmp_path, content)
    assert kinds(found) == ["batch-empty"]
    assert found.rows == ()


def test_a_folder_without_a_list_is_a_finding(tmp_path: Path) -> None:
    found = read_list(tmp_path, RULES)
    assert (kinds(found), found.name) == (["list-missing"], "")


def test_a_folder_that_is_not_there_is_no_finding(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_list(tmp_path / "absent", RULES)


@pytest.mark.parametrize("other", ["manifest.xlsx", "Manifest.CSV"])
def test_two_lists_are_ambiguous(tmp_path: Path, other: str) -> None:
    (tmp_path / other).write_bytes(b"")
    assert kinds(read(tmp_path, as_csv(ROW))) == ["list-ambiguous"]


def test_a_list_in_capitals_is_a_list(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(ROW), "MANIFEST.CSV")
    assert (found.name, len(found.rows)) == ("MANIFEST.CSV", 1)


def test_a_list_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text(as_csv(ROW), encoding="utf-8")
    batch = tmp_path / "batch"
    batch.mkdir()
    (batch / "manifest.csv").symlink_to(elsewhere)
    found = read_list(batch, RULES)
    assert (kinds(found), found.rows) == (["list-unreadable"], ())


def test_a_list_that_is_a_fifo_does_not_hold_the_batch(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.csv")
    assert kinds(read_list(tmp_path, RULES)) == ["list-unreadable"]


def test_a_list_too_big_to_be_one_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "manifest.csv").open("wb") as file:
        file.truncate(LIST_BYTES + 1)
    assert kinds(read_list(tmp_path, RULES)) == ["list-unreadable"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_findings(tmp_path: Path, encoding: str) -> None:
    headings = ("file", "title", "author", "date", "retention")
    found = read(tmp_path, as_csv(("a.jpg", "A", "B", "2016", "Y"), headings=headings).encode(encoding))
    assert kinds(found) == ["list-encoding"]


def test_a_byte_that_is_no_text_is_named_with_its_place(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(ROW, end="\n").encode("gb18030") + b"a.jpg,\xff\n")
    assert kinds(found) == ["list-encoding"]
    assert found.findings[0].found.startswith("line 3, byte ")
    assert found.findings[0].found.endswith("0xFF")


def test_damaged_utf8_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    """Each of these loses one byte of one character; many would be other, valid text in GB18030."""
    whole = as_csv(*[ROW] * 3, end="\n").encode()
    starts = [at for at, byte in enumerate(whole) if byte >= 0xE0]
    for at in starts:
        found = read(tmp_path, whole[:at] + whole[at + 1 :])
        assert kinds(found) == ["list-encoding"], at


def test_a_byte_order_mark_rules_out_gb18030(tmp_path: Path) -> None:
    found = read(tmp_path, codecs.BOM_UTF8 + as_csv(ROW).encode("gb18030"))
    assert (kinds(found), found.findings[0].expected) == (["list-encoding"], "UTF-8")


def test_a_nul_in_a_cell_stays_with_its_row(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(("a\0.jpg", "甲", "王维", "2016", "永久"), ROW))
    assert found.findings == ()
    assert [row.files for row in found.rows] == [("a\0.jpg",), ("照片/001.jpg",)]


@pytest.mark.parametrize(
    "cell", ['"题名', '"题"名', '"' + "长" * 200_000 + '"'], ids=["open", "stray", "long"]
)
def test_a_quote_out_of_place_or_an_endless_cell_is_a_finding_without_its_text(
    tmp_path: Path, cell: str
) -> None:
    text = as_csv(ROW) + f"a.jpg,{cell},王维,2016,永久\r\n" + "b.jpg,绝密,王维,2016,永久\r\n"
    found = read(tmp_path, text)
    assert (kinds(found), found.rows) == (["list-unreadable"], ())
    assert found.findings[0].found.startswith("record 3")
    assert "题" not in found.findings[0].found


def test_more_rows_than_a_batch_can_have_are_refused(tmp_path: Path) -> None:
    text = as_csv() + "a,b,c,d,e\n" * (MAX_ROWS + 1)
    assert kinds(read(tmp_path, text)) == ["list-unreadable"]


def test_ten_thousand_rows_are_read_in_order(tmp_path: Path) -> None:
    rows = [(f"照片/{n:05}.jpg", f"题名 {n}", "王维", "20160101", "永久") for n in range(1, 10_001)]
    found = read(tmp_path, as_csv(*rows).encode("gb18030"))
    assert [row.fields["title"] for row in found.rows] == [row[1] for row in rows]
    assert found.rows[-1].number == 10_000


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(str.strip)


@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS), max_size=5),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
@settings(max_examples=150, deadline=None)
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[str, ...]], encoding: str) -> None:
    quoted = io.StringIO(newline="")
    csv.writer(quoted, quoting=csv.QUOTE_ALL).writerows([HEADINGS, *rows])
    with tempfile.TemporaryDirectory() as folder:
        found = read(Path(folder), quoted.getvalue().encode(encoding))
    wanted = [{f: cell for f, cell in zip(FIELDS, row, strict=True) if cell} for row in rows]
    assert [dict(row.fields) for row in found.rows] == [row for row in wanted if row]


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_bytes_whatever_make_the_reader_fail_or_give_lone_surrogates(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for prefix in (b"", as_csv().encode("gb18030")):
            found = read(Path(folder), prefix + content)
            repr(found).encode()
            assert found.findings or found.rows


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
        (datetime(2016, 1, 1), "yyyymmdd", "2016-01-01"),
        (datetime(2016, 5, 1), 'yyyy"年"m"月"', "2016-05"),
        (datetime(2016, 1, 1), "yyyy", "2016"),
        (datetime(2016, 5, 1), "mmm-yy", "2016-05"),
        (datetime(2016, 1, 1, 8, 30), "yyyy-mm-dd hh:mm", "2016-01-01 08:30:00"),
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
    assert read_list(tmp_path, RULES).rows[0].fields["notes"] == text


def test_the_sheet_with_the_headings_is_the_list(tmp_path: Path) -> None:
    found = read_book(tmp_path, [["填表说明"], ["请按要求填写"]], [[], HEADINGS, ROW])
    assert found.findings == ()
    assert [(row.number, row.place) for row in found.rows] == [(1, 3)]


def test_two_sheets_that_are_lists_are_ambiguous(tmp_path: Path) -> None:
    found = read_book(tmp_path, [HEADINGS, ROW], [HEADINGS, ROW])
    assert (kinds(found), found.rows) == (["list-ambiguous"], ())


def test_a_formula_that_nobody_calculated_is_a_finding_with_its_cell(tmp_path: Path) -> None:
    found = read_book(tmp_path, [HEADINGS, ROW, [*ROW[:1], '=CONCAT("绝","密")', *ROW[2:]]])
    assert kinds(found) == ["list-unreadable"]
    assert found.findings[0].found == "B3"


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
    found = read_list(tmp_path, RULES)
    assert found.findings == ()
    assert found.rows[0].fields["title"] == "甲"
    assert "author" not in found.rows[0].fields


def test_an_error_in_a_cell_is_a_finding(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, [*ROW[:1], 1, *ROW[2:]]])
    rewrite(
        tmp_path / "manifest.xlsx", SHEET, b'<c r="B2" t="n"><v>1</v></c>', b'<c r="B2" t="e"><v>#N/A</v></c>'
    )
    found = read_list(tmp_path, RULES)
    assert (kinds(found), found.findings[0].found) == (["list-unreadable"], "B2")


@pytest.mark.parametrize("entity", [b'<!DOCTYPE x [<!ENTITY a "b">]>', "<!DOCTYPE x>".encode("utf-16-le")])
def test_a_workbook_with_a_document_type_is_refused(tmp_path: Path, entity: bytes) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    rewrite(tmp_path / "manifest.xlsx", SHEET, b"<worksheet", entity + b"<worksheet")
    found = read_list(tmp_path, RULES)
    assert (kinds(found), found.findings[0].found) == (["list-unreadable"], "DOCTYPE")


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    with zipfile.ZipFile(tmp_path / "manifest.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("xl/bomb.xml", "w", force_zip64=True) as part:
            for _ in range(201):
                part.write(bytes(1_000_000))
    assert kinds(read_list(tmp_path, RULES)) == ["list-unreadable"]


def test_a_lie_about_the_unpacked_size_is_refused(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    path = tmp_path / "manifest.xlsx"
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, b"\x10\0\0\0"))
    assert kinds(read_list(tmp_path, RULES)) == ["list-unreadable"]


def test_a_row_number_in_the_billions_ends_soon(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    rewrite(tmp_path / "manifest.xlsx", SHEET, b'<row r="2">', b'<row r="2000000000">')
    assert kinds(read_list(tmp_path, RULES)) == ["list-unreadable"]


def test_a_declared_size_that_lies_changes_nothing(tmp_path: Path) -> None:
    read_book(tmp_path, [HEADINGS, ROW])
    rewrite(tmp_path / "manifest.xlsx", SHEET, b'<dimension ref="A1:E2"/>', b'<dimension ref="A1:A1"/>')
    assert len(read_list(tmp_path, RULES).rows[0].fields) == 5


def test_a_cell_far_to_the_right_is_not_lost(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS)
    sheet.append(ROW)
    sheet.cell(2, 5000, "绝密")
    book.save(tmp_path / "manifest.xlsx")
    assert kinds(read_list(tmp_path, RULES)) == ["list-unreadable"]


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
