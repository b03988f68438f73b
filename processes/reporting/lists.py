"""The lists that archives print, row by row, in their standard columns (DA/T 22, DA/T 1, domain reference,
5 to 7).

    items         归档文件目录   the items of a fonds in the order of their codes
    volumes       案卷目录       one row a volume; where items lie in none, one row a series
    in-volume     卷内文件目录   the items of a volume, each with the page on which it begins
    file-note     备考表         what a volume or a series holds, for whoever filed and checked it to sign
    transfer      移交清单       the items with their files and sizes
    open          开放档案目录   approved open titles alone, personal identifiers masked, for anybody to read
    destruction   销毁清册       items whose retention has ended: to be appraised again by a panel

All but the list of open titles are of fonds that the reader handles; nobody else's items are in them.
Withdrawn items are in none. Not here: headings and signatures (`lantai.reporting`), files
(`processes.finding`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select

from archive import catalogue, tables
from archive.catalogue import Record
from archive.catalogue_read import visible
from archive.counted import pages_of, volume_of
from archive.destructions import holds
from policies.access import Subject, View, view_of
from policies.errors import LantaiError
from policies.ruleset import RuleSet
from policies.screening import masked
from processes.reporting.due import ended_in, years_ended
from search.segment import code_order

MOST_ROWS = 100_000
"""More items than that no list has: a fonds is listed by year or category."""
PAGE = 500

Row = tuple[str, ...]


class TooManyRows(LantaiError):
    """More items than a list takes."""

    code = "usage"

    def __init__(self, rows: int, most: int) -> None:
        super().__init__(f"{rows} items are more than a list of {most} takes: name a year or a category")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is listed: a fonds, and of it what the other values name; "" names nothing. `until` is the year in
    which retention has ended, for the register of destruction.
    """

    fonds: str = ""
    year: str = ""
    category: str = ""
    retention: str = ""
    volume: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """One listing: who asks, what for, when. `rules` say how long is kept."""

    subject: Subject
    rules: RuleSet
    today: date
    scope: Scope

    @property
    def in_year(self) -> int:
        """The year in which a retention that has ended is listed."""
        until = self.scope.until
        return int(until) if until.isascii() and until.isdigit() and len(until) == 4 else self.today.year


COLUMNS: dict[str, Row] = {
    "items": ("row", "code", "document_number", "author", "title", "date", "secrecy", "pages", "notes"),
    "volumes": ("row", "volume", "title", "years", "items", "pages", "retention", "notes"),
    "in-volume": ("row", "document_number", "author", "title", "date", "page", "notes"),
    "file-note": ("volume", "items", "pages", "first", "last", "dates"),
    "transfer": ("row", "code", "title", "author", "date", "secrecy", "file", "bytes", "notes"),
    "open": ("row", "code", "title", "author", "date"),
    "destruction": ("row", "title", "year", "code", "ended", "kept", "pages", "remarks"),
}
"""The columns of each list."""


def rows(conn: Connection, kind: str, listing: Listing, limit: int = MOST_ROWS) -> Iterator[Row]:
    """The rows of a list in order, at most `limit`. Raises `TooManyRows` beyond `MOST_ROWS`."""
    wanted = ordered(conn, kind, listing)
    if len(wanted) > MOST_ROWS:
        raise TooManyRows(len(wanted), MOST_ROWS)
    found = _records(conn, wanted, view_for(kind, listing.subject))
    made = _ROWS[kind](conn, found, listing)
    yield from islice(made, limit)


def view_for(kind: str, subject: Subject) -> View:
    """What a list is of: what is open to anybody, or what the reader handles."""
    return view_of(Subject("")) if kind == "open" else view_of(subject).handled


def ordered(conn: Connection, kind: str, listing: Listing) -> list[str]:
    """The items of a list, in the natural order of their codes."""
    table = tables.item.c
    query = select(table.code, table.id).where(table.withdrawn.is_(False), *_chosen(kind, listing))
    query = query.where(visible(view_for(kind, listing.subject)))
    found = [(code_order(code), item) for code, item in conn.execute(query)]
    return [item for _, item in sorted(found)]


def _chosen(kind: str, listing: Listing) -> Iterator[ColumnElement[bool]]:
    table, scope = tables.item.c, listing.scope
    for name in ("fonds", "year", "category", "retention"):
        if value := getattr(scope, name):
            yield table[name] == value
    if kind == "destruction":
        ended = years_ended(listing.rules, listing.in_year).items()
        terms = [and_(table.retention == term, table.year <= year) for term, year in ended]
        yield or_(false(), *terms)


