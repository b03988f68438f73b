"""The register of certified copies (档案证明), as the ledger's entries tell.

A certificate's number is its place among the `certificate.issued` entries of its year, which the public
envelopes tell: numbers have no gap, and none is given twice, also where the text of one went with its item or
was lost. Not here: who may issue them, what they say (`processes.reading_room.certificates`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from archive import tables
from archive.tables_visitors import certificate
from archive.visit_events import CertificateIssued, CertificateVoided

VALID, VOID, DOUBTED, GONE = "valid", "void", "doubted", "gone"
"""It counts; it was voided; it may have been, an entry is lost; its text went with its item."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. `detail` has what `CertificateIssued` says, and voided, void_reason and voided_by."""

    entry: int
    id: str
    item: str
    visit: str
    state: str
    time: str
    detail: Mapping[str, Any]


def next_number(tx: Connection, year: int) -> int:
    """The next number of a year; within `Database.write()` nobody else gets it."""
    given = select(func.count()).select_from(tables.entry).where(_issued_in(year))
    return int(tx.execute(given).scalar_one()) + 1


def certificate_of(connection: Connection, id_: str) -> Certificate | None:
    """The certificate of this name, whatever is typed as one; None where its text is gone, too."""
    if not id_.isprintable():
        return None  # no database takes it
    row = connection.execute(select(certificate).where(certificate.c.id == id_)).one_or_none()
    return _certificate(row) if row else None


def years(connection: Connection) -> list[int]:
    """The years that certificates were issued in, newest first."""
    year = func.substr(tables.entry.c.time, 1, 4)
    query = select(year).where(tables.entry.c.type == CertificateIssued.type).distinct()
    return sorted((int(one) for one in connection.scalars(query)), reverse=True)


def register(connection: Connection, year: int) -> list[tuple[int, str, Certificate | None]]:
    """Every number of a year with its time; None in place of a certificate whose text is gone."""
    rows = connection.execute(select(certificate).where(_of_year(certificate.c.time, year)))
    known = {row.entry: _certificate(row) for row in rows}
    places = enumerate(_places(connection, year), 1)
    return [(number, time, known.get(entry)) for number, (entry, time) in places]


def of_visits(connection: Connection, visits: list[str]) -> list[Certificate]:
    """The certificates that were issued in these visits, oldest first."""
    query = select(certificate).where(certificate.c.visit.in_(sorted(visits))).order_by(certificate.c.entry)
    return [_certificate(row) for row in connection.execute(query)]


def issue(tx: Connection, index: int, time: str, event: CertificateIssued) -> None:
    """Project a certificate."""
    detail = event.payload() | {"voided": "", "void_reason": "", "voided_by": ""}
    row = {"entry": index, "id": event.certificate, "item": event.item, "visit": event.visit, "state": VALID}
    tx.execute(insert(certificate).values(**row, time=time, detail=_text(detail)))


def void(tx: Connection, time: str, event: CertificateVoided) -> None:
    """Project that a certificate counts no more."""
    if found := certificate_of(tx, event.certificate):
        said = {"voided": time, "void_reason": event.reason, "voided_by": event.account}
        chosen = update(certificate).where(certificate.c.entry == found.entry)
        tx.execute(chosen.values(state=VOID, detail=_text({**found.detail, **said})))


def doubt(tx: Connection, item: str) -> None:
    """Project that a certificate of the item was voided and nobody knows which: it may be any."""
    chosen = update(certificate).where(certificate.c.item == item, certificate.c.state == VALID)
    tx.execute(chosen.values(state=DOUBTED))


def forget_texts(tx: Connection, item: str) -> None:
    """Project that the item was destroyed, and with it what its certificates say."""
    tx.execute(delete(certificate).where(certificate.c.item == item))


def _places(connection: Connection, year: int) -> list[tuple[int, str]]:
    """The entries of a year's certificates, in order, with their times."""
    table = tables.entry.c
    query = select(table.index, table.time).where(_issued_in(year)).order_by(table.index)
    return [(int(index), time) for index, time in connection.execute(query)]


def _issued_in(year: int) -> ColumnElement[bool]:
    return and_(tables.entry.c.type == CertificateIssued.type, _of_year(tables.entry.c.time, year))


def _of_year(time: ColumnElement[str], year: int) -> ColumnElement[bool]:
    """The times of a year: the year 20 is not the beginning of 2026."""
    return time.startswith(f"{year:04}-")


def _text(detail: Mapping[str, Any]) -> str:
    return json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)


def _certificate(row: Row[Any]) -> Certificate:
    told = json.loads(row.detail)
    return Certificate(int(row.entry), row.id, row.item, row.visit, row.state, row.time, told)
