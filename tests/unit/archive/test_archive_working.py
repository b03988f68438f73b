from __future__ import annotations

import pytest
from archive_samples import TIME, registered

from archive import catalogue, working
from archive.database import Database
from archive.ledger import Ledger
from archive.working import Intent


def test_the_outbox_keeps_its_order_until_the_index_has_it(database: Database) -> None:
    with database.write() as tx:
        working.enqueue(tx, [])
        working.enqueue(tx, ["i1", "i2", "i1"])
    with database.read() as connection:
        lines = working.pending(connection, 2)
    assert [item for _, item in lines] == ["i1", "i2"]
    with database.write() as tx:
        working.settle(tx, lines[-1][0])
        assert [item for _, item in working.pending(tx, 9)] == ["i1"]


def test_a_line_of_the_outbox_never_has_the_number_of_an_older_one(database: Database) -> None:
    with database.write() as tx:
        working.enqueue(tx, ["i1"])
        first = working.pending(tx, 1)[0][0]
        working.settle(tx, first)
        working.enqueue(tx, ["i2"])
        assert working.pending(tx, 1)[0][0] > first


def test_an_intent_stands_until_it_is_dropped(database: Database) -> None:
    intent = Intent("b1", "sha256:22", "incoming", "sealing", TIME, "{}")
    renewed = Intent("b1", "sha256:22", "incoming", "waiting", TIME, '{"sites":1}')
    with database.write() as tx:
        working.put_intent(tx, intent)
        working.put_intent(tx, renewed)
        assert working.intent(tx, "b1") == renewed
        assert working.intents(tx) == working.intents(tx, "sha256:22") == [renewed]
        assert working.intents(tx, "sha256:33") == []
        working.drop_intent(tx, "b1")
        working.drop_intent(tx, "b1")
        assert working.intent(tx, "b1") is None


@pytest.mark.parametrize("size", [0, 5, 70_000])
def test_how_far_a_site_has_the_ledger_is_one_number(database: Database, size: int) -> None:
    with database.write() as tx:
        working.set_published(tx, "site-a", 3, TIME)
        working.set_published(tx, "site-a", size, TIME)
        working.set_published(tx, "site-b", 4, TIME)
        assert working.published(tx) == {"site-a": size, "site-b": 4}


def test_what_a_batch_in_hand_has_sealed_is_noted_until_the_intent_is_dropped(database: Database) -> None:
    with database.write() as tx:
        working.put_intent(tx, Intent("b1", "sha256:22", "incoming", "sealing", TIME, "{}"))
        working.note_sealed(tx, "b1", {})
        working.note_sealed(tx, "b1", {"o1": "first", "o2": "second"})
        working.note_sealed(tx, "b1", {"o1": "again"})
        working.put_intent(tx, Intent("b1", "sha256:22", "incoming", "waiting", TIME, "{}"))
        assert sorted(working.sealed_files(tx, "b1")) == ["again", "second"]
        assert working.sealed_files(tx, "b2") == []
        working.drop_intent(tx, "b1")
        assert working.sealed_files(tx, "b1") == []


def test_what_a_site_was_seen_to_hold_stands_until_it_is_taken_back(database: Database) -> None:
    with database.write() as tx:
        for batch in ("b1", "b2", "b1"):
            working.hold_at(tx, "site-a", batch, TIME)
        working.hold_at(tx, "site-b", "b1", TIME)
        assert working.held_at(tx, "site-a") == {"b1": TIME, "b2": TIME}
        assert working.holders(tx, "b1") == {"site-a", "site-b"}
        working.release(tx, "site-a", [])
        working.release(tx, "site-a", ["b1", "b3"])
        assert (working.holders(tx, "b1"), working.holders(tx, "b2")) == ({"site-b"}, {"site-a"})
        assert working.held_at(tx, "site-a") == {"b2": TIME}
        working.release(tx, "site-a")
        assert working.held_at(tx, "site-a") == {}
        assert working.once_held(tx, "site-a") == {"b1", "b2"}
        working.hold_at(tx, "site-a", "b2", TIME)
        assert working.held_at(tx, "site-a") == {"b2": TIME}


def test_of_a_site_that_is_given_up_nothing_is_remembered(database: Database) -> None:
    with database.write() as tx:
        for site in ("site-a", "site-b"):
            working.hold_at(tx, site, "b1", TIME)
            working.set_published(tx, site, 5, TIME)
        working.forget_site(tx, "site-a")
        assert (working.held_at(tx, "site-a"), working.published(tx)) == ({}, {"site-b": 5})
        assert working.held_at(tx, "site-b") == {"b1": TIME}


def test_every_item_is_queued_at_once_in_the_order_of_registration(
    database: Database, ledger: Ledger
) -> None:
    with database.write() as tx:
        catalogue.record(tx, ledger, [registered(2), registered(1)], TIME)
        working.enqueue(tx, ["i9"])
        assert working.enqueue_all(tx) == 2
        assert [item for _, item in working.pending(tx, 9)] == ["i9", "i2", "i1"]
