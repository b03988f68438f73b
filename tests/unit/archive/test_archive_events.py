from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import pytest
from archive_samples import TIME, registered, report

from archive.entries import Entry, make_entry, read_envelope
from archive.errors import LedgerDamaged, MalformedEvent, UnknownEvent
from archive.events import (
    REGISTRY,
    AccountAdded,
    AccountChanged,
    AccountClosed,
    ArchiveCreated,
    ArchiveRestored,
    AuditCompleted,
    BatchReceived,
    BatchRedacted,
    BatchSecured,
    CarrierChecked,
    CarrierLost,
    CarrierWritten,
    CodeGiven,
    DestructionConfirmed,
    DrillCompleted,
    Event,
    FondsDescribed,
    FondsEntered,
    FondsFiled,
    FondsLinked,
    FondsNamed,
    FounderRetired,
    HoldLifted,
    HoldPlaced,
    ItemAppraised,
    ItemDescribed,
    ItemDestroyed,
    ItemRecoded,
    ItemWithdrawn,
    KeysRotated,
    LogReopened,
    LossAccepted,
    RecoveryKeyChanged,
    Registry,
    RetrievalAsked,
    RetrievalGranted,
    RetrievalRefused,
    RetrievalRevoked,
    SigningKeyChanged,
    SiteRetired,
    SuiteChanged,
    UsesSealed,
    decode,
)
from archive.visit_events import (
    CertificateIssued,
    CertificateVoided,
    VisitAsked,
    VisitClosed,
    VisitEntered,
    VisitNoted,
    VisitorsForgotten,
)
from policies.canonical import canonical

SALT = bytes(range(32))
BY = {"account": "owner", "os_user": "archivist"}
REPORTED = {name.name: getattr(report("b1", "sha256:22", 3), name.name) for name in fields(BatchReceived)}
EVENTS: list[Event] = [
    ArchiveCreated("a1", "archive.example/log", "international", "shandong-2016", "1", "sha256:11", **BY),
    report("b1", "sha256:22", 3),
    report("b2", "sha256:33", 2, returned=True),
    BatchSecured("b1", ("site-a", "site-b")),
    registered(1),
    ItemDescribed("i1", "title", "旧题名", "新题名", "错字", **BY),
    ItemAppraised("i1", "unreviewed", "restricted", "第三条", "涉及个人", "2046-01-01", "consent", **BY),
    AccountAdded("wang", ("researcher",), ("A014", "B001"), False, "reading-room", **BY),
    AccountClosed("wang", "调离", **BY),
    AccountChanged("wang", ("editor",), (), True, "internal", "转岗", **BY),
    CodeGiven("wang", True, **BY),
    FounderRetired("chen", **BY),
    RetrievalAsked("r1", "A014-001", "编史", True, **BY),
    RetrievalGranted("i1", "r1", "wang", "view", "2026-12-31", "公务", **BY),
    RetrievalRefused("r1", "涉及个人", **BY),
    RetrievalRevoked("i1", "r1", "用毕", **BY),
    FondsEntered("A014", "某局", "1950", "", "接收", **BY),
    FondsNamed("A014", "某厅", "1983-05", "机构改革", **BY),
    FondsLinked("A014", "A015", "2018", False, "合并", **BY),
    FondsDescribed("A014", "guide", "", "全宗指南", "编写", **BY),
    FondsFiled("A014", "p1", "collection", "交接文据", "2016", "全文", ("A014-001",), **BY),
    VisitEntered("v1", "w1", "history", "厂史", **BY),
    VisitNoted("v1", "A014-001", "copied", 3, **BY),
    VisitAsked("v1", "r1", **BY),
    VisitClosed("v1", "写入厂史", **BY),
    VisitorsForgotten(("w1", "w2"), **BY),
    CertificateIssued("i1", "2026-0001", "v1", "A", "题", (("a", "sha256:00"),), "摘录", "王", "取证", **BY),
    CertificateVoided("i1", "2026-0001", "姓名有误", **BY),
    ItemRecoded("i1", "A", "B", "S", 7, {"category": "ZP"}, "门类有误", **BY),
    ItemWithdrawn("i1", "误移交", **BY),
    ItemDestroyed(
        "i1",
        ("A", "B"),
        (("S", 7), ("T", 1)),
        "期满",
        **BY,
        fonds="A014",
        objects=("o1",),
        destruction="d1",
        sites=("site-a",),
        supervisors=("chen", "wang"),
    ),
    HoldPlaced("i1", "诉讼中", **BY),
    HoldLifted("i1", "结案", **BY),
    UsesSealed(
        first=7,
        count=2,
        since=TIME,
        until=TIME,
        uses=(
            {"time": TIME, "account": "lin", "kind": "search", "request": "search", "query": "水库"},
            {
                "time": TIME,
                "account": "",
                "kind": "refused",
                "request": "GET /items/A",
                "address": "192.0.2.1",
            },
        ),
        **BY,
    ),
    BatchRedacted(**REPORTED, entry=1, reported=TIME, state="registered"),
    DestructionConfirmed("d1", "site-a", 1, TIME),
    CarrierWritten(
        number="PR0001",
        run="r1",
        set="preservation",
        kind="sealed",
        form="folder",
        medium="magnetic",
        kept_at="库房",
        items=2,
        files=3,
        bytes=9,
        first_code="A",
        last_code="B",
        first_entry=4,
        last_entry=5,
        fonds=("A014",),
        since="",
        restricted=False,
        keys=False,
        head=7,
        missing=(),
        manifest="00",
        tagmanifest="11",
        note="22",
        **BY,
    ),
    CarrierChecked("PR0001", "100", 3, 9, "damaged", 1, ("a.pdf",), (), (), "库房", **BY),
    CarrierLost("PR0001", "盘片损坏", **BY),
    AuditCompleted(**BY, sites=({"site": "site-a", "checked": 3, "damaged": 0},)),
    ArchiveRestored("/mnt/copy", 7, "checkpoint", 3, 24_000_000, 0, **BY),
    LogReopened("a1", "archive.example/log/2", "archive.example/log", 7, "note", ("other",), **BY),
    LossAccepted((3, 5), 2, **BY),
    DrillCompleted("site-b", 7, 1, 0, 3, 24_000_000, 0, 2, **BY),
    KeysRotated("0" * 16, "1" * 16, 3, 70, ("site-a",), {"site-b": "not there"}, **BY),
    SigningKeyChanged("log+1+AQ==", "log+2+AQ==", "lost laptop", True, 7, "note", **BY),
    SuiteChanged("international", "commercial", **BY),
    RecoveryKeyChanged("", "2" * 16, ("site-a", "site-b"), {}, **BY),
    SiteRetired(
        **BY,
        site="site-c",
        kind="s3",
        began=TIME,
        checked=("site-a", "site-b"),
        objects=9,
        files=4,
        kept=1,
        kept_until=TIME,
    ),
]


