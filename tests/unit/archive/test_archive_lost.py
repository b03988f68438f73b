"""What the catalogue makes of entries whose payload no site had."""

from __future__ import annotations

import pytest
from archive_samples import SERIES, TIME, item, registered
from lost_desk import BY, OTHER, Desk, access, code, received, recoded
from sqlalchemy import update

from archive import catalogue, numbering, tables
from archive.database import Database
from archive.errors import NumbersUnknown, StaleCorrection
from archive.events import (
    BatchRedacted,
    BatchSecured,
    ItemDescribed,
    ItemDestroyed,
    ItemRegistered,
    ItemWithdrawn,
    LossAccepted,
)
from archive.ledger import Ledger
from archive.superseded import Superseded, superseded


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
