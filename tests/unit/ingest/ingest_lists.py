"""Lists on disk for the tests of this room: written, and read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

from ingest.manifest import BatchList, read_list
from ingest.source import FolderSource
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
    return read_list(FolderSource(folder), RULES)


def read_book(folder: Path, *sheets: Sequence[Sequence[Any]]) -> BatchList:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.worksheets[0] if number == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(folder / "manifest.xlsx")
    return read_list(FolderSource(folder), RULES)


def kinds(found: BatchList) -> list[str]:
    return [note.kind for note in found.findings]
