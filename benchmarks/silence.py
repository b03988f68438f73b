"""Whether time tells what answers do not: `python -m benchmarks.silence FOLDER --records 100000`.

Two questions of a pair are asked turn by turn, thousands of them, in this process, by a researcher on the
public network: the code of a closed record, and one that nobody has; words that closed records alone hold,
and words that nobody wrote. Each answer is the same; printed is how the times of the two lie to each other:
medians, and how often a time of the one is longer than one of the other (0.5: never to be told apart), with
the spread that chance alone would give it. The same pairs with visible things show what a difference is.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import sqrt
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.measure import calibration
from benchmarks.record_home import make_record_home
from benchmarks.records import records
from lantai.wiring import Archive, opened
from policies.access import OPEN, Subject, mark_kind
from policies.errors import LantaiError
from processes.finding.find import Asked, search
from processes.finding.index import refill
from processes.finding.show import show
from search.index import Document

WHO = Subject("researcher")
_LONGEST = 6


@dataclass(frozen=True, slots=True)
class Pair:
    """Two kinds of questions: what is asked, the one kind, the other, and questions of each."""

    asked: str
    one: str
    other: str
    ask: Callable[[str], object]
    ones: Sequence[str]
    others: Sequence[str]


@dataclass(frozen=True, slots=True)
class Apart:
    """How two samples of seconds lie to each other; `longer` is the share of pairs in which the first is."""

    first: float
    second: float
    longer: float
    by_chance: float


def apart(first: Sequence[float], second: Sequence[float]) -> Apart:
    """The rank test of Mann and Whitney as a share of pairs, and 1.96 standard deviations of chance."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks, start = 0.0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        ranks += sum(1 for _, which in ranked[start:end] if which == 0) * (start + end + 1) / 2
        start = end
    pairs = len(first) * len(second)
    share = (ranks - len(first) * (len(first) + 1) / 2) / pairs
    deviation = sqrt((len(first) + len(second) + 1) / (12 * pairs))
    return Apart(median(first), median(second), share, 1.96 * deviation)


def timed(pair: Pair, times: int, random: Random) -> Apart:
    """Ask both kinds in turn, the order of each turn drawn."""
    seconds: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.disable()
    try:
        for number in range(times + 50):
            for which in random.sample((0, 1), 2):
                text = random.choice((pair.ones, pair.others)[which])
                started = time.perf_counter()
                pair.ask(text)
                taken = time.perf_counter() - started
                if number >= 50:
                    seconds[which].append(taken)
    finally:
        gc.enable()
    return apart(*seconds)


def pairs(archive: Archive, count: int) -> Iterator[Pair]:
    """What is asked of an archive with the first `count` seeded records."""
    work = archive.home / "work"

    def shown(code: str) -> object:
        try:
            return show(archive.database, archive.ledger, code, WHO)
        except LantaiError as error:
            return str(error)

    def found(query: str) -> object:
        return search(archive.database, archive.index, work, Asked(query, facets=True), WHO)

    random = Random(3)
    drawn = list(islice(records(count), count))
    open_, closed = ([one for one in drawn if visible(one) is wanted] for wanted in (True, False))
    hidden = [one.code for one in random.sample(closed, 2_000)]
    known = {one.code for one in drawn}
    absent = [code for code in map(unused, hidden) if code not in known]
    seen = [one.code for one in random.sample(open_, 2_000)]
    yield Pair("show a code", "closed", "nobody's", shown, hidden, absent)
    yield Pair("show a code", "visible", "nobody's", shown, seen, absent)
    yield Pair("search for a code", "closed", "nobody's", found, hidden, absent)
    yield Pair("search for a code", "visible", "nobody's", found, seen, absent)
    words = words_of(open_, closed, random)
    yield Pair("search for words", "closed records' alone", "nobody's", found, words[0], words[1])
    yield Pair("search for words", "visible records'", "nobody's", found, words[2], words[1])


def visible(one: Document) -> bool:
    """Whether a reader on the public network sees it."""
    return one.access == OPEN and mark_kind(one.secrecy) == "" and not one.holder


def unused(code: str) -> str:
    """A code like this one that hardly anybody has."""
    series, _, number = code.rpartition("-")
    return f"{series}-{int(number) + 5_000:04}"


def words_of(
    open_: Sequence[Document], closed: Sequence[Document], random: Random
) -> tuple[list[str], list[str], list[str]]:
    """Phrases of titles that closed records alone hold, that no record holds, and that open ones hold."""
    visible = "\n".join(one.title + one.abstract + one.keywords for one in open_)
    hidden = "\n".join(one.title + one.abstract + one.keywords for one in closed)
    sample = random.sample(closed, 1_500)
    drawn = dict.fromkeys(piece for one in sample if (piece := _piece(one.title, random)))
    told = [piece for piece in drawn if piece not in visible][:200]
    made = ["".join(random.sample(piece, len(piece))) for piece in told]
    nobodys = [piece for piece in made if piece not in visible and piece not in hidden]
    seen = dict.fromkeys(piece for one in random.sample(open_, 400) if (piece := _piece(one.title, random)))
    return _quoted(told), _quoted(nobodys), _quoted(seen)


def _quoted(pieces: Iterable[str]) -> list[str]:
    return [f'"{piece}"' for piece in pieces]


def _piece(title: str, random: Random) -> str:
    """Some neighbouring characters of a title."""
    start = random.randrange(max(1, len(title) - _LONGEST))
    piece = title[start : start + _LONGEST]
    return piece if piece.isalpha() and not piece.isascii() else ""


def main() -> None:
    """Read the arguments, make the home where it does not stand, measure, print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=2_000, help="questions of each kind")
    parser.add_argument("--only", default="", help="what is asked begins so")
    chosen = parser.parse_args()
    if not chosen.folder.exists():
        make_record_home(chosen.folder, chosen.records)
        with opened(chosen.folder) as archive:
            refill(archive.database, archive.index, archive.home / "work")
    before = calibration()
    print("| asked | first | second | median of the first, µs | of the second, µs | first longer | chance |")
    print("|---|---|---|--:|--:|--:|---|")
    with opened(chosen.folder) as archive:
        for pair in pairs(archive, chosen.records):
            if not pair.asked.startswith(chosen.only):
                continue
            told = timed(pair, chosen.times, Random(5))
            chance = f"{0.5 - told.by_chance:.3f} to {0.5 + told.by_chance:.3f}"
            row = f"{told.first * 1e6:,.0f} | {told.second * 1e6:,.0f} | {told.longer:.3f} | {chance}"
            print(f"| {pair.asked} | {pair.one} | {pair.other} | {row} |", flush=True)
    print(f"\n{before}\n{calibration()}")


if __name__ == "__main__":
    main()
