from __future__ import annotations

import json
from pathlib import Path

import pytest
from archive_samples import ORIGIN, leaves, naive_path, naive_root
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import NoteInvalid, ProofInvalid
from archive.merkle import leaf_hash
from archive.notes import (
    Ed25519Signer,
    Verifier,
    checkpoint_text,
    open_note,
    parse_checkpoint,
    parse_verifier,
    sign_note,
)
from archive.proofs import Proof, format_proof, parse_proof, verify_proof

SIGNER = Ed25519Signer(ORIGIN, bytes(range(32)))
OTHER = Ed25519Signer(ORIGIN, bytes(32))
ROOT = naive_root(leaves(5))
NOTE = sign_note(checkpoint_text(ORIGIN, 5, ROOT), [SIGNER])


def test_published_signatures_have_the_wanted_outcome(vectors: Path) -> None:
    groups = json.loads((vectors / "ed25519_test.json").read_text(encoding="utf-8"))["testGroups"]
    wrong = []
    for group in groups:
        verifier = Verifier("key", bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            held = verifier.holds(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            if held is not (case["result"] == "valid"):
                wrong.append(case["tcId"])
    assert not wrong


def test_a_verification_key_survives_being_written_down() -> None:
    assert parse_verifier(f" {SIGNER.verifier}\n") == SIGNER.verifier


@pytest.mark.parametrize(
    "text",
    ["", "name", "a+b", "na me+00000000+AAAA", f"x{SIGNER.verifier}", f"{SIGNER.verifier}"[:-4], "a+b+c+d"],
)
def test_a_mistyped_verification_key_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        parse_verifier(text)


def test_a_checkpoint_says_what_was_signed() -> None:
    checkpoint = parse_checkpoint(NOTE, [SIGNER.verifier], ORIGIN)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ORIGIN, 5, ROOT)


def test_a_note_without_a_trusted_key_is_refused() -> None:
    for trusted in ([], [OTHER.verifier]):
        with pytest.raises(NoteInvalid, match="trusted"):
            open_note(NOTE, trusted)


def test_unknown_signatures_beside_a_good_one_are_passed_over() -> None:
    both = sign_note(checkpoint_text(ORIGIN, 5, ROOT), [OTHER, SIGNER])
    assert parse_checkpoint(both, [SIGNER.verifier]).size == 5


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    text, gap, good = NOTE.rpartition("\n\n")
    forged = sign_note(checkpoint_text(ORIGIN, 6, ROOT), [SIGNER]).rpartition("\n\n")[2]
    with pytest.raises(NoteInvalid, match="wrong"):
        open_note(text + gap + good + forged, [SIGNER.verifier])


@given(st.integers(0, len(NOTE) - 1), st.characters(codec="utf-8"))
def test_no_character_of_a_checkpoint_can_be_changed(at: int, sign: str) -> None:
    altered = NOTE[:at] + sign + NOTE[at + 1 :]
    if altered != NOTE:
        with pytest.raises(NoteInvalid):
            parse_checkpoint(altered, [SIGNER.verifier])


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n05\n{NOTE.splitlines()[2]}\n",
        f"{ORIGIN}\n-1\n{NOTE.splitlines()[2]}\n",
        f"{ORIGIN}\n٥\n{NOTE.splitlines()[2]}\n",
        f"{ORIGIN}\n5\nAAAA\n",
        f"{ORIGIN}\n5\n",
        f"\n5\n{NOTE.splitlines()[2]}\n",
    ],
)
def test_a_signed_note_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        parse_checkpoint(sign_note(text, [SIGNER]), [SIGNER.verifier])


def test_a_checkpoint_of_another_log_is_refused() -> None:
    with pytest.raises(NoteInvalid, match="another log"):
        parse_checkpoint(NOTE, [SIGNER.verifier], "elsewhere.example/log")


@pytest.mark.parametrize("text", ["no newline", "bell\x07\n", "lone \ud800\n", "tab\t\n"])
def test_what_cannot_be_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(NoteInvalid):
        sign_note(text, [SIGNER])


def test_nobody_signing_makes_no_note() -> None:
    with pytest.raises(NoteInvalid):
        sign_note("text\n", [])


@pytest.mark.parametrize("extra", [b"", b"{}", bytes(range(256))])
def test_a_proof_file_proves_its_entry_offline(extra: bytes) -> None:
    entries = [b"entry %d" % n for n in range(5)]
    hashes = [leaf_hash(entry) for entry in entries]
    note = sign_note(checkpoint_text(ORIGIN, 5, naive_root(hashes)), [SIGNER])
    proof = Proof(3, tuple(naive_path(3, hashes)), note, extra)
    read = parse_proof(format_proof(proof))
    assert read == proof
    assert verify_proof(read, entries[3], [SIGNER.verifier], ORIGIN).size == 5
    with pytest.raises(ProofInvalid):
        verify_proof(read, entries[2], [SIGNER.verifier])
    with pytest.raises(NoteInvalid):
        verify_proof(read, entries[3], [OTHER.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 00\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0",
    ],
)
def test_a_malformed_proof_file_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        parse_proof(text)
