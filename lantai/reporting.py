"""Reports as both doors give them: the document, and the same as a table to save or a paper to print.

Not here: figures and lists themselves (`processes.reporting`), how a paper is set (`processes.printing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from archive import fonds as register
from archive.counted_read import stands_since
from lantai.errors import UsageMistake
from lantai.messages import label, language, say, word
from lantai.printing import paper
from lantai.reports_kept import kept
from policies.errors import LantaiError
from processes.errors import NotFound
from processes.reporting import figures, lists
from processes.reporting.figures import FIGURES, Asking
from processes.reporting.lists import COLUMNS, Listing, Scope

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lantai.wiring import Archive

KINDS = (*FIGURES, *COLUMNS)
"""Every kind of report: figures, then lists."""
MOST_PRINTED = 20_000
"""More rows than that no paper has; a file has all of them."""
ALL_FONDS = frozenset({"open", "destruction"})
"""Lists that may be of every fonds."""

_SIGNED: dict[str, tuple[str, ...]] = {
    "file-note": ("filed", "checked"),
    "transfer": ("gave", "took", "gave-unit", "took-unit"),
    "open": ("compiled", "approved"),
    "destruction": ("panel", "approved", "witness-1", "witness-2", "destroyed"),
}
_WIDTHS = {
    "title": 58,
    "code": 60,
    "file": 40,
    "first": 60,
    "last": 60,
    "document_number": 46,
    "author": 30,
    "volume": 44,
    "dates": 36,
    "bytes": 22,
    "notes": 24,
    "secrecy": 14,
    "row": 12,
    **dict.fromkeys(("pages", "page", "items", "year"), 15),
}
"""Of the columns of a list, in parts; any other has 20."""
_WHOLE = frozenset({"code", "first", "last", "volume", "date", "dates"})
"""Columns whose values are not broken over a line."""
_NUMBERS = frozenset(
    {"row", "page", "kept", *figures.SUMS, "all_items", "all_bytes", "gigabytes", "volumes", "opened", "used"}
    | {"visitors", *figures.USES, *figures.VISITS}
)


class TooLongToPrint(LantaiError):
    """More rows than a paper takes."""

    code = "usage"

    def __init__(self) -> None:
        super().__init__(f"more than {MOST_PRINTED} rows are not printed: name a year, or save a file")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: a kind of KINDS, what narrows it, and of figures which table of theirs.
    `number` and `approver` stand on a list of open titles. Raises `NotFound` for a kind that there is not.
    """

    kind: str
    scope: Scope = field(default_factory=Scope)
    table: str = ""
    number: str = ""
    approver: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise NotFound("report")

    @property
    def listed(self) -> bool:
        """Whether it is a list of items."""
        return self.kind in COLUMNS

    def need_fonds(self) -> None:
        """A list is of one fonds. Raises `UsageMistake`."""
        if self.listed and self.kind not in ALL_FONDS and not self.scope.fonds:
            raise UsageMistake("name the fonds that the list is of")


@dataclass(frozen=True, slots=True)
class Laid:
    """A report as a table: its title, columns by name, their headings, its rows in text."""

    title: str
    columns: tuple[str, ...]
    headings: tuple[str, ...]
    rows: Iterator[list[str]]


def document(archive: Archive, wanted: Wanted) -> dict[str, Any]:
    """What `report --json` and the route tell: figures, or of a list how many `items` it is made from.

    Raises `UsageMistake`.
    """
    wanted.need_fonds()
    with archive.database.read() as conn:
        if not wanted.listed:
            asking = _asking(archive, wanted)
            return figures.told(wanted.kind, conn, _keeping(archive, conn, asking)) | {
                "names": _names(archive)
            }
        items = lists.count(conn, wanted.kind, _listing(archive, wanted))
    return {"report": wanted.kind, "columns": list(COLUMNS[wanted.kind]), "items": items}


def first_rows(archive: Archive, wanted: Wanted, limit: int) -> dict[str, Any]:
    """The first `limit` rows of a list, by column, and whether there are `more`. Raises `UsageMistake`,
    `TooManyRows`, and `NotFound` for what is no list.
    """
    if not wanted.listed:
        raise NotFound("list")
    wanted.need_fonds()
    listing, columns = _listing(archive, wanted), COLUMNS[wanted.kind]
    found = list(islice(lists.rows(archive.database, wanted.kind, listing), limit + 1))
    with archive.database.read() as conn:
        items = lists.count(conn, wanted.kind, listing)
    told = [dict(zip(columns, row, strict=True)) for row in found[:limit]]
    more = len(found) > limit
    return {"report": wanted.kind, "columns": list(columns), "items": items, "rows": told, "more": more}


