"""Keyrings that are kept a while: never longer than nothing changed, never with what opens them."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field

import pytest
from storage_sites import KEY, FailingSite, content

from storage import cached, kept_keyrings
from storage.custody import HeldCustody
from storage.errors import KeyMissing, NoGoodCopy
from storage.kept_keyrings import SECONDS, SECONDS_UNSEEN, KeptKeyrings
from storage.keyring import keyring_name
from storage.keys import KeyEncryptionKey
from storage.sealing import Key
from storage.vault import Vault, object_name


@dataclass
class Home:
    """What readers have: sites, a custody that another process may change, a clock to be turned."""

    sites: list[FailingSite]
    keks: tuple[KeyEncryptionKey, ...] = field(default_factory=lambda: (KeyEncryptionKey.new(),))
    now: float = 0.0
    reads: int = 0

    def __post_init__(self) -> None:
        self.custody = HeldCustody(lambda: self.keks)
        self.kept = KeptKeyrings(lambda: self.now, lambda: time.time() + 10)
        self.vault = self.new_vault()
        self.ring = self.vault.new_keyring("b1")
        self.keys = {name: self.ring.new_key(name) for name in ("o1", "o2")}
        self.vault.put_keyring(self.ring)

    def new_vault(self) -> Vault:
        """As another process has one."""
        return Vault(self.sites, self.custody, "archive-1", 2)

    def key(self, name: str = "o1", batch: str = "b1") -> Key:
        """The key as a reader gets it; `reads` says whether the sites were read for it."""
        reads, keyring = [0], self.vault.keyring

        def counted(batch: str) -> object:
            reads[0] += 1
            return keyring(batch)

        self.vault.keyring = counted  # type: ignore[method-assign,assignment]
        try:
            return self.kept.key(self.vault, self.custody, batch, name)
        finally:
            self.vault.keyring = keyring  # type: ignore[method-assign]
            self.reads = reads[0]


@pytest.fixture
def home(sites: list[FailingSite]) -> Home:
    return Home(sites)


def test_many_objects_of_a_batch_cost_one_reading(home: Home) -> None:
    assert home.key("o1") == home.keys["o1"]
    assert home.reads == 1
    assert home.key("o2") == home.keys["o2"]
    assert home.reads == 0


def test_a_key_that_another_process_destroyed_opens_nothing_from_then_on(home: Home) -> None:
    home.key()
    home.new_vault().put_keyring(home.ring.without(["o1"]))
    with pytest.raises(KeyMissing):
        home.key("o1")
    assert home.key("o2") == home.keys["o2"]


def test_a_key_destroyed_at_one_site_alone_opens_nothing_either(home: Home) -> None:
    home.key()
    Vault(home.sites[2:], home.custody, "archive-1", 1).put_keyring(home.ring.without(["o1"]))
    with pytest.raises(KeyMissing):
        home.key("o1")


def test_keys_that_came_since_are_found(home: Home) -> None:
    home.key()
    new = home.ring.new_key("o3")
    home.new_vault().put_keyring(home.ring)
    assert home.key("o3") == new


def test_a_rotation_by_another_process_counts_at_once(home: Home) -> None:
    home.key()
    former, home.keks = home.keks[0], (KeyEncryptionKey.new(),)
    home.new_vault().put_keyring(home.ring.rewrapped(home.keks[0]))
    assert home.key() == home.keys["o1"]
    assert home.reads == 1
    assert home.custody.id != former.id


def test_what_is_kept_opens_nothing_without_the_custody(home: Home) -> None:
    home.key()
    home.keks = (KeyEncryptionKey.new(),)
    home.custody.refresh()
    with pytest.raises(NoGoodCopy):
        home.key()


def test_no_key_encryption_key_is_held_by_what_is_kept(home: Home) -> None:
    home.key()
    kept = gc.get_referents(home.kept, *home.kept._kept.values())
    kept += gc.get_referents(*(one.wrapped for one in home.kept._kept.values()))
    assert not any(isinstance(one, KeyEncryptionKey | HeldCustody | Key) for one in kept)


def test_what_is_kept_is_read_anew_when_its_time_is_over(home: Home) -> None:
    home.key()
    home.now = SECONDS
    home.key()
    assert home.reads == 1


def test_what_nobody_asks_for_leaves_memory_too(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_keyrings, "SECONDS_UNSEEN", 0.01)
    home.key()
    home.now = SECONDS
    for _ in range(1000):
        if not len(home.kept):
            break
        time.sleep(0.01)
    assert not len(home.kept)


def test_what_was_read_past_a_site_that_failed_is_kept_for_seconds(home: Home) -> None:
    home.sites[0].failing = frozenset({"read"})
    home.key()
    assert home.vault.lost
    home.vault = home.new_vault()
    home.now = SECONDS_UNSEEN - 1
    home.key()
    assert home.reads == 0
    home.now = SECONDS_UNSEEN
    home.key()
    assert home.reads == 1


def test_what_changed_just_now_is_not_kept(home: Home) -> None:
    home.kept = KeptKeyrings(lambda: home.now, time.time)
    home.new_vault().put_keyring(home.ring.without([]))
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(kept_keyrings, "YOUNG_SECONDS", 3600)
        home.key()
        home.key()
    assert home.reads == 1
    assert not len(home.kept)


def test_the_number_of_batches_and_of_keys_is_bounded(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_keyrings, "MOST", 2)
    for batch in ("b2", "b3", "b4"):
        ring = home.vault.new_keyring(batch)
        ring.new_key("o1")
        home.vault.put_keyring(ring)
        home.key(batch=batch)
    assert len(home.kept) == 2
    monkeypatch.setattr(kept_keyrings, "MOST_KEYS", 2)
    home.key()
    assert len(home.kept) == 1


SIZE = 100_000


@pytest.fixture
def stored(vault: Vault) -> int:
    sealed = vault.seal("b1", "o1", KEY, "original", SIZE, [content(SIZE)])
    vault.settle()
    return sealed.sealed_bytes


def spoil(site: FailingSite, place: int, *, longer: bool = False) -> None:
    path = site.root / object_name("b1", "o1")
    sealed = bytearray(path.read_bytes())
    sealed[place] ^= 1
    path.write_bytes(bytes(sealed) + (b"x" if longer else b""))


@pytest.mark.parametrize("place", [0, 60, 50_000, -1])
def test_a_small_object_with_a_damaged_copy_comes_from_the_next_site(
    vault: Vault, sites: list[FailingSite], stored: int, place: int
) -> None:
    spoil(sites[0], place)
    assert vault.whole("b1", "o1", KEY, "original", stored) == content(SIZE)
    for site in sites[1:]:
        spoil(site, place)
    with pytest.raises(NoGoodCopy):
        vault.whole("b1", "o1", KEY, "original", stored)


def test_a_small_object_of_another_length_is_none(
    vault: Vault, sites: list[FailingSite], stored: int
) -> None:
    path = sites[0].root / object_name("b1", "o1")
    path.write_bytes(path.read_bytes()[:-30])
    path = sites[1].root / object_name("b1", "o1")
    path.write_bytes(path.read_bytes() + b"x")
    assert vault.whole("b1", "o1", KEY, "original", stored) == content(SIZE)
    with pytest.raises(NoGoodCopy):
        vault.whole("b1", "o1", KEY, "original", stored - 1)


def test_a_site_that_fails_over_a_small_object_is_asked_last_from_then_on(
    vault: Vault, sites: list[FailingSite], stored: int
) -> None:
    sites[0].failing = frozenset({"read"})
    assert vault.whole("b1", "o1", KEY, "original", stored) == content(SIZE)
    assert set(vault.lost) == {"a"}


@pytest.mark.parametrize(("quick", "most"), [(3600.0, cached.MOST_BYTES), (-1.0, cached.STREAM_BYTES)])
def test_pieces_grow_for_a_quick_reader_alone(
    sites: list[FailingSite], monkeypatch: pytest.MonkeyPatch, quick: float, most: int
) -> None:
    monkeypatch.setattr(cached, "QUICK_SECONDS", quick)
    name, size = keyring_name("b9"), 3 * cached.MOST_BYTES + 5
    with sites[0].create(name, size) as sink:
        sink.write(bytes(size))
    lengths = [len(piece) for piece in cached.flowing(sites[0], name)]
    assert (sum(lengths), lengths[0], max(lengths)) == (size, cached.STREAM_BYTES, most)
