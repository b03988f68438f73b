"""The report of a batch: what every caller of `ingest` and `batch` is told, in the interface's shape.

A view of the ledger: the report of a registered or returned batch is made again from its entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from archive import catalogue, working
from ingest.batch import Judged, JudgedRow
from policies.access import View
from policies.findings import Finding, Severity, as_json, from_stored

ELSEWHERE = "duplicate-content"
"""The finding that names another item: one of the same content."""


@dataclass(frozen=True, slots=True)
class ReportedItem:
    """What became of one row. `file` is None where the row was refused for secrecy."""

    row: int
    place: int
    file: str | None
    id: str | None
    code: str | None
    outcome: str
    findings: tuple[Finding, ...]

    def as_json(self, language: str) -> dict[str, object]:
        """The item in the interface's shape."""
        return {
            "row": self.row,
            "place": self.place,
            "file": self.file,
            "id": self.id,
            "code": self.code,
            "outcome": self.outcome,
            "findings": [as_json(note, language) for note in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Faulty:
    """A copy that was read back and is not what was sealed; `state`: damaged, missing, unreadable."""

    site: str
    object: str
    state: str


@dataclass(frozen=True, slots=True)
class Report:
    """A batch's report. `state`: registered, secured, returned, waiting, or inspected (a dry run)."""

    batch: str | None
    state: str
    repeated: bool
    findings: tuple[Finding, ...]
    items: tuple[ReportedItem, ...]
    bytes: int
    seconds: float
    reason: str = ""
    faulty: tuple[Faulty, ...] = ()

    @property
    def registered(self) -> int:
        """How many items were (or in a dry run would be) registered."""
        return sum(item.outcome == "registered" for item in self.items)

    @property
    def warnings(self) -> int:
        """How many findings warn without returning anything."""
        notes = [note for item in self.items for note in item.findings] + list(self.findings)
        return sum(note.severity is Severity.WARN for note in notes)

    @property
    def all_registered(self) -> bool:
        """Whether every item was registered and nothing read back is faulty; never true of an empty batch."""
        return bool(self.items) and self.registered == len(self.items) and not self.faulty

    def as_json(self, language: str) -> dict[str, object]:
        """The document that `ingest --json` and `batch --json` print."""
        document: dict[str, object] = {
            "batch": self.batch,
            "state": self.state,
            "repeated": self.repeated,
            "findings": [as_json(note, language) for note in self.findings],
            "items": [item.as_json(language) for item in self.items],
            "counts": {
                "items": len(self.items),
                "registered": self.registered,
                "returned": len(self.items) - self.registered,
                "warnings": self.warnings,
            },
            "seconds": round(self.seconds, 3),
            "bytes": self.bytes,
        }
        if self.reason:
            document["reason"] = self.reason
        if self.faulty:
            document["faulty"] = [{"site": f.site, "object": f.object, "state": f.state} for f in self.faulty]
        return document


def of_batch(
    conn: Connection, batch_id: str, min_copies: int, repeated: bool, seconds: float, view: View
) -> Report:
    """The report of a batch that the ledger holds, with the codes given then, for `view`: that a content
    stands elsewhere is told to who may see it there today. KeyError if there is none.
    """
    batch = catalogue.batch(conn, batch_id)
    if batch is None or batch.report is None:
        raise KeyError(batch_id)
    return Report(
        batch=batch.id,
        state=standing(conn, batch, min_copies),
        repeated=repeated,
        findings=_findings(batch.report["findings"]),
        items=_for_view(conn, tuple(_stored_row(row) for row in batch.report["rows"]), view),
        bytes=batch.report["bytes"],
        seconds=seconds,
    )


def _for_view(conn: Connection, items: tuple[ReportedItem, ...], view: View) -> tuple[ReportedItem, ...]:
    """The rows without what they say of items that are not for this view: whoever handed the batch in may
    have seen more than whoever reads its report, or more than today.
    """
    named = {note.found for item in items for note in item.findings if note.kind == ELSEWHERE}
    if not named:
        return items
    told = set(catalogue.ids_of_codes(conn, sorted(named), view))
    return tuple(
        replace(item, findings=tuple(n for n in item.findings if n.kind != ELSEWHERE or n.found in told))
        for item in items
    )


def standing(conn: Connection, batch: catalogue.BatchRecord, min_copies: int) -> str:
    """A batch's state: "waiting" while its entries do not yet stand at `min_copies` sites."""
    end = batch.received + 1 + batch.registered
    reached = end <= working.published_at(conn, min_copies)
    return batch.state if batch.state == "returned" or reached else "waiting"


def of_trial(judged: Judged, seconds: float) -> Report:
    """The report of a dry run: the same verdict, no codes, nothing written."""
    rows = tuple(_tried(row) for row in judged.rows)
    size = sum(file.bytes for file in judged.taken.files.values())
    return Report(None, "inspected", False, judged.findings, rows, size, seconds)


def _tried(row: JudgedRow) -> ReportedItem:
    received = row.received
    return ReportedItem(
        received.number, received.place, received.listed, None, None, row.outcome, row.findings
    )


def of_waiting(batch: str | None, reason: str, seconds: float) -> Report:
    """The report of a batch that waits for sites; nothing of it is acknowledged."""
    return Report(batch, "waiting", False, (), (), 0, seconds, reason)


def _stored_row(row: Mapping[str, Any]) -> ReportedItem:
    return ReportedItem(
        row=row["row"],
        place=row["place"],
        file=row["file"],
        id=row["item"],
        code=row["code"],
        outcome=row["outcome"],
        findings=_findings(row["findings"]),
    )


def _findings(stored: Iterable[Mapping[str, str]]) -> tuple[Finding, ...]:
    return tuple(from_stored(note) for note in stored)
