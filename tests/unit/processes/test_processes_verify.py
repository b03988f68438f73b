"""Whoever holds proofs may try to make them say more than the archive proved: none of it passes."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from proof_desk import (
    FIRST,
    HISTORY,
    NEW_CODE,
    ORIGIN,
    SECOND,
    SIGNER,
    TIME,
    WHO,
    Desk,
    Log,
    content,
    recoded,
    registered,
    stripped,
    with_extra,
)

from archive import catalogue
from archive.events import ItemDestroyed
from archive.notes import Ed25519Signer, checkpoint_text, sign_note
from archive.proofs import disclosure, parse_proof
from processes.proving.prove import item_proof


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def log(desk: Desk) -> Log:
    return desk.archive(HISTORY)


def test_a_genuine_proof_passes_and_says_that_it_may_not_be_all(desk: Desk, log: Log) -> None:
    result = desk.check(log.bundle("i1"), content(1))
    assert result.ok
    assert [check.what for check in result.checks] == [
        "item.registered",
        "item.described",
        "item.recoded",
        "item.described",
        "item.withdrawn",
        "item",
        "content",
    ]
    item = result.checks[5].text
    assert NEW_CODE in item
    assert "withdrawn" in item
    assert "is not shown: ask the archive for a proof at a newer checkpoint" in item
    assert "1.pdf (main) of item i1" in result.checks[6].text


def test_another_items_proofs_under_this_code_are_refused(desk: Desk, log: Log) -> None:
    desk.refused(log.bundle("i2") | {"code": NEW_CODE}, content(2), words="by its entries the code is")
    desk.refused(log.bundle("i1") | {"code": FIRST}, words="by its entries the code is")


def test_another_items_entry_in_a_bundle_is_refused(desk: Desk, log: Log) -> None:
    one, two = log.bundle("i1"), log.bundle("i2")
    for proofs in (one["proofs"] + two["proofs"], [one["proofs"][0], *two["proofs"], *one["proofs"][1:]]):
        desk.refused(one | {"proofs": proofs}, content(2), words="more than one item")


def test_content_of_an_item_is_told_with_the_item_that_it_is_of(desk: Desk, log: Log) -> None:
    result = desk.check(log.bundle("i1"), log.bundle("i2"), content(2))
    assert result.ok
    assert f"of item i2, registered as {SECOND}" in result.checks[-1].text
    desk.refused(log.bundle("i1"), content(2), words="no proof here speaks of")
    desk.refused(log.bundle("i2") | {"code": FIRST}, content(2), words="named by file-0, which does not hold")


def test_an_entry_left_out_that_others_build_on_is_seen(desk: Desk, log: Log) -> None:
    whole = log.bundle("i1")
    registration, first, recoding, second, withdrawal = whole["proofs"]
    late = whole | {"proofs": [first, recoding, second, withdrawal]}
    desk.refused(late, words="registration of the item is missing")
    gap = whole | {"proofs": [registration, recoding, second, withdrawal]}
    desk.refused(gap, words="an entry is missing: title")
    former = whole | {"proofs": [registration, first, second, withdrawal]}
    desk.refused(former, words="by its entries the code is")


def test_an_entry_left_out_at_the_end_is_not_seen_and_that_is_said(desk: Desk, log: Log) -> None:
    whole = log.bundle("i1")
    result = desk.check(whole | {"proofs": whole["proofs"][:2], "code": FIRST})
    assert result.ok
    assert "that these are all its entries is not shown" in result.checks[-1].text


def test_entries_out_of_order_or_twice_are_refused(desk: Desk, log: Log) -> None:
    whole = log.bundle("i1")
    proofs = whole["proofs"]
    desk.refused(whole | {"proofs": [proofs[0], *proofs]}, words="not in order, or one stands twice")
    desk.refused(whole | {"proofs": [proofs[0], *proofs[:0:-1]]}, words="not in order")


def test_a_hidden_content_is_not_called_destroyed(desk: Desk, log: Log) -> None:
    whole = log.bundle("i1")
    desk.refused(whole | {"proofs": [stripped(proof) for proof in whole["proofs"]]}, words="not disclosed")
    desk.refused(
        whole | {"proofs": [*whole["proofs"][:4], stripped(whole["proofs"][4])]}, words="not disclosed"
    )
    desk.refused(stripped(whole["proofs"][0]), words="not disclosed")


def destroyed_bundle(desk: Desk) -> dict[str, Any]:
    """What may be shown of an item that was destroyed under its second code."""
    tombstone = ItemDestroyed("i1", (FIRST, NEW_CODE), (("A014-WS·2016-Y-BGS", 1),), *WHO)
    log = desk.archive([*HISTORY, tombstone], destroy="i1")
    head = log.ledger.sign_head(SIGNER, TIME)
    with log.database.read() as conn:
        proofs = log.ledger.proofs(conn, [entry.index for entry in log.ledger.of_item(conn, "i1")], head)
        texts = [
            with_extra(
                f"c2sp.org/tlog-proof@v1\nextra AAAA\nindex {proof.index}\n"
                + "".join(base64.b64encode(value).decode() + "\n" for value in proof.hashes)
                + f"\n{proof.checkpoint}",
                disclosure(log.ledger.entry(conn, proof.index)),
            )
            for proof in proofs
        ]
    return {"format": "lantai-proof/1", "code": NEW_CODE, "proofs": texts}


def test_destruction_is_believed_by_its_proved_tombstone(desk: Desk) -> None:
    bundle = destroyed_bundle(desk)
    result = desk.check(bundle)
    assert result.ok
    assert "its content was destroyed, as entry 6 records" in result.checks[0].text
    assert "destroyed" in result.checks[-1].text
    desk.refused(bundle | {"code": SECOND}, words="which its entries do not show")
    desk.refused(bundle | {"proofs": bundle["proofs"][:-1]}, words="not disclosed")
    desk.refused(
        bundle | {"proofs": [*bundle["proofs"][:-1], stripped(bundle["proofs"][-1])]}, words="not disclosed"
    )


def checkpoint(size: int, root: bytes, origin: str = ORIGIN, signer: Ed25519Signer = SIGNER) -> str:
    return sign_note(checkpoint_text(origin, size, root), [signer])


def test_two_roots_of_one_size_are_two_histories(desk: Desk, log: Log) -> None:
    assert desk.check(checkpoint(9, bytes(32)), checkpoint(9, bytes(32))).ok
    desk.refused(
        checkpoint(9, bytes(32)), checkpoint(9, b"\1" * 32), words="two histories of one log: different roots"
    )
    desk.refused(
        log.bundle("i1"), checkpoint(6, bytes(32)), words="two histories of one log: different roots"
    )


def test_two_entries_at_one_index_are_two_histories(desk: Desk, log: Log) -> None:
    other = desk.archive([registered(2), registered(1)], "other")
    desk.refused(
        log.bundle("i1"), other.bundle("i2"), words="two histories of one log: different entries at 0"
    )


def test_heads_of_two_sizes_are_not_said_to_be_linked(desk: Desk, log: Log) -> None:
    result = desk.check(log.bundle("i1"), checkpoint(9, bytes(32)))
    assert result.ok
    assert result.checks[-1].what == "history"
    assert "heads of 6, 9 entries" in result.checks[-1].text
    assert "only a consistency proof could link them" in result.checks[-1].text


def test_proofs_against_different_heads_are_no_bundle(desk: Desk, log: Log) -> None:
    early = log.bundle("i1")
    with log.database.write() as tx:
        catalogue.record(tx, log.ledger, [registered(3)], TIME)
    late = log.bundle("i1")
    assert desk.check(early, late).ok
    mixed = [*early["proofs"][:2], *late["proofs"][2:]]
    desk.refused(early | {"proofs": mixed}, words="different heads")


def test_a_single_proof_says_that_it_is_one_entry(desk: Desk, log: Log) -> None:
    result = desk.check(log.bundle("i1")["proofs"][0], content(1))
    assert result.ok
    assert [check.what for check in result.checks] == ["item.registered", "content"]
    assert (
        "a single entry: what happened to the item before and after it is not shown" in result.checks[0].text
    )


def test_each_refusal_says_which_kind_it_is(desk: Desk, log: Log) -> None:
    same_name = Ed25519Signer(ORIGIN, bytes(32))
    elsewhere = Ed25519Signer("elsewhere.example/log", bytes(32))
    root = bytes(32)
    genuine = checkpoint(9, root)
    desk.refused(checkpoint(9, root, signer=same_name), words="wrong key")
    desk.refused(checkpoint(9, root, elsewhere.name, elsewhere), words="another archive")
    desk.refused(checkpoint(9, root, "renamed.example/log"), words="another archive")
    desk.refused(genuine.replace("\n9\n", "\n8\n"), words="altered: the head")
    whole = log.bundle("i2")
    proof = whole["proofs"][0]
    extra = json.loads(parse_proof(proof).extra)
    payload = base64.b64encode(base64.b64decode(extra["payload"]).replace(b"2016", b"2017")).decode()
    forged = json.dumps(extra | {"payload": payload}, separators=(",", ":")).encode()
    desk.refused(whole | {"proofs": [with_extra(proof, forged)]}, words="altered: entry 1: the content")
    moved = proof.replace("\nindex 1\n", "\nindex 0\n")
    desk.refused(whole | {"proofs": [moved]}, words="altered: entry 0 does not stand so in the log")
    desk.refused(whole | {"proofs": ["c2sp.org"]}, words="not a proof")


def test_what_a_hostile_archive_writes_is_shown_and_not_obeyed(desk: Desk) -> None:
    bundle = desk.archive([registered(1, title="a\x1b[2Jb\u202ec")]).bundle("i1")
    said = "".join(check.text for check in desk.check(bundle).checks)
    assert said.isprintable()


def test_a_correction_that_is_not_under_the_head_is_left_out_and_counted(log: Log) -> None:
    head = log.ledger.sign_head(SIGNER, TIME)
    with log.database.write() as tx:
        catalogue.record(tx, log.ledger, [recoded(NEW_CODE, FIRST)], TIME)
    with log.database.read() as conn:
        proof = item_proof(log.ledger, conn, log.ledger.of_item(conn, "i1"), head)
    assert (proof.code, len(proof.entries), proof.left_out) == (NEW_CODE, 5, 1)
