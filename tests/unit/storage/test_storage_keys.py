"""Wrapped keys, the files of secrets, keyrings and the recovery key."""

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
)
from storage.keychain import Keychain
from storage.keyring import Keyring
from storage.keys import KeyEncryptionKey
from storage.recovery import (
    Recovery,
    first_context,
    is_sound,
    new_recovery_key,
    open_recovery,
    recovery_bytes,
    recovery_text,
)
from storage.recovery_box import RecoveryPart
from storage.sealing import Key, Sealer
from storage.seals import Seals


def published(vectors: Path, name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    groups = json.loads((vectors / name).read_text(encoding="utf-8"))["testGroups"]
    return [(group, case) for group in groups for case in group["tests"]]


@pytest.fixture
def custody() -> KeyEncryptionKey:
    return KeyEncryptionKey.new()


def test_key_wrapping_follows_the_published_vectors(vectors: Path) -> None:
    """Those with keys of our length go through our own class."""
    tried = 0
    for _, case in published(vectors, "aes_kwp_test.json"):
        key, plain, wrapped = (bytes.fromhex(case[field]) for field in ("key", "msg", "ct"))
        if len(key) != 32:
            continue
        custody = KeyEncryptionKey(key)
        tried += 1
        if case["result"] == "invalid":
            with pytest.raises(KeyringDamaged):
                custody.unwrap(wrapped)
            continue
        assert custody.unwrap(wrapped) == plain
        if case["result"] == "valid":
            assert custody.wrap(plain) == wrapped
    assert tried == 94


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def secret(folder: Path) -> Path:
    """The file of a key-encryption key in a folder of keys."""
    Keychain.create(folder, Seals(), RecoveryPart.of(bytes(32)))
    return folder / "key-encryption-key"


def test_secret_files_are_never_replaced_by_new_ones(folder: Path, secret: Path) -> None:
    before = secret.read_bytes()
    with pytest.raises(FileExistsError):
        Keychain.create(folder, Seals(), RecoveryPart.of(bytes(32)))
    assert secret.read_bytes() == before
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize("damage", ["", "{}", "[]", "[" * 100_000, '{"lantai":1.5}', "\ud800"])
def test_a_damaged_secret_file_is_refused(damage: str, folder: Path, secret: Path) -> None:
    secret.write_bytes(damage.encode("utf-8", "surrogatepass"))
    with pytest.raises(SecretFileDamaged):
        Keychain(folder, Seals()).unlock()


def test_one_kind_of_secret_is_not_taken_for_another(folder: Path, secret: Path) -> None:
    secret.write_bytes((folder / "signing-key").read_bytes())
    with pytest.raises(SecretFileDamaged):
        Keychain(folder, Seals()).unlock()


def test_any_changed_byte_of_a_secret_file_is_found(folder: Path, secret: Path) -> None:
    whole = secret.read_bytes()
    for place in range(len(whole) - 1):  # the line feed at the end means nothing
        changed = bytearray(whole)
        changed[place] ^= 1
        secret.write_bytes(bytes(changed))
        with pytest.raises(SecretFileDamaged):
            Keychain(folder, Seals()).unlock()


def test_a_keyring_gives_its_keys_back_after_it_was_stored(custody: KeyEncryptionKey) -> None:
    ring = Keyring("b1", custody)
    keys = {name: ring.new_key(name) for name in ("o1", "o2", "i1")}
    again = Keyring.from_bytes(ring.to_bytes(), custody)
    assert {name: again.key(name) for name in keys} == keys
    assert (again.batch, again.revision, len(again), "o2" in again) == ("b1", 1, 3, True)
    assert len(set(keys.values())) == 3


def test_a_stored_keyring_holds_no_key_in_the_clear(custody: KeyEncryptionKey) -> None:
    from storage.records import to_text

    ring = Keyring("b1", custody)
    key = ring.new_key("o1")
    for spelling in (key.secret, key.secret.hex().encode(), to_text(key.secret).encode()[:40]):
        assert spelling not in ring.to_bytes()


def test_a_name_gets_one_key_only(custody: KeyEncryptionKey) -> None:
    ring = Keyring("b1", custody)
    key = ring.new_key("o1")
    with pytest.raises(ValueError, match="already"):
        ring.new_key("o1")
    assert ring.key("o1") == key


def test_a_destroyed_key_is_gone_and_the_others_stay(custody: KeyEncryptionKey) -> None:
    ring = Keyring("b1", custody)
    kept, _ = ring.new_key("o1"), ring.new_key("o2")
    after = Keyring.from_bytes(ring.without(["o2"]).to_bytes(), custody)
    assert after.key("o1") == kept
    assert after.revision == 2
    with pytest.raises(KeyMissing):
        after.key("o2")


def test_a_keyring_moves_to_another_key_encryption_key(custody: KeyEncryptionKey, tmp_path: Path) -> None:
    other = KeyEncryptionKey.new()
    ring = Keyring("b1", custody)
    key = ring.new_key("o1")
    moved = ring.rewrapped(other)
    assert Keyring.from_bytes(moved.to_bytes(), other).key("o1") == key
    with pytest.raises(KeyringDamaged, match=other.id):
        Keyring.from_bytes(moved.to_bytes(), custody)


def test_any_changed_byte_of_a_keyring_is_found(custody: KeyEncryptionKey) -> None:
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
