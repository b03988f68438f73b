from __future__ import annotations

import json

import pytest
from archive_samples import ORIGIN, TIME, naive_root, registered, report
from sqlalchemy import delete, select, update

from archive import catalogue, tables
from archive.database import Database
from archive.errors import LedgerDamaged, MalformedEvent
from archive.events import BatchSecured, ItemDestroyed, ItemWithdrawn
from archive.ledger import Ledger
from archive.merkle import EMPTY_ROOT, leaf_hash, verify_consistency, verify_inclusion
from archive.notes import Ed25519Signer, parse_checkpoint
from archive.proofs import format_proof, parse_proof, verify_proof
from archive.tiles import bundles_between

SIGNER = Ed25519Signer(ORIGIN, bytes(range(32)))


def append(database: Database, ledger: Ledger, first: int, count: int) -> tuple[int, int]:
    with database.write() as tx:
        return catalogue.record(tx, ledger, [registered(n) for n in range(first, first + count)], TIME)


def test_entries_are_numbered_from_nought_without_gaps(database: Database, ledger: Ledger) -> None:
    with database.read() as connection:
        assert (ledger.size(connection), ledger.root(connection, 0)) == (0, EMPTY_ROOT)
    assert append(database, ledger, 1, 300) == (0, 300)
    assert append(database, ledger, 301, 5) == (300, 305)
    with database.write() as tx:
        assert ledger.append(tx, [], TIME) == (305, 305)
    with database.read() as connection:
        assert [entry.index for entry in ledger.entries(connection, 298, 305)] == list(range(298, 305))


def test_the_tree_is_the_one_over_the_stored_envelopes(database: Database, ledger: Ledger) -> None:
    append(database, ledger, 1, 300)
    append(database, ledger, 301, 77)
    with database.read() as connection:
        hashes = [leaf_hash(entry.envelope) for entry in ledger.entries(connection, 0, 377)]
        old, new = ledger.root(connection, 300), ledger.root(connection, 377)
        assert (old, new) == (naive_root(hashes[:300]), naive_root(hashes))
        verify_inclusion(299, 377, hashes[299], ledger.inclusion(connection, 299, 377), new)
        verify_consistency(300, 377, old, new, ledger.consistency(connection, 300, 377))
        assert list(ledger.damaged_entries(connection, 0, 377)) == []


def test_a_transaction_that_fails_appends_nothing(database: Database, ledger: Ledger) -> None:
    with pytest.raises(KeyError), database.write() as tx:
        ledger.append(tx, [registered(1)], TIME)
        raise KeyError
    with database.read() as connection:
        assert ledger.size(connection) == 0
        assert connection.execute(select(tables.tile)).all() == []


@pytest.mark.parametrize("time", ["2026-11-21", "2026-11-21T12:00:00", "2026-11-21T12:00:00+08:00", "now"])
def test_a_time_that_is_not_utc_is_refused(database: Database, ledger: Ledger, time: str) -> None:
    with pytest.raises(MalformedEvent, match="time"), database.write() as tx:
        ledger.append(tx, [registered(1)], time)


def test_an_items_history_is_what_names_it(database: Database, ledger: Ledger) -> None:
    with database.write() as tx:
        withdrawn = ItemWithdrawn("i1", "误移交", "owner", "archivist")
        events = [report("b1", "sha256:22", 2), registered(1), registered(2), withdrawn]
        catalogue.record(tx, ledger, events, TIME)
    with database.read() as connection:
        assert [e.type for e in ledger.of_item(connection, "i1")] == ["item.registered", "item.withdrawn"]
        assert [e.index for e in ledger.of_batch(connection, "b1")] == [0, 1, 2]
        assert ledger.of_item(connection, "i9") == []


