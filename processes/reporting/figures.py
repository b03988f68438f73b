"""Figures of an archive: what is held, how it grew, how it was used, what falls due, and the year's
statistics.

Each is a document of tables, added up in the database from what is counted while it happens
(`archive.counted`), through the reader's view. Uses are counted of the fonds that somebody handles; what
names no item, such as a search, and visits only for whoever handles every fonds. No query is told and no
name.

Years of opening are those in which access is decided on next; a retention period that ends means that
somebody appraises again. Not here: lists of items (`lists`), words (`lantai`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from archive.counted_read import RECEIVED, Held, held_by, summed, used_items, uses_by, volumes_received
from policies.access import Subject, View, view_of
from policies.retention import ended_in
from policies.ruleset import RuleSet
from processes.reading_room.figures import visits_by_fonds, visits_by_month, visits_by_year

Counts = dict[tuple[str, str], dict[str, int]]
"""By year and fonds."""
Cell = str | int | None
"""What a table tells; None where it is not told, or to whoever asks."""
BY = ("fonds", "year", "category", "format", "retention", "access")
"""What holdings are told by."""
SUMS = ("items", "components", "bytes", "pages")
USES = ("search", "view", "download", "list", "export", "opening")
VISITS = ("visits", "visitors", "given", "copies", "certificates")
STATISTICS = ("volumes", "items", "pages", "bytes", "opened", "used")
CAME = ("visits", "visitors")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a report: its name, its columns by name, its rows in order."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_json(self) -> dict[str, Any]:
        """As `report --json` and the route tell it."""
        told = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"table": self.name, "columns": list(self.columns), "rows": told}


def counted_now(_name: str, count: Callable[[], Any]) -> Any:
    """What is counted of what is held, kept nowhere."""
    return count()


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, about which fonds (none named: all in view), and when. `rules` say how long is kept; `keep`
    gives what is held under a name (of figures, `totals`, `received`) as it was counted before, or counts it.
    """

    subject: Subject
    rules: RuleSet
    today: date
    fonds: Sequence[str] = ()
    keep: Callable[[str, Callable[[], Any]], Any] = counted_now
    view: View = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "view", view_of(self.subject))

    @property
    def only(self) -> dict[str, Sequence[str]]:
        """The columns that what is asked narrows."""
        return {"fonds": self.fonds} if self.fonds else {}

    @property
    def used(self) -> frozenset[str] | None:
        """The fonds whose uses are told; None for all of them, and what names no item besides."""
        handled = self.subject.handles
        if self.fonds:
            return frozenset(self.fonds) if handled is None else handled & frozenset(self.fonds)
        return handled


def holdings(conn: Connection, asking: Asking) -> list[Table]:
    """What is held, by each of `BY`: read twice, for of years there are many and of the rest few."""
    by = tuple(name for name in BY if name != "year")
    few = held_by(conn, asking.view, by, asking.only)
    found = {name: summed(few, place) for place, name in enumerate(by)}
    found["year"] = held_by(conn, asking.view, ("year",), asking.only)
    return [_held(name, found[name]) for name in BY]


def growth(conn: Connection, asking: Asking) -> list[Table]:
    """What was registered in each month, and what was held at its end of what is held today."""
    rows: list[tuple[Cell, ...]] = []
    items = size = 0
    for one in held_by(conn, asking.view, ("month",), asking.only):
        items, size = items + one.items, size + one.bytes
        rows.append((one.values[0], one.items, one.bytes, items, size))
    return [Table("month", ("month", "items", "bytes", "all_items", "all_bytes"), tuple(rows))]


def use(conn: Connection, asking: Asking) -> list[Table]:
    """Uses by month, and by fonds."""
    counted = uses_by(conn, asking.used)
    months: dict[str, dict[str, int]] = {}
    fonds: dict[str, dict[str, int]] = {}
    for (month, kind, of), number in counted.items():
        _add(months.setdefault(month, {}), kind, number)
        if of:
            _add(fonds.setdefault(of, {}), kind, number)
    columns: tuple[str, ...] = USES[1:]
    if asking.used is None:
        columns = (*USES, *VISITS)
        for one in visits_by_month(conn):
            months.setdefault(one.month, {}).update({name: getattr(one, name) for name in VISITS})
    return [_filled("month", columns, months), _filled("fonds", USES[1:], fonds)]


def due(conn: Connection, asking: Asking) -> list[Table]:
    """What falls due, by year: decisions on access, and retention periods that end."""
    decided = [
        (one.values[0], one.items, one.pages)
        for one in held_by(conn, asking.view, ("due",), asking.only)
        if one.values[0]
    ]
    ended: dict[str, dict[str, int]] = {}
    for one in held_by(conn, asking.view, ("year", "retention"), asking.only):
        if year := ended_in(asking.rules, *one.values):
            counts = ended.setdefault(year, {})
            _add(counts, "items", one.items)
            _add(counts, "pages", one.pages)
    kept = [(year, found["items"], found["pages"]) for year, found in sorted(ended.items())]
    columns = ("year", "items", "pages")
    return [Table("opening", columns, tuple(decided)), Table("retention-end", columns, tuple(kept))]


