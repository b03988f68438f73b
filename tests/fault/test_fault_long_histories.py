"""Killed again and again: one archive, every command that writes in any order, each dying at some moment."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from batches import row, write_batch
from kept import SITES, Witness, sweep_orphans
from media import wav
from scenes import WHY, Words, held_where_said, make_home, ok
from traced import KILLED, Ended, killed_after, ran

from lantai.wiring import opened

SEEDS = (1, 2, 3)
ROUNDS = 36
SECONDS = {"ingest": 1.0, "describe": 0.4, "replicate": 0.6, "audit": 0.5, "keys": 0.8, "destroy": 1.5}
"""About how long each takes at most: it is killed at some moment of that, or not at all."""


@dataclass
class History:
    """One archive, what was asked of it, and what it said. `waiting` are batches not acknowledged yet."""

    folder: Path
    witness: Witness
    chance: random.Random
    items: int = 3
    waiting: dict[Path, dict[str, bytes]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    kills: int = 0

    @property
    def home(self) -> Path:
        """The archive's home."""
        return self.folder / "home"

    def run(self, *words: str, die: bool = False) -> Ended:
        """Run a command; with `die` kill it at some moment."""
        seconds = self.chance.uniform(0.01, SECONDS.get(words[0], 0.6))
        command = ["--home", str(self.home), *words]
        done = killed_after(self.folder, seconds, *command) if die else ran(self.folder, *command)
        self.told.append(f"{' '.join(words[:2])} ({done.status}, {seconds if die else 0:.2f} s)")
        self.kills += done.status == KILLED
        assert done.status in (0, 1, 3, 4, KILLED), done.told
        assert "Traceback" not in done.said + done.errors, done.told
        return done

    def disturb(self) -> None:
        """One command, cut short; then everything that was promised is looked for."""
        steps: list[Callable[[], None]] = [
            self._ingest,
            self._ingest,
            self._describe,
            self._replicate,
            self._repair,
            lambda: self._run(("keys", "rotate")),
            self._destroy,
            self._rebuild,
            lambda: self._run(("worker", "--once")),
        ]
        self.chance.choice(steps)()
        self.witness.check_promises()

    def settle(self) -> None:
        """What an operator does when it is quiet again; afterwards nothing is amiss."""
        for batch, files in list(self.waiting.items()):
            self._heard(ok(self.run("ingest", str(batch))), batch, files)
        self.run("replicate", "--go-ahead")
        self.run("audit", "--repair")
        ok(self.run("keys", "rotate"))
        ok(self.run("destroy", "--continue"))
        ok(self.run("worker", "--once"))
        ok(self.run("audit"))
        self.witness.check_whole(self.items, swept=False)
        held_where_said(self.home)

    def _run(self, words: Words) -> None:
        self.run(*words, die=True)

    def _ingest(self) -> None:
        if self.waiting and self.chance.random() < 0.5:
            batch, files = self.chance.choice(list(self.waiting.items()))
        else:
            first, batch = self.items, self.folder / f"batch-{self.items}"
            files = {f"{n}.wav": wav(0.2 + n / 500) for n in range(first, first + 3)}
            write_batch(batch, files, [row(file, category="LY") for file in files])
            self.waiting[batch] = files
            self.items += len(files)
        self._heard(self.run("ingest", str(batch), "--wait", "secured", die=True), batch, files)

    def _heard(self, done: Ended, batch: Path, files: dict[str, bytes]) -> None:
        if done.status == 0:
            self.witness.heard(done.document, files)
            self.waiting.pop(batch, None)

    def _known(self) -> str:
        """A code that is surely there."""
        return self.chance.choice(sorted(set(self.witness.codes) - self.witness.doubted))

    def _describe(self) -> None:
        self.run("describe", self._known(), f"title=第{len(self.told)}次更正", "--reason", "x", die=True)

    def _replicate(self) -> None:
        """A site lost a few copies, or all it had."""
        site = self.home / "sites" / self.chance.choice(SITES)
        if self._is_whole():
            copies = sorted(site.glob("objects/*/o*"))
            for path in copies if self.chance.random() < 0.3 else self.chance.sample(copies, 2):
                path.unlink()
        self.run("replicate", "--go-ahead", die=True)

    def _repair(self) -> None:
        """A copy was altered."""
        if self._is_whole():
            site = self.home / "sites" / self.chance.choice(SITES)
            path = self.chance.choice(sorted(site.glob("objects/*/o*")))
            path.write_bytes(path.read_bytes()[:-7] + b"altered")
        self.run("audit", "--repair", die=True)

    def _is_whole(self) -> bool:
        """Whether all copies are whole: only then one may be spoilt without losing the last."""
        return ran(self.folder, "--home", self.home, "audit").status == 0

    def _destroy(self) -> None:
        code = self._known()
        self.witness.doubt(code)
        self.run("destroy", code, *WHY, die=True)

    def _rebuild(self) -> None:
        """The database is lost after everything in it was published."""
        if self.run("worker", "--once").status or self.run("replicate", "--go-ahead").status:
            return
        (self.home / "database.sqlite").unlink()
        shutil.rmtree(self.home / "index")
        words = ("rebuild", "--from", self.chance.choice(SITES))
        self.run(*words, die=True)
        ok(self.run(*words))


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_an_archive_outlives_any_history_of_kills(seed: int, tmp_path: Path) -> None:
    history = History(tmp_path, make_home(tmp_path), random.Random(seed))
    try:
        for number in range(ROUNDS):
            history.disturb()
            if number % 6 == 5:
                history.settle()
        history.settle()
        with opened(history.home) as archive:
            for days in (1.5, 3, 5):
                sweep_orphans(archive, days)
        history.witness.check_whole(history.items)
    except Exception as found:  # whatever it is, it must say how to get there again
        raise AssertionError(f"seed {seed}: {'; '.join(history.told)}: {found}") from found
    if target := os.environ.get("LANTAI_FAULT_NUMBERS"):
        with Path(target).open("a") as out:
            out.write(f"history {seed}\t{ROUNDS} rounds\t{history.kills} kills\t{history.items} items\n")
