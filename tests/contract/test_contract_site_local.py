"""The site contract on folders, and what only a folder can suffer: full, read-only, unmounted, killed between
any two system calls.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from site_contract import MIB, SiteContract, content
from site_damage_contract import SiteDamageContract

from storage.durable import write_file
from storage.errors import ObjectMissing, SiteFull, SiteReadOnly, SiteUnavailable
from storage.site import put
from storage.site_local import LocalSite, prepare

CALLS = {
    "open",
    "write",
    "writev",
    "fsync",
    "rename",
    "close",
    "ftruncate",
    "flock",
    "posix_fadvise",
    "mkdir",
    "unlink",
    "rmdir",
}
PATH_METHODS = {"rename", "mkdir", "unlink", "rmdir"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    prepare(tmp_path / "site")
    return tmp_path / "site"


@pytest.fixture
def site(place: Path) -> LocalSite:
    return LocalSite("folder", place)


def mounted(folder: Path, options: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("a small file system cannot be mounted here")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A prepared site on a file system of 2 MiB."""
    disk = tmp_path / "disk"
    mounted(disk, "size=2m,mode=0700")
    try:
        prepare(disk / "site")
        yield disk / "site"
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


class TestLocalSite(SiteDamageContract, SiteContract):
    def make_site(self, place: Path) -> LocalSite:
        return LocalSite("folder", place)

    def alter(self, place: Path, name: str, data: bytes | None) -> None:
        if data is None:
            (place / name).unlink()
        else:
            (place / name).write_bytes(data)

    def maker_source(self, place: Path) -> str:
        return (
            "from pathlib import Path\nfrom storage.site_local import LocalSite\n"
            f"site = LocalSite('folder', Path({str(place)!r}))"
        )


def system_calls(work: Any, kill_at: int | None = None) -> list[str]:
    """The system calls that storage takes in `work`, in order; killed without warning before number
    `kill_at`.
    """
    seen: list[str] = []

    def watch(frame: Any, event: str, function: Any) -> None:
        ours = Path(frame.f_code.co_filename).parent.name == "storage" or frame.f_code.co_name in PATH_METHODS
        if event == "c_call" and ours and function.__name__ in CALLS:
            seen.append(function.__name__)
            if len(seen) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return seen


@pytest.mark.parametrize("size", [500, 2 * MIB + 5])
def test_content_is_synced_before_its_name_and_its_name_before_settle_returns(
    site: LocalSite, size: int
) -> None:
    put(site, "objects/b1/first", b"the folder is known from here on")
    site.settle()

    data = content(size)

    def write() -> None:
        put(site, "objects/b1/o1", data)
        site.settle()

    calls = [call for call in system_calls(write) if call in ("write", "fsync", "rename")]
    assert calls[-3:] == ["fsync", "rename", "fsync"]
    assert set(calls[:-3]) <= {"write", "writev"}


@pytest.mark.parametrize("size", [500, 2 * MIB + 5])
def test_killed_before_any_system_call_the_old_or_the_new_content_stands(place: Path, size: int) -> None:
    old, new = content(size), content(size, seed=10**6)

    def replace() -> None:
        site = LocalSite("folder", place)
        put(site, "objects/b1/o1", new)
        put(site, "objects/b2/o2", new)
        site.settle()

    steps = len(system_calls(replace))
    outcomes = set()
    for kill_at in range(1, steps + 1):
        fresh = LocalSite("folder", place)
        put(fresh, "objects/b1/o1", old)
        fresh.delete("objects/b2/o2")
        fresh.settle()
        child = os.fork()
        if child == 0:
            try:
                system_calls(replace, kill_at)
            finally:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        after = LocalSite("folder", place)
        found = after.read("objects/b1/o1")
        assert found in (old, new), f"torn at {kill_at}"
        names = [stored.name for stored in after.list("objects/")]
        assert names in (["objects/b1/o1"], ["objects/b1/o1", "objects/b2/o2"])
        if len(names) == 2:
            assert after.read("objects/b2/o2") == new
        after.sweep()
        assert list((place / ".incoming").iterdir()) == []
        outcomes.add((found == new, len(names)))
    assert {(False, 1), (True, 2)} <= outcomes


def test_a_disk_that_fills_up_is_told_and_leaves_no_trace(small_disk: Path) -> None:
    site = LocalSite("small", small_disk)
    put(site, "objects/b1/o1", content(1_200_000))
    site.settle()
    for size in (1_500_000, 1_000_000):
        with pytest.raises(SiteFull):
            put(site, "objects/b1/o2", content(size))
        with pytest.raises(ObjectMissing):
            site.stat("objects/b1/o2")
    assert list((small_disk / ".incoming").iterdir()) == []
    assert site.read("objects/b1/o1") == content(1_200_000)
    put(site, "objects/b1/o3", b"there is room for this")
    site.settle()


