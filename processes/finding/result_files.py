"""Rows of text as CSV or XLSX in which no program finds a formula.

Source: OWASP, CSV injection; the rest from what spreadsheet programs do when they open such files. Not
here: which rows (`processes.finding.result_list`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

MOST_ROWS = 1_000_000
"""So many rows go on one sheet of a workbook; a program takes 1,048,576."""
MOST_CHARACTERS = 32_000
"""So long is a cell of a workbook; a program takes 32,767 units."""

_DANGEROUS = re.compile(
    r"[\s\u0000-\u0020\u00a0\u200b-\u200f\u2060\u3000\ufeff\ufffd]*[=+\-@＝＋－＠\u2212]|[\t\r\n]"
)
_UNREADABLE = re.compile("[\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def as_text(value: str) -> str:
    """A cell of a CSV file that no program takes for a formula: what begins as one could stands behind an
    apostrophe, which is how a spreadsheet marks text. Control characters become U+FFFD.
    """
    shown = readable(value)
    return f"'{shown}" if _DANGEROUS.match(value) or _DANGEROUS.match(shown) else shown


def readable(value: str) -> str:
    """`value` with every character that is none, in XML or on a terminal, replaced by U+FFFD; tabs and ends
    of lines by a space.
    """
    return _UNREADABLE.sub(lambda one: " " if one.group() in "\t\r\n" else "\ufffd", value)


def write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """UTF-8 with a byte order mark, lines ended by CR and LF, as spreadsheet programs of any language open
    it right.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(headings)
        writer.writerows([as_text(value) for value in row] for row in rows)


def write_xlsx(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A workbook of text cells alone, marked as text; every million rows a sheet. While it is written its
    rows stand in a temporary file as well (mode 0600), as the library works.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet, full = book.create_sheet(), 0

    def cells(row: Sequence[str]) -> list[WriteOnlyCell]:
        made = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=readable(value)[:MOST_CHARACTERS])
            cell.data_type, cell.number_format, cell.quotePrefix = "s", "@", True
            made.append(cell)
        return made

    sheet.append(cells(headings))
    for row in rows:
        if full == MOST_ROWS:
            sheet, full = book.create_sheet(), 0
            sheet.append(cells(headings))
        sheet.append(cells(row))
        full += 1
    book.save(path)


WRITERS: dict[str, Callable[[Path, Sequence[str], Iterable[Sequence[str]]], None]] = {
    ".csv": write_csv,
    ".xlsx": write_xlsx,
}
"""By the ending of a file's name."""
