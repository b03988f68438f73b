"""The lists of records that go with plain packages: a table, XML after the transfer rules, a page to read.

Each is made piece by piece from records, so that any number of them takes no memory; text from outside is
escaped for where it goes. Not done here: which records (`carrier_order`), what is written where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from archive.catalogue import Record
from policies.portable import csv_line, xml_text

BOM = "\ufeff".encode()
"""Spreadsheets and editors of Windows take a file without it for one in another encoding."""

COLUMNS = (
    *("code", "path", "file", "role", "bytes", "sha256", "puid", "format", "title", "author", "date"),
    *("fonds", "category", "year", "retention", "office", "number", "access", "withdrawn", "secrecy"),
    *("document_number", "pages", "keywords", "people", "place", "abstract", "genre", "disclosure"),
    *("opening_opinion", "secrecy_period", "secrecy_changes", "former_code", "notes", "batch", "registered"),
)
"""The table's columns: the fields of a batch's list by their names there, and what the archive knows."""

DIRECTORY = "文件目录.XML"
TABLE = "文件目录.csv"
PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class Row:
    """A record and where its components stand, in their order; "" for one that is missing."""

    record: Record
    paths: tuple[str, ...]


def table(rows: Iterable[Row]) -> Iterator[bytes]:
    """CSV, one line a component, safe for spreadsheets."""
    yield BOM + csv_line(list(COLUMNS)).encode()
    for row in rows:
        item = row.record.item
        of_item: dict[str, object] = dict(item.fields)
        of_item |= {name: getattr(item, name) for name in ("code", "fonds", "category", "year", "retention")}
        of_item |= {"office": item.office, "number": item.number, "access": item.access}
        of_item |= {"batch": item.batch, "registered": row.record.time}
        of_item |= {"withdrawn": "yes" if row.record.withdrawn else ""}
        for part, path in zip(item.components, row.paths, strict=True):
            named = ("file", "role", "bytes", "sha256", "puid", "format")
            values = of_item | {"path": path} | {name: getattr(part, name) for name in named}
            yield csv_line([values.get(name, "") for name in COLUMNS]).encode()


def directory(rows: Iterable[Row]) -> Iterator[bytes]:
    """文件目录.XML: a 文件 for each record, with the elements of the transfer rules in their order.

    Source: 档发〔2012〕7号, 文件目录: 顺序号, 档号, 责任者, 题名, 日期, 密级, 电子档案名称, 备注.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<文件目录>\n'.encode()
    for number, row in enumerate(rows, 1):
        item = row.record.item
        fields = item.fields
        elements: list[tuple[str, object]] = [
            ("顺序号", number),
            ("档号", item.code),
            ("责任者", fields.get("author", "")),
            ("题名", fields.get("title", "")),
            ("日期", fields.get("date", "")),
            ("密级", fields.get("secrecy", "")),
            *(("电子档案名称", path) for path in row.paths),
            ("备注", fields.get("notes", "")),
        ]
        inside = "".join(f"    <{name}>{xml_text(value)}</{name}>\n" for name, value in elements)
        yield f"  <文件>\n{inside}  </文件>\n".encode()
    yield "</文件目录>\n".encode()


_PAGE_HEAD = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>body{{font-family:sans-serif;margin:2em}}table{{border-collapse:collapse}}
td,th{{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}}</style></head>
<body><h1>{title}</h1><p>{told}</p>
<table><thead><tr><th>档号 Code</th><th>题名 Title</th><th>责任者 Author</th><th>日期 Date</th>
<th>文件 Files</th></tr></thead><tbody>
"""


def page(rows: Iterable[Row], title: str, told: Mapping[str, object]) -> Iterator[bytes]:
    """A page for any browser, without scripts: one row a record, its files as links."""
    facts = "<br>".join(f"{xml_text(name)}: {xml_text(value)}" for name, value in told.items())
    yield _PAGE_HEAD.format(title=xml_text(title), told=facts).encode()
    for row in rows:
        fields = row.record.item.fields
        links = "<br>".join(
            f'<a href="{_href(path)}">{xml_text(part.file)}</a>' if path else f"{xml_text(part.file)} ✗"
            for part, path in zip(row.record.item.components, row.paths, strict=True)
        )
        told_of = (row.record.item.code, *(fields.get(name, "") for name in ("title", "author", "date")))
        cells = "".join(f"<td>{xml_text(value)}</td>" for value in told_of)
        yield f"<tr>{cells}<td>{links}</td></tr>\n".encode()
    yield b"</tbody></table></body></html>\n"


def _href(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
