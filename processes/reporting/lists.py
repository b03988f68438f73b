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
Withdrawn items are in none. Which items they are is asked once and their identifiers ordered in memory; what
they say is read some hundreds at a time while rows are taken, each page in a snapshot of its own, through the
same view: what was closed meanwhile is left out, and a reader who takes hours over a list holds no
connection. Not here: headings and signatures (`lantai.reporting`), files (`processes.finding`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import ColumnElement, Connection, and_, false, func, or_, select

from archive import catalogue, tables
from archive.catalogue import Record
from archive.catalogue_read import visible
from archive.counted import pages_of
from archive.database import Database
from archive.destructions import holds
from policies.access import Subject, View, view_of
from policies.errors import LantaiError
from policies.retention import ended_in, years_ended
from policies.ruleset import RuleSet
from policies.screening import masked
from processes.reporting.filed import Filed, filed, filed_in, ordered_by

MOST_ROWS = 100_000
"""More items than that no list has: a fonds is listed by year or category."""
PAGE = 500
IN_VOLUME = frozenset({"items", "in-volume"})
"""Lists of items that may be of one volume or series."""

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
    "transfer": ("row", "code", "author", "title", "date", "secrecy", "file", "bytes", "notes"),
    "open": ("row", "code", "title", "author", "date"),
    "destruction": ("row", "title", "year", "code", "ended", "kept", "pages", "remarks"),
}
"""The columns of each list."""


def rows(database: Database, kind: str, listing: Listing) -> Iterator[Row]:
    """The rows of a list in order, read as they are taken. Raises `TooManyRows` at once, not later."""
    view = view_for(kind, listing.subject)
    with database.read() as conn:
        if kind in _FILED:
            _need_few(count(conn, kind, listing))
            return _FILED[kind](filed(conn, _chosen(kind, listing), listing.scope.volume))
        wanted = _ordered(conn, kind, listing)
    return _ROWS[kind](database, _records(database, wanted, view), listing)


def view_for(kind: str, subject: Subject) -> View:
    """What a list is of: what is open to anybody, or what the reader handles."""
    return view_of(Subject("")) if kind == "open" else view_of(subject).handled


def count(conn: Connection, kind: str, listing: Listing) -> int:
    """From how many items a list is made."""
    query = select(func.count()).select_from(tables.item).where(*_chosen(kind, listing))
    return int(conn.execute(query).scalar_one())


def _ordered(conn: Connection, kind: str, listing: Listing) -> list[str]:
    """The items of a list, in the natural order of their codes."""
    chosen = _chosen(kind, listing)
    if listing.scope.volume and kind in IN_VOLUME:
        found = [(ordered_by(code), item) for code, item in filed_in(conn, chosen, listing.scope.volume)]
    else:
        _need_few(count(conn, kind, listing))
        query = select(tables.item.c.code, tables.item.c.id).where(*chosen)
        found = [(ordered_by(code), item) for code, item in conn.execute(query)]
    _need_few(len(found))
    return [item for _, item in sorted(found)]


def _need_few(items: int) -> None:
    if items > MOST_ROWS:
        raise TooManyRows(items, MOST_ROWS)


def _chosen(kind: str, listing: Listing) -> list[ColumnElement[bool]]:
    table, scope = tables.item.c, listing.scope
    conditions = [table.withdrawn.is_(False), visible(view_for(kind, listing.subject))]
    for name in ("fonds", "year", "category", "retention"):
        if value := getattr(scope, name):
            conditions.append(table[name] == value)
    if kind == "destruction":
        ended = years_ended(listing.rules, listing.in_year).items()
        terms = [and_(table.retention == term, table.year <= year) for term, year in ended]
        conditions.append(or_(false(), *terms))
    return conditions


def _records(database: Database, wanted: Sequence[str], view: View) -> Iterator[Record]:
    for start in range(0, len(wanted), PAGE):
        with database.read() as conn:
            page = catalogue.items(conn, wanted[start : start + PAGE], view)
        yield from page


def _of(record: Record, *names: str) -> Row:
    item = record.item
    own = {"code": item.code, "year": item.year, "pages": str(pages(record) or "")}
    return tuple(own.get(name) or item.fields.get(name, "") for name in names)


def pages(record: Record) -> int:
    """The pages of an item, as figures count them."""
    return pages_of(record.item.fields.get("pages", ""), (part.probe for part in record.item.components))


def _items(_: Database, found: Iterator[Record], _listing: Listing) -> Iterator[Row]:
    for number, one in enumerate(found, 1):
        yield (str(number), *_of(one, *COLUMNS["items"][1:]))


def _volumes(found: Sequence[Filed]) -> Iterator[Row]:
    for number, one in enumerate(found, 1):
        title = f"{one.title} …" if one.items > 1 else one.title
        years = _span(one.years)
        yield str(number), one.name, title, years, str(one.items), str(one.pages or ""), one.retention, ""


def _in_volume(_: Database, found: Iterator[Record], _listing: Listing) -> Iterator[Row]:
    begins = 1
    for number, one in enumerate(found, 1):
        counted = pages(one)
        page = str(begins) if counted else ""
        begins += counted
        yield (str(number), *_of(one, "document_number", "author", "title", "date"), page, *_of(one, "notes"))


def _file_note(found: Sequence[Filed]) -> Iterator[Row]:
    for one in found:
        yield one.name, str(one.items), str(one.pages or ""), one.first, one.last, _span(one.dates)


def _span(between: tuple[str, str]) -> str:
    return between[0] if between[0] == between[1] else f"{between[0]}-{between[1]}"


def _transfer(_: Database, found: Iterator[Record], _listing: Listing) -> Iterator[Row]:
    for number, one in enumerate(found, 1):
        parts = one.item.components
        files, size = " | ".join(part.file for part in parts), sum(part.bytes for part in parts)
        row = _of(one, "code", "author", "title", "date", "secrecy")
        yield (str(number), *row, files, str(size), *_of(one, "notes"))


def _open(_: Database, found: Iterator[Record], _listing: Listing) -> Iterator[Row]:
    for number, one in enumerate(found, 1):
        code, title, author, day = _of(one, "code", "title", "author", "date")
        yield str(number), code, masked(title), masked(author), day


def _destruction(database: Database, found: Iterator[Record], listing: Listing) -> Iterator[Row]:
    numbers = itertools.count(1)
    while page := list(islice(found, PAGE)):
        with database.read() as conn:
            held = holds(conn, [one.item.id for one in page])
        for one, number in zip(page, numbers, strict=False):
            year = one.item.year
            ended = ended_in(listing.rules, year, one.item.retention)
            kept = str(max(0, listing.today.year - int(year) - 1)) if year.isdigit() else ""
            remark = "held" if one.item.id in held else ""
            yield (str(number), *_of(one, "title", "year", "code"), ended, kept, *_of(one, "pages"), remark)


_ROWS: dict[str, Callable[[Database, Iterator[Record], Listing], Iterator[Row]]] = {
    "items": _items,
    "in-volume": _in_volume,
    "transfer": _transfer,
    "open": _open,
    "destruction": _destruction,
}
_FILED: dict[str, Callable[[Sequence[Filed]], Iterator[Row]]] = {
    "volumes": _volumes,
    "file-note": _file_note,
}
