"""Reading the use journal: newest first, page by page, each segment held against the ledger as it is read.

A use is told with its number in the journal and the entry that its segment is; one that is in no segment yet
has none. What is wrong with a segment is told beside the uses and hides nothing else. Not here: writing
(`processes.using.uses`), who may read (`policies.roles`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from archive import uses
from archive.codes import canonical_text
from archive.database import Database
from archive.entries import Entry
from archive.events import UsesSealed
from archive.ledger import Ledger
from archive.uses import Use
from policies.uses import KINDS
from processes.errors import NotAllowedValue
from processes.finding.result_files import WRITERS
from processes.finding.result_list import appearing
from search.errors import CursorMistake

COLUMNS = (
    "number", "time", "account", "kind", "request", "code", "component", "query", "asked", "range", "bytes",
    "status", "address", "os_user", "more", "entry",
)  # fmt: skip
"""The columns of a list; `more` counts like ones that were not written, `entry` is "" before a segment."""

CSV_PAGE = 1_000
_CURSOR = re.compile(r"[0-9]{1,15}(-[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read. `since` and `until` are days or times, both included; "" asks for everything.

    Raises `NotAllowedValue` for a kind or a time that is none.
    """

    since: str = ""
    until: str = ""
    account: str = ""
    code: str = ""
    kind: str = ""
    earliest: str = field(init=False, default="")
    latest: str = field(init=False, default="")
    canonical: str = field(init=False, default="")

    def __post_init__(self) -> None:
        if self.kind and self.kind not in KINDS:
            raise NotAllowedValue(f"a kind of use is one of {', '.join(KINDS)}")
        object.__setattr__(self, "earliest", _bound(self.since, "T00:00:00Z"))
        object.__setattr__(self, "latest", _bound(self.until, "T23:59:59Z"))
        object.__setattr__(self, "canonical", canonical_text(self.code))

    def takes(self, use: Use) -> bool:
        """Whether the use is among them. A code is one of those it names, in any spelling."""
        return (
            (not self.earliest or use.time >= self.earliest)
            and (not self.latest or use.time <= self.latest)
            and self.account in ("", use.account)
            and self.kind in ("", use.kind)
            and (not self.canonical or self.canonical in use.detail.get("code", "").split("\n"))
        )


def _bound(text: str, of_day: str) -> str:
    if not text:
        return ""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise NotAllowedValue(f"{text[:40]!r} is no day or time; write it as 2026-01-31") from None
    if len(text) <= len("2026-01-31"):
        return given.date().isoformat() + of_day
    given = given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
    return given.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Told:
    """A use with its number, and the entry whose segment holds it; None for one that is in none yet."""

    number: int
    entry: int | None
    use: Use

    def as_json(self) -> dict[str, Any]:
        """As `uses --json` lists it."""
        return {"number": self.number, "entry": self.entry, **self.use.told()}

    def row(self) -> list[str]:
        """As a line of a list, in the order of COLUMNS."""
        told = {**self.as_json(), "entry": "" if self.entry is None else self.entry}
        return [str(told.get(name, "")) for name in COLUMNS]


