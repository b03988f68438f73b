"""Wrapped keys, the signing key, keyrings and the recovery key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.canonical import canonical
from storage import records
from storage.errors import (
    KeyMissing,
    KeyringDamaged,
    RecoveryKeyMistyped,
    RecoveryRefused,
    SecretFileDamaged,
    SecretFileExposed,
)
from storage.keyring import Keyring
from storage.keys import FileCustody, KeyEncryptionKey, SigningKey, signature_holds
from storage.recovery import (
    Recovery,
    first_context,
    is_sound,
    new_recovery_key,
    open_recovery,
    recovery_bytes,
    recovery_text,
)
from storage.sealing import Key, Sealer


def published(vectors: Path, name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    groups = json.loads((vectors / name).read_text(encoding="utf-8"))["testGroups"]
    return [(group, case) for group in groups for case in group["tests"]]


@pytest.fixture
def custody(tmp_path: Path) -> FileCustody:
    return FileCustody.create(tmp_path / "kek")


def test_key_wrapping_follows_the_published_vectors(vectors: Path, tmp_path: Path) -> None:
    """Those with keys of our length go through our own class."""
    tried = 0
    for _, case in published(vectors, "aes_kwp_test.json"):
        key, plain, wrapped = (bytes.fromhex(case[field]) for field in ("key", "msg", "ct"))
        if len(key) != 32:
            continue
        custody = FileCustody.create(tmp_path / str(case["tcId"]), key)
        tried += 1
        if case["result"] == "invalid":
            with pytest.raises(KeyringDamaged):
                custody.unwrap(wrapped)
            continue
        assert custody.unwrap(wrapped) == plain
        if case["result"] == "valid":
            assert custody.wrap(plain) == wrapped
    assert tried == 94


def test_signatures_follow_the_published_vectors(vectors: Path) -> None:
    for group, case in published(vectors, "ed25519_test.json"):
        public = bytes.fromhex(group["publicKey"]["pk"])
        holds = signature_holds(public, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
        assert holds is (case["result"] == "valid"), case["comment"]


def test_a_signing_key_signs_the_same_after_it_was_read_again(tmp_path: Path) -> None:
    made = SigningKey.create(tmp_path / "signing")
    again = SigningKey(tmp_path / "signing")
    assert made.sign(b"head") == again.sign(b"head")
    assert signature_holds(again.public_bytes, b"head", made.sign(b"head"))
    assert not signature_holds(again.public_bytes, b"heed", made.sign(b"head"))
    assert len(made.sign(b"head")) == 64


@pytest.mark.parametrize("kind", [FileCustody, SigningKey])
def test_a_secret_file_is_never_replaced(kind: Any, tmp_path: Path) -> None:
    kind.create(tmp_path / "secret")
    before = (tmp_path / "secret").read_bytes()
    with pytest.raises(FileExistsError):
        kind.create(tmp_path / "secret")
    assert (tmp_path / "secret").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("kind", [FileCustody, SigningKey])
def test_a_secret_file_that_others_may_read_is_refused(kind: Any, tmp_path: Path) -> None:
    kind.create(tmp_path / "secret")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    (tmp_path / "secret").chmod(0o640)
    with pytest.raises(SecretFileExposed):
        kind(tmp_path / "secret")


@pytest.mark.parametrize("damage", ["", "{}", "[]", "[" * 100_000, '{"lantai":1.5}', "\ud800"])
def test_a_damaged_secret_file_is_refused(damage: str, tmp_path: Path) -> None:
    FileCustody.create(tmp_path / "secret")
    (tmp_path / "secret").write_bytes(damage.encode("utf-8", "surrogatepass"))
    with pytest.raises(SecretFileDamaged):
        FileCustody(tmp_path / "secret")


def test_one_kind_of_secret_is_not_taken_for_another(tmp_path: Path) -> None:
    SigningKey.create(tmp_path / "secret")
    with pytest.raises(SecretFileDamaged):
        FileCustody(tmp_path / "secret")


def test_any_changed_byte_of_a_secret_file_is_found(tmp_path: Path) -> None:
    FileCustody.create(tmp_path / "secret")
    whole = (tmp_path / "secret").read_bytes()
    for place in range(len(whole) - 1):  # the line feed at the end means nothing
        changed = bytearray(whole)
        changed[place] ^= 1
        (tmp_path / "secret").write_bytes(bytes(changed))
        with pytest.raises(SecretFileDamaged):
            FileCustody(tmp_path / "secret")


def test_a_keyring_gives_its_keys_back_after_it_was_stored(custody: FileCustody) -> None:
    ring = Keyring("b1", custody)
    keys = {name: ring.new_key(name) for name in ("o1", "o2", "i1")}
    again = Keyring.from_bytes(ring.to_bytes(), custody)
    assert {name: again.key(name) for name in keys} == keys
    assert (again.batch, again.revision, len(again), "o2" in again) == ("b1", 1, 3, True)
    assert len(set(keys.values())) == 3


def test_a_stored_keyring_holds_no_key_in_the_clear(custody: FileCustody) -> None:
    from storage.records import to_text

    ring = Keyring("b1", custody)
    key = ring.new_key("o1")
    for spelling in (key.secret, key.secret.hex().encode(), to_text(key.secret).encode()[:40]):
        assert spelling not in ring.to_bytes()


def test_a_name_gets_one_key_only(custody: FileCustody) -> None:
    ring = Keyring("b1", custody)
    key = ring.new_key("o1")
    with pytest.raises(ValueError, match="already"):
        ring.new_key("o1")
    assert ring.key("o1") == key


def test_a_destroyed_key_is_gone_and_the_others_stay(custody: FileCustody) -> None:
    ring = Keyring("b1", custody)
    kept, _ = ring.new_key("o1"), ring.new_key("o2")
    after = Keyring.from_bytes(ring.without(["o2"]).to_bytes(), custody)
    assert after.key("o1") == kept
    assert after.revision == 2
    with pytest.raises(KeyMissing):
        after.key("o2")


def test_a_keyring_moves_to_another_key_encryption_key(custody: FileCustody, tmp_path: Path) -> None:
    other = FileCustody.create(tmp_path / "next")
    ring = Keyring("b1", custody)
    key = ring.new_key("o1")
    moved = ring.rewrapped(other)
    assert Keyring.from_bytes(moved.to_bytes(), other).key("o1") == key
    with pytest.raises(KeyringDamaged, match=other.id):
        Keyring.from_bytes(moved.to_bytes(), custody)


def test_any_changed_byte_of_a_keyring_is_found(custody: FileCustody) -> None:
    ring = Keyring("b1", custody)
    ring.new_key("o1")
    whole = ring.to_bytes()
    for place in range(len(whole) - 1):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises(KeyringDamaged):
            Keyring.from_bytes(bytes(changed), custody)


def test_a_recovery_key_leads_back_however_it_was_typed() -> None:
    key = bytes(range(200, 232))
    text = recovery_text(key)
    assert len(text.split("-")) == 14
    assert recovery_bytes(text) == key
    sloppy = text.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert recovery_bytes(f"  {sloppy}\n") == key


@given(st.binary(min_size=32, max_size=32), st.integers(0, 55), st.integers(1, 31))
def test_one_wrong_character_of_a_recovery_key_is_found(key: bytes, place: int, by: int) -> None:
    signs = list(recovery_text(key).replace("-", ""))
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    signs[place] = alphabet[(alphabet.index(signs[place]) + by) % 32]
    with pytest.raises(RecoveryKeyMistyped):
        recovery_bytes("".join(signs))


@given(st.binary(min_size=32, max_size=32), st.integers(0, 54))
def test_two_exchanged_characters_of_a_recovery_key_are_found(key: bytes, place: int) -> None:
    signs = list(recovery_text(key).replace("-", ""))
    if signs[place] != signs[place + 1]:
        signs[place], signs[place + 1] = signs[place + 1], signs[place]
        with pytest.raises(RecoveryKeyMistyped):
            recovery_bytes("".join(signs))


@pytest.mark.parametrize("typed", ["", "0", "A" * 55, "A" * 57, "U" * 56, "兰" * 56])
def test_what_is_no_recovery_key_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(RecoveryKeyMistyped) as told:
        recovery_bytes(typed)
    assert len(typed) < 2 or typed not in str(told.value)


def first_form(key: bytes, archive: str = "archive-1") -> bytes:
    """A recovery file as the first release wrote it."""
    named = {"key-encryption-key": b"k" * 32, "signing-key": b"s" * 32}
    plain = canonical({name: records.to_text(value) for name, value in named.items()})
    sealer = Sealer(Key("cobblestone-256", key), first_context(archive))
    sealed = records.to_text(sealer.update(plain) + sealer.finalize())
    fields = {"archive": archive, "algorithm": "cobblestone-256", "sealed": sealed}
    return records.dump("recovery/1", fields)


def test_a_recovery_file_of_the_first_form_still_opens_and_with_its_own_key_alone() -> None:
    key, other = recovery_bytes(new_recovery_key()), recovery_bytes(new_recovery_key())
    data = first_form(key)
    assert is_sound(data)
    assert open_recovery(key, data) == Recovery("archive-1", (KeyEncryptionKey(b"k" * 32),), (b"s" * 32,))
    with pytest.raises(RecoveryRefused):
        open_recovery(other, data)


def test_a_recovery_file_of_the_first_form_is_bound_to_its_archive() -> None:
    key = recovery_bytes(new_recovery_key())
    fields = records.load("recovery/1", first_form(key))
    with pytest.raises(RecoveryRefused):
        open_recovery(key, records.dump("recovery/1", {**fields, "archive": "archive-2"}))


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"lantai":"recovery/1"}'])
def test_a_damaged_recovery_file_is_told_from_a_wrong_key(data: bytes) -> None:
    with pytest.raises(SecretFileDamaged):
        open_recovery(bytes(32), data)
