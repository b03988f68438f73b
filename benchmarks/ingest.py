"""How fast a corpus is taken in, beside what else could take it: `python -m benchmarks.ingest CORPUS`.

Every round runs every contender on the same files, each round beginning with another one, with a
calibration of the machine before each round. Ratios are made inside a round, so that a machine whose
speed comes and goes distorts them less; the table gives medians over the rounds, and the extremes.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.contenders import Contender, absent, contenders
from benchmarks.measure import Run, RunFailed, calibration, forget_caches, warm

BASE = "lantai"


@dataclass(frozen=True, slots=True)
class Round:
    """One run of every contender by name, and the calibration before it: MB/s of one process and of two."""

    runs: dict[str, Run]
    one: float
    two: float


def measure(
    corpus: Path, scratch: Path, chosen: Sequence[Contender], rounds: int, cold: bool
) -> Iterator[Round]:
    """Run the rounds, telling each result on standard error as it comes."""
    for number in range(rounds):
        one, two = calibration()
        _tell(f"round {number + 1}: SHA-256 {one:,.0f} MB/s by one process, {two:,.0f} by two")
        turn = number % len(chosen)
        runs = {}
        for contender in [*chosen[turn:], *chosen[:turn]]:
            done = _one(contender, corpus, scratch, cold)
            if done:
                runs[contender.name] = done
        yield Round(runs, one, two)


def _one(contender: Contender, corpus: Path, scratch: Path, cold: bool) -> Run | None:
    place = Path(tempfile.mkdtemp(prefix="benchmark-", dir=scratch))
    try:
        if not forget_caches() and cold:
            _tell("  the page cache cannot be dropped here: the numbers are warm")
        if not cold:
            warm(corpus)
        done = contender.take(corpus, place)
        _tell(f"  {contender.name:26} {done.seconds:7.2f} s  {done.largest / 1e6:6.0f} MB")
        return done
    except RunFailed as fault:
        _tell(f"  {contender.name:26} failed: {fault}")
        return None
    finally:
        shutil.rmtree(place)


def table(rounds: Sequence[Round], chosen: Sequence[Contender], files: int, total: int) -> str:
    """The rounds as a table in Markdown."""
    lines = [
        f"{files:,} files, {total / 1e6:,.0f} MB, {len(rounds)} rounds. "
        f"Calibration: {median(r.one for r in rounds):,.0f} MB/s of SHA-256 by one process, "
        f"{median(r.two for r in rounds):,.0f} by two at once "
        f"({min(r.two / r.one for r in rounds):.2f} to {max(r.two / r.one for r in rounds):.2f} times).",
        "",
        f"| | copies | s | MB/s | files/s | largest process, MB | all processes, MB | speed against {BASE} |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    for contender in chosen:
        runs = [r.runs[contender.name] for r in rounds if contender.name in r.runs]
        if runs:
            seconds = median(run.seconds for run in runs)
            lines.append(
                f"| {contender.name} | {contender.copies} | {seconds:.1f} | {total / seconds / 1e6:,.0f} "
                f"| {files / seconds:,.0f} | {max(run.largest for run in runs) / 1e6:,.0f} "
                f"| {max(run.together for run in runs) / 1e6:,.0f} | {_ratios(rounds, contender.name)} |"
            )
    return "\n".join([*lines, ""])


def _ratios(rounds: Sequence[Round], name: str) -> str:
    """How many times as fast as the base, inside each round: median, and the extremes."""
    ratios = [
        each.runs[BASE].seconds / each.runs[name].seconds
        for each in rounds
        if name in each.runs and BASE in each.runs
    ]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if ratios else ""


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Read the arguments, run, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--scratch", type=Path, help="where to write; default: beside the corpus")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cold", action="store_true", help="drop the page cache before each run (root)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these contenders")
    parser.add_argument("--output", type=Path, help="write the table to this file too")
    given = parser.parse_args()
    corpus = given.corpus.resolve()
    chosen = [one for one in contenders() if not given.only or one.name in given.only]
    for name in absent():
        _tell(f"{name} is not here: its runs are left out")
    sizes = [path.stat().st_size for path in corpus.rglob("*") if path.is_file()]
    scratch = given.scratch or corpus.parent
    rounds = list(measure(corpus, scratch, chosen, given.rounds, given.cold))
    text = table(rounds, chosen, len(sizes) - 1, sum(sizes))
    print(text)
    if given.output:
        given.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