@dataclass(slots=True)
class _Reading:
    """One pass through the journal, backwards, and what it found wrong."""

    ledger: Ledger
    wanted: Wanted
    before: int = -1
    faults: list[dict[str, Any]] = field(default_factory=list)

    def uses(self, conn: Connection, entry: int) -> Iterator[Told]:
        """What is wanted below the number `before`, newest first; from the segment `entry` on, if named."""
        if entry < 0:
            yield from self._chosen(self._newest(conn), None)
        for one in uses.segments(conn, self.ledger, entry):
            if self.wanted.earliest and one.time < self.wanted.earliest:
                return  # a segment holds nothing that came after it
            yield from self._chosen(self._segment(conn, one), one.index)

    def _newest(self, conn: Connection) -> list[tuple[int, Use]]:
        rows, first = uses.unsealed(conn), uses.sealed(conn, self.ledger)
        return [(first + place, use) for place, (_, use) in enumerate(rows)]

    def _segment(self, conn: Connection, entry: Entry) -> list[tuple[int, Use]]:
        """The uses of a segment; where it is not what the ledger says, none, and a fault."""
        if entry.payload is None:
            self._fault(entry, "lost")
            return []
        if not uses.holds(conn, entry):
            self._fault(entry, "altered")
            return []
        event = entry.event()
        assert isinstance(event, UsesSealed)  # its type says so
        if event.count != len(event.uses):
            self._fault(entry, "miscounted")
        return [(event.first + place, Use.of(told)) for place, told in enumerate(event.uses)]

    def _fault(self, entry: Entry, what: str) -> None:
        self.faults.append({"entry": entry.index, "time": entry.time, "what": what})

    def _chosen(self, numbered: list[tuple[int, Use]], entry: int | None) -> Iterator[Told]:
        for number, use in reversed(numbered):
            if (self.before < 0 or number < self.before) and self.wanted.takes(use):
                yield Told(number, entry, use)


def listed(
    database: Database, ledger: Ledger, wanted: Wanted, limit: int = 100, cursor: str = ""
) -> dict[str, Any]:
    """A page of the journal: `uses`, `faults` of segments that were read for it, and the `cursor` of the next
    page, None behind the last. A use that comes meanwhile shifts nothing. Raises `CursorMistake`.
    """
    before, entry = _cursor(cursor)
    reading = _Reading(ledger, wanted, before)
    with database.read() as conn:
        found = list(islice(reading.uses(conn, entry), limit + 1))
    page = found[:limit]
    more = _written(page[-1]) if len(found) > limit else None
    return {"uses": [told.as_json() for told in page], "faults": reading.faults, "cursor": more}


def rows(
    database: Database, ledger: Ledger, wanted: Wanted, faults: list[dict[str, Any]] | None = None
) -> Iterator[list[str]]:
    """Everything that is wanted, newest first, as the lines of a list; memory is flat. A segment that is not
    whole has a line that says so, and is put among `faults`.
    """
    before, entry, found = -1, -1, faults if faults is not None else []
    while True:
        reading = _Reading(ledger, wanted, before)
        with database.read() as conn:
            page = list(islice(reading.uses(conn, entry), CSV_PAGE))
        yield from (told.row() for told in page)
        new = [fault for fault in reading.faults if fault not in found]
        found += new
        yield from (_fault_row(fault) for fault in new)
        if len(page) < CSV_PAGE:
            return
        before, entry = _cursor(_written(page[-1]))


def write_list(
    database: Database, ledger: Ledger, wanted: Wanted, target: Path, headings: Sequence[str], replaces: bool
) -> dict[str, Any]:
    """Write everything that is wanted to a new .csv or .xlsx file: the `file`, its `rows`, the `faults` met.

    It appears under its name whole or not at all. Raises `AlreadyThere`, OSError.
    """
    count = 0
    faults: list[dict[str, Any]] = []

    def lines() -> Iterator[list[str]]:
        nonlocal count
        for row in rows(database, ledger, wanted, faults):
            count += 1
            yield row

    with appearing(target, replaces) as part:
        WRITERS[target.suffix.lower()](part, headings, lines())
    return {"file": str(target), "rows": count, "faults": faults}


def _fault_row(fault: Mapping[str, Any]) -> list[str]:
    told = {"time": fault["time"], "kind": f"segment {fault['what']}", "entry": str(fault["entry"])}
    return [told.get(name, "") for name in COLUMNS]


def _written(last: Told) -> str:
    return f"{last.number}" if last.entry is None else f"{last.number}-{last.entry}"


def _cursor(text: str) -> tuple[int, int]:
    """The number that comes next is below the first of these; the second is its segment, -1 where unknown."""
    if not text:
        return -1, -1
    number, _, entry = text.partition("-")
    if not _CURSOR.fullmatch(text):
        raise CursorMistake
    return int(number), int(entry or -1)
