"""Workbooks as Excel, WPS and others write them, built part by part."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.workbook import ROW_ELEMENTS, Line, Workbook
from ingest.workbook_numbers import BUILT_IN, number_format, number_text

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def relations(*targets: tuple[str, str]) -> str:
    made = "".join(
        f'<Relationship Id="r{n}" Type="{KINDS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets)
    )
    return f"<Relationships>{made}</Relationships>"


def book(
    rows: str,
    *,
    strings: str = "",
    formats: str = "",
    styles: str = "",
    properties: str = "",
    state: str = "visible",
    namespace: str = MAIN,
    target: str = "worksheets/sheet1.xml",
) -> Workbook:
    parts = {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{KINDS}">{properties}<sheets>'
        f'<sheet name="目录" state="{state}" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("worksheet", target), ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")
        ),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData>'
        "</worksheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{namespace}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{namespace}"><numFmts>{formats}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs>{styles}</cellXfs></styleSheet>',
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return Workbook(zipfile.ZipFile(content))


def lines(found: Workbook) -> list[Line]:
    return list(found.lines(found.sheets[0]))


def cells(rows: str, **parts: str) -> list[str]:
    return lines(book(f'<row r="1">{rows}</row>', **parts))[0].cells


@pytest.mark.parametrize("namespace", [MAIN, STRICT])
def test_shared_strings_are_read_with_runs_and_without_reading_aids(namespace: str) -> None:
    strings = (
        "<si><t>题名</t></si><si><r><rPr><b/></rPr><t>水</t></r><r><t xml:space='preserve'>利 </t></r>"
        "<rPh sb='0' eb='1'><t>shuǐ</t></rPh><phoneticPr/></si><si/>"
    )
    row = "".join(f'<c r="{letter}1" t="s"><v>{n}</v></c>' for n, letter in enumerate("ABC"))
    assert cells(row, strings=strings, namespace=namespace) == ["题名", "水利 "]


def test_cells_and_rows_without_a_place_follow_the_one_before() -> None:
    row = '<row><c/><c t="str"><v>乙</v></c><c r="E1" t="str"><v>戊</v></c><c t="str"><v>己</v></c></row>'
    found = lines(book(f'<row r="3"/>{row}'))
    assert [line.number for line in found] == [3, 4]
    assert found[1].cells == ["", "乙", "", "", "戊", "己"]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"/><row r="1"/>',
        '<row r="1"/><row r="1"/>',
        '<row r="1"><c r="B1"/><c r="A1"/></row>',
        '<row r="1"><c r="1A"/></row>',
        '<row r="0"/>',
        '<row r="1"><c t="s"><v>7</v></c></row>',
        '<row r="1"><c t="b"><v>7</v></c></row>',
        '<row r="1"><c><v>x</v></c></row>',
        '<row r="1">' + "<c/>" * ROW_ELEMENTS + "</row>",
    ],
)
def test_a_sheet_that_contradicts_itself_is_not_read(rows: str) -> None:
    with pytest.raises((ValueError, KeyError, IndexError)):
        lines(book(rows))


def test_characters_that_xml_cannot_hold_come_back() -> None:
    row = '<c t="str"><v>a_x000D_b</v></c><c t="str"><v>_x005F_x000D_</v></c><c t="str"><v>_xyz_</v></c>'
    assert cells(row) == ["a\rb", "_x000D_", "_xyz_"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (14, "2016-01-18"),
        (27, "2016-01"),
        (31, "2016-01-18"),
        (57, "2016-01"),
        (58, "2016-01-18"),
        (0, "42387"),
    ],
)
def test_built_in_formats_of_chinese_programs_are_dates(number: int, text: str) -> None:
    assert cells('<c s="1"><v>42387</v></c>', styles=f'<xf/><xf numFmtId="{number}"/>') == [text]


def test_a_workbook_may_count_from_1904() -> None:
    found = cells(
        '<c s="0"><v>40925</v></c>', styles='<xf numFmtId="14"/>', properties='<workbookPr date1904="1"/>'
    )
    assert found == ["2016-01-18"]


def test_a_format_of_its_own_is_found_by_its_number() -> None:
    formats = '<numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;;@"/>'
    assert cells('<c s="0"><v>42387</v></c>', formats=formats, styles='<xf numFmtId="176"/>') == ["2016-01"]


@pytest.mark.parametrize("target", ["/xl/worksheets/sheet1.xml", "../xl/worksheets/sheet1.xml"])
def test_parts_are_found_however_they_are_referred_to(target: str) -> None:
    assert cells('<c t="str"><v>甲</v></c>', target=target) == ["甲"]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_seen(state: str) -> None:
    assert book("", state=state).sheets == ()


@pytest.mark.parametrize(
    ("code", "written", "text"),
    [
        ("General", "2.0160101E7", "20160101"),
        ("General", "0.1", "0.1"),
        ("General", "-3", "-3"),
        ("0000", "7", "0007"),
        ("0000", "12345", "12345"),
        ("0", "7", "7"),
        ("@", "20160101", "20160101"),
        ("#,##0.00", "1234.5", "1234.5"),
        ('[$-804]yyyy"年"m"月"d"日"', "42387", "2016-01-18"),
        ("[Red]0", "5", "5"),
        ("yyyy", "42370", "2016"),
        ("yyyy-mm-dd", "42387.5", "2016-01-18"),
        ("yyyy-mm-dd hh:mm", "42387.5", "2016-01-18 12:00:00"),
        ("yyyy-mm-dd hh:mm", "42387", "2016-01-18"),
        ("[h]:mm", "0.5", "12:00:00"),
        ("yyyy-mm-dd", "1", "1900-01-01"),
        ("yyyy-mm-dd", "59", "1900-02-28"),
        ("yyyy-mm-dd", "60", "60"),
        ("yyyy-mm-dd", "61", "1900-03-01"),
        ("yyyy-mm-dd", "-1", "-1"),
        ("yyyy-mm-dd", "1e300", "1e+300"),
    ],
)
def test_a_number_is_written_as_it_is_shown(code: str, written: str, text: str) -> None:
    assert number_text(written, number_format(code), starts_1904=False) == text


@pytest.mark.parametrize("written", ["nan", "inf", "-inf", "2958466"])
def test_numbers_that_are_no_dates_do_not_fail(written: str) -> None:
    assert number_text(written, number_format("yyyy-mm-dd"), starts_1904=False) == written


@given(st.dates(date(1900, 3, 1), date(9999, 12, 31)), st.sampled_from(sorted(BUILT_IN)))
@settings(deadline=None)
def test_each_day_is_itself_in_each_built_in_date_format(day: date, number: int) -> None:
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    text = number_text(str(serial), number_format(BUILT_IN[number]), starts_1904=False)
    assert day.isoformat() in (text, text + day.isoformat()[len(text) :], text[:10])


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_workbook_with_a_byte_changed_is_read_or_refused_but_never_crashes(data: st.DataObject) -> None:
    made = openpyxl.Workbook()
    made.worksheets[0].append(["文件名", "题名"])
    made.worksheets[0].append(["a.jpg", 1.5])
    content = io.BytesIO()
    made.save(content)
    with zipfile.ZipFile(content) as archive:
        parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    name = data.draw(
        st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
    )
    parts[name][data.draw(st.integers(0, len(parts[name]) - 1))] = data.draw(st.integers(0, 255))
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for part, bytes_of in parts.items():
            archive.writestr(part, bytes(bytes_of))
    try:
        with zipfile.ZipFile(changed) as archive:
            found = Workbook(archive)
            for sheet in found.sheets:
                assert all(isinstance(cell, str) for line in found.lines(sheet) for cell in line.cells)
    except (ValueError, KeyError, IndexError, SyntaxError, StopIteration, LookupError):
        return
