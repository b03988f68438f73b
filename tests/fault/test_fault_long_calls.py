"""System calls of commands fail, or are the last ones: nothing acknowledged is lost, doubled or untold."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest
from kept import Witness, database_file
from scenes import DOOMED, SCENES, SECOND, Scene, copy_of, held_where_said, make_home, recover
from traced import NAMES, WATCHED, Ended, Fault, needs_strace, points, traced

SEED = 20261122
DRAWN = {"signal=SIGKILL": 20, "error=EIO": 10, "error=ENOSPC": 10}
"""So many points of each command; all where it has no more."""

WRITES = tuple(name for name in WATCHED if name not in NAMES)
CAN_FAIL = {"signal=SIGKILL": WATCHED, "error=EIO": WATCHED, "error=ENOSPC": (*WRITES, "rename", "linkat")}


@dataclass
class Stage:
    """A scene ready to be played again and again."""

    scene: Scene
    made: Path
    witness: Witness
    calls: Counter[str]

    def play(self, folder: Path, fault: Fault | None) -> Ended:
        """Play it in `folder` with a fault, recover, and hold everything against what was ever said."""
        home = copy_of(self.made, folder / "play") / "home"
        witness = deepcopy(self.witness)
        witness.home = home
        scene, said = self.scene, f"{self.scene.name}, {fault}"
        if scene.name == "destroy":
            witness.doubt(DOOMED)
        if fault and fault.only:
            fault = Fault(fault.call, fault.when, fault.what, _database(home))
        try:
            done = traced(folder / "play", scene.told(folder / "play", scene.words), fault)
            _answered(done, scene, fault)
            if scene.name == "ingest":
                witness.heard(done.document, SECOND)
            if scene.opens:
                witness.check_promises()
                if scene.holds:
                    held_where_said(home)
            recover(scene, folder / "play", witness, said)
            witness.check_whole(scene.expected)
            held_where_said(home)
        except Exception as fault_found:  # whatever it is, it must say where it happened
            raise AssertionError(f"{said}: {fault_found}") from fault_found
        return done


def _database(home: Path) -> tuple[Path, ...]:
    file = database_file(home)
    return (file, *(file.with_name(file.name + end) for end in ("-wal", "-journal", "-shm")))


def _answered(done: Ended, scene: Scene, fault: Fault | None) -> None:
    """A killed command says nothing or all; another one says in words what became of it, and no lie. Where
    its own answer could not be written, standard error says so, if that can be written.
    """
    if done.hit and fault and "SIGKILL" in fault.what:
        return
    assert done.status in scene.codes, done.told
    assert "Traceback" not in done.errors + done.said, done.told
    mute = fault is not None and fault.call == "write" and done.status == 4
    assert mute or done.document is not None, done.told


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Witness]]:
    needs_strace()
    folder = tmp_path_factory.mktemp("calls")
    witness = make_home(folder)
    yield folder, witness


def staged(scene: Scene, home: tuple[Path, Witness], folder: Path) -> Stage:
    """The scene's home, and the calls that the command makes when nothing is wrong."""
    made, witness = home
    place = copy_of(made, folder / scene.name)
    scene.spoil(place / "home")
    stage = Stage(scene, place, witness, Counter())
    done = stage.play(folder, None)
    assert done.status in (0, 1), done.told
    stage.calls = done.calls
    return stage


def drawn(stage: Stage, what: str) -> list[Fault]:
    """Which faults are tried: all, or a seeded sample; half of them of the database alone, which one thread
    writes while others write at the sites.
    """
    chance = random.Random(f"{SEED} {stage.scene.name} {what}")
    possible = [(call, n) for call, n in points(stage.calls, CAN_FAIL[what])]
    chosen = possible if len(possible) <= DRAWN[what] else chance.sample(possible, DRAWN[what])
    faults = []
    for number, (call, n) in enumerate(chosen):
        of_one_thread = stage.scene.opens and call in ("pwrite64", "fdatasync")
        own = (Path("database"),) if number % 2 and of_one_thread else ()
        lasting = "+" if what != "signal=SIGKILL" and number % 3 == 0 else ""
        faults.append(Fault(call, f"{n}{lasting}", what, own))
    return faults


def record(stage: Stage, what: str, tried: int, hit: int) -> None:
    """Note how many points were tried, where somebody asks for it."""
    if target := os.environ.get("LANTAI_FAULT_NUMBERS"):
        with Path(target).open("a") as out:
            out.write(f"{stage.scene.name}\t{what}\t{sum(stage.calls.values())}\t{tried}\t{hit}\n")


@pytest.mark.long
@pytest.mark.parametrize("name", SCENES)
def test_no_system_call_that_fails_or_is_the_last_loses_anything(
    name: str, home: tuple[Path, Witness], tmp_path: Path
) -> None:
    stage = staged(SCENES[name], home, tmp_path)
    failed = []
    for what in DRAWN:
        faults = drawn(stage, what)
        hit = 0
        for fault in faults:
            try:
                hit += stage.play(tmp_path, fault).hit
            except AssertionError as found:
                failed.append(str(found))
        record(stage, what, len(faults), hit)
    assert not failed, f"{len(failed)} of them:\n" + "\n\n".join(failed)


def test_an_ingest_that_is_killed_in_a_system_call_loses_nothing(
    home: tuple[Path, Witness], tmp_path: Path
) -> None:
    stage = staged(SCENES["ingest"], home, tmp_path)
    assert stage.play(tmp_path, Fault("fsync", "4", "signal=SIGKILL")).hit
    assert stage.play(tmp_path, Fault("pwrite64", "9", "error=ENOSPC")).hit
