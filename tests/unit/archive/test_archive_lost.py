"""What the catalogue makes of entries whose payload no site had."""

from __future__ import annotations

from dataclasses import replace

import pytest
from archive_samples import SERIES, TIME, item, registered, report
from sqlalchemy import update

from archive import catalogue, numbering, tables
from archive.catalogue import Record
from archive.database import Database
from archive.errors import NumbersUnknown, StaleCorrection
from archive.events import (
    BatchReceived,
    BatchRedacted,
    BatchSecured,
    Event,
    ItemDescribed,
    ItemDestroyed,
    ItemRecoded,
    ItemRegistered,
    ItemWithdrawn,
    LossAccepted,
)
from archive.ledger import Ledger
from archive.superseded import Superseded, superseded
from policies.access import EVERYTHING

BY = ("because", "owner", "archivist")
OTHER = "A014-ZP·2016-Y-BGS-0009"


def code(number: int) -> str:
    return f"{SERIES}-{number:04d}"


def received(*, count: int = 3) -> BatchReceived:
    told = report("b1", "sha256:22", count)
    rows = tuple(replace(row, code=code(n)) for n, row in enumerate(told.rows, start=1))
    return BatchReceived(**{**told.payload(), "findings": told.findings, "rows": rows})


def access(number: int, old: str, new: str) -> ItemDescribed:
    return ItemDescribed(f"i{number}", "access", old, new, *BY)


def recoded(number: int, old: str, new: str, to: int) -> ItemRecoded:
    return ItemRecoded(f"i{number}", old, new, SERIES, to, {"fonds": "A014"}, *BY)


