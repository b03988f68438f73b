"""All sites together: one pass to several copies, sites that fail, copies that are damaged, repair."""

from __future__ import annotations

import io
import resource
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

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
from storage.keys import FileCustody
from storage.recovery import RECOVERY_NAME
from storage.sealing import KEY_BYTES, sealed_size
from storage.site import Buffer, Sink
from storage.site_local import LocalSite, prepare
from storage.vault import Vault, object_name

MIB = 1 << 20
KEY = bytes(range(KEY_BYTES))
NAME = object_name("b1", "o1")


def content(size: int, seed: int = 0) -> bytes:
    return b"".join((n + seed).to_bytes(8, "big") for n in range(size // 8 + 1))[:size]


class FailingSite(LocalSite):
    """A folder site that fails where it is told to."""

    failing: frozenset[str] = frozenset()
    error: type[SiteError] = SiteUnavailable
    after_bytes = 0

    def _fail(self, at: str) -> None:
        if at in self.failing:
            raise self.error(self.name, f"fails at {at}")

    def create(self, name: str, size: int) -> Any:
        self._fail("create")
        return FailingSink(self, super().create(name, size))

    def settle(self) -> None:
        self._fail("settle")
        super().settle()

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        self._fail("read")
        return super().read(name, start, length)

    def stream(self, name: str, chunk_bytes: int = MIB) -> Iterator[memoryview]:
        given = 0
        for piece in super().stream(name, chunk_bytes):
            if given >= self.after_bytes:
                self._fail("stream")
            given += len(piece)
            yield piece


class FailingSink:
    def __init__(self, site: FailingSite, sink: Sink) -> None:
        self.site, self.sink = site, sink

    def write(self, data: Buffer) -> None:
        self.site._fail("write")
        self.sink.write(data)

    def __enter__(self) -> FailingSink:
        return self

    def __exit__(self, *leaving: Any) -> None:
        if leaving[0] is None and "commit" in self.site.failing:
            self.sink.__exit__(InterruptedError, InterruptedError(), None)
            self.site._fail("commit")
        self.sink.__exit__(*leaving)


@pytest.fixture
def sites(tmp_path: Path) -> list[FailingSite]:
    for name in ("a", "b", "c"):
        prepare(tmp_path / name)
    return [FailingSite(name, tmp_path / name) for name in ("a", "b", "c")]


@pytest.fixture
def vault(sites: list[FailingSite], tmp_path: Path) -> Vault:
    return Vault(sites, FileCustody.create(tmp_path / "kek"), "archive-1", 2)


def stored(vault: Vault, data: bytes, piece_bytes: int = 300_000) -> tuple[int, str]:
    pieces = [data[at : at + piece_bytes] for at in range(0, len(data), piece_bytes)]
    sealed = vault.seal("b1", "o1", KEY, "main", len(data), pieces)
    vault.settle()
    return sealed.sealed_bytes, sealed.sealed_blake3


def read_back(vault: Vault, sealed_bytes: int) -> bytes:
    return b"".join(vault.open("b1", "o1", KEY, "main", sealed_bytes))


def damage(site: LocalSite, name: str = NAME, place: int | None = None) -> None:
    path = site.root / name
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2 if place is None else place] ^= 1
    path.write_bytes(bytes(changed))


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
    assert all(not list((site.root / ".incoming").iterdir()) for site in sites)


def test_a_site_that_does_not_settle_does_not_count(vault: Vault, sites: list[FailingSite]) -> None:
    sites[2].failing = frozenset({"settle"})
    vault.seal("b1", "o1", KEY, "main", 3, [b"abc"])
    assert vault.settle() == ("a", "b")
    sites[1].failing = frozenset({"settle"})
    vault.seal("b1", "o2", KEY, "main", 3, [b"abc"])
    with pytest.raises(TooFewCopies):
        vault.settle()


@pytest.mark.parametrize("places", [[0], [30], [60], [None], [-1]])
def test_a_damaged_copy_is_passed_over_without_the_reader_noticing(
    vault: Vault, sites: list[FailingSite], places: list[int | None]
) -> None:
    data = content(3 * MIB + 5)
    sealed_bytes, digest = stored(vault, data)
    damage(sites[0], place=places[0])
    assert read_back(vault, sealed_bytes) == data
    assert vault.opened_file("b1", "o1", KEY, "main", sealed_bytes).read() == data
    assert vault.check("a", NAME, sealed_bytes, digest) is CopyState.DAMAGED
    assert vault.check("b", NAME, sealed_bytes, digest) is CopyState.WHOLE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes() + b"x"),
        lambda path: path.write_bytes(bytes(path.stat().st_size)),
    ],
)
def test_a_spoilt_copy_is_found_and_repaired(
    vault: Vault, sites: list[FailingSite], spoil: Callable[[Path], Any]
) -> None:
    data = content(2 * MIB)
    sealed_bytes, digest = stored(vault, data)
    spoil(sites[0].root / NAME)
    damage(sites[1])
    assert vault.check("a", NAME, sealed_bytes, digest) is not CopyState.WHOLE
    assert read_back(vault, sealed_bytes) == data
    assert vault.repair(NAME, sealed_bytes, digest, "a") is True
    assert vault.check("a", NAME, sealed_bytes, digest) is CopyState.WHOLE
    assert vault.check("b", NAME, sealed_bytes, digest) is CopyState.DAMAGED


