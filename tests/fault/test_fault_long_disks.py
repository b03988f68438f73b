"""Disks fill up, become read-only, or are pulled out under a command; afterwards the same command goes on."""

from __future__ import annotations

import random
import threading
import time
from copy import deepcopy
from pathlib import Path

import pytest
from kept import Witness
from mounts import KIB, disk, needs_mounts
from scenes import DOOMED, SCENES, SECOND, Scene, copy_of, held_where_said, make_home, recover
from traced import Ended, ran

FREE = (0, 12, 60, 160, 400, 800)
"""KiB that are left: from nothing to nearly enough."""

WORKING = ("ingest", "replicate", "repair", "rotate", "destroy")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Witness]:
    needs_mounts()
    folder = tmp_path_factory.mktemp("disks")
    return folder, make_home(folder)


def set_up(made: tuple[Path, Witness], scene: Scene, folder: Path) -> Witness:
    copy_of(made[0], folder)
    scene.spoil(folder / "home")
    witness = deepcopy(made[1])
    witness.home = folder / "home"
    if scene.name == "destroy":
        witness.doubt(DOOMED)
    return witness


def in_trouble(scene: Scene, folder: Path, witness: Witness) -> Ended:
    """The command while a disk is in trouble: it ends with words, and what it promises is kept."""
    done = ran(folder, *scene.told(folder, scene.words))
    assert done.status in scene.codes, done.told
    assert "Traceback" not in done.errors + done.said, done.told
    assert done.said or done.errors
    if scene.name == "ingest":
        witness.heard(done.document, SECOND)
    return done


def ends_well(scene: Scene, folder: Path, witness: Witness, said: str) -> None:
    if scene.opens:
        witness.check_promises()
        if scene.holds:
            held_where_said(folder / "home")
    recover(scene, folder, witness, said)
    witness.check_whole(scene.expected)
    held_where_said(folder / "home")


@pytest.mark.long
@pytest.mark.parametrize("name", WORKING)
@pytest.mark.parametrize("free", FREE)
def test_a_site_that_fills_up(made: tuple[Path, Witness], tmp_path: Path, name: str, free: int) -> None:
    """An ingest asks for room before it begins: there the disk fills up a little later."""
    scene, folder = SCENES[name], tmp_path / "play"
    witness = set_up(made, scene, folder)
    with disk(folder / "home/sites/site-b", tmp_path / "disk") as site:
        after = random.Random(f"{name} {free}").uniform(0.1, 0.9) if name == "ingest" else 0

        def fill() -> None:
            time.sleep(after)
            site.leave(free * KIB)

        filler = threading.Thread(target=fill)
        filler.start()
        if not after:
            filler.join()
        in_trouble(scene, folder, witness)
        filler.join()
        site.empty()
        ends_well(scene, folder, witness, f"{name} with {free} KiB left at a site")


@pytest.mark.long
@pytest.mark.parametrize("name", (*WORKING, "rebuild"))
@pytest.mark.parametrize("free", FREE)
def test_a_home_that_fills_up(made: tuple[Path, Witness], tmp_path: Path, name: str, free: int) -> None:
    scene, folder = SCENES[name], tmp_path / "play"
    witness = set_up(made, scene, folder)
    sites = (folder / "home/sites").rename(tmp_path / "sites")
    with disk(folder / "home", tmp_path / "disk") as home:
        (folder / "home/sites").symlink_to(sites)
        home.leave(free * KIB)
        in_trouble(scene, folder, witness)
        home.empty()
        ends_well(scene, folder, witness, f"{name} with {free} KiB left at home")


@pytest.mark.long
@pytest.mark.parametrize("name", WORKING)
def test_a_site_that_cannot_be_written(made: tuple[Path, Witness], tmp_path: Path, name: str) -> None:
    scene, folder = SCENES[name], tmp_path / "play"
    witness = set_up(made, scene, folder)
    with disk(folder / "home/sites/site-b", tmp_path / "disk") as site:
        site.read_only(True)
        done = in_trouble(scene, folder, witness)
        if name == "ingest":
            assert (done.status, done.document["state"]) == (4, "waiting")
        site.read_only(False)
        ends_well(scene, folder, witness, f"{name} with a site that is read-only")


@pytest.mark.long
@pytest.mark.parametrize("name", (*WORKING, "rebuild"))
@pytest.mark.parametrize("number", range(4))
def test_a_site_that_is_pulled_out(
    made: tuple[Path, Witness], tmp_path: Path, name: str, number: int
) -> None:
    """At a random moment of a command. The folder that stays is empty: nothing may be written there."""
    scene, folder = SCENES[name], tmp_path / "play"
    witness = set_up(made, scene, folder)
    chance = random.Random(f"{name} {number}")
    with disk(folder / "home/sites/site-b", tmp_path / "disk") as site:
        after = chance.uniform(0, 0.8)

        def pull() -> None:
            time.sleep(after)
            site.pull_out()

        puller = threading.Thread(target=pull)
        puller.start()
        in_trouble(scene, folder, witness)
        puller.join()
        assert not any((folder / "home/sites/site-b").iterdir()), "written where the disk was not"
        site.put_in()
        ends_well(scene, folder, witness, f"{name}, site-b pulled out after {after:.3f} s")