def laid(archive: Archive, wanted: Wanted) -> Laid:
    """The report as a table; rows are read as they are taken, by whichever thread takes them, in the language
    of whoever asked. Raises `UsageMistake`, `TooManyRows`, `NotFound` for a table that it has not.
    """
    wanted.need_fonds()
    title = word("report", wanted.kind)
    if wanted.listed:
        columns = COLUMNS[wanted.kind]
        cells: Iterable[Sequence[object]]
        cells = lists.rows(archive.database, wanted.kind, _listing(archive, wanted))
    else:
        with archive.database.read() as conn:
            tables = FIGURES[wanted.kind](conn, _asking(archive, wanted))
        table = next((one for one in tables if wanted.table in ("", one.name)), None)
        if table is None:
            raise NotFound("report")
        columns, cells = table.columns, table.rows
        title = f"{title} · {word('table', table.name)}" if len(tables) > 1 else title
    as_gigabytes = wanted.kind == "statistics"
    shown = tuple("gigabytes" if name == "bytes" and as_gigabytes else name for name in columns)
    spoken = copy_context()
    rows = (spoken.run(_texts, archive, shown, row) for row in cells)
    return Laid(title, shown, tuple(heading(name) for name in shown), rows)


def printed_report(archive: Archive, wanted: Wanted) -> tuple[bytes, int]:
    """The report as PDF/A, and how many rows it has. Raises `NoFont`, `NotPrinted`, `TooLongToPrint` and what
    `laid` raises.
    """
    table = laid(archive, wanted)
    rows = list(islice(table.rows, MOST_PRINTED + 1))
    if len(rows) > MOST_PRINTED:
        raise TooLongToPrint
    with archive.database.read() as conn:
        fonds = _fonds_named(conn, wanted.scope.fonds)
    return paper("list", _form(archive, wanted, table, rows, fonds), language()), len(rows)


def heading(column: str) -> str:
    """What a column is called in the reader's language, as it stands over it."""
    called = word("report-column", column)
    called = label(column) if called == column else called
    return called[:1].upper() + called[1:]


def named(archive: Archive, column: str, value: str) -> str:
    """A value of a column in the reader's words: access, retention, category, what remarks say."""
    if column == "access":
        return word("access", value)
    if column == "remarks" and value:
        return word("report", value)
    known: Any = {"retention": archive.rules.retention, "category": archive.rules.categories}.get(column, {})
    base = known.get(value) or known.get(value.partition("·")[0])
    if base is None:
        return value
    told = base.names.zh if language() == "zh" else base.names.en
    return told if column == "retention" else f"{value} {told}"


def _names(archive: Archive) -> dict[str, dict[str, str]]:
    """What the rule set calls its categories and retention periods, in the reader's language."""
    known: dict[str, Any] = {"category": archive.rules.categories, "retention": archive.rules.retention}
    return {column: {code: named(archive, column, code) for code in codes} for column, codes in known.items()}


def _form(
    archive: Archive, wanted: Wanted, table: Laid, rows: list[list[str]], fonds: str
) -> dict[str, object]:
    scope, today = wanted.scope, datetime.now(UTC).date().isoformat()
    facts = [("fonds", fonds), ("year", scope.year), ("category", scope.category)]
    facts += [("retention", named(archive, "retention", scope.retention)), ("volume", scope.volume)]
    facts += [("until", scope.until), ("number", wanted.number), ("approver", wanted.approver)]
    facts += [("count", str(len(rows))), ("made", today)]
    remark = f"report-remark-{wanted.kind}" if wanted.kind in ("open", "destruction") else ""
    space = say("report-space-file-note") if wanted.kind == "file-note" else ""
    return {
        "title": table.title,
        "facts": [[say(f"report-fact-{name}"), value] for name, value in facts if value],
        "columns": [_column(name, text) for name, text in zip(table.columns, table.headings, strict=True)],
        "rows": rows,
        "remarks": [say(remark)] if remark else [],
        "space": space,
        "signatures": [say(f"report-sign-{name}") for name in _SIGNED.get(wanted.kind, ())],
        "wide": wanted.listed or len(table.columns) > 5,
    }


def _column(name: str, text: str) -> dict[str, object]:
    align = "right" if name in _NUMBERS else "left"
    return {"name": text, "width": _WIDTHS.get(name, 20), "align": align, "whole": name in _WHOLE}


def _texts(archive: Archive, columns: Sequence[str], row: Sequence[object]) -> list[str]:
    return [_text(archive, name, value) for name, value in zip(columns, row, strict=True)]


def _text(archive: Archive, column: str, value: object) -> str:
    if value is None:
        return ""
    if column == "gigabytes":
        return f"{int(str(value)) / 1e9:.3f}"
    if column == "fonds" and value == "":
        return say("report-sum")
    return str(value) if isinstance(value, int) else named(archive, column, str(value))


def _fonds_named(conn: Connection, code: str) -> str:
    """A fonds with its name, where the register has it: the register is open to every reader."""
    found = register.fonds(conn, code) if code else None
    return f"{code} {found.name}" if found else code


def _asking(archive: Archive, wanted: Wanted) -> Asking:
    fonds = (wanted.scope.fonds,) if wanted.scope.fonds else ()
    return Asking(archive.subject, archive.rules, datetime.now(UTC).date(), fonds)


def _keeping(archive: Archive, conn: Connection, asking: Asking) -> Asking:
    """The same, told what was counted before and stands still."""
    size = archive.ledger.size(conn)
    key = (str(archive.home), archive.settings.origin, asking.view, asking.fonds)
    stands = partial(stands_since, conn)
    return replace(asking, keep=lambda name, count: kept((*key, name), size, stands, count))


def _listing(archive: Archive, wanted: Wanted) -> Listing:
    return Listing(archive.subject, archive.rules, datetime.now(UTC).date(), wanted.scope)
