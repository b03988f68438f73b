"""How fast all copies are audited, beside `restic check --read-data`: `python -m benchmarks.audit CORPUS`.

The corpus is taken in once by each; then every round has each check what it keeps, each round beginning with
another one, with the page cache dropped before each run where that is allowed. Lantai reads two copies,
restic one, which it has compressed, or not: so speeds are compared per byte that is stored and read, inside
a round. With `--objects 1000 100000` also how much memory an audit takes of so many small objects.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.contenders import absent
from benchmarks.holdings import make_holdings
from benchmarks.measure import Run, RunFailed, calibration, forget_caches, run

_LANTAI = (sys.executable, "-m", "lantai.cli.main")


@dataclass(frozen=True, slots=True)
class Keeper:
    """Something that keeps `bytes` and can check them all."""

    name: str
    bytes: int
    check: Callable[[], Run]


def keep_by_lantai(corpus: Path, scratch: Path) -> Keeper:
    """The corpus in an archive with two sites."""
    home = scratch / "home"
    run([*_LANTAI, "--home", str(home), "init", "--json"])
    settings = home / "lantai.toml"
    text = settings.read_text(encoding="utf-8").replace("background = true", "background = false")
    settings.write_text(text.replace('decode = "full"', 'decode = "structure"'), encoding="utf-8")
    run(
        [*_LANTAI, "--home", str(home), "ingest", str(corpus), "--accept", "passing", "--json"], accept=(0, 1)
    )
    return Keeper("lantai audit", _size(home / "sites"), lambda: audited(home))


def audited(home: Path) -> Run:
    """One audit of everything at all sites. Raises `RunFailed` where it is not whole."""
    done = run([*_LANTAI, "--home", str(home), "audit", "--json"])
    if json.loads(done.output)["outcome"] != "whole":
        raise RunFailed("the audit is not whole")
    return done


def keep_by_restic(corpus: Path, scratch: Path, compression: str) -> Keeper:
    """The corpus in a restic repository."""
    place = scratch / f"restic-{compression}"
    env = {
        "RESTIC_PASSWORD": "benchmark",
        "RESTIC_REPOSITORY": str(place),
        "RESTIC_CACHE_DIR": str(scratch / "cache"),
    }
    run(["restic", "init", "--repository-version", "2"], env=env)
    run(["restic", "backup", "--quiet", "--compression", compression, str(corpus)], env=env)
    name = f"restic check{'' if compression == 'auto' else ', no compression'}"
    return Keeper(name, _size(place), lambda: run(["restic", "check", "--read-data"], env=env))


def measure(keepers: Sequence[Keeper], rounds: int) -> list[dict[str, Run]]:
    """Run the rounds, telling each result on standard error as it comes."""
    found = []
    for number in range(rounds):
        one, two = calibration()
        _tell(f"round {number + 1}: SHA-256 {one:,.0f} MB/s by one process, {two:,.0f} by two")
        turn = number % len(keepers)
        runs = {}
        for keeper in [*keepers[turn:], *keepers[:turn]]:
            if not forget_caches():
                _tell("  the page cache cannot be dropped here: the numbers are warm")
            runs[keeper.name] = done = keeper.check()
            _tell(f"  {keeper.name:30} {done.seconds:7.2f} s  {keeper.bytes / done.seconds / 1e6:7.0f} MB/s")
        found.append(runs)
    return found


def table(keepers: Sequence[Keeper], rounds: Sequence[dict[str, Run]]) -> str:
    """The rounds as a table in Markdown; the first keeper is compared with each."""
    lines = [
        "| | stored, MB | s | MB/s | largest process, MB | the audit's speed per byte against it |",
        "|---|--:|--:|--:|--:|---|",
    ]
    base = keepers[0]
    for keeper in keepers:
        runs = [each[keeper.name] for each in rounds]
        seconds = median(one.seconds for one in runs)
        ratios = [
            base.bytes / each[base.name].seconds / (keeper.bytes / each[keeper.name].seconds)
            for each in rounds
        ]
        lines.append(
            f"| {keeper.name} | {keeper.bytes / 1e6:,.0f} | {seconds:.1f} "
            f"| {keeper.bytes / seconds / 1e6:,.0f} | {max(one.largest for one in runs) / 1e6:,.0f} "
            f"| {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
        )
    return "\n".join([*lines, ""])


def memory(counts: Sequence[int], scratch: Path) -> str:
    """What audits of so many small objects take, as a table in Markdown."""
    lines = ["| objects, at each of two sites | s | copies/s | largest process, MB |", "|--:|--:|--:|--:|"]
    for count in counts:
        home = scratch / f"small-{count}"
        make_holdings(home, count)
        done = audited(home)
        _tell(f"  {count:,} objects: {done.seconds:.2f} s, {done.largest / 1e6:.0f} MB")
        pace, largest = 2 * count / done.seconds, done.largest / 1e6
        lines.append(f"| {count:,} | {done.seconds:.1f} | {pace:,.0f} | {largest:,.0f} |")
        shutil.rmtree(home)
    return "\n".join([*lines, ""])


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Read the arguments, run, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--scratch", type=Path, help="where to write; default: beside the corpus")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--objects", type=int, nargs="+", default=(), metavar="N", help="memory for so many")
    given = parser.parse_args()
    scratch = Path(
        tempfile.mkdtemp(prefix="benchmark-", dir=given.scratch or Path(given.corpus or ".").parent)
    )
    try:
        if given.corpus:
            keepers = [keep_by_lantai(given.corpus.resolve(), scratch)]
            if not absent():
                keepers += [keep_by_restic(given.corpus.resolve(), scratch, how) for how in ("auto", "off")]
            print(table(keepers, measure(keepers, given.rounds)))
        if given.objects:
            print(memory(given.objects, scratch))
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
