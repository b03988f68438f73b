"""Checkpoints with a line of each algorithm of the suite."""

from __future__ import annotations

import base64
import hashlib

import pytest
from archive_samples import ORIGIN, leaves, naive_root

from archive.errors import NoteInvalid
from archive.notes import (
    Ed25519Signer,
    checkpoint_text,
    open_note,
    parse_checkpoint,
    parse_verifier,
    sign_note,
)
from archive.signing import LogSigner, Sm2Signer, parse_verifiers, written
from policies.suites import COMMERCIAL, INTERNATIONAL

SEED = bytes(range(32))
BOTH = LogSigner(ORIGIN, SEED, COMMERCIAL)
ED25519, SM2 = BOTH.verifiers
TEXT = checkpoint_text(ORIGIN, 5, naive_root(leaves(5)))
NOTE = sign_note(TEXT, [BOTH])


def test_the_commercial_suite_signs_twice_and_either_key_verifies() -> None:
    assert NOTE.count("\n— ") == 2
    for keys in ([ED25519], [SM2], [ED25519, SM2]):
        assert parse_checkpoint(NOTE, keys, ORIGIN).size == 5


def test_a_reader_of_the_international_suite_sees_one_unknown_line_more() -> None:
    """The Ed25519 line is byte for byte the one that the archive would have without SM2."""
    alone = sign_note(TEXT, [LogSigner(ORIGIN, SEED, INTERNATIONAL)])
    assert alone == sign_note(TEXT, [Ed25519Signer(ORIGIN, SEED)])
    assert NOTE.startswith(alone)
    assert open_note(NOTE, [Ed25519Signer(ORIGIN, SEED).verifier]) == TEXT


def test_the_key_id_follows_the_specification() -> None:
    """C2SP signed-note: 0xff is for types without a byte of their own, a longer name follows it."""
    marked = b"\xfflantai/sm2-with-sm3\n" + SM2.public_key
    expected = hashlib.sha256(ORIGIN.encode() + b"\n" + marked).digest()[:4]
    assert SM2.key_id == expected
    assert str(SM2) == f"{ORIGIN}+{expected.hex()}+{base64.b64encode(marked).decode()}"
    assert parse_verifier(str(SM2)) == SM2


@pytest.mark.parametrize("broken", [0, 1])
def test_a_wrong_signature_of_either_key_spoils_the_note_for_who_knows_that_key(broken: int) -> None:
    other = sign_note(checkpoint_text(ORIGIN, 6, naive_root(leaves(5))), [BOTH]).splitlines(keepends=True)
    lines = NOTE.splitlines(keepends=True)
    lines[-2 + broken] = other[-2 + broken]
    forged = "".join(lines)
    with pytest.raises(NoteInvalid, match="wrong"):
        open_note(forged, [ED25519, SM2])
    with pytest.raises(NoteInvalid, match="wrong"):
        open_note(forged, [(ED25519, SM2)[broken]])
    assert open_note(forged, [(SM2, ED25519)[broken]]) == TEXT


def test_two_signatures_of_one_head_differ_and_both_hold() -> None:
    """SM2 takes a fresh random number each time; which is why one size is signed once and kept."""
    again = sign_note(TEXT, [BOTH])
    assert again != NOTE
    assert open_note(again, [SM2]) == TEXT


def test_keys_written_to_a_file_are_read_back() -> None:
    assert parse_verifiers(written(BOTH.verifiers)) == (ED25519, SM2)
    assert parse_verifiers(f"\n  {SM2}\r\n\n") == (SM2,)
    assert LogSigner(ORIGIN, SEED).verifiers == (ED25519,)


@pytest.mark.parametrize(
    "text",
    ["", "\n \n", f"{ED25519}\n{ED25519}\n", f"{ED25519}\n{LogSigner('other', SEED).verifier}\n", f"{SM2}x"],
)
def test_a_file_of_keys_that_cannot_all_hold_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        parse_verifiers(text)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_an_sm2_key_of_another_length_is_refused(size: int) -> None:
    marked = b"\xfflantai/sm2-with-sm3\n" + bytes(size)
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n" + marked).digest()[:4].hex()
    with pytest.raises(NoteInvalid, match="neither"):
        parse_verifier(f"{ORIGIN}+{key_id}+{base64.b64encode(marked).decode()}")


def test_another_seed_or_another_name_verifies_nothing() -> None:
    for other in (Sm2Signer(ORIGIN, bytes(32)), Sm2Signer("elsewhere", SEED)):
        with pytest.raises(NoteInvalid, match="trusted"):
            open_note(NOTE, [other.verifier])
