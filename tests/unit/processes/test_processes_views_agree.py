"""One decision, five doors: predicate, database, index, `show` and `get` agree on every record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from batches import document, lantai, new_home, row, write_batch
from hypothesis import given, settings
from hypothesis import strategies as st
from recover_homes import enter, items
from views import FONDS, subjects

from archive import catalogue
from archive.catalogue import Record
from archive.events import Event, ItemAppraised, ItemDescribed, ItemWithdrawn
from lantai.wiring import Archive, opened
from policies.access import OPEN, Decision, Subject, decide, may, shows_all, view_of
from processes.errors import NotFound
from processes.finding.deliver import open_content
from processes.finding.show import as_public, show
from search.query import parse

BY = ("because", "owner", "archivist")
STANDINGS = (
    *((OPEN, mark, "") for mark in ("", "公开", "内部", "国内", "工作秘密", "内部★10年")),
    *((OPEN, "", holder) for holder in ("reading-room", "consent", "attic")),
    *((status, "", "") for status in ("restricted", "postponed", "closed", "unreviewed", "Open", "")),
    (OPEN, "内部", "reading-room"),
    ("restricted", "国内", "consent"),
)
"""Status, mark and holder's wish; each of them once with each fonds, and some withdrawn."""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive with an item of every standing."""
    folder = tmp_path_factory.mktemp("views")
    home = new_home(folder)
    named = [f"{number:02}.pdf" for number in range(2 * len(STANDINGS))]
    rows = [row(name, category="WS", fonds=FONDS[n % 2]) for n, name in enumerate(named)]
    batch = write_batch(folder / "batch", dict.fromkeys(named, document(1)), rows)
    lantai(home, "ingest", batch, status=0)
    events: list[Event] = []
    for number, record in enumerate(items(home)):
        status, mark, holder = STANDINGS[number // 2]
        item = record.item.id
        if mark:
            events.append(ItemDescribed(item, "secrecy", "", mark, *BY))
        events.append(ItemAppraised(item, "unreviewed", status, "", "r", "", holder, *BY[1:]))
        if number % 7 == 0:
            events.append(ItemWithdrawn(item, *BY))
    enter(home, *events)
    with opened(home) as archive:
        yield archive


@pytest.fixture(scope="module")
def records(full: Archive) -> list[Record]:
    with full.database.read() as conn:
        return list(catalogue.all_items(conn))


def shown(archive: Archive, record: Record, subject: Subject | None) -> tuple[bool, bool]:
    """Whether `show` shows it, and whether all of it."""
    try:
        told = show(archive.database, archive.ledger, record.item.code, subject)
    except NotFound as refused:
        assert str(refused) == f"there is no item {record.item.code} here"
        return False, False
    assert "history" in told or told == as_public(record.item)
    return True, "history" in told


def given_out(archive: Archive, record: Record, subject: Subject | None) -> tuple[bool, bool]:
    """Whether `get` opens it, and whether under the name that its sender gave."""
    try:
        content = open_content(archive.database, archive.vault, record.item.code, subject, 1, "original")
    except NotFound as refused:
        assert str(refused) == f"there is no item {record.item.code} here"
        return False, False
    assert content.file in (record.item.components[0].file, f"{record.item.code}-1.pdf")
    return True, content.file == record.item.components[0].file


@settings(deadline=None, max_examples=15)
@given(subjects, st.frozensets(st.integers(0, 2 * len(STANDINGS) - 1), max_size=4))
def test_every_door_decides_alike(
    full: Archive, records: list[Record], subject: Subject | None, granted: frozenset[int]
) -> None:
    if subject is not None:
        subject = replace(subject, granted=frozenset(records[number].item.id for number in granted))
    view = view_of(subject)
    decided = {record.item.id: decide(subject, record.standing) for record in records}
    allowed = {item for item, decision in decided.items() if decision.allowed}
    with full.database.read() as conn:
        assert {one.item.id for one in catalogue.items(conn, list(decided), view)} == allowed
    found = {hit.id: hit.full for hit in full.index.search(parse("*"), view, limit=100).hits}
    here = {record.item.id for record in records if not record.withdrawn}
    assert found == {item: decided[item].full for item in allowed & here}
    for record in records:
        told = decided[record.item.id]
        assert (may(view, record.standing), shows_all(view, record.standing)) == _pair(told)
        assert shown(full, record, subject) == _pair(told)
        assert given_out(full, record, subject) == _pair(told)


def _pair(decision: Decision) -> tuple[bool, bool]:
    return decision.allowed, decision.full


def test_what_is_given_out_is_the_content(full: Archive, records: list[Record]) -> None:
    reader = Subject("reader", granted=frozenset(record.item.id for record in records))
    record = next(one for one in records if decide(reader, one.standing).allowed)
    content = open_content(full.database, full.vault, record.item.code, reader, 1, "original")
    assert b"".join(content.pieces) == document(1)
    for number in (0, 2, 10**9):
        with pytest.raises(NotFound):
            open_content(full.database, full.vault, record.item.code, reader, number, "original")
