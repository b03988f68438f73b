"""Rows of text as CSV or XLSX in pieces, as they come: for whoever sends a list and keeps no file of it.

The cells are those of `result_files`, in which no program finds a formula. A workbook is one sheet (or
several, of a million rows each) of texts that stand in the cells themselves, written into a ZIP that nobody
has to go back in. Not here: which rows (`result_list`).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from xml.sax.saxutils import escape

from processes.finding.result_files import MOST_CHARACTERS, MOST_ROWS, as_text, readable

PIECE = 64 * 1024

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="49" quotePrefix="1" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
"""Format 49 is text (`@`); `quotePrefix` marks what stands in the cell as text, however it begins."""

_MIDNIGHT = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the ZIP: when a list was made is told by whoever sends it."""


def csv_pieces(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, lines ended by CR and LF; see `result_files.write_csv`."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    written.write("\ufeff")
    writer.writerow(headings)
    for row in rows:
        writer.writerow([as_text(value) for value in row])
        if written.tell() >= PIECE:
            yield written.getvalue().encode("utf-8")
            written.seek(0)
            written.truncate()
    yield written.getvalue().encode("utf-8")


def xlsx_pieces(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A workbook; see `result_files.write_xlsx`."""
    out = _Outlet()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        sheets = 0
        left = iter(rows)
        while (first := next(left, None)) is not None or not sheets:
            sheets += 1
            own = () if first is None else chain((first,), islice(left, MOST_ROWS - 1))
            yield from _sheet(book, out, sheets, chain((headings,), own))
        for name, text in _around(sheets):
            book.writestr(_named(name), text)
    yield out.taken()


def _sheet(
    book: zipfile.ZipFile, out: _Outlet, number: int, rows: Iterable[Sequence[str]]
) -> Iterator[bytes]:
    with book.open(_named(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True) as sheet:
        sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
        for row in rows:
            sheet.write(f"<row>{''.join(map(_cell, row))}</row>".encode())
            if out.waiting >= PIECE:
                yield out.taken()
        sheet.write(b"</sheetData></worksheet>")


def _cell(value: str) -> str:
    text = escape(readable(value)[:MOST_CHARACTERS])
    return f'<c t="inlineStr" s="1"><is><t xml:space="preserve">{text}</t></is></c>'


def _around(sheets: int) -> Iterator[tuple[str, str]]:
    """What makes one workbook of the sheets."""
    numbers = range(1, sheets + 1)
    named = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    yield (
        "xl/workbook.xml",
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>',
    )
    parts = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*parts, ("rId0", "styles", "styles.xml")])
    yield "xl/styles.xml", _STYLES
    yield "_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")])
    kinds = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles")]
    kinds += [(f"xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers]
    told = "".join(
        f'<Override PartName="/{name}" ContentType="{_SHEET_TYPE}.{kind}+xml"/>' for name, kind in kinds
    )
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{told}</Types>',
    )


def _relations(parts: Iterable[tuple[str, str, str]]) -> str:
    told = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for name, kind, target in parts
    )
    return f'{_HEAD}<Relationships xmlns="{_RELATIONS}">{told}</Relationships>'


def _named(name: str) -> zipfile.ZipInfo:
    told = zipfile.ZipInfo(name, _MIDNIGHT)
    told.compress_type = zipfile.ZIP_DEFLATED
    return told


class _Outlet(io.RawIOBase):
    """Where the ZIP writes; what has come is taken from time to time."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces = bytearray()

    @property
    def waiting(self) -> int:
        """How many bytes have come."""
        return len(self._pieces)

    def taken(self) -> bytes:
        """What has come, once."""
        taken, self._pieces = bytes(self._pieces), bytearray()
        return taken

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: object) -> int:
        """Keep it until it is taken."""
        piece = bytes(data)  # type: ignore[call-overload]  # any buffer, as io has it
        self._pieces += piece
        return len(piece)


STREAMS: dict[str, tuple[str, Callable[[Sequence[str], Iterable[Sequence[str]]], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", csv_pieces),
    "xlsx": (f"{_SHEET_TYPE}.sheet", xlsx_pieces),
}
"""By the kind of list: its media type, and what makes it."""
