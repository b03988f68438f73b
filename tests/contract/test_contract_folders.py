"""A site that is a folder keeps no empty folders, and removes none that a file is on its way to."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from site_damage_contract import ROOT

from storage.errors import StorageError
from storage.folders import remove_empty
from storage.site import put
from storage.site_local import LocalSite, prepare

MAKER = """
import sys
from pathlib import Path
from storage.site import put
from storage.site_local import LocalSite
root, who = Path(sys.argv[1]), sys.argv[2]
for turn in range(60):
    site = LocalSite("folder", root)
    for number in range(3):
        put(site, f"objects/b1/{who}-{number}", b"x")
        if turn % 2:
            site.settle()
        site.delete(f"objects/b1/{who}-{number}")
    site.settle()
put(site, f"objects/b1/{who}-last", b"x")
site.settle()
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    prepare(tmp_path / "site")
    return tmp_path / "site"


@pytest.fixture
def site(place: Path) -> LocalSite:
    return LocalSite("folder", place)


def test_a_folder_goes_with_its_last_object(site: LocalSite, place: Path) -> None:
    put(site, "objects/b1/o1", b"x")
    put(site, "objects/b1/o2", b"x")
    put(site, "keyrings/b1.json", b"x")
    site.delete("objects/b1/o1")
    assert (place / "objects/b1").is_dir()
    site.delete("objects/b1/o2")
    site.delete("keyrings/b1.json")
    site.settle()
    assert not (place / "objects/b1").exists()
    assert (place / "objects").is_dir()
    assert (place / "keyrings").is_dir()
    put(site, "objects/b1/o1", b"again")
    site.settle()
    assert LocalSite("folder", place).read("objects/b1/o1") == b"again"


def test_a_folder_that_a_file_is_on_its_way_to_stays(site: LocalSite, place: Path) -> None:
    other = LocalSite("folder", place)
    put(other, "objects/b1/o1", b"x")
    other.settle()
    with site.create("objects/b1/o2", 1) as sink:
        other.delete("objects/b1/o1")
        other.sweep()
        assert (place / "objects/b1").is_dir()
        sink.write(b"x")
    other.sweep()
    assert (place / "objects/b1").is_dir(), "it waits for its name"
    site.settle()
    assert other.read("objects/b1/o2") == b"x"


@pytest.mark.parametrize("how", ["left", "short"])
def test_an_object_that_was_not_written_holds_no_folder(site: LocalSite, place: Path, how: str) -> None:
    with pytest.raises((StorageError, InterruptedError)), site.create("objects/b1/o1", 9):
        if how == "left":
            raise InterruptedError
    assert remove_empty(place / "objects/b1")
    put(site, "objects/b1/o1", b"x")
    site.settle()
    assert site.read("objects/b1/o1") == b"x"


def test_a_folder_that_vanishes_with_all_that_was_in_it_does_not_fail_its_writer(
    site: LocalSite, place: Path
) -> None:
    put(site, "objects/b1/o1", b"x")
    assert site.stat("objects/b1/o1") == 1
    LocalSite("folder", place).delete("objects/b1/o1")
    site.settle()
    put(site, "objects/b1/o2", b"x")
    site.settle()
    assert [stored.name for stored in site.list("objects/")] == ["objects/b1/o2"]


def test_threads_that_write_and_delete_in_one_folder_do_not_meet(place: Path) -> None:
    sites = [LocalSite("folder", place) for _ in range(2)]
    failures: list[Exception] = []

    def work(number: int) -> None:
        site = sites[number % 2]
        try:
            for turn in range(150):
                put(site, f"objects/b1/o{number}", b"x")
                assert site.read(f"objects/b1/o{number}") == b"x"
                site.delete(f"objects/b1/o{number}")
                if turn % 20 == 0:
                    site.settle()
            put(site, f"objects/b1/last{number}", b"x")
            site.settle()
        except Exception as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(list(LocalSite("folder", place).list("objects/b1/"))) == 4


def test_processes_that_write_and_delete_in_one_folder_do_not_meet(place: Path) -> None:
    makers = [
        subprocess.Popen([sys.executable, "-c", MAKER, str(place), str(number)], cwd=ROOT)
        for number in range(3)
    ]
    assert [maker.wait() for maker in makers] == [0, 0, 0]
    assert len(list(LocalSite("folder", place).list("objects/b1/"))) == 3
    LocalSite("folder", place).sweep()
    assert list((place / ".incoming").iterdir()) == []
