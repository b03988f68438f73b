"""Names that every disk takes, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import xml.dom.minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.portable import MOST_UNITS, cell, csv_line, portable_name, suffix_of, xml_text


@pytest.mark.parametrize(
    "name", ["A014-WS·2016-Y-办公室-0026.pdf", "报告 (1).docx", "a-b_c.tar.gz", "😀.jpg"]
)
def test_a_name_that_every_system_takes_stays_as_it_is(name: str) -> None:
    assert portable_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["CON", "nul.txt", "com1.pdf", "a/b", "a\\b", "a:b", "x?.pdf", "trailing.", "space ", ".hidden", "", "..",
     "tab\tin.pdf", "50%.pdf", "right\u202eleft.pdf", "é" * 200, "😀" * 40 + ".jpg", "lone\udc80"],
)  # fmt: skip
def test_any_other_name_is_changed_and_still_tells_apart(name: str) -> None:
    made = portable_name(name)
    assert made != name
    assert portable_name(made) == made
    assert len(made.encode("utf-16-le")) // 2 <= MOST_UNITS
    assert made != portable_name(f"{name}x")


@given(st.text(max_size=300))
def test_every_name_becomes_one_part_of_a_path(name: str) -> None:
    made = portable_name(name)
    assert made not in ("", ".", "..")
    assert not set(made) & set('<>:;"/\\|?*%\0\n')
    assert made.encode("utf-8")
    assert made == made.rstrip(". ")


@pytest.mark.parametrize(
    "value", ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", " =1", "＝1", "\r\n=1", "'=1", "\n"]
)
def test_what_could_begin_a_formula_is_text_and_can_be_had_back(value: str) -> None:
    assert cell(value) == f"'{value}"
    assert cell(value).removeprefix("'") == value


def test_ordinary_values_are_not_touched() -> None:
    assert [cell(value) for value in ("2016", "关于=的报告", "a-b", "", 17)] == [
        "2016",
        "关于=的报告",
        "a-b",
        "",
        "17",
    ]


def test_a_line_is_read_back_as_the_cells_it_was_made_of() -> None:
    values = ['say "hi"', "a,b", "line\nbreak", "；", "=1"]
    read = next(csv.reader(io.StringIO(csv_line(list(values)))))
    assert read == [*values[:4], "'=1"]


@given(st.text(max_size=50))
def test_any_text_stands_in_xml(text: str) -> None:
    document = xml.dom.minidom.parseString(f'<a b="{xml_text(text)}">{xml_text(text)}</a>'.encode())
    assert document.documentElement is not None


def test_a_changed_name_keeps_its_suffix() -> None:
    assert [suffix_of(portable_name(name)) for name in ("x?.pdf", "nul.txt", "长" * 90 + ".tif")] == [
        ".pdf",
        ".txt",
        ".tif",
    ]