def test_a_full_disk_does_not_harm_what_was_to_be_replaced(small_disk: Path) -> None:
    site = LocalSite("small", small_disk)
    put(site, "keyrings/b1.json", content(1_200_000))
    site.settle()
    with pytest.raises(SiteFull):
        put(site, "keyrings/b1.json", content(1_300_000, seed=5))
    assert site.read("keyrings/b1.json") == content(1_200_000)


def test_a_read_only_disk_is_read_and_not_written(small_disk: Path) -> None:
    site = LocalSite("small", small_disk)
    put(site, "objects/b1/o1", b"content")
    site.settle()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk.parent)], check=True)
    later = LocalSite("small", small_disk)
    assert later.read("objects/b1/o1") == b"content"
    for write in (lambda: put(later, "objects/b1/o1", b"new"), lambda: later.delete("objects/b1/o1")):
        with pytest.raises(SiteReadOnly):
            write()
    with pytest.raises(SiteReadOnly):
        put(later, "objects/b2/o1", b"new")


def test_a_disk_that_is_not_mounted_is_no_empty_site(tmp_path: Path) -> None:
    (tmp_path / "mount-point").mkdir()
    site = LocalSite("away", tmp_path / "mount-point")
    asks: list[Any] = [
        lambda: site.read("objects/b1/o1"),
        lambda: site.stat("objects/b1/o1"),
        lambda: site.delete("objects/b1/o1"),
        lambda: list(site.list()),
        lambda: put(site, "objects/b1/o1", b"x"),
        lambda: site.adopt("objects/b1/o1"),
        site.sweep,
        site.free_bytes,
        site.settle,
    ]
    for ask in asks:
        with pytest.raises(SiteUnavailable):
            ask()
    assert list((tmp_path / "mount-point").iterdir()) == []


def test_a_settle_that_failed_stays_failed(site: LocalSite, place: Path) -> None:
    put(site, "objects/b1/o1", b"waits for its name")
    (place / "objects" / "b1").rmdir()
    with pytest.raises(SiteUnavailable):
        site.settle()
    with pytest.raises(SiteUnavailable):
        site.settle()
    with pytest.raises(SiteUnavailable):
        put(site, "objects/b1/o2", b"x")
    assert list((place / ".incoming").iterdir()) == []
    again = LocalSite("folder", place)
    put(again, "objects/b1/o1", b"x")
    again.settle()


def test_links_and_folders_are_no_objects(site: LocalSite, place: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    put(site, "objects/b1/o1", b"x")
    site.settle()
    (place / "objects/b1/link").symlink_to(tmp_path / "secret")
    for ask in (site.read, site.stat, lambda name: list(site.stream(name))):
        with pytest.raises(ObjectMissing):
            ask("objects/b1/link")
    assert [stored.name for stored in site.list()] == ["objects/b1/o1"]


def test_files_and_folders_are_for_their_owner_alone(site: LocalSite, place: Path) -> None:
    put(site, "objects/b1/o1", b"x")
    put(site, "objects/b1/o2", content(2 * MIB))
    site.settle()
    modes = {path.stat().st_mode & 0o777 for path in place.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (place, *place.rglob("*")) if path.is_dir()} == {0o700}


def test_a_site_object_that_is_dropped_keeps_no_file_open(place: Path) -> None:
    gc.collect()  # what other tests left
    before = len(list(Path("/proc/self/fd").iterdir()))
    site = LocalSite("folder", place)
    for number in range(20):
        put(site, f"objects/b1/o{number}", b"never settled")
    del site
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert LocalSite("folder", place).sweep() == 20


def test_more_small_objects_than_a_process_may_open_files(site: LocalSite) -> None:
    for number in range(1_200):
        put(site, f"objects/b1/o{number}", b"x")
    site.settle()
    assert len(list(Path("/proc/self/fd").iterdir())) < 100
    assert len(list(site.list("objects/b1/"))) == 1_200


def test_a_small_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_file(tmp_path / "file", b"one")
    write_file(tmp_path / "file", b"two")
    with pytest.raises(FileExistsError):
        write_file(tmp_path / "file", b"three", replace=False)
    assert (tmp_path / "file").read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    with pytest.raises(OSError) as told:
        write_file(tmp_path / "absent" / "file", b"x")
    assert told.value.errno == errno.ENOENT
