"""How fast an archive is had back, beside `restic restore`: `python -m benchmarks.restore CORPUS`.

The corpus is taken in once by each; then every round has each bring all of it back to an empty folder, each
round beginning with another one, with the page cache dropped before each run where that is allowed. Lantai
restores a whole archive from one site: ledger, database, index, and every object opened, digested and synced
to the disk. restic writes the plain files and syncs nothing. Speeds are those of the corpus' own bytes. With
`--objects 1000 100000` also how much memory a restore takes of so many small objects.
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
    """Something that keeps the corpus and can bring it back into a folder that does not exist."""

    name: str
    bring: Callable[[Path], Run]


def keep_by_lantai(corpus: Path, scratch: Path) -> Keeper:
    """The corpus in an archive with two sites, of which one is restored from."""
    home = scratch / "home"
    made = run([*_LANTAI, "--home", str(home), "init", "--json"])
    settings = home / "lantai.toml"
    text = settings.read_text(encoding="utf-8").replace("background = true", "background = false")
    settings.write_text(text.replace('decode = "full"', 'decode = "structure"'), encoding="utf-8")
    words = ["ingest", str(corpus), "--accept", "passing", "--json"]
    run([*_LANTAI, "--home", str(home), *words], accept=(0, 1))
    run([*_LANTAI, "--home", str(home), "checkpoint", "-o", str(scratch / "checkpoint")])
    key = json.loads(made.output)["recovery_key"]
    return Keeper(
        "lantai restore",
        lambda target: restored(home / "sites/site-b", scratch / "checkpoint", key, target),
    )


def restored(site: Path, checkpoint: Path, key: str, target: Path) -> Run:
    """One restore. Raises `RunFailed` where anything is missing or the head is not proven."""
    words = ["restore", "--from", str(site), "--to", str(target), "--checkpoint", str(checkpoint), "--json"]
    done = run([*_LANTAI, *words], env={"LANTAI_RECOVERY_KEY": key})
    told = json.loads(done.output)
    if told["head"] != "proven" or told["missing"] or not told["objects"]:
        raise RunFailed(f"the restore is not whole: {told['head']}, {len(told['missing'])} missing")
    return done


def keep_by_restic(corpus: Path, scratch: Path, compression: str) -> Keeper:
    """The corpus in a restic repository."""
    env = {
        "RESTIC_PASSWORD": "benchmark",
        "RESTIC_REPOSITORY": str(scratch / f"restic-{compression}"),
        "RESTIC_CACHE_DIR": str(scratch / "cache"),
    }
    run(["restic", "init", "--repository-version", "2"], env=env)
    run(["restic", "backup", "--quiet", "--compression", compression, str(corpus)], env=env)
    name = f"restic restore{'' if compression == 'auto' else ', no compression'}"
    return Keeper(name, lambda target: run(["restic", "restore", "latest", "--target", str(target)], env=env))


def measure(keepers: Sequence[Keeper], rounds: int, scratch: Path) -> list[dict[str, Run]]:
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
            target = scratch / "brought"
            runs[keeper.name] = done = keeper.bring(target)
            shutil.rmtree(target)
            _tell(f"  {keeper.name:30} {done.seconds:7.2f} s  {done.largest / 1e6:6.0f} MB")
        found.append(runs)
    return found


def table(keepers: Sequence[Keeper], rounds: Sequence[dict[str, Run]], files: int, total: int) -> str:
    """The rounds as a table in Markdown; the first keeper is compared with each."""
    lines = [
        f"{files:,} files, {total / 1e6:,.0f} MB, {len(rounds)} rounds.",
        "",
        "| | s | MB/s | files/s | largest process, MB | the restore's speed against it |",
        "|---|--:|--:|--:|--:|---|",
    ]
    base = keepers[0].name
    for keeper in keepers:
        runs = [each[keeper.name] for each in rounds]
        seconds = median(one.seconds for one in runs)
        ratios = [each[keeper.name].seconds / each[base].seconds for each in rounds]
        lines.append(
            f"| {keeper.name} | {seconds:.1f} | {total / seconds / 1e6:,.0f} | {files / seconds:,.0f} "
            f"| {max(one.largest for one in runs) / 1e6:,.0f} "
            f"| {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
        )
    return "\n".join([*lines, ""])


def memory(counts: Sequence[int], scratch: Path) -> str:
    """What restores of so many small objects take, as a table in Markdown."""
    lines = ["| objects | s | objects/s | largest process, MB |", "|--:|--:|--:|--:|"]
    for count in counts:
        home, target = scratch / f"small-{count}", scratch / "brought"
        key = make_holdings(home, count)
        note = home / "sites/site-b/ledger/checkpoint"
        done = restored(home / "sites/site-b", note, key, target)
        _tell(f"  {count:,} objects: {done.seconds:.2f} s, {done.largest / 1e6:.0f} MB")
        pace, largest = count / done.seconds, done.largest / 1e6
        lines.append(f"| {count:,} | {done.seconds:.1f} | {pace:,.0f} | {largest:,.0f} |")
        shutil.rmtree(home)
        shutil.rmtree(target)
    return "\n".join([*lines, ""])


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
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=given.scratch or given.corpus.parent) as folder:
        scratch = Path(folder)
        if given.corpus:
            corpus = given.corpus.resolve()
            sizes = [path.stat().st_size for path in corpus.rglob("*") if path.is_file()]
            keepers = [keep_by_lantai(corpus, scratch)]
            if "restic" in absent():
                _tell("restic is not here: its runs are left out")
            else:
                keepers += [keep_by_restic(corpus, scratch, how) for how in ("auto", "off")]
            rounds = measure(keepers, given.rounds, scratch)
            print(table(keepers, rounds, len(sizes) - 1, sum(sizes)))
        if given.objects:
            print(memory(given.objects, scratch))


if __name__ == "__main__":
    main()
