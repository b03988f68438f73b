"""What every site must do. A subclass says how to make one; the suite is the same for folders and buckets.

Not collected by itself: `test_contract_site_*.py` inherits it.
"""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from pathlib import Path

import pytest

from storage.errors import ObjectMissing, SizeDiffers, UnsafeName
from storage.site import Site, Stored, put

MIB = 1 << 20

# Below and above where a site may change its way of writing; whole pages and not.
SIZES = [0, 1, 4095, 4096, 50_000, MIB - 1, MIB, MIB + 1, 2 * MIB + 4096, 5 * MIB + 17]

UNSAFE = ["", "/", "/etc/passwd", "..", "../x", "objects/../../x", "objects//x", "objects/.", "a/.hidden"]
UNSAFE += ["objects/", "a\\b", "a b", "a\0b", "a\nb", "兰台", "x" * 129, "/".join(["x" * 100] * 6), "\ud800"]


@lru_cache(maxsize=16)
def content(size: int, seed: int = 0) -> bytes:
    """Bytes in which every page differs."""
    return b"".join((n + seed).to_bytes(8, "big") for n in range(size // 8 + 1))[:size]


class Stop(Exception):
    """Raised inside a sink to leave it early."""


class SiteContract:
    """Inherit, and give `make_site`: another object for the same place each time."""

    def make_site(self, place: Path) -> Site:
        raise AssertionError("a subclass says how")

    @pytest.fixture
    def site(self, place: Path) -> Site:
        return self.make_site(place)

    @pytest.mark.parametrize("size", SIZES)
    def test_what_was_written_is_read_back(self, site: Site, place: Path, size: int) -> None:
        data = content(size)
        with site.create("objects/b1/o1", size) as sink:
            for start in range(0, size, 700_001):
                sink.write(data[start : start + 700_001])
        site.settle()
        for reader in (site, self.make_site(place)):
            assert reader.read("objects/b1/o1") == data
            assert b"".join(bytes(piece) for piece in reader.stream("objects/b1/o1")) == data
            assert reader.stat("objects/b1/o1") == size

    def test_a_new_content_is_seen_by_the_same_site_object_before_it_settles(self, site: Site) -> None:
        put(site, "objects/b1/o1", b"small")
        assert site.stat("objects/b1/o1") == 5
        put(site, "objects/b1/o2", b"small")
        assert site.read("objects/b1/o2") == b"small"
        put(site, "objects/b1/o3", b"small")
        assert [stored.name for stored in site.list("objects/b1/")] == [f"objects/b1/o{n}" for n in (1, 2, 3)]

    def test_ranges_end_where_the_object_ends(self, site: Site) -> None:
        data = content(10_000)
        put(site, "objects/b1/o1", data)
        for start, length in (
            (0, 1),
            (9_999, 1),
            (9_999, 50),
            (10_000, 5),
            (20_000, 5),
            (4_095, 4_097),
            (7, 0),
        ):
            assert site.read("objects/b1/o1", start, length) == data[start : start + length]
        assert site.read("objects/b1/o1", 9_000) == data[9_000:]

    def test_a_stream_comes_in_pieces_of_the_size_asked_for(self, site: Site) -> None:
        data = content(3 * MIB + 5)
        put(site, "objects/b1/o1", data)
        for most in (4096, 65_536, MIB):
            pieces = [bytes(piece) for piece in site.stream("objects/b1/o1", most)]
            assert b"".join(pieces) == data
            assert max(map(len, pieces)) <= most

    def test_streams_of_several_objects_do_not_disturb_each_other(self, site: Site) -> None:
        first, second = content(2 * MIB + 9), content(2 * MIB + 9, seed=10**9)
        put(site, "objects/b1/o1", first)
        put(site, "objects/b1/o2", second)
        pairs = zip(site.stream("objects/b1/o1", 8192), site.stream("objects/b1/o2", 8192), strict=True)
        both = [(bytes(one), bytes(other)) for one, other in pairs]
        assert (b"".join(a for a, _ in both), b"".join(b for _, b in both)) == (first, second)

    @pytest.mark.parametrize("size", [10, 2 * MIB])
    def test_a_write_replaces_what_stood_there(self, site: Site, place: Path, size: int) -> None:
        for seed in (1, 2, 3):
            put(site, "keyrings/b1.json", content(size, seed))
            assert site.read("keyrings/b1.json") == content(size, seed)
        put(site, "keyrings/b1.json", b"short")
        site.settle()
        assert self.make_site(place).read("keyrings/b1.json") == b"short"

    @pytest.mark.parametrize(("before", "after"), [(10, 2 * MIB), (2 * MIB, 10)])
    def test_the_last_of_two_writes_stays_whatever_their_sizes(
        self, site: Site, place: Path, before: int, after: int
    ) -> None:
        put(site, "objects/b1/o1", content(before))
        put(site, "objects/b1/o1", content(after, seed=9))
        site.settle()
        assert self.make_site(place).read("objects/b1/o1") == content(after, seed=9)

    @pytest.mark.parametrize("size", [10, 2 * MIB])
    def test_a_write_that_is_left_by_an_exception_changes_nothing(self, site: Site, size: int) -> None:
        put(site, "objects/b1/o1", b"before")
        for name in ("objects/b1/o1", "objects/b1/o2"):
            with pytest.raises(Stop), site.create(name, size) as sink:
                sink.write(content(size // 2))
                raise Stop
        site.settle()
        assert site.read("objects/b1/o1") == b"before"
        with pytest.raises(ObjectMissing):
            site.stat("objects/b1/o2")
        assert site.sweep() == 0

    @pytest.mark.parametrize("size", [10, 2 * MIB])
    @pytest.mark.parametrize("by", [-1, 1])
    def test_another_length_than_announced_keeps_nothing(self, site: Site, size: int, by: int) -> None:
        put(site, "objects/b1/o1", b"before")
        with pytest.raises(SizeDiffers), site.create("objects/b1/o1", size) as sink:
            sink.write(content(size + by))
        assert site.read("objects/b1/o1") == b"before"

    def test_what_is_absent_is_missing(self, site: Site) -> None:
        for ask in (site.read, site.stat, site.adopt, lambda name: list(site.stream(name))):
            for name in ("objects/b1/o1", "objects/b1", "keyrings/nothing.json"):
                with pytest.raises(ObjectMissing):
                    ask(name)

    def test_deleting_removes_one_object_and_may_be_repeated(self, site: Site, place: Path) -> None:
        put(site, "objects/b1/o1", b"1")
        put(site, "objects/b1/o2", b"2")
        site.delete("objects/b1/o1")
        site.delete("objects/b1/o1")
        site.delete("objects/b9/never")
        site.settle()
        assert [stored.name for stored in self.make_site(place).list("objects/")] == ["objects/b1/o2"]
        with pytest.raises(ObjectMissing):
            site.read("objects/b1/o1")

    def test_a_list_is_in_the_order_of_names_and_follows_its_prefix(self, site: Site) -> None:
        names = ["a/b/1", "a/b-1", "a/b.1", "a/b", "a/bc/2", "tile/0/x001/067.p/5", "tile/0/x001/067"]
        names = [f"ledger/{name}" for name in names if name != "a/b"] + ["objects/b1/o1"]
        for name in names:
            put(site, name, name.encode())
        for prefix in (
            "",
            "ledger/",
            "ledger/a/b",
            "ledger/a/b/",
            "ledger/tile/0/x001/067",
            "objects/b1/o1",
            "zz",
        ):
            expected = [Stored(name, len(name)) for name in sorted(names) if name.startswith(prefix)]
            assert list(site.list(prefix)) == expected

    @pytest.mark.parametrize("name", UNSAFE)
    def test_names_that_climb_or_hide_are_refused(self, site: Site, name: str) -> None:
        for ask in (site.read, site.stat, site.delete, site.adopt, lambda it: list(site.stream(it))):
            with pytest.raises(UnsafeName):
                ask(name)
        with pytest.raises(UnsafeName):
            site.create(name, 0)

    def test_many_threads_write_and_settle_at_once(self, site: Site, place: Path) -> None:
        def work(number: int) -> None:
            try:
                for turn in range(40):
                    put(site, f"objects/b{number % 2}/o{number}-{turn}", content(1000 + turn, seed=number))
                    if turn % 13 == 0:
                        site.settle()
                        fresh = self.make_site(place)
                        assert fresh.stat(f"objects/b{number % 2}/o{number}-{turn}") == 1000 + turn
            except Exception as error:  # noqa: BLE001 - told to the test below
                failures.append(error)

        failures: list[Exception] = []
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        site.settle()
        assert not failures
        assert len(list(self.make_site(place).list("objects/"))) == 160

    def test_a_run_that_was_interrupted_is_adopted(self, site: Site, place: Path) -> None:
        put(site, "objects/b1/o1", b"content")
        site.settle()
        later = self.make_site(place)
        assert later.adopt("objects/b1/o1") == 7
        later.settle()

    def test_a_descriptor_reads_the_whole_object_where_there_is_one(self, site: Site) -> None:
        for size in (300, 2 * MIB + 1):
            put(site, "objects/b1/o1", content(size))
            fd = site.descriptor("objects/b1/o1")
            if fd is not None:
                with os.fdopen(fd, "rb") as file:
                    assert file.read() == content(size)
        with pytest.raises(ObjectMissing):
            site.descriptor("objects/b1/absent")

    def test_purging_leaves_nothing(self, site: Site, place: Path) -> None:
        for _ in range(2):
            put(site, "keyrings/b1.json", b"1")
            site.purge("keyrings/b1.json")
            site.purge("keyrings/b1.json")
            site.settle()
            assert list(self.make_site(place).list()) == []

    def test_what_is_not_locked_is_said_to_be_free(self, site: Site) -> None:
        put(site, "keyrings/b1.json", b"1")
        assert site.locked_until("keyrings/b1.json") is None
        with pytest.raises(ObjectMissing):
            site.locked_until("keyrings/b2.json")
        assert site.versioned() in (True, False)

    def test_room_is_told_or_not_known(self, site: Site) -> None:
        free = site.free_bytes()
        assert free is None or free > 0

    def test_a_sweep_leaves_a_write_that_is_under_way(self, site: Site, place: Path) -> None:
        other = self.make_site(place)
        for size in (10, 2 * MIB):
            with site.create("objects/b1/o1", size) as sink:
                sink.write(content(size - 1))
                assert other.sweep() == 0
                sink.write(content(1))
            assert other.sweep() == 0
            assert site.stat("objects/b1/o1") == size