def test_the_samples_cover_every_type() -> None:
    assert {type(event) for event in EVENTS} == set(REGISTRY.types.values())


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_comes_back_from_its_entry_as_it_was(event: Event) -> None:
    entry = make_entry(7, event, TIME, SALT)
    assert entry.event() == event
    assert entry.commitment_holds()
    assert entry.columns_hold()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_envelope_is_canonical_json_and_tells_nothing_of_the_payload(event: Event) -> None:
    entry = make_entry(0, event, TIME, SALT)
    envelope = read_envelope(entry.envelope)
    assert canonical(envelope) == entry.envelope
    assert set(envelope) <= {"v", "type", "event", "time", "batch", "item", "commitment"}
    assert (envelope.get("item", ""), envelope.get("batch", "")) == (event.item_id, event.batch_id)


def test_equal_payloads_have_commitments_that_cannot_be_compared() -> None:
    one, other = (make_entry(0, EVENTS[4], TIME, bytes([n]) * 32) for n in (1, 2))
    assert one.payload == other.payload
    assert one.envelope != other.envelope


@pytest.mark.parametrize("change", [{"payload": b"{}"}, {"salt": bytes(32)}, {"payload": None}])
def test_a_payload_that_was_exchanged_breaks_its_commitment(change: dict[str, Any]) -> None:
    entry = make_entry(0, EVENTS[4], TIME, SALT)
    stored = {name.name: getattr(entry, name.name) for name in fields(entry)}
    assert not Entry(**{**stored, **change}).commitment_holds()


def test_a_destroyed_payload_makes_no_event() -> None:
    entry = make_entry(0, EVENTS[4], TIME, SALT)
    with pytest.raises(LedgerDamaged, match="destroyed"):
        Entry(0, TIME, entry.type, 1, "b1", "i1", entry.envelope, None, None).event()


@dataclass(frozen=True, slots=True)
class Counted(Event):
    type: ClassVar[str] = "box.counted"
    version: ClassVar[int] = 3
    items: int
    counted_by: str


OLD = Registry(
    {"box.counted": Counted},
    {
        ("box.counted", 1): lambda payload: {"items": int(payload["items"])},  # a number was a text
        ("box.counted", 2): lambda payload: {**payload, "counted_by": "unknown"},
    },
)


@pytest.mark.parametrize(
    ("version", "payload"),
    [(1, {"items": "12"}), (2, {"items": 12}), (3, {"items": 12, "counted_by": "unknown"})],
)
def test_every_old_version_is_lifted_to_the_newest(version: int, payload: dict[str, Any]) -> None:
    assert OLD.decode("box.counted", version, payload) == Counted(12, "unknown")


@pytest.mark.parametrize(("kind", "version"), [("box.counted", 4), ("box.counted", 0), ("box.lost", 1)])
def test_what_a_newer_program_wrote_is_refused_and_not_guessed(kind: str, version: int) -> None:
    with pytest.raises(UnknownEvent):
        OLD.decode(kind, version, {"items": 12, "counted_by": "owner"})


@pytest.mark.parametrize(
    "payload", [{}, {"batch": "b1"}, {"batch": "b1", "sites": [], "more": 1}, {"sites": []}]
)
def test_a_payload_with_missing_or_surplus_fields_is_malformed(payload: dict[str, Any]) -> None:
    with pytest.raises(MalformedEvent):
        decode("batch.secured", 1, payload)


def test_an_item_that_is_not_whole_is_malformed() -> None:
    payload = json.loads(canonical(registered(1).payload()))
    del payload["components"][0]["sealed_blake3"]
    with pytest.raises(MalformedEvent, match="sealed_blake3"):
        decode("item.registered", 1, payload)


@pytest.mark.parametrize("field", ["", "fonds", "category", "year", "retention", "office", "code", "number"])
def test_what_the_code_says_is_not_changed_by_describing(field: str) -> None:
    with pytest.raises(MalformedEvent):
        ItemDescribed("i1", field, "a", "b", "because", **BY)


@pytest.mark.parametrize("batch", ["../b1", "b 1", "B1", 'b"', "b" * 65, "批"])
def test_an_identifier_that_could_break_out_of_its_envelope_is_refused(batch: str) -> None:
    with pytest.raises(MalformedEvent, match="identifier"):
        make_entry(0, BatchSecured(batch, ()), TIME, SALT)