def _records(conn: Connection, wanted: Sequence[str], view: View) -> Iterator[Record]:
    for start in range(0, len(wanted), PAGE):
        yield from catalogue.items(conn, wanted[start : start + PAGE], view)


def _of(record: Record, *names: str) -> Row:
    item = record.item
    own = {"code": item.code, "year": item.year, "pages": str(pages(record) or "")}
    return tuple(own.get(name) or item.fields.get(name, "") for name in names)


def pages(record: Record) -> int:
    """The pages of an item, as figures count them."""
    return pages_of(record.item.fields.get("pages", ""), (part.probe for part in record.item.components))


def _items(_: Connection, found: Iterator[Record], listing: Listing) -> Iterator[Row]:
    chosen = (one for one in found if volume(one) == listing.scope.volume or not listing.scope.volume)
    for number, one in enumerate(chosen, 1):
        yield (str(number), *_of(one, *COLUMNS["items"][1:]))


def volume(record: Record) -> str:
    """The volume that an item lies in, "" for none."""
    fields = record.item.fields
    return volume_of(fields.get("catalogue", ""), fields.get("volume", ""))


def place(record: Record) -> str:
    """What an item is filed in: its volume, else its series as its code has it."""
    return volume(record) or record.item.code.rpartition("-")[0]


def _volumes(_: Connection, found: Iterator[Record], _listing: Listing) -> Iterator[Row]:
    grouped = groupby(found, key=lambda one: (place(one), one.item.retention))
    for number, ((name, retention), group) in enumerate(grouped, 1):
        held = list(group)
        title = held[0].item.fields.get("title", "")
        more = f"{title} …" if len(held) > 1 else title
        counted = sum(map(pages, held))
        years = sorted({one.item.year for one in held})
        told = years[0] if len(years) == 1 else f"{years[0]}-{years[-1]}"
        yield str(number), name, more, told, str(len(held)), str(counted or ""), retention, ""


def _in_volume(_: Connection, found: Iterator[Record], listing: Listing) -> Iterator[Row]:
    wanted, begins = listing.scope.volume, 1
    chosen = (one for one in found if not wanted or place(one) == wanted)
    for number, one in enumerate(chosen, 1):
        counted = pages(one)
        page = str(begins) if counted else ""
        begins += counted
        yield (str(number), *_of(one, "document_number", "author", "title", "date"), page, *_of(one, "notes"))


def _file_note(_: Connection, found: Iterator[Record], listing: Listing) -> Iterator[Row]:
    wanted = listing.scope.volume
    for name, group in groupby(found, key=place):
        held = list(group)
        dates = sorted(day for one in held if (day := one.item.fields.get("date", "")))
        spread = dates[0] if len(set(dates)) == 1 else f"{dates[0]}-{dates[-1]}" if dates else ""
        if not wanted or name == wanted:
            counts = str(len(held)), str(sum(map(pages, held)) or "")
            yield name, *counts, held[0].item.code, held[-1].item.code, spread


def _transfer(_: Connection, found: Iterator[Record], _listing: Listing) -> Iterator[Row]:
    for number, one in enumerate(found, 1):
        parts = one.item.components
        files, size = " | ".join(part.file for part in parts), sum(part.bytes for part in parts)
        row = _of(one, "code", "title", "author", "date", "secrecy")
        yield (str(number), *row, files, str(size), *_of(one, "notes"))


def _open(_: Connection, found: Iterator[Record], _listing: Listing) -> Iterator[Row]:
    for number, one in enumerate(found, 1):
        code, title, author, day = _of(one, "code", "title", "author", "date")
        yield str(number), code, masked(title), masked(author), day


def _destruction(conn: Connection, found: Iterator[Record], listing: Listing) -> Iterator[Row]:
    records = list(found)
    held = holds(conn, [one.item.id for one in records])
    for number, one in enumerate(records, 1):
        ended = ended_in(listing.rules, one.item.year, one.item.retention)
        kept = str(max(0, listing.today.year - int(one.item.year) - 1)) if one.item.year.isdigit() else ""
        remark = "held" if one.item.id in held else ""
        yield (str(number), *_of(one, "title", "year", "code"), ended, kept, *_of(one, "pages"), remark)


_ROWS: dict[str, Callable[[Connection, Iterator[Record], Listing], Iterator[Row]]] = {
    "items": _items,
    "volumes": _volumes,
    "in-volume": _in_volume,
    "file-note": _file_note,
    "transfer": _transfer,
    "open": _open,
    "destruction": _destruction,
}
