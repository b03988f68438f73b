"""What the reading room counts: visits, visitors, what they used, certificates, by month; visits and visitors
by year and fonds.

A visit is one coming (人次), a visitor is a person (人), counted once in each span: so visits of the months
add up to those of the year, visitors do not. A visitor who came again after they were forgotten counts as
another one. Months and years are UTC's, as the ledger's times are. Not here: who may read it, other uses
(`processes.reporting`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, distinct, func, select

from archive import tables
from archive.counted_read import fonds_of
from archive.tables_visitors import visit, visit_item
from archive.visit_events import CertificateIssued
from policies.visitors import COPIED


@dataclass(frozen=True, slots=True)
class Month:
    """A month (`2026-11`): visits; visitors among them, each once; items used, each once; how often an item
    was given; how often one was copied, and the pages of it; certificates issued.
    """

    month: str
    visits: int = 0
    visitors: int = 0
    items: int = 0
    given: int = 0
    copies: int = 0
    pages: int = 0
    certificates: int = 0


def visits_by_month(conn: Connection, since: str = "", until: str = "") -> list[Month]:
    """Every month in which there was anything, oldest first; `since` and `until` are months or days, both
    included, "" for all.
    """
    found: dict[str, dict[str, int]] = {}
    for query in (_visits(since, until), _items(since, until), _certificates(since, until)):
        for row in conn.execute(query):
            values = dict(row._mapping)
            found.setdefault(values.pop("month"), {}).update(
                {name: int(v or 0) for name, v in values.items()}
            )
    return [Month(month, **values) for month, values in sorted(found.items())]


def visits_by_year(conn: Connection) -> dict[str, tuple[int, int]]:
    """Of each year in which anybody came: visits, and visitors, each once."""
    year = func.substr(visit.c.time, 1, 4).label("year")
    query = select(year, func.count(), func.count(distinct(visit.c.visitor))).group_by(year)
    return {of: (int(visits), int(visitors)) for of, visits, visitors in conn.execute(query)}


def visits_by_fonds(conn: Connection, fonds: frozenset[str] | None) -> dict[tuple[str, str], tuple[int, int]]:
    """By year and fonds (of these; None for all): visits in which something of it was given, and the visitors
    who were given it, each once.
    """
    given = select(
        func.substr(visit_item.c.time, 1, 4).label("year"),
        fonds_of(conn, visit_item.c.code).label("fonds"),
        visit.c.id,
        visit.c.visitor,
    ).join_from(visit_item, visit, visit_item.c.visit == visit.c.id)
    table = given.subquery().c
    counted = func.count(distinct(table.id)), func.count(distinct(table.visitor))
    query = select(table.year, table.fonds, *counted).group_by(table.year, table.fonds)
    rows = conn.execute(query if fonds is None else query.where(table.fonds.in_(sorted(fonds))))
    return {(year, of): (int(visits), int(visitors)) for year, of, visits, visitors in rows}


def purposes(conn: Connection, since: str = "", until: str = "") -> dict[str, int]:
    """How many visits there were for each purpose."""
    query = select(visit.c.purpose, func.count()).group_by(visit.c.purpose).order_by(visit.c.purpose)
    return {
        purpose: int(count) for purpose, count in conn.execute(_within(query, visit.c.time, since, until))
    }


def as_json(month: Month) -> dict[str, Any]:
    """A month as reports tell it."""
    return {one.name: getattr(month, one.name) for one in fields(Month)}


def _visits(since: str, until: str) -> Select[Any]:
    counted = func.count().label("visits"), func.count(distinct(visit.c.visitor)).label("visitors")
    return _monthly(visit.c.time, counted, since, until)


def _items(since: str, until: str) -> Select[Any]:
    table = visit_item.c
    copied = func.count().filter(table.act == COPIED)
    counted = (
        func.count(distinct(table.code)).label("items"),
        func.count().label("given"),
        copied.label("copies"),
        func.coalesce(func.sum(table.pages), 0).label("pages"),
    )
    return _monthly(table.time, counted, since, until)


def _certificates(since: str, until: str) -> Select[Any]:
    entry = tables.entry.c
    query = _monthly(entry.time, (func.count().label("certificates"),), since, until)
    return query.where(entry.type == CertificateIssued.type)


def _monthly(
    time: ColumnElement[str], counted: tuple[ColumnElement[Any], ...], since: str, until: str
) -> Select[Any]:
    month = func.substr(time, 1, 7).label("month")
    return _within(select(month, *counted).group_by(month), time, since, until)


def _within(query: Select[Any], time: ColumnElement[str], since: str, until: str) -> Select[Any]:
    query = query.where(time >= since) if since else query
    return query.where(time < until + "~") if until else query  # a tilde stands behind all that times hold
