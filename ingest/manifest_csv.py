"""A list as comma-separated text: bytes to records. UTF-8 with or without BOM, or GB18030.

Whatever can be read in two ways is refused with its place, never guessed: a mark that is cut, a
quote that does not close, damaged UTF-8 that would also pass as GB18030. Not done here: headings.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping

from ingest.headings import recognised
from policies.findings import Finding, finding

Lines = list[tuple[int, list[str]]]
"""The records that are not blank: place (1 is the first record of the file) and cells."""

MAX_ROWS = 200_000
_FOREIGN = {codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


def read_csv(content: bytes, known: Mapping[str, str]) -> tuple[Lines, tuple[Finding, ...]]:
    """The records of a list. A list that cannot be read for certain gives a finding and no records."""
    text, wrong = decode(content)
    if wrong:
        return [], (wrong,)
    delimiter = _delimiter(text, known)
    lines: Lines = []
    records = _records(text, delimiter)
    place = 0
    try:
        for place, cells in enumerate(records, 1):
            if any(cell and not cell.isspace() for cell in cells):
                lines.append((place, cells))
            if len(lines) > MAX_ROWS:
                return [], (finding("list-unreadable", expected=f"<= {MAX_ROWS}", found=f"{place}"),)
    except csv.Error as error:
        # The module's messages name the fault ("unexpected end of data"), never the content.
        return [], (finding("list-unreadable", found=f"record {place + 1}: {error}"),)
    if lines and any("\0" in cell for cell in lines[0][1]):
        return [], (finding("list-encoding", expected="UTF-8, GB18030", found="NUL"),)
    return lines, ()


def decode(content: bytes) -> tuple[str, Finding | None]:
    """The text of a list: by its BOM, else strict UTF-8, else strict GB18030, else a finding."""
    for mark, encoding in _FOREIGN.items():
        if content.startswith(mark):
            return "", finding("list-encoding", expected="UTF-8, GB18030", found=encoding)
    marked = content.startswith(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError as broken:
        start = broken.start + (len(codecs.BOM_UTF8) if marked else 0)
        if marked or _is_damaged_utf8(content):
            return "", _place("UTF-8", content, start)
    try:
        return content.decode("gb18030"), None
    except UnicodeDecodeError as broken:
        return "", _place("UTF-8, GB18030", content, broken.start)


def _is_damaged_utf8(content: bytes) -> bool:
    """Whether it is UTF-8 with faults rather than GB18030.

    Many a damaged UTF-8 text is valid GB18030 by its bytes and means something else there. Three-byte
    UTF-8 sequences (every Chinese character) are rare accidents in GB18030 and the rule in UTF-8.
    """
    text = content.decode("utf-8", "replace")
    faults = text.count("\ufffd")
    return sum(character > "\u07ff" for character in text) - faults > faults


def _place(expected: str, content: bytes, at: int) -> Finding:
    line = content.count(b"\n", 0, at) + 1
    found = f"line {line}, byte {at + 1}: 0x{content[at]:02X}"
    return finding("list-encoding", expected=expected, found=found)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t")


def _delimiter(text: str, known: Mapping[str, str]) -> str:
    """The comma, unless the heading row clearly uses a semicolon or a tab."""
    found = {delimiter: recognised(_first(text, delimiter), known) for delimiter in ",;\t"}
    best = max(found, key=lambda delimiter: found[delimiter])  # the first of equals: the comma
    return best if found[best] > 1 else ","


def _first(text: str, delimiter: str) -> list[str]:
    try:
        return next((cells for cells in _records(text, delimiter) if any(map(str.strip, cells))), [])
    except csv.Error:
        return []
