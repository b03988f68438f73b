"""A list as a workbook: bytes to records, with the text that a person sees in each cell.

openpyxl reads; what it would let pass is looked for here: archives that unpack to more than
`UNPACKED_BYTES`, document types and entities, and formulas that nobody has calculated (they would
read as empty). Not done here: headings; hidden rows and columns are read like the others, and a
merged cell's value stands in its first cell only.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import Element, iterparse

from ingest.headings import recognised
from ingest.manifest_csv import MAX_ROWS, Lines
from policies.findings import Finding, finding

UNPACKED_BYTES = 200_000_000
MAX_PARTS = 10_000
MAX_COLUMNS = 256
"""Cells to the right of this are a finding: a row of 16,384 columns is no list's."""

_DATE_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_CONTROL = re.compile(r"_x00([01][0-9A-Fa-f])_")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_ERRORS_SHOWN = 5


def read_xlsx(content: bytes, known: Mapping[str, str]) -> tuple[Lines, tuple[Finding, ...]]:
    """The records of a workbook's one list: the sheet whose first row holds known headings.

    A workbook that cannot be read for certain gives a finding and no records; two sheets that both
    look like the list give `list-ambiguous`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            wrong = _dangers(archive)
            return ([], (wrong,)) if wrong else _read(content, archive, known)
    except Exception as error:  # noqa: BLE001 - zipfile, expat and openpyxl raise anything on a malformed workbook
        return [], (finding("list-unreadable", expected="XLSX", found=type(error).__name__),)


def _dangers(archive: zipfile.ZipFile) -> Finding | None:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > UNPACKED_BYTES:
        return finding("list-unreadable", expected=f"<= {UNPACKED_BYTES} B", found=f"{unpacked} B")
    if len(parts) > MAX_PARTS:
        return finding("list-unreadable", expected=f"<= {MAX_PARTS} parts", found=str(len(parts)))
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            head = archive.read(part).replace(b"\0", b"")  # without NUL, UTF-16 shows itself too
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                return finding("list-unreadable", expected="XLSX", found="DOCTYPE")
    return None


def _read(
    content: bytes, archive: zipfile.ZipFile, known: Mapping[str, str]
) -> tuple[Lines, tuple[Finding, ...]]:
    import openpyxl  # 0.1 s that a batch with a CSV list need not wait for

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of extensions that no list needs
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            lists = [sheet for sheet in sheets if recognised(_first(sheet), known) > 1]
            if len(lists) > 1:
                names = ", ".join(sheet.title for sheet in lists)
                return [], (finding("list-ambiguous", expected="1", found=names),)
            chosen = (lists or sheets)[:1]
            return _records(chosen[0], archive) if chosen else ([], ())
        finally:
            book.close()


def _first(sheet: Any) -> list[str]:
    return next((cells for _, cells in _rows(sheet, last=100) if any(map(str.strip, cells))), [])


def _records(sheet: Any, archive: zipfile.ZipFile) -> tuple[Lines, tuple[Finding, ...]]:
    lines: Lines = []
    for place, cells in _rows(sheet, last=MAX_ROWS + 1):
        if place > MAX_ROWS or len(cells) > MAX_COLUMNS:
            limit = f"<= {MAX_ROWS} × {MAX_COLUMNS}"
            return [], (finding("list-unreadable", expected=limit, found=f"{place} × {len(cells)}"),)
        if any(cell and not cell.isspace() for cell in cells):
            lines.append((place, cells))
    blanks = _uncalculated(archive, sheet._worksheet_path)
    if blanks:
        shown = ", ".join(blanks[:_ERRORS_SHOWN]) + (", …" if len(blanks) > _ERRORS_SHOWN else "")
        return [], (finding("list-unreadable", expected="values, not formulas", found=shown),)
    return lines, ()


def _rows(sheet: Any, last: int) -> Iterator[tuple[int, list[str]]]:
    """Rows to row `last`, each to its own last cell; the sheet's declared size may lie."""
    sheet.reset_dimensions()
    for place, row in enumerate(sheet.iter_rows(), 1):
        width = max((at for at, cell in enumerate(row, 1) if cell.value is not None), default=0)
        cells = [""] * width if width > MAX_COLUMNS else [_shown(cell) for cell in row[:width]]
        yield place, cells
        if place >= last:
            return


def _uncalculated(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The cells that hold a formula and no value, or an error such as #N/A in place of one."""
    content = archive.read(part)
    found: list[str] = []
    if not _FORMULA.search(content) and b't="e"' not in content:
        return found
    for _, element in iterparse(io.BytesIO(content)):  # noqa: S314 - document types were refused before
        name = element.tag.rpartition("}")[2]
        if name == "c":
            if element.get("t") == "e" or _lacks_value(element):
                found.append(element.get("r", "?"))
        if name == "row":
            element.clear()
    return found


def _lacks_value(element: Element) -> bool:
    """Whether a cell's formula has no value. An empty text is one (`t="str"`): programs write it for ""."""
    parts = {child.tag.rpartition("}")[2]: child.text for child in element}
    return "f" in parts and not parts.get("v") and not ("v" in parts and element.get("t") == "str")


def _shown(cell: Any) -> str:
    """The text that a person sees in a cell, dates written YYYY-MM-DD to the precision shown."""
    value = cell.value
    if isinstance(value, str):
        return _CONTROL.sub(lambda match: chr(int(match[1], 16)), value) if "_x00" in value else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format)
    if isinstance(value, datetime) and value.time() == time(0):
        value = value.date()
    return _date(value, cell.number_format) if type(value) is date else str(value)


def _number(value: int | float, form: str) -> str:
    """20160101 and not 20160101.0; the leading zeros that a format such as 0000 shows."""
    if value != int(value):
        return format(value, ".15g")
    return f"{int(value):0{len(form)}d}" if form.strip("0") == "" else str(int(value))


def _date(day: date, form: str) -> str:
    """A cell that shows a year, or a year and a month, holds the first day of it: it is not meant."""
    parts = _DATE_LITERALS.sub("", form.lower())
    if "d" in parts or "y" not in parts:
        return day.isoformat()
    return f"{day:%Y-%m}" if "m" in parts else f"{day:%Y}"
