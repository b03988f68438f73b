"""What is measured against what: each contender as a preparation that is not timed and a command that is.

A contender takes the same corpus folder and an empty scratch folder, and reports its run. All write
through to the disk before they end: the floors, Lantai and restic by themselves, `cp` by `sync`.
Contenders whose program is absent are left out and named.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Run, RunFailed, run

_LANTAI = (sys.executable, "-m", "lantai.cli.main")


@dataclass(frozen=True, slots=True)
class Contender:
    """`copies` says how many copies it writes; `take(corpus, scratch)` does one run."""

    name: str
    copies: int
    take: Callable[[Path, Path], Run]


def _floor(with_probes: bool) -> Callable[[Path, Path], Run]:
    def take(corpus: Path, scratch: Path) -> Run:
        words = ["--probes"] if with_probes else []
        return run([sys.executable, "-m", "benchmarks.floor", str(corpus), str(scratch), *words])

    return take


def _lantai(decode: str, wait: str = "registered") -> Callable[[Path, Path], Run]:
    def take(corpus: Path, scratch: Path) -> Run:
        home = scratch / "home"
        run([*_LANTAI, "--home", str(home), "init", "--json"])
        settings = home / "lantai.toml"
        text = settings.read_text(encoding="utf-8")
        # What reads back behind a batch would run into the next contender's time.
        text = text.replace("background = true", "background = false")
        text = text.replace('decode = "full"', f'decode = "{decode}"')
        settings.write_text(text, encoding="utf-8")
        words = ["ingest", str(corpus), "--accept", "passing", "--wait", wait, "--json"]
        done = run([*_LANTAI, "--home", str(home), *words], accept=(0, 1))
        counts = json.loads(done.output)["counts"]
        if counts["returned"] or not counts["registered"]:
            raise RunFailed(f"the corpus should pass whole: {counts}")
        return done

    return take


def _restic(compression: str) -> Callable[[Path, Path], Run]:
    def take(corpus: Path, scratch: Path) -> Run:
        env = {
            "RESTIC_PASSWORD": "benchmark",
            "RESTIC_REPOSITORY": str(scratch / "repository"),
            "RESTIC_CACHE_DIR": str(scratch / "cache"),
        }
        run(["restic", "init", "--repository-version", "2"], env=env)
        return run(["restic", "backup", "--quiet", "--compression", compression, str(corpus)], env=env)

    return take


def _copy(corpus: Path, scratch: Path) -> Run:
    return run(["sh", "-c", 'cp -r "$1" "$2" && sync -f "$2"', "sh", str(corpus), str(scratch / "copy")])


def contenders() -> list[Contender]:
    """Every contender whose program is here, the floors first."""
    found = [
        Contender("device floor", 2, _floor(with_probes=False)),
        Contender("floor with probes", 2, _floor(with_probes=True)),
        Contender("lantai", 2, _lantai("full")),
        Contender("lantai, structure only", 2, _lantai("structure")),
        Contender("lantai, until secured", 2, _lantai("full", wait="secured")),
        Contender("cp and sync", 1, _copy),
    ]
    if shutil.which("restic"):
        found.append(Contender("restic", 1, _restic("auto")))
        found.append(Contender("restic, no compression", 1, _restic("off")))
    return found


def absent() -> list[str]:
    """Programs that a contender needs and that are not here."""
    return [name for name in ("restic",) if not shutil.which(name)]


def threads() -> int:
    """As many files in hand at once as Lantai takes by default."""
    return len(os.sched_getaffinity(0)) + 2