def test_a_repair_never_copies_damage(vault: Vault, sites: list[FailingSite]) -> None:
    sealed_bytes, digest = stored(vault, content(2 * MIB))
    for site in sites:
        damage(site)
    (sites[2].root / NAME).unlink()
    before = (sites[0].root / NAME).read_bytes()
    assert vault.repair(NAME, sealed_bytes, digest, "a") is False
    assert (sites[0].root / NAME).read_bytes() == before
    with pytest.raises(NoGoodCopy) as told:
        read_back(vault, sealed_bytes)
    assert set(told.value.reasons) == {"a", "b", "c"}
    with pytest.raises(NoGoodCopy):
        vault.opened_file("b1", "o1", KEY, "main", sealed_bytes).read()


def test_a_repair_tells_when_the_site_to_be_repaired_fails(vault: Vault, sites: list[FailingSite]) -> None:
    sealed_bytes, digest = stored(vault, content(100))
    sites[0].failing = frozenset({"create"})
    with pytest.raises(SiteUnavailable):
        vault.repair(NAME, sealed_bytes, digest, "a")


def test_a_site_that_goes_away_in_the_middle_of_a_reading_is_replaced(
    vault: Vault, sites: list[FailingSite]
) -> None:
    data = content(5 * MIB + 7)
    sealed_bytes, _ = stored(vault, data)
    sites[0].failing, sites[0].after_bytes = frozenset({"stream"}), 2 * MIB
    sites[1].failing, sites[1].after_bytes = frozenset({"stream"}), 4 * MIB
    assert read_back(vault, sealed_bytes) == data


def test_a_file_to_seek_in_moves_to_the_next_site(vault: Vault, sites: list[FailingSite]) -> None:
    data = content(3 * MIB)
    sealed_bytes, _ = stored(vault, data)
    file = vault.opened_file("b1", "o1", KEY, "main", sealed_bytes)
    file.seek(MIB)
    assert file.read(10) == data[MIB : MIB + 10]
    sites[0].failing = frozenset({"read"})
    file.seek(-10, io.SEEK_END)
    assert file.read() == data[-10:]


def test_another_key_role_or_archive_opens_nothing(vault: Vault, sites: list[FailingSite]) -> None:
    sealed_bytes, _ = stored(vault, b"content")
    other = Vault(sites, vault._custody, "archive-2", 1)
    for attempt in (
        lambda: vault.open("b1", "o1", bytes(32), "main", sealed_bytes),
        lambda: vault.open("b1", "o1", KEY, "attachment", sealed_bytes),
        lambda: other.open("b1", "o1", KEY, "main", sealed_bytes),
    ):
        with pytest.raises(NoGoodCopy):
            list(attempt())


def test_what_an_interrupted_run_left_counts_where_it_is_whole(
    vault: Vault, sites: list[FailingSite]
) -> None:
    sealed_bytes, digest = stored(vault, content(100_000))
    damage(sites[1])
    assert vault.adopt(NAME, sealed_bytes, digest) == ("a", "c")
    assert vault.settle() == ("a", "b", "c")


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


def test_the_newest_keyring_counts_and_not_the_first(vault: Vault, sites: list[FailingSite]) -> None:
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
