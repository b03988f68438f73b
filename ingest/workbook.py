"""Read an XLSX workbook as rows of text, in one pass and bounded memory.

Own code, since the library at hand takes 2 s for 10,000 rows, shows Chinese built-in dates as
numbers and formulas that nobody calculated as empty cells. Not done here: which sheet is meant, how
large one may be, and what a fault means to a sender (`manifest_xlsx.py`). Whatever is malformed
raises some ValueError, KeyError, zipfile or XML error. Hidden rows and columns are read like the
others; a merged cell's value stands in its first cell only, and the merged ranges follow the rows.
Source: ECMA-376 part 1, §18.3, §18.4.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import IO
from xml.etree.ElementTree import Element, iterparse

from ingest.workbook_numbers import BUILT_IN, PLAIN, NumberFormat, number_format, number_text

ROW_ELEMENTS = 100_000
"""So many XML elements one row may have; a row is held in memory whole."""

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet that a person sees: its title, and its part in the archive."""

    title: str
    part: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its number from 1, its cells up to the last that holds text, and its cells without a value.

    `blind` names the cells that hold an error or a formula that nobody calculated.
    """

    number: int
    cells: list[str]
    blind: list[str]


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells merged into one: the range as the file writes it, such as `H2:H4`, and its last row."""

    cells: str
    last_row: int


class Workbook:
    """The visible sheets of a workbook in an open archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._strings: list[str] | None = None
        root = self._relations("")
        self._book = dict(root.values())["officeDocument"]
        self._parts = self._relations(self._book)
        self._starts_1904 = False
        self.sheets = tuple(self._read_book())
        self._formats = self._read_formats()

    def lines(self, sheet: Sheet) -> Iterator[Line | Merge]:
        """The rows that the file holds, in order, then its merged cells.

        Rows without any cell may be left out.
        """
        number = elements = 0
        with self._open(sheet.part) as stream:
            for _, element in iterparse(stream):  # noqa: S314 - `_open` refuses document types
                elements += 1
                if elements > ROW_ELEMENTS:
                    raise ValueError("a row has too many elements")
                if _name(element) == "mergeCell":
                    yield _merge(element.get("ref", ""))
                if _name(element) != "row":
                    continue
                number = _next(int(element.get("r", number + 1)), number)
                yield self._line(number, element)
                element.clear()
                elements = 0

    def _line(self, number: int, row: Element) -> Line:
        cells: list[str] = []
        blind: list[str] = []
        column = 0
        for cell in row:
            column = _next(_column(cell.get("r"), column + 1), column)
            text = self._text(cell)
            if text is None:
                blind.append(cell.get("r", f"{number}/{column}"))
            elif text:
                cells.extend([""] * (column - len(cells) - 1))
                cells.append(text)
        return Line(number, cells, blind)

    def _text(self, cell: Element) -> str | None:
        """What a person sees in a cell; None for an error or a formula without a value."""
        kind = cell.get("t", "n")
        value, formula, found = "", False, False
        form = self._formats.get(cell.get("s", "0"), PLAIN)
        for child in cell:
            name = _name(child)
            if name == "v":
                value, found = child.text or "", True
            elif name == "is":
                return form.around(_escapes(_string(child)))
            elif name == "f":
                formula = True
        if kind == "e" or (formula and not value and not (found and kind == "str")):
            return None
        if not value:
            return ""
        if kind == "n":
            return number_text(value, form, self._starts_1904)
        if kind == "s":
            return form.around(self._string_at(int(value)))
        return {"0": "FALSE", "1": "TRUE"}[value] if kind == "b" else form.around(_escapes(value))

    def _string_at(self, index: int) -> str:
        if self._strings is None:
            self._strings = list(self._read_strings())
        return self._strings[index]

    def _read_book(self) -> Iterator[Sheet]:
        with self._open(self._book) as stream:
            for _, element in iterparse(stream):  # noqa: S314 - `_open` refuses document types
                if _name(element) == "workbookPr":
                    self._starts_1904 = element.get("date1904") in ("1", "true")
                if _name(element) == "sheet" and element.get("state", "visible") == "visible":
                    link = next((value for name, value in element.items() if name.endswith("}id")), "")
                    kind, part = self._parts[link]
                    if kind == "worksheet":
                        yield Sheet(element.get("name", ""), part)

    def _read_formats(self) -> dict[str, NumberFormat]:
        """The number format of each cell style, by the style's index as cells write it."""
        codes = {str(number): code for number, code in BUILT_IN.items()}
        formats: dict[str, NumberFormat] = {}
        with self._optional("styles") as stream:
            for _, element in iterparse(stream):  # noqa: S314 - `_open` refuses document types
                if _name(element) == "numFmt":
                    codes[element.get("numFmtId", "")] = element.get("formatCode", "")
                elif _name(element) == "cellXfs":
                    for index, style in enumerate(element):
                        formats[str(index)] = number_format(codes.get(style.get("numFmtId", "0"), ""))
        return formats

    def _read_strings(self) -> Iterator[str]:
        with self._optional("sharedStrings") as stream:
            for _, element in iterparse(stream):  # noqa: S314 - `_open` refuses document types
                if _name(element) == "si":
                    yield _escapes(_string(element))
                    element.clear()

    def _optional(self, kind: str) -> IO[bytes]:
        part = next((target for found, target in self._parts.values() if found == kind), None)
        return self._open(part) if part else io.BytesIO(b"<none/>")

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to, by identifier: the last word of its type, and the part's name."""
        folder, name = posixpath.split(part)
        found = {}
        with self._open(posixpath.join(folder, "_rels", f"{name}.rels")) as stream:
            for _, element in iterparse(stream):  # noqa: S314 - `_open` refuses document types
                if _name(element) == "Relationship":
                    target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))
                    kind = element.get("Type", "").rpartition("/")[2]
                    found[element.get("Id", "")] = (kind, target.lstrip("/"))
        return found

    def _open(self, part: str) -> IO[bytes]:
        """One part, looked through for a document type: entities are no part of the format."""
        with self._archive.open(part) as stream:
            tail = b""
            while piece := stream.read(_CHUNK):
                if b"<!DOCTYPE" in tail + piece or (not tail and b"\0" in piece[:4]):
                    raise ValueError("a document type, or not UTF-8")
                tail = piece[-16:]
        return self._archive.open(part)


