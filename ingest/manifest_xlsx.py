"""A list as a workbook: bytes to records, with the text that a person sees in each cell.

Not done here: headings, and reading the format (`workbook.py`). A workbook that unpacks to more than
`UNPACKED_BYTES` is not unpacked; what it declares too small, zipfile refuses.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from ingest.headings import recognised
from ingest.manifest_csv import MAX_ROWS, Lines
from ingest.workbook import Line, Merge, Sheet, Workbook
from policies.findings import Finding, finding

UNPACKED_BYTES = 200_000_000
MAX_COLUMNS = 256
_SHOWN = 5
_FIRST_ROWS = 100

Records = tuple[Lines, tuple[Finding, ...]]


def read_xlsx(content: bytes, known: Mapping[str, str]) -> Records:
    """The records of a workbook's one list: the sheet whose first row holds known headings.

    A workbook that cannot be read for certain gives a finding and no records; two sheets that both
    look like the list give `list-ambiguous`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > UNPACKED_BYTES:
                return _refused(f"<= {UNPACKED_BYTES} B", f"{unpacked} B")
            return _read(Workbook(archive), known)
    except Exception as error:  # noqa: BLE001 - zipfile, zlib and expat raise anything on a malformed workbook
        return _refused("XLSX", type(error).__name__)


def _refused(expected: str, found: str) -> Records:
    return [], (finding("list-unreadable", expected=expected, found=found),)


def _read(book: Workbook, known: Mapping[str, str]) -> Records:
    lists = [sheet for sheet in book.sheets if recognised(_first(book, sheet), known) > 1]
    if len(lists) > 1:
        # Their number only: a sheet may be named after a secret.
        return [], (finding("list-ambiguous", expected="1", found=str(len(lists))),)
    chosen = (lists or list(book.sheets))[:1]
    return _records(book, chosen[0]) if chosen else ([], ())


def _first(book: Workbook, sheet: Sheet) -> list[str]:
    """The first row with text; a list does not begin hundreds of rows down."""
    for line, _ in zip(book.lines(sheet), range(_FIRST_ROWS), strict=False):
        if isinstance(line, Line) and any(map(str.strip, line.cells)):
            return line.cells
    return []


def _records(book: Workbook, sheet: Sheet) -> Records:
    lines: Lines = []
    blind: list[str] = []
    merged: list[Merge] = []
    for line in book.lines(sheet):
        if isinstance(line, Merge):
            merged.append(line)
            continue
        if line.number > MAX_ROWS or len(line.cells) > MAX_COLUMNS:
            return _refused(f"<= {MAX_ROWS} × {MAX_COLUMNS}", f"{line.number} × {len(line.cells)}")
        blind += line.blind
        if any(map(str.strip, line.cells)):
            lines.append((line.number, line.cells))
    if blind:
        return [], (finding("list-cells-unseen", found=_shown(blind)),)
    # A merged cell's value stands in its first row only: a level meant for four rows would be one row's.
    below = [merge.cells for merge in merged if lines and merge.last_row > lines[0][0]]
    if below:
        return [], (finding("list-cells-merged", found=_shown(below)),)
    return lines, ()


def _shown(cells: list[str]) -> str:
    return ", ".join(cells[:_SHOWN]) + (f", … ({len(cells)})" if len(cells) > _SHOWN else "")
