"""All sites together: one pass to several copies, sites that fail, keyrings."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator

import pytest
from blake3 import blake3
from storage_sites import KEY, MIB, NAME, FailingSite, content, damage, read_back, stored

from storage.copies import CopyState
from storage.errors import (
    NoGoodCopy,
    SiteError,
    SiteFull,
    SiteUnavailable,
    SizeDiffers,
    StorageError,
    TooFewCopies,
)
from storage.keyring import keyring_name
from storage.recovery import RECOVERY_NAME
from storage.sealing import Key, sealed_size
from storage.vault import Vault


@pytest.mark.parametrize("size", [0, 1, 16_384, 50_000, MIB, 4 * MIB - 5000, 4 * MIB, 9 * MIB + 3])
@pytest.mark.parametrize("piece_bytes", [100_003, 16 * MIB])
def test_what_was_sealed_is_read_back_from_every_site(vault: Vault, size: int, piece_bytes: int) -> None:
    data = content(size)
    sealed_bytes, digest = stored(vault, data, piece_bytes)
    assert sealed_bytes == sealed_size(size)
    copies = {vault.site(name).read(NAME) for name in vault.sites}
    assert len(copies) == 1
    assert blake3(copies.pop()).hexdigest() == digest
    assert read_back(vault, sealed_bytes) == data
    assert vault.opened_file("b1", "o1", KEY, "main", sealed_bytes).read() == data
    assert {vault.check(name, NAME, sealed_bytes, digest) for name in vault.sites} == {CopyState.WHOLE}


@pytest.mark.parametrize("size", [10, 6 * MIB])
def test_bytes_that_are_sealed_already_are_written_as_they_are(vault: Vault, size: int) -> None:
    data = content(size)
    written = vault.write("ledger/tile/0/000", size, [data[: size // 2], data[size // 2 :]])
    assert (written.bytes, written.blake3, written.sites) == (size, blake3(data).hexdigest(), ("a", "b", "c"))
    assert vault.settle() == ("a", "b", "c")
    assert vault.site("b").read("ledger/tile/0/000") == data


@pytest.mark.parametrize("given", [99, 101])
def test_a_source_of_another_length_keeps_nothing(vault: Vault, given: int) -> None:
    with pytest.raises(SizeDiffers):
        vault.seal("b1", "o1", KEY, "main", 100, [bytes(given)])
    with pytest.raises(SizeDiffers):
        vault.write("ledger/x", 100, [bytes(given)])
    assert not any(list(vault.site(name).list()) for name in vault.sites)


def test_a_source_that_raises_keeps_nothing(vault: Vault) -> None:
    def source() -> Iterator[bytes]:
        yield bytes(5 * MIB)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        vault.seal("b1", "o1", KEY, "main", 6 * MIB, source())
    assert not any(list(vault.site(name).list()) for name in vault.sites)
    assert vault.lost == {}


@pytest.mark.parametrize("at", ["create", "write", "commit"])
@pytest.mark.parametrize("error", [SiteUnavailable, SiteFull])
def test_a_site_that_fails_is_left_out_while_enough_are_left(
    vault: Vault, sites: list[FailingSite], at: str, error: type[SiteError]
) -> None:
    sites[0].failing, sites[0].error = frozenset({at}), error
    data = content(5 * MIB)
    sealed = vault.seal("b1", "o1", KEY, "main", len(data), [data])
    assert sealed.sites == ("b", "c")
    assert vault.lost == {"a": f"fails at {at}"}
    sites[0].failing = frozenset()
    vault.seal("b1", "o2", KEY, "main", 3, [b"abc"])
    assert vault.settle() == ("b", "c"), "it must not count again: it lacks the first object"
    assert list(sites[0].list()) == []


@pytest.mark.parametrize("at", ["create", "write", "commit"])
def test_fewer_sites_than_demanded_refuse_the_object(vault: Vault, sites: list[FailingSite], at: str) -> None:
    for site in sites[1:]:
        site.failing = frozenset({at})
    with pytest.raises(TooFewCopies) as told:
        vault.seal("b1", "o1", KEY, "main", 5 * MIB, [bytes(5 * MIB)])
    assert set(told.value.reasons) == {"b", "c"}
    for site in sites if at != "commit" else sites[1:]:  # the first has committed by then: an orphan
        assert list((site.root / ".incoming").iterdir()) == []


def test_a_site_that_does_not_settle_does_not_count(vault: Vault, sites: list[FailingSite]) -> None:
    sites[2].failing = frozenset({"settle"})
    vault.seal("b1", "o1", KEY, "main", 3, [b"abc"])
    assert vault.settle() == ("a", "b")
    sites[1].failing = frozenset({"settle"})
    vault.seal("b1", "o2", KEY, "main", 3, [b"abc"])
    with pytest.raises(TooFewCopies):
        vault.settle()


def test_another_key_role_or_archive_opens_nothing(vault: Vault, sites: list[FailingSite]) -> None:
    sealed_bytes, _ = stored(vault, b"content")
    other = Vault(sites, vault._custody, "archive-2", 1)
    for attempt in (
        lambda: vault.open("b1", "o1", Key(KEY.cipher, bytes(32)), "main", sealed_bytes),
        lambda: vault.open("b1", "o1", KEY, "attachment", sealed_bytes),
        lambda: other.open("b1", "o1", KEY, "main", sealed_bytes),
    ):
        with pytest.raises(NoGoodCopy):
            list(attempt())


def test_discarding_tells_which_sites_have_not_confirmed(vault: Vault, sites: list[FailingSite]) -> None:
    stored(vault, b"content")
    sites[1].failing = frozenset({"settle"})
    assert vault.discard([NAME, "objects/b1/never"]) == {"b": "fails at settle"}
    sites[1].failing = frozenset()
    assert vault.discard([NAME]) == {}
    assert not any(list(site.list()) for site in sites)


def test_a_sound_keyring_is_found_among_damaged_and_missing_ones(
    vault: Vault, sites: list[FailingSite]
) -> None:
    ring = vault.new_keyring("b1")
    key = ring.new_key("o1")
    assert vault.put_keyring(ring) == ("a", "b", "c")
    damage(sites[0], keyring_name("b1"))
    (sites[1].root / keyring_name("b1")).unlink()
    assert vault.keyring("b1").key("o1") == key
    damage(sites[2], keyring_name("b1"))
    with pytest.raises(NoGoodCopy):
        vault.keyring("b1")


def test_a_destroyed_key_is_not_found_at_a_site_left_out(vault: Vault, sites: list[FailingSite]) -> None:
    ring = vault.new_keyring("b1")
    ring.new_key("o1")
    vault.put_keyring(ring)
    sites[0].failing = frozenset({"create"})
    vault.put_keyring(ring.without(["o1"]))
    assert "o1" not in vault.keyring("b1")


def test_the_keyring_of_another_batch_is_not_taken(vault: Vault) -> None:
    vault.put_small(keyring_name("b1"), vault.new_keyring("b2").to_bytes())
    with pytest.raises(NoGoodCopy, match="b2"):
        vault.keyring("b1")


def test_small_things_are_kept_at_every_site(vault: Vault) -> None:
    assert vault.put_small(RECOVERY_NAME, b"sealed") == ("a", "b", "c")
    assert vault.get_small(RECOVERY_NAME, bytes) == [b"sealed"] * 3


def test_an_archive_that_demands_no_copy_is_refused(sites: list[FailingSite], vault: Vault) -> None:
    with pytest.raises(ValueError, match="no copy"):
        Vault(sites, vault._custody, "archive-1", 0)
    with pytest.raises(ValueError, match="one name"):
        Vault([sites[0], sites[0]], vault._custody, "archive-1", 1)


def test_fewer_sites_than_copies_keep_nothing(sites: list[FailingSite], vault: Vault) -> None:
    alone = Vault(sites[:1], vault._custody, "archive-1", 2)
    with pytest.raises(TooFewCopies):
        alone.put_small("ledger/x", b"x")
    assert list(sites[0].list()) == []


def test_many_threads_seal_at_once(vault: Vault) -> None:
    sizes = [10, 70_000, 3 * MIB, 5 * MIB + 1]
    failures: list[StorageError] = []

    def work(number: int) -> None:
        try:
            for turn in range(6):
                data = content(sizes[(number + turn) % 4], seed=number)
                name = f"o{number}x{turn}"
                sealed = vault.seal("b1", name, KEY, "main", len(data), [data])
                assert b"".join(vault.open("b1", name, KEY, "main", sealed.sealed_bytes)) == data
        except StorageError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert vault.settle() == ("a", "b", "c")


def test_memory_stays_flat_however_large_an_object_is(vault: Vault) -> None:
    piece = bytes(MIB)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sealed = vault.seal("b1", "o1", KEY, "main", 96 * MIB, (piece for _ in range(96)))
    assert sum(map(len, vault.open("b1", "o1", KEY, "main", sealed.sealed_bytes))) == 96 * MIB
    assert vault.check("a", NAME, sealed.sealed_bytes, sealed.sealed_blake3) is CopyState.WHOLE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 24 * 1024