def received(conn: Connection, asking: Asking) -> Counts:
    """What was received, by year and fonds, and how much of that is open today."""
    held: Counts = {}
    for one in held_by(conn, asking.view, (RECEIVED, "fonds", "access"), asking.only):
        year, fonds, access = one.values
        counts = held.setdefault((year, fonds), {})
        for name in ("items", "pages", "bytes"):
            _add(counts, name, getattr(one, name))
        _add(counts, "opened", one.items if access == "open" else 0)
    for place, number in volumes_received(conn, asking.view).items():
        if place in held:
            _add(held[place], "volumes", number)
    return held


def statistics(conn: Connection, asking: Asking) -> list[Table]:
    """The year's statistics: what each fonds received in a year, how much of that is open today, how many of
    its items were used in that year, in how many visits and by how many visitors something of it; behind each
    year's fonds their sum, with all visits and visitors of the year: told to whoever handles every fonds.
    """
    known: Counts = asking.keep("received", lambda: received(conn, asking))
    held = {place: dict(counts) for place, counts in known.items()}
    for (year, fonds), number in used_items(conn, asking.used).items():
        _add(held.setdefault((year, fonds), {}), "used", number)
    for place, (visits, visitors) in visits_by_fonds(conn, asking.used).items():
        held.setdefault(place, {}).update(visits=visits, visitors=visitors)
    came = visits_by_year(conn) if asking.used is None else {}
    return [Table("year", ("year", "fonds", *STATISTICS, *CAME), tuple(_years(asking, held, came)))]


def _years(
    asking: Asking,
    held: Mapping[tuple[str, str], Mapping[str, int]],
    came: Mapping[str, tuple[int, int]],
) -> Iterable[tuple[Cell, ...]]:
    by_year: dict[str, list[tuple[str, Mapping[str, int]]]] = {year: [] for year in came}
    for (year, fonds), found in sorted(held.items()):
        by_year.setdefault(year, []).append((fonds, found))
    for year, of_year in sorted(by_year.items()):
        rows = [_of_fonds(asking, year, fonds, found) for fonds, found in of_year]
        yield from rows
        sums = (sum(found.get(name, 0) for _, found in of_year) for name in STATISTICS)
        alone = rows[0][-len(CAME) :] if len(rows) == 1 else (None,) * len(CAME)
        yield (year, "", *sums, *(came.get(year, (0, 0)) if asking.used is None else alone))


def _of_fonds(asking: Asking, year: str, fonds: str, found: Mapping[str, int]) -> tuple[Cell, ...]:
    told = asking.used is None or fonds in asking.used
    uses = tuple(found.get(name, 0) if told else None for name in ("used", *CAME))
    return (year, fonds, *(found.get(name, 0) for name in STATISTICS[:-1]), *uses)


def _filled(name: str, columns: tuple[str, ...], found: Mapping[str, Mapping[str, int]]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (value, *(counts.get(one, 0) for one in columns)) for value, counts in sorted(found.items())
    ]
    return Table(name, (name, *columns), tuple(rows))


def _held(name: str, found: Iterable[Held]) -> Table:
    rows = ((one.values[0], *(getattr(one, column) for column in SUMS)) for one in found)
    return Table(name, (name, *SUMS), tuple(rows))


def _add(counts: dict[str, int], name: str, number: int) -> None:
    counts[name] = counts.get(name, 0) + number


FIGURES: dict[str, Callable[[Connection, Asking], list[Table]]] = {
    "holdings": holdings,
    "growth": growth,
    "use": use,
    "due": due,
    "statistics": statistics,
}
"""The kinds of figures by name."""
OF_HOLDINGS = frozenset({"holdings", "growth", "due"})
"""Those that tell of nothing but what is held."""


def told(kind: str, conn: Connection, asking: Asking) -> dict[str, Any]:
    """The document of a kind of `FIGURES`: its `tables`, and the `totals` of what is in view."""

    def count() -> list[dict[str, Any]]:
        return [table.as_json() for table in FIGURES[kind](conn, asking)]

    tables = asking.keep(kind, count) if kind in OF_HOLDINGS else count()
    return {"report": kind, "totals": asking.keep("totals", lambda: _totals(conn, asking)), "tables": tables}


def _totals(conn: Connection, asking: Asking) -> dict[str, int]:
    totals = held_by(conn, asking.view, (), asking.only)
    return {name: getattr(totals[0], name) if totals else 0 for name in SUMS}
