"""The home's secrets: how their files are sealed, changed in steps, and never left behind."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from storage import records
from storage.durable import erase
from storage.errors import (
    KeyringDamaged,
    RecoveryOutdated,
    RotationPending,
    SecretFileDamaged,
    SecretFileExposed,
    SecretRefused,
    TransitUnavailable,
)
from storage.keychain import KEK_FILE, Keychain
from storage.keyring import Keyring
from storage.keys import KeyEncryptionKey
from storage.recovery import open_recovery
from storage.recovery_box import Recovery, RecoveryPart
from storage.seals import Seals
from storage.secret_files import form_of, leftovers, replace, tidy

RECOVERY_KEY = bytes(range(32))
PART = RecoveryPart.of(RECOVERY_KEY)


class Engine:
    """A transit engine in memory, which may be away."""

    def __init__(self) -> None:
        self.away = False

    def encrypt(self, plain: bytes) -> str:
        return "vault:v1:" + bytes(sign ^ 0x5A for sign in plain).hex()

    def decrypt(self, ciphertext: str) -> bytes:
        if self.away:
            raise TransitUnavailable("away")
        return bytes(sign ^ 0x5A for sign in bytes.fromhex(ciphertext.removeprefix("vault:v1:")))


def passphrase(*words: str) -> Seals:
    def ask(attempt: int) -> str:
        if attempt >= len(words):
            raise SecretRefused("none left")
        return words[attempt]

    return Seals("passphrase", ask)


SEALS = {
    "none": lambda: Seals(),
    "passphrase": lambda: passphrase("a b c"),
    "transit": lambda: Seals("transit", engine=Engine()),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def keychain(folder: Path) -> Keychain:
    return Keychain.create(folder, Seals(), PART)


@pytest.mark.parametrize("form", SEALS)
def test_a_home_opens_again_in_every_form(folder: Path, form: str) -> None:
    made = Keychain.create(folder, SEALS[form](), PART, "sm4-gcm")
    again = Keychain(folder, SEALS[form]())
    again.unlock()
    assert (again.kek, again.signing_seed, again.part) == (made.kek, made.signing_seed, PART)
    assert again.kek.algorithm == "sm4-gcm"
    assert again.forms() == dict.fromkeys(("key-encryption-key", "signing-key", "recovery"), form)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("form", ["passphrase", "transit"])
def test_a_sealed_file_shows_no_secret(folder: Path, form: str) -> None:
    made = Keychain.create(folder, SEALS[form](), PART)
    data = b"".join(file.read_bytes() for file in folder.iterdir())
    for secret in (made.kek.secret, made.signing_seed, PART.mac_key, PART.public):
        assert records.to_text(secret).encode() not in data
        assert secret not in data


def test_a_wrong_passphrase_is_refused_and_the_next_one_is_tried(folder: Path) -> None:
    Keychain.create(folder, passphrase("right"), PART)
    with pytest.raises(SecretRefused):
        Keychain(folder, passphrase("wrong")).unlock()
    Keychain(folder, passphrase("wrong", "right")).unlock()


def test_a_passphrase_that_is_no_text_is_refused_and_blames_no_file(folder: Path) -> None:
    Keychain.create(folder, passphrase("right"), PART)
    with pytest.raises(SecretRefused, match=r"^the passphrase is not UTF-8$"):
        Keychain(folder, passphrase("secret\udcff")).unlock()


def test_a_sealed_file_needs_its_seal(folder: Path) -> None:
    Keychain.create(folder, SEALS["transit"](), PART)
    with pytest.raises(SecretRefused, match="no transit engine"):
        Keychain(folder, passphrase("a b c")).unlock()


def test_one_sealed_secret_cannot_be_passed_off_for_another(folder: Path) -> None:
    Keychain.create(folder, passphrase("right"), PART)
    (folder / "signing-key").write_bytes((folder / KEK_FILE).read_bytes())
    with pytest.raises(SecretFileDamaged, match="kind"):
        Keychain(folder, passphrase("right")).unlock()


def test_a_file_that_asks_for_too_much_work_is_refused(folder: Path) -> None:
    Keychain.create(folder, passphrase("right"), PART)
    path = folder / KEK_FILE
    fields = records.load("sealed-secret/1", path.read_bytes())
    for name in ("iterations", "lanes", "memory_kib"):
        path.write_bytes(records.dump("sealed-secret/1", {**fields, name: 1 << 30}))
        with pytest.raises(SecretFileDamaged, match="unknown way"):
            Keychain(folder, passphrase("right")).unlock()


def test_an_exposed_file_is_refused(keychain: Keychain, folder: Path) -> None:
    (folder / "recovery").chmod(0o640)
    with pytest.raises(SecretFileExposed):
        _ = keychain.part


@pytest.mark.parametrize("to", SEALS)
@pytest.mark.parametrize("of", SEALS)
def test_the_seal_is_changed_and_the_secrets_stay(folder: Path, of: str, to: str) -> None:
    made = Keychain.create(folder, SEALS[of](), PART)
    kek, seed = made.kek, made.signing_seed
    fresh = passphrase("another one") if to == "passphrase" else SEALS[to]()
    made.reseal(to, fresh)
    again = Keychain(folder, fresh)
    assert (again.kek, again.signing_seed, again.part) == (kek, seed, PART)
    assert set(again.forms().values()) == {to}
    assert leftovers(folder) == []


def test_nothing_is_changed_where_the_new_seal_would_not_open(keychain: Keychain, folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    engine = Engine()
    engine.away = True
    with pytest.raises(TransitUnavailable):
        keychain.reseal("transit", Seals("transit", engine=engine))
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_the_seal_does_not_change_while_keys_do(keychain: Keychain) -> None:
    keychain.begin_kek("aes-kwp")
    with pytest.raises(RotationPending):
        keychain.reseal("none", Seals())


def test_a_passphrase_whose_change_was_interrupted_opens_with_both(folder: Path) -> None:
    old = Keychain.create(folder, passphrase("old"), PART)
    kept = (folder / "signing-key").read_bytes()
    old.reseal("passphrase", passphrase("new"))
    (folder / "signing-key").write_bytes(kept)
    Keychain(folder, passphrase("old", "new")).unlock()
    Keychain(folder, passphrase("new", "old")).unlock()


def test_a_rotation_goes_through_its_files_and_leaves_one(keychain: Keychain, folder: Path) -> None:
    other = Keychain(folder, Seals())
    other.unlock()
    first, old_bytes = keychain.kek, (folder / KEK_FILE).read_bytes()
    coming = keychain.begin_kek("aes-kwp")
    assert keychain.begin_kek("aes-kwp") == coming
    assert keychain.custody.of(coming.id).secret == coming.secret
    assert (keychain.custody.id, other.custody.of(coming.id)) == (first.id, coming)
    keychain.keks.switch()
    assert other.custody.of(first.id) == first
    keychain.refresh()
    assert keychain.custody.id == coming.id
    keychain.keks.end()
    other.refresh()
    with pytest.raises(KeyringDamaged, match=first.id):
        other.custody.of(first.id)
    assert sorted(file.name for file in folder.iterdir()) == ["key-encryption-key", "recovery", "signing-key"]
    assert (folder / KEK_FILE).read_bytes() != old_bytes


def test_a_switch_that_was_cut_in_its_middle_is_ended(keychain: Keychain) -> None:
    first, coming = keychain.kek, keychain.begin_kek("aes-kwp")
    keychain.keks.previous.hardlink_to(keychain.keks.path)
    assert keychain.custody.of(first.id) == first
    keychain.keks.switch()
    keychain.keks.end()
    assert keychain.kek == coming
    assert keychain.pending() == []


def test_an_unknown_key_is_named_after_the_folder_was_read_again(keychain: Keychain) -> None:
    stranger = Keyring("b1", KeyEncryptionKey.new())
    with pytest.raises(KeyringDamaged, match=stranger.kek_id):
        Keyring.from_bytes(stranger.to_bytes(), keychain.custody)


def test_copies_under_two_keys_are_one_keyring(keychain: Keychain) -> None:
    ring = Keyring("b1", keychain.custody)
    keys = {name: ring.new_key(name) for name in ("o1", "o2", "o3")}
    moved = ring.only(["o1", "o2"]).rewrapped(keychain.begin_kek("aes-kwp"))
    copies = [Keyring.from_bytes(one.to_bytes(), keychain.custody) for one in (ring, moved)]
    together = Keyring.union(copies)
    assert together.kek_id == moved.kek_id
    assert {name: together.key(name) for name in keys} == keys


def test_recovered_secrets_make_a_home_in_which_a_rotation_goes_on(folder: Path, tmp_path: Path) -> None:
    home = Keychain.create(folder, Seals(), PART)
    coming, seed = home.begin_kek("aes-kwp"), home.begin_seed()
    held = open_recovery(RECOVERY_KEY, PART.seal(home.recovery("archive-1")))
    again = Keychain.write_recovered(tmp_path / "other", held, Seals(), PART)
    assert (again.kek, again.next_kek, again.next_seed) == (home.kek, coming, seed)
    assert again.recovery("archive-1") == held


def test_a_home_without_the_part_says_what_to_do(folder: Path) -> None:
    held = Recovery("archive-1", (KeyEncryptionKey.new(),), (b"s" * 32,))
    old = Keychain.write_recovered(folder, held, Seals(), None)
    with pytest.raises(RecoveryOutdated, match="rotate --recovery"):
        _ = old.part
    old.begin_part(PART)
    old.part_slot.switch()
    assert old.part == PART
    with pytest.raises(FileExistsError):
        Keychain.write_recovered(folder, held, Seals(), None)


def test_the_home_knows_which_recovery_file_is_of_today(keychain: Keychain) -> None:
    today = PART.seal(keychain.recovery("archive-1"))
    assert keychain.is_current(today, "archive-1")
    assert not keychain.is_current(today, "archive-2")
    keychain.begin_kek("aes-kwp")
    assert not keychain.is_current(today, "archive-1")


def test_an_erased_file_is_overwritten_before_it_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"0123456789abcdef")
    fd = os.open(path, os.O_RDONLY)
    try:
        erase(path)
        assert not path.exists()
        assert os.pread(fd, 100, 0) != b"0123456789abcdef"
        assert os.fstat(fd).st_size == 16
    finally:
        os.close(fd)


def test_replacing_a_file_overwrites_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    replace(path, b"first content")
    fd = os.open(path, os.O_RDONLY)
    try:
        replace(path, b"other content")
        assert os.pread(fd, 100, 0) != b"first content"
    finally:
        os.close(fd)
    assert path.read_bytes() == b"other content"


def test_what_an_interrupted_replacement_left_is_erased_and_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"current")
    path.with_name("secret.new").write_bytes(b"unfinished")
    path.with_name("secret.erase").hardlink_to(path)
    (tmp_path / ".draft-0123").write_bytes(b"unfinished")
    assert len(leftovers(tmp_path)) == 3
    tidy(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
    assert path.read_bytes() == b"current"


def test_the_form_of_a_file_is_what_it_says(tmp_path: Path) -> None:
    assert form_of(b"") == "none"
    assert form_of(records.dump("sealed-secret/1", {"seal": "passphrase"})) == "passphrase"
