"""Certified copies and extracts (档案证明): issued in a visit, numbered by year without a gap, voided with a
reason and never taken out of the register.

One is issued of what the visitor may have a copy of, to the visitor; it says what was certified, from which
item, and the digests by which the item's files are known again. It names its holder for good: it is the
archive's own act. The number of their document and how to reach them it does not say.

Not here: setting it on paper (`processes.printing`), who may (`policies.roles`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from archive import catalogue, certificates, visits
from archive.catalogue import Record
from archive.certificates import DOUBTED, GONE, VALID, VOID, Certificate
from archive.visit_events import CertificateIssued, CertificateVoided
from ingest.tools import Tools
from policies.access import view_of
from policies.screening import masked
from policies.visitors import book, certificate_name, certificate_title
from processes.entering import PARAGRAPH, published
from processes.entering import kept_text as kept
from processes.errors import NotFound, NothingChanges
from processes.finding.show import neutral_name
from processes.reading_room.visitors import reader_of
from processes.reading_room.visits import seen_by_visitor, the_visit

LONGEST_EXTRACT = 20_000
HIDDEN = "hidden"
"""What the register tells of a certificate whose item the reader may not see, issued by somebody else."""
_TOLD = (
    "code", "title", "extract", "holder", "purpose", "visit", "account", "voided", "void_reason", "voided_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is certified: an item, by its code; `extract` is what it says there, "" for a copy of the whole;
    `purpose` what it is for; `holder` for whom, "" for the visitor.
    """

    code: str
    purpose: str
    extract: str = ""
    holder: str = ""


def issue(tools: Tools, visit: str, wanted: Wanted) -> dict[str, Any]:
    """Issue a certificate under the next number of the year. Raises `NotFound` for a visit or an item that is
    not there or not for the visitor, `NotAllowedValue`.
    """
    extract = kept(tools, "the extract", wanted.extract, LONGEST_EXTRACT, needed=False)
    purpose = kept(tools, "the purpose", wanted.purpose)
    now = tools.now()
    with tools.database.write() as tx:
        found = the_visit(tx, visit)
        reader = reader_of(tx, found, tools.clock().date())
        record = seen_by_visitor(tx, reader, wanted.code, copy=True)
        known = visits.visitors(tx, [found.visitor]).get(found.visitor)
        holder = kept(tools, "the holder", wanted.holder or (known.detail["name"] if known else ""))
        year = int(now[:4])
        event = CertificateIssued(
            item=record.item.id,
            certificate=certificate_name(year, certificates.next_number(tx, year)),
            visit=visit,
            code=record.item.code,
            title=masked(str(record.item.fields.get("title", ""))),
            digests=_digests(record),
            extract=extract,
            holder=holder,
            purpose=purpose,
            account=tools.subject.account,
            os_user=tools.os_user,
        )
        catalogue.record(tx, tools.ledger, [event], now)
    return shown(tools, event.certificate) | published(tools)


def void(tools: Tools, name: str, reason: str) -> dict[str, Any]:
    """Say that a certificate counts no more. Raises `NotFound`, `NothingChanges`, `NotAllowedValue`."""
    reason = kept(tools, "the reason", reason, PARAGRAPH)
    with tools.database.write() as tx:
        found = _there(tools, tx, name)
        if found.state == VOID:
            raise NothingChanges(f"the certificate {name} is void already")
        event = CertificateVoided(found.item, name, reason, tools.subject.account, tools.os_user)
        catalogue.record(tx, tools.ledger, [event], tools.now())
    return shown(tools, name) | published(tools)


def shown(tools: Tools, name: str) -> dict[str, Any]:
    """One certificate, whole. Raises `NotFound`: absent, gone, and hidden alike."""
    with tools.database.read() as conn:
        return _whole(_there(tools, conn, name))


def register(tools: Tools, year: int = 0) -> dict[str, Any]:
    """Every number of a year (0: the newest that has any), none left out: one whose text went with its item
    is `gone`, one that is not for whoever reads `hidden`.
    """
    with tools.database.read() as conn:
        known = certificates.years(conn)
        year = year or (known[0] if known else tools.clock().year)
        issued = certificates.register(conn, year)
        told = _readable(tools, conn, [found for _, _, found in issued if found is not None])
    rows = [_row(year, number, time, found, told) for number, time, found in issued]
    counts = {state: sum(row["state"] == state for row in rows) for state in (VALID, VOID, DOUBTED, GONE)}
    return {"year": year, "years": known, "certificates": rows, "counts": counts}


def on_paper(told: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What the form `certificate` is filled with. `told` is as `shown` gave it."""
    return {
        "number": certificate_title(told["certificate"], language),
        "name": told["certificate"],
        "void": told["state"] != VALID,
        "void_reason": told["void_reason"],
        "holder": told["holder"],
        "purpose": told["purpose"],
        "code": told["code"],
        "title": told["title"],
        "extract": told["extract"],
        "files": [[one["file"], one["digest"]] for one in told["files"]],
        "issued": told["time"][:10],
        "account": told["account"],
    }


def titles(name: str) -> dict[str, str]:
    """A certificate's number as people write it, in both languages."""
    return {language: certificate_title(name, language) for language in ("zh", "en")}


def lists() -> dict[str, Any]:
    """What a register of the reading room chooses from: kinds of documents, purposes."""
    told = book()
    return {
        "documents": [{"document": name, "zh": one.zh, "en": one.en} for name, one in told.documents.items()],
        "purposes": [{"purpose": name, "zh": one.zh, "en": one.en} for name, one in told.purposes.items()],
    }


def _digests(record: Record) -> tuple[tuple[str, str], ...]:
    return tuple(
        (neutral_name(record.item, number), f"{algorithm}:{digest}")
        for number, part in enumerate(record.item.components, 1)
        for algorithm, digest in part.digests.items()
    )


def _there(tools: Tools, conn: Connection, name: str) -> Certificate:
    found = certificates.certificate_of(conn, name)
    if found is None or not _readable(tools, conn, [found]):
        raise NotFound(f"certificate {name}")
    return found


def _readable(tools: Tools, conn: Connection, found: Sequence[Certificate]) -> frozenset[int]:
    """Those, by their entries, of which whoever reads may be told what they say: they issued it, or see its
    item today.
    """
    own = {one.entry for one in found if one.detail["account"] == tools.subject.account}
    others = sorted({one.item for one in found if one.entry not in own})
    seen = {one.item.id for one in catalogue.items(conn, others, view_of(tools.subject))}
    return frozenset(one.entry for one in found if one.entry in own or one.item in seen)


def _row(
    year: int, number: int, time: str, found: Certificate | None, told: frozenset[int]
) -> dict[str, Any]:
    if found is not None and found.entry in told:
        return _whole(found)
    name = certificate_name(year, number)
    state = GONE if found is None else HIDDEN
    nothing = dict.fromkeys(_TOLD, "")
    return {"certificate": name, "number": titles(name), "state": state, "time": time, **nothing, "files": []}


def _whole(found: Certificate) -> dict[str, Any]:
    told = {name: found.detail[name] for name in _TOLD}
    files = [{"file": file, "digest": digest} for file, digest in found.detail["digests"]]
    about = {"certificate": found.id, "number": titles(found.id), "state": found.state, "time": found.time}
    return {**about, **told, "files": files, "entry": found.entry}
