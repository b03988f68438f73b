"""Keyrings that nobody without the key-encryption key can make, and several of them put together."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from storage_sites import FailingSite

from storage import records
from storage.errors import KeyMissing, KeyringDamaged, NoGoodCopy
from storage.keyring import Keyring, keyring_name
from storage.keys import KeyEncryptionKey
from storage.vault import Vault

Fields = dict[str, Any]


@pytest.fixture
def custody(tmp_path: Path) -> KeyEncryptionKey:
    return KeyEncryptionKey.new()


def ring_of(custody: KeyEncryptionKey, *names: str, batch: str = "b1") -> Keyring:
    ring = Keyring(batch, custody)
    for name in names:
        ring.new_key(name)
    return ring


def forged(data: bytes, change: Callable[[Fields], Any]) -> bytes:
    """The record with its fields changed and a sum that holds: whoever can write the file can do that."""
    fields = records.load("keyring/1", data)
    change(fields)
    return records.dump("keyring/1", fields)


def exchange_two_keys(fields: Fields) -> None:
    keys = fields["keys"]
    keys["o1"], keys["o2"] = keys["o2"], keys["o1"]


def wrapped_by_nobody(fields: Fields) -> None:
    fields["seal"] = base64.b64encode(bytes(40)).decode()


def a_wrapped_key_as_seal(fields: Fields) -> None:
    fields["seal"] = fields["keys"]["o1"]


FORGERIES: list[Callable[[Fields], Any]] = [
    exchange_two_keys,
    lambda fields: fields.update(revision=999),
    lambda fields: fields.update(batch="b2"),
    lambda fields: fields["keys"].pop("o1"),
    lambda fields: fields["keys"].update(o3=fields["keys"]["o1"]),
    lambda fields: fields.update(gone=["o1"]),
    lambda fields: fields.update(gone=None),
    lambda fields: fields.update(more="x"),
    lambda fields: fields.pop("seal"),
    lambda fields: fields.update(seal=""),
    lambda fields: fields.update(seal=7),
    wrapped_by_nobody,
    a_wrapped_key_as_seal,
]


@pytest.mark.parametrize("change", FORGERIES)
def test_a_keyring_changed_with_its_sum_made_anew_is_refused(
    custody: KeyEncryptionKey, change: Callable[[Fields], Any]
) -> None:
    whole = ring_of(custody, "o1", "o2").to_bytes()
    assert Keyring.from_bytes(forged(whole, lambda _: None), custody).revision == 1
    with pytest.raises(KeyringDamaged):
        Keyring.from_bytes(forged(whole, change), custody)


def test_the_seal_of_another_keyring_does_not_hold(custody: KeyEncryptionKey) -> None:
    ring = ring_of(custody, "o1", "o2")
    older = records.load("keyring/1", ring.to_bytes())
    newer = ring.without(["o1"]).to_bytes()
    with pytest.raises(KeyringDamaged):
        Keyring.from_bytes(forged(newer, lambda fields: fields.update(seal=older["seal"])), custody)


def test_a_forged_keyring_wins_over_no_good_one(vault: Vault, sites: list[FailingSite]) -> None:
    ring = vault.new_keyring("b1")
    keys = {name: ring.new_key(name) for name in ("o1", "o2")}
    vault.put_keyring(ring)
    path = sites[0].root / keyring_name("b1")

    def change(fields: Fields) -> None:
        exchange_two_keys(fields)
        fields["revision"] = 999

    path.write_bytes(forged(path.read_bytes(), change))
    found = vault.keyring("b1")
    assert (found.revision, {name: found.key(name) for name in keys}) == (1, keys)
    copies = vault.copies_of_keyring("b1")
    assert copies["a"] is None
    assert copies["b"] is not None
    assert copies["b"].key("o1") == keys["o1"]


def test_two_keyrings_of_one_revision_are_put_together(vault: Vault, sites: list[FailingSite]) -> None:
    """A run died when its last keyring stood at one site; the next one ended while that site was away."""
    begun = vault.new_keyring("b1")
    shared = begun.new_key("o1")
    vault.put_keyring(begun)
    died, ended = begun.without(()), begun.without(())
    lost, kept = died.new_key("i1"), ended.new_key("i2")
    for site, ring in zip(sites, (died, ended, ended), strict=True):
        (site.root / keyring_name("b1")).write_bytes(ring.to_bytes())
    found = vault.keyring("b1")
    assert [found.key(name) for name in ("o1", "i1", "i2")] == [shared, lost, kept]
    assert found.revision == 2
    assert found.without(()).revision == 3


def test_of_two_keys_for_one_name_the_one_at_more_sites_counts(
    vault: Vault, sites: list[FailingSite]
) -> None:
    died, ended = vault.new_keyring("b1"), vault.new_keyring("b1")
    died.new_key("b1")
    key = ended.new_key("b1")
    for site, ring in zip(sites, (died, ended, ended), strict=True):
        (site.root / keyring_name("b1")).write_bytes(ring.to_bytes())
    assert vault.keyring("b1").key("b1") == key


def test_a_newer_keyring_that_holds_less_is_filled_up(vault: Vault, sites: list[FailingSite]) -> None:
    ring = vault.new_keyring("b1")
    keys = {name: ring.new_key(name) for name in ("o1", "o2", "i1")}
    vault.put_keyring(ring)
    (sites[2].root / keyring_name("b1")).write_bytes(ring.only(["o2"]).to_bytes())
    found = vault.keyring("b1")
    assert ({name: found.key(name) for name in keys}, found.revision) == (keys, 2)


def test_a_destroyed_key_does_not_come_back_with_a_site_that_was_away(
    vault: Vault, sites: list[FailingSite]
) -> None:
    ring = vault.new_keyring("b1")
    ring.new_key("o1"), ring.new_key("o2")
    vault.put_keyring(ring)
    away = (sites[0].root / keyring_name("b1")).read_bytes()
    vault.put_keyring(ring.without(["o1"]).only(["o2"]))
    (sites[0].root / keyring_name("b1")).write_bytes(away)
    with pytest.raises(KeyMissing):
        vault.keyring("b1").key("o1")
    assert vault.keyring("b1").revision == 3


def test_copies_of_a_keyring_are_told_apart_site_by_site(vault: Vault, sites: list[FailingSite]) -> None:
    ring = vault.new_keyring("b1")
    vault.put_keyring(ring)
    (sites[0].root / keyring_name("b1")).unlink()
    sites[1].failing = frozenset({"read"})
    copies = vault.copies_of_keyring("b1")
    assert set(copies) == {"a", "c"}
    assert copies["a"] is None
    assert copies["c"] is not None
    (sites[2].root / keyring_name("b1")).write_bytes(b"rot")
    assert vault.copies_of_keyring("b1") == {"a": None, "c": None}
    with pytest.raises(NoGoodCopy):
        vault.keyring("b1")


HISTORIES = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["add", "destroy", "bump"]), st.integers(0, 5)), max_size=12
)


@given(HISTORIES)
def test_whatever_sites_were_away_the_union_holds_what_was_made_and_not_destroyed(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[int, str, int]]
) -> None:
    """Each step is written at one site alone, from what that site held: the others were away."""
    custody = KeyEncryptionKey.new()
    copies = [Keyring("b1", custody) for _ in range(3)]
    made: dict[str, bytes] = {}
    destroyed: set[str] = set()
    for step, (site, what, which) in enumerate(history):
        name = f"o{which}" if what == "destroy" else f"o{step}"
        destroyed |= {name} if what == "destroy" and name in made else set()
        copies[site] = copies[site].without([name] if what == "destroy" and name in made else ())
        if what == "add":
            made[name] = copies[site].new_key(name)
    stored = [Keyring.from_bytes(copy.to_bytes(), custody) for copy in copies]
    found = Keyring.union(stored)
    assert {name: found.key(name) for name in made if name in found} == {
        name: key for name, key in made.items() if name not in destroyed
    }
    assert found.revision == max(copy.revision for copy in copies)
