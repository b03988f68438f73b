"""A list of results as a file, to print, send on or sort: every hit of a query, in CSV or XLSX.

A list leaves the archive, and so it describes only what is open to everybody: any other row bears its
code, fonds, year and access and nothing else, whoever asks, and personal identifiers are masked; what was
granted for looking at alone is in none. Every cell is text: none is a formula in any program (`as_text`).
Rows are read page by page and written as they come, so memory is flat; the file appears under its name whole
or not at all.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive import catalogue
from archive.database import Database
from policies.access import Subject, View, copying, view_of
from policies.screening import masked
from processes.errors import AlreadyThere, ListChanged
from processes.finding.find import Asked
from processes.finding.result_files import WRITERS
from processes.finding.seen import Seen, seen_by
from search.errors import CursorMistake
from search.index import MOST_HITS, Hit, Results
from search.living import LivingIndex
from search.nodes import Node
from search.query import parse

COLUMNS = (
    "number", "code", "title", "author", "date", "retention", "access", "fonds", "category", "year", "office",
)  # fmt: skip
"""The columns of a list, by the names of their fields; `number` counts its rows from 1."""

_FORCE = "--force replaces it"
_EVERYBODY = Subject("")
_REMEMBERED = 16
"""So many pages back is gone on from, where the last rows of the newest ones were hidden meanwhile."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file to be written: where, with which headings (one for each of COLUMNS), and whether one that is
    there is replaced. Its kind is its ending's: .csv or .xlsx.
    """

    target: Path
    headings: Sequence[str]
    access: dict[str, str]
    replace: bool = False


def write_list(
    database: Database, index: LivingIndex, work: Path, asked: Asked, subject: Subject | None, sheet: Sheet
) -> dict[str, Any]:
    """Write all that `asked` finds (its limit and cursor aside); how many `rows`, and how many of them
    `undescribed`. The file is durable, mode 0600. Raises `QueryMistake`, `AlreadyThere`, `ListChanged`,
    `IndexLost`, OSError.
    """
    query = parse(asked.query)
    write = WRITERS[sheet.target.suffix.lower()]
    if sheet.target.exists() and not sheet.replace:
        raise AlreadyThere(sheet.target, _FORCE)
    seen = seen_by(copying(subject), database, index, work)
    counts = {"rows": 0, "undescribed": 0}
    with appearing(sheet.target, sheet.replace) as part:
        write(part, sheet.headings, cells(seen, query, asked, sheet.access, counts))
    return {"file": str(sheet.target), **counts}


def cells(
    seen: Seen, query: Node, asked: Asked, access: dict[str, str], counts: dict[str, int]
) -> Iterator[list[str]]:
    """The rows, numbered; counted as they are given. `seen` is that of a subject as copies are made for it
    (`policies.access.copying`), `access` what its statuses are called.
    """
    everybody = view_of(_EVERYBODY)
    for hits in pages(seen, query, asked):
        described = _in_view(seen.database, hits, everybody)
        for hit in hits:
            counts["rows"] += 1
            counts["undescribed"] += hit.id not in described
            fields = _described(hit) if hit.id in described else _named(hit)
            fields["access"] = access.get(hit.access, hit.access)
            yield [str(counts["rows"]), *(fields.get(name, "") for name in COLUMNS[1:])]


def _in_view(database: Database, hits: Iterable[Hit], view: View) -> frozenset[str]:
    with database.read() as conn:
        return frozenset(one.item.id for one in catalogue.items(conn, [hit.id for hit in hits], view))


def _named(hit: Hit) -> dict[str, str]:
    return {"code": hit.code, "fonds": hit.fonds, "year": hit.year}


def _described(hit: Hit) -> dict[str, str]:
    told = {"title": masked(hit.title), "author": masked(hit.author), "date": hit.date}
    placed = {"retention": hit.retention, "category": hit.category, "office": hit.office}
    return _named(hit) | told | placed


def pages(seen: Seen, query: Node, asked: Asked, size: int = MOST_HITS) -> Iterator[tuple[Hit, ...]]:
    """All hits, page by page: none twice, and none left out that was in view throughout.

    A cursor names the last hit of its page; where that is no longer in view, the page before is read again
    and what was given already is skipped. Raises `ListChanged` where that does not help.
    """
    cursors: list[str] = []
    given: list[frozenset[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        cursors = [*cursors, cursor][-_REMEMBERED:]
        found = _page(seen, query, asked, cursors, size)
        already = frozenset[str]().union(*given)
        new = tuple(hit for hit in found.hits if hit.id not in already)
        given = [*given, frozenset(hit.id for hit in new)][-_REMEMBERED:]
        if new:
            yield new
        cursor = found.cursor


def _page(seen: Seen, query: Node, asked: Asked, cursors: Sequence[str], size: int) -> Results:
    """The page behind the last cursor, or behind the newest one that is good still."""
    for cursor in reversed(cursors):
        with suppress(CursorMistake):
            return seen.search(query, filters=asked.filters, limit=size, cursor=cursor, order=asked.order)
    raise ListChanged


@contextmanager
def appearing(target: Path, replaces: bool) -> Iterator[Path]:
    """A new file beside `target` that takes its name, durably, when it was written wholly; else is gone."""
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        if replaces:
            part.rename(target)
        else:
            _link(part, target)
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        part.unlink(missing_ok=True)


def _link(part: Path, target: Path) -> None:
    """Name the file, unless one came there meanwhile; where a file system has no links, look and rename."""
    try:
        os.link(part, target)
    except FileExistsError as there:
        raise AlreadyThere(target, _FORCE) from there
    except OSError:
        if target.exists():
            raise AlreadyThere(target, _FORCE) from None
        part.rename(target)
