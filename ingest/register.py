"""Register: codes, ledger entries, catalogue and outbox in ONE transaction, under the ledger's lock.

Nothing comes here before every sealed object and its key stand durably at enough sites. Everything
but codes and hashes is prepared before the lock is taken. The numbers of a series are contiguous,
in the sender's order, and given to accepted items only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from archive import catalogue, numbering, working
from archive.codes import numbered, series_of
from archive.events import BatchReceived, BatchReport, BatchReturned, Event, ItemRegistered, RowResult
from archive.model import Item
from ingest.batch import Judged, JudgedRow
from ingest.errors import GivenUp
from ingest.series import Levels, levels, order
from ingest.tools import Tools
from policies.findings import stored
from policies.ruleset import CodeProfile


@dataclass(frozen=True, slots=True)
class Entered:
    """The batch under which the ledger knows this submission; `repeated` where it stood before."""

    batch: str
    repeated: bool


def register(judged: Judged, tools: Tools) -> Entered:
    """Enter a judged batch: its items with their codes, or its return. Idempotent by identity.

    Raises `GivenUp` where somebody gave the batch up meanwhile: its objects may be gone.
    """
    time = tools.now()
    with tools.database.write() as tx:
        before = catalogue.registered_batch(tx, judged.identity)
        if before is not None:
            working.drop_intent(tx, judged.taken.batch)
            return Entered(before.id, True)
        if working.intent(tx, judged.taken.batch) is None:
            raise GivenUp(judged.taken.batch)
        items = _coded(tx, judged.items, tools.rules.code)
        events: list[Event] = [_report(judged, items, tools), *(ItemRegistered(item) for item in items)]
        catalogue.record(tx, tools.ledger, events, time)
        working.enqueue(tx, [item.id for item in items])
        working.drop_intent(tx, judged.taken.batch)
    return Entered(judged.taken.batch, False)


def _coded(tx: Connection, items: Iterable[Item], profile: CodeProfile) -> list[Item]:
    """The items with code and number, in row order; numbers taken from each series' head."""
    printers: dict[Levels, tuple[str, Callable[[int], str]]] = {}
    series: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        own = levels(item)
        if own not in printers:
            printers[own] = (series_of(dict(own), profile), numbered(dict(own), profile))
        series[printers[own][0]].append(item)
    coded: list[Item] = []
    for name, members in series.items():
        first = numbering.allocate(tx, name, len(members))
        for number, item in enumerate(sorted(members, key=order), start=first):
            code = printers[levels(item)][1](number)
            coded.append(replace(item, series=name, number=number, code=code))
    return sorted(coded, key=lambda item: item.row)


def _report(judged: Judged, items: Iterable[Item], tools: Tools) -> BatchReport:
    """The batch's whole report as an event: what came, on what terms, and what became of each row."""
    received = judged.taken.received
    codes = {item.id: item.code for item in items}
    entered = BatchReceived if judged.outcome == "registered" else BatchReturned
    return entered(
        batch=judged.taken.batch,
        identity=judged.identity,
        list_digest=received.list_digest,
        source=received.source,
        fonds=received.submission.fonds,
        accept=received.submission.accept,
        ruleset=tools.rules.name,
        ruleset_version=tools.rules.version,
        ruleset_digest=tools.rules.digest,
        account=tools.subject.account,
        os_user=tools.os_user,
        bytes=sum(file.bytes for file in judged.taken.files.values()),
        findings=tuple(stored(note) for note in judged.findings),
        rows=tuple(_row(row, codes) for row in judged.rows),
    )


def _row(row: JudgedRow, codes: Mapping[str, str]) -> RowResult:
    return RowResult(
        row=row.received.number,
        place=row.received.place,
        file=row.received.listed,
        item=row.item.id if row.item else None,
        outcome=row.outcome,
        findings=tuple(stored(note) for note in row.findings),
        code=codes.get(row.item.id) if row.item else None,
    )