class Desk:
    """A ledger in which some payloads are lost, and its catalogue made again."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self.database, self.ledger = database, ledger

    def enter(self, *events: Event) -> None:
        with self.database.write() as tx:
            catalogue.record(tx, self.ledger, events, TIME)

    def lose(self, *entries: int) -> None:
        """As after a rebuild from sites that have everything but these payloads."""
        column = tables.entry.c
        with self.database.write() as tx:
            tx.execute(update(tables.entry).where(column.index.in_(entries)).values(payload=None, salt=None))
            for table in reversed(tables.projected.sorted_tables):
                tx.execute(table.delete())
            every = self.ledger.entries(tx, 0, self.ledger.size(tx))
            catalogue.apply(tx, every, lost=entries, gone=superseded(self.ledger, tx))

    def item(self, number: int) -> Record | None:
        with self.database.read() as conn:
            return catalogue.item_by_id(conn, f"i{number}", EVERYTHING)

    def access(self, number: int) -> str:
        record = self.item(number)
        assert record is not None
        return record.item.access

    def next_number(self, series: str = SERIES) -> int:
        with self.database.read() as conn:
            return numbering.highest_of(conn, series) + 1

    def again(self) -> bool:
        """Whether a rebuild of the views gives the same."""
        with self.database.read() as conn:
            before = catalogue.dump(conn)
        catalogue.rebuild(self.database, self.ledger)
        with self.database.read() as conn:
            return catalogue.dump(conn) == before


@pytest.fixture
def desk(database: Database, ledger: Ledger) -> Desk:
    return Desk(database, ledger)


def test_an_item_whose_registration_is_lost_is_unknown_and_its_code_is_not_given_again(desk: Desk) -> None:
    desk.enter(received(), registered(1), registered(2), registered(3))
    desk.lose(3)
    assert desk.item(3) is None
    assert desk.item(2) is not None
    assert desk.next_number() == 4
    desk.enter(registered(4, batch="b2"))
    with pytest.raises(Exception, match="already given"):
        desk.enter(registered(5, batch="b2", code=code(3)))
    assert desk.again()


def test_no_code_is_given_where_nobody_knows_which_were_until_that_is_accepted(desk: Desk) -> None:
    desk.enter(received(), registered(1), registered(2), registered(3))
    desk.lose(0, 3)
    with pytest.raises(NumbersUnknown) as refused:
        desk.enter(registered(4, batch="b2"))
    assert refused.value.entries == (3,)
    with pytest.raises(NumbersUnknown):
        desk.enter(recoded(1, code(1), OTHER, 9))
    desk.enter(LossAccepted((3,), 1, "owner", "archivist"))
    assert (desk.next_number(), desk.next_number("another series")) == (4, 2)
    with desk.database.write() as tx:
        assert numbering.allocate(tx, "another series", 2) == 2
        assert numbering.allocate(tx, "another series", 1) == 4
    desk.enter(registered(4, batch="b2"))
    catalogue.rebuild(desk.database, desk.ledger)
    assert (desk.next_number(), desk.next_number("a third")) == (5, 2)


def test_two_acceptances_skip_one_after_the_other(desk: Desk) -> None:
    desk.enter(received(), registered(1))
    desk.enter(LossAccepted((), 2, "owner", "archivist"), LossAccepted((), 3, "owner", "archivist"))
    assert (desk.next_number(), desk.next_number("new")) == (7, 6)
    assert desk.again()


def test_a_lost_decision_on_access_closes_the_item(desk: Desk) -> None:
    desk.enter(received(), registered(1, access="open"), access(1, "open", "restricted"))
    desk.lose(2)
    assert desk.access(1) == "closed"
    assert desk.again()


def test_a_decision_from_what_nobody_knows_does_not_open_an_item(desk: Desk) -> None:
    desk.enter(received(), registered(1), access(1, "unreviewed", "restricted"))
    desk.enter(access(1, "restricted", "open"))
    desk.lose(2)
    assert desk.access(1) == "closed"
    desk.enter(access(1, "closed", "open"))
    assert desk.access(1) == "open"
    assert desk.again()


def test_other_corrections_after_a_lost_one_are_kept(desk: Desk) -> None:
    desk.enter(received(), registered(1))
    first = ItemDescribed("i1", "title", "开馆仪式 1", "二", *BY)
    desk.enter(first, ItemDescribed("i1", "title", "二", "三", *BY))
    desk.enter(ItemDescribed("i1", "author", "办公室", "", *BY), ItemWithdrawn("i1", *BY))
    desk.lose(2)
    record = desk.item(1)
    assert record is not None
    assert record.item.fields["title"] == "三"
    assert "author" not in record.item.fields
    assert record.withdrawn


def test_a_lost_withdrawal_withdraws(desk: Desk) -> None:
    desk.enter(received(), registered(1, access="open"), ItemWithdrawn("i1", *BY))
    desk.lose(2)
    record = desk.item(1)
    assert record is not None and record.withdrawn


def test_an_item_whose_recoding_is_lost_is_closed_until_it_is_recoded(desk: Desk) -> None:
    desk.enter(received(), registered(1, access="open"), recoded(1, code(1), OTHER, 9))
    desk.lose(2)
    assert desk.access(1) == "closed"
    with pytest.raises(StaleCorrection):
        desk.enter(access(1, "closed", "open"))
    desk.enter(LossAccepted((2,), 1, "owner", "archivist"))
    desk.enter(recoded(1, code(1), f"{SERIES}-0020", 20))
    desk.enter(access(1, "closed", "open"))
    assert desk.access(1) == "open"
    assert desk.again()


def test_a_later_recoding_protects_the_code_that_the_lost_one_gave(desk: Desk) -> None:
    desk.enter(received(), registered(1, access="open"), recoded(1, code(1), OTHER, 9))
    desk.enter(recoded(1, OTHER, f"{SERIES}-0012", 12))
    desk.lose(2)
    with desk.database.read() as conn:
        assert catalogue.codes_of(conn, "i1") == (f"{SERIES}-0012", (code(1), OTHER))
    assert desk.next_number() == 13
    assert desk.access(1) == "closed"


def test_corrections_of_an_unknown_item_protect_its_codes_and_nothing_else(desk: Desk) -> None:
    desk.enter(received(), registered(1), recoded(1, code(1), OTHER, 9), access(1, "unreviewed", "open"))
    desk.lose(1)
    assert desk.item(1) is None
    with desk.database.read() as conn:
        assert catalogue.codes_of(conn, "i1") == ("", (code(1), OTHER))
    assert desk.next_number() == 10
    assert desk.again()


def test_a_lost_tombstone_leaves_nothing_of_the_item_but_its_code(desk: Desk) -> None:
    tombstone = ItemDestroyed("i1", (code(1),), ((SERIES, 1),), *BY)
    with desk.database.write() as tx:
        events = [received(count=1), ItemRegistered(item(1)), tombstone]
        catalogue.record(tx, desk.ledger, events, TIME)
        desk.ledger.destroy_payloads(tx, "i1")
    desk.lose(2)
    assert desk.item(1) is None
    assert desk.next_number() == 2
    with desk.database.read() as conn:
        assert [line.uncounted for line in catalogue.lost_entries(conn)] == [False]


def test_a_lost_report_leaves_its_items(desk: Desk) -> None:
    desk.enter(received(), registered(1), BatchSecured("b1", ("site-a",)))
    desk.lose(0)
    assert desk.item(1) is not None
    with desk.database.read() as conn:
        assert catalogue.batches(conn) == []


def test_a_report_that_was_redacted_is_destroyed_and_not_lost(desk: Desk) -> None:
    told = received(count=2)
    content = {**told.payload(), "findings": told.findings, "rows": told.rows[1:]}
    redacted = BatchRedacted(**content, entry=0, reported=TIME, state="registered")
    tombstone = ItemDestroyed("i1", (code(1),), ((SERIES, 1),), *BY)
    desk.enter(told, registered(1), registered(2), tombstone, redacted)
    with desk.database.write() as tx:
        desk.ledger.destroy_payloads(tx, "i1")
        tx.execute(update(tables.entry).where(tables.entry.c.index == 0).values(payload=None, salt=None))
        assert superseded(desk.ledger, tx) == Superseded(frozenset({"i1"}), {"b1": 4})
    catalogue.rebuild(desk.database, desk.ledger)
    with desk.database.read() as conn:
        assert [batch.registered for batch in catalogue.batches(conn)] == [1]
        assert catalogue.lost_entries(conn) == []
