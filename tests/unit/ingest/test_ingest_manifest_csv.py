"""Lists as text: encodings, delimiters, quotes."""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_lists import FIELDS, HEADINGS, ROW, as_csv, kinds, read

from ingest.manifest_csv import MAX_ROWS


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