@pytest.mark.parametrize(
    "forged",
    [
        {"payload": b'{"title":"another"}'},
        {"salt": bytes(32)},
        {"payload": None},
        {"type": "item.withdrawn"},
        {"time": "2020-01-01T00:00:00Z"},
        {"item": "i9"},
        {"envelope": b"{}"},
        {"envelope": b"not json"},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_an_entry_changed_in_the_database_is_found(
    database: Database, ledger: Ledger, forged: dict[str, object]
) -> None:
    append(database, ledger, 1, 5)
    with database.write() as tx:
        tx.execute(update(tables.entry).where(tables.entry.c.index == 3).values(forged))
    with database.read() as connection:
        assert list(ledger.damaged_entries(connection, 0, 5)) == [3]


def test_a_missing_entry_is_damage_and_not_a_shorter_history(database: Database, ledger: Ledger) -> None:
    append(database, ledger, 1, 5)
    with database.write() as tx:
        tx.execute(delete(tables.entry).where(tables.entry.c.index == 2))
    with database.read() as connection, pytest.raises(LedgerDamaged, match="missing"):
        list(ledger.entries(connection, 0, 5))


def test_destroyed_payloads_leave_tree_and_proofs_whole(database: Database, ledger: Ledger) -> None:
    append(database, ledger, 1, 300)
    head = ledger.sign_head(SIGNER, TIME)
    code = registered(42).content.code
    tombstone = ItemDestroyed("i42", (code,), ((registered(42).content.series, 42),), "期满", "a", "b")
    with database.write() as tx:
        catalogue.record(tx, ledger, [tombstone], TIME)
        assert ledger.destroy_payloads(tx, "i42") == 1
    with database.read() as connection:
        gone = ledger.entry(connection, 41)
        assert (gone.payload, gone.salt) == (None, None)
        assert ledger.root(connection, 300) == head.root
        verify_inclusion(41, 300, gone.leaf_hash(), ledger.inclusion(connection, 41, 300), head.root)
        assert list(ledger.damaged_entries(connection, 0, 301)) == []
        assert not any("开馆仪式 42" in str(e.payload) for e in ledger.entries(connection, 0, 301))


def test_one_size_is_signed_once(database: Database, ledger: Ledger) -> None:
    append(database, ledger, 1, 3)
    first = ledger.sign_head(SIGNER, TIME)
    again = ledger.sign_head(Ed25519Signer(ORIGIN, bytes(32)), "2027-01-01T00:00:00Z")
    assert again == first == parse_checkpoint(first.note, [SIGNER.verifier], ORIGIN)
    append(database, ledger, 4, 1)
    second = ledger.sign_head(SIGNER, TIME)
    with database.read() as connection:
        assert (first.size, second.size) == (3, 4)
        assert ledger.newest_head(connection) == second
        assert ledger.head_at(connection, 3) == first
        assert ledger.head_at(connection, 2) is None


def test_a_rewritten_ledger_is_not_signed(database: Database, ledger: Ledger) -> None:
    append(database, ledger, 1, 3)
    ledger.sign_head(SIGNER, TIME)
    with database.write() as tx:  # the whole ledger is replaced by another of its size, and grows
        tx.execute(delete(tables.entry))
        tx.execute(delete(tables.tile))
        ledger.append(tx, [registered(n) for n in range(11, 16)], TIME)
    with pytest.raises(LedgerDamaged, match="does not continue"):
        ledger.sign_head(SIGNER, TIME)


def test_a_shortened_ledger_is_not_signed(database: Database, ledger: Ledger) -> None:
    append(database, ledger, 1, 3)
    ledger.sign_head(SIGNER, TIME)
    with database.write() as tx:
        tx.execute(delete(tables.entry).where(tables.entry.c.index == 2))
    with pytest.raises(LedgerDamaged, match="does not continue"):
        ledger.sign_head(SIGNER, TIME)


def test_proof_files_convince_a_stranger(database: Database, ledger: Ledger) -> None:
    append(database, ledger, 1, 300)
    head = ledger.sign_head(SIGNER, TIME)
    with database.read() as connection:
        texts = [format_proof(proof) for proof in ledger.proofs(connection, [0, 255, 256, 299], head)]
    for text, item in zip(texts, ("i1", "i256", "i257", "i300"), strict=True):
        proof = parse_proof(text)
        verify_proof(proof, proof.extra, [SIGNER.verifier], ORIGIN)
        assert json.loads(proof.extra)["item"] == item


def test_entry_bundles_hold_the_leaves_that_the_tiles_hash(database: Database, ledger: Ledger) -> None:
    append(database, ledger, 1, 300)
    with database.write() as tx:
        catalogue.record(tx, ledger, [BatchSecured("b1", ("site-a",))], TIME)
    with database.read() as connection:
        read: list[bytes] = []
        for name in bundles_between(0, 301):
            rest = ledger.bundle(connection, name)
            while rest:
                length = int.from_bytes(rest[:2], "big")
                read.append(rest[2 : 2 + length])
                rest = rest[2 + length :]
        assert naive_root([leaf_hash(leaf) for leaf in read]) == ledger.root(connection, 301)


def test_entries_of_a_type_are_read_page_by_page_in_order(database: Database, ledger: Ledger) -> None:
    append(database, ledger, 1, 1001)
    with database.write() as tx:
        ledger.append(tx, [BatchSecured("b1", ("site-a",)), BatchSecured("b2", ("site-a",))], TIME)
    append(database, ledger, 1002, 2)
    with database.read() as connection:
        assert [entry.index for entry in ledger.of_type(connection, "batch.secured")] == [1001, 1002]
        both = [entry.index for entry in ledger.of_type(connection, "batch.secured", "item.registered")]
        assert both == list(range(1005))
        assert list(ledger.of_type(connection, "keys.rotated")) == []
        assert list(ledger.of_type(connection)) == []
