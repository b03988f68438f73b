"""The fonds register, as the ledger's entries tell: a projection, and its readers.

A fonds bears its names over time, its dates, its successors and the papers of its file; the text of a paper
stays in the entry that filed it. What an event says of a fonds that nobody entered is left out. Not here: who
may keep the register and what it shows to whom (`processes.desk.fonds_register`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from archive import tables
from archive.fonds_events import FondsDescribed, FondsEntered, FondsFiled, FondsLinked, FondsNamed

DESCRIBED = ("since", "until", "guide", "notes")
"""What of a fonds is described: its dates of existence, its guide (全宗指南), and notes for staff."""


@dataclass(frozen=True, slots=True)
class Fonds:
    """A fonds of the register. `names` are `name` and `since`, by date; `successors` are `fonds` and
    `since`; `papers` are `paper`, `section`, `title`, `date`, `items`, `time`, `account` and the `entry` that
    holds the text; `described` has the fields of `DESCRIBED` that have a value.
    """

    code: str
    entered: int
    names: tuple[Mapping[str, str], ...]
    described: Mapping[str, str]
    successors: tuple[Mapping[str, str], ...]
    papers: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        """Its newest name."""
        return self.names[-1]["name"]

    def name_on(self, day: str) -> str:
        """The name that it bore on a day: `20160315`, `2016-03-15`; of a year or month (`2016`, `20160300`)
        at its end, of "" today's. Its first name before it bore any.
        """
        digits = day.replace("-", "")
        parts = takewhile(lambda part: part not in ("", "00"), (digits[:4], digits[4:6], digits[6:8]))
        at = "".join(parts).ljust(8, "9")
        in_time = sorted(self.names, key=lambda one: one["since"])
        borne = [one["name"] for one in in_time if one["since"].replace("-", "") <= at]
        return borne[-1] if borne else in_time[0]["name"]


def fonds(connection: Connection, code: str) -> Fonds | None:
    """The fonds of this code, whatever is typed as one; None where the register has none."""
    if not code.isprintable():
        return None  # no database takes it
    row = connection.execute(select(tables.fonds).where(tables.fonds.c.code == code)).one_or_none()
    return _fonds(row) if row else None


def register(connection: Connection) -> list[Fonds]:
    """The whole register, by code."""
    return [_fonds(row) for row in connection.execute(select(tables.fonds).order_by(tables.fonds.c.code))]


def unregistered(connection: Connection) -> list[str]:
    """The fonds that items are of and the register does not have; none while the register is empty."""
    known = set(connection.scalars(select(tables.fonds.c.code)))
    if not known:
        return []
    return sorted(set(connection.scalars(select(tables.item.c.fonds).distinct())) - known)


def enter_fonds(tx: Connection, index: int, event: FondsEntered) -> None:
    """Project a fonds; one that stands there already stays as it is."""
    if fonds(tx, event.fonds) is None:
        dates = {name: value for name, value in (("since", event.since), ("until", event.until)) if value}
        names = [{"name": event.name, "since": event.since}]
        detail = {"names": names, "described": dates, "successors": [], "papers": []}
        tx.execute(insert(tables.fonds).values(code=event.fonds, entered=index, detail=_text(detail)))


def name_fonds(tx: Connection, event: FondsNamed) -> None:
    """Project another name."""
    if detail := _detail(tx, event.fonds):
        detail["names"].append({"name": event.name, "since": event.since})
        _put(tx, event.fonds, detail)


def describe_fonds(tx: Connection, event: FondsDescribed) -> None:
    """Project a field."""
    if detail := _detail(tx, event.fonds):
        detail["described"].pop(event.field, None)
        if event.new:
            detail["described"][event.field] = event.new
        _put(tx, event.fonds, detail)


def link_fonds(tx: Connection, event: FondsLinked) -> None:
    """Project a link to a successor, or the end of one that was a mistake."""
    if detail := _detail(tx, event.fonds):
        others = [link for link in detail["successors"] if link["fonds"] != event.successor]
        added = [] if event.undone else [{"fonds": event.successor, "since": event.since}]
        _put(tx, event.fonds, detail | {"successors": others + added})


def file_paper(tx: Connection, index: int, time: str, event: FondsFiled) -> None:
    """Project a paper of the fonds file, without its text."""
    if detail := _detail(tx, event.fonds):
        paper = {
            "paper": event.paper,
            "section": event.section,
            "title": event.title,
            "date": event.date,
            "items": list(event.items),
            "time": time,
            "account": event.account,
            "entry": index,
        }
        detail["papers"].append(paper)
        _put(tx, event.fonds, detail)


def _detail(tx: Connection, code: str) -> dict[str, Any] | None:
    text = tx.execute(select(tables.fonds.c.detail).where(tables.fonds.c.code == code)).scalar()
    return json.loads(text) if text else None


def _put(tx: Connection, code: str, detail: Mapping[str, Any]) -> None:
    tx.execute(update(tables.fonds).where(tables.fonds.c.code == code).values(detail=_text(detail)))


def _text(detail: Mapping[str, Any]) -> str:
    return json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)


def _fonds(row: Row[Any]) -> Fonds:
    detail: Mapping[str, Any] = json.loads(row.detail)
    names = sorted(detail["names"], key=lambda name: name["since"])  # one without a date is the first
    successors, papers = tuple(detail["successors"]), tuple(detail["papers"])
    return Fonds(row.code, int(row.entered), tuple(names), detail["described"], successors, papers)