def _name(element: Element) -> str:
    return _local(element.tag)


@lru_cache(256)
def _local(tag: str) -> str:
    """A tag without its namespace: the strict and the transitional format differ in nothing else here."""
    return tag.rpartition("}")[2]


def _string(element: Element) -> str:
    """The text of a string item: its own and its runs', without the reading aid beside it."""
    if len(element) == 1 and len(element[0]) == 0:
        return element[0].text or ""
    runs = (run for run in element if _name(run) in ("t", "r"))
    return "".join(text.text or "" for run in runs for text in run.iter() if _name(text) == "t")


def _escapes(text: str) -> str:
    """The characters that XML cannot hold stand as _xHHHH_, and such a text itself as _x005F_xHHHH_.

    Two halves of a character become one; a half alone is no text and becomes U+FFFD.
    """
    if "_x" not in text:
        return text
    halves = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _merge(cells: str) -> Merge:
    match = _REFERENCE.fullmatch(cells.rpartition(":")[2])
    if match is None:
        raise ValueError("merged cells have no place")
    return Merge(cells, int(match[2]))


def _column(reference: str | None, otherwise: int) -> int:
    if reference is None:
        return otherwise
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError("a cell has no place")
    return _letters(match[1])


@lru_cache(1024)
def _letters(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


def _next(number: int, before: int) -> int:
    if number <= before:
        raise ValueError("rows or cells are not in order")
    return number
