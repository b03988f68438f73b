"""How fast the finding aid answers and indexes.

    python -m benchmarks.search FOLDER --records 100000 1000000

For each number of records a home is made in the folder, once; its index is filled anew from the catalogue
(`processes.finding.index`); then every question of a seeded mix (`benchmarks.search_queries`) is asked
through `find`, `browse` and `suggest` of `processes.finding`, as an officer, a researcher and one who sees
all: parsing, narrowed records, view, total, six facets, twenty hits with snippets. Each number of records is
measured in a process of its own, and SQLite FTS5 and PostgreSQL are asked the questions that they can be
asked, on the same records, right after. Beside the figures stands what SHA-256 got of the processor before
and after.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from cProfile import Profile
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from pstats import Stats

from benchmarks.measure import calibration
from benchmarks.record_home import make_record_home
from benchmarks.records import records
from benchmarks.search_queries import Question, questions, subjects
from benchmarks.search_report import Figures, Taken, report
from benchmarks.search_rivals import fts5, postgresql
from lantai.wiring import Archive, opened
from policies.access import view_of
from processes.finding.browse import Place, browse
from processes.finding.find import Asked, search
from processes.finding.index import refill
from processes.finding.suggest import suggest

RIVALS = {"SQLite FTS5": fts5, "PostgreSQL": postgresql}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure on one number of records."""

    folder: Path
    records: int
    texts: float
    each: int
    rivals: bool
    kept: bool
    profile: str


def measured(plan: Plan) -> Figures:
    """Everything about one number of records; runs in a process of its own."""
    figures, asked = Figures(plan.records), questions(plan.records, plan.each)
    home = _home(plan)
    figures.calibrated.append(calibration())
    with opened(home) as archive:
        if not plan.kept:
            _index(archive, plan, figures)
        figures.index_bytes, figures.database_bytes = _size(home / "index"), _size(home, "database.sqlite*")
        _ask(archive, plan, asked, figures)
    figures.largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    if plan.rivals:
        with tempfile.TemporaryDirectory(prefix="lantai-rivals-") as scratch:
            for name in RIVALS:
                _ask_rival(name, Path(scratch), plan, asked, figures)
    figures.calibrated.append(calibration())
    return figures


def _home(plan: Plan) -> Path:
    """The home with so many records, made where it does not stand; one half made is made again."""
    home = plan.folder / f"records-{plan.records}-{plan.texts}"
    if not home.exists():
        building = home.with_suffix(".half")
        shutil.rmtree(building, ignore_errors=True)
        make_record_home(building, plan.records, texts=plan.texts)
        building.rename(home)
    return home


def _index(archive: Archive, plan: Plan, figures: Figures) -> None:
    started = time.perf_counter()
    with _profiled(plan.profile, "indexing"):
        refill(archive.database, archive.index, archive.home / "work")
    figures.indexing = time.perf_counter() - started


def _ask(archive: Archive, plan: Plan, asked: Sequence[Question], figures: Figures) -> None:
    """The first fifty are asked twice: what is opened at first use is not part of an answer."""
    for question in asked[:50]:
        _answer(archive, question)
    with _profiled(plan.profile, "searching"):
        figures.taken.extend(_answer(archive, question) for question in asked)


def _answer(archive: Archive, question: Question) -> Taken:
    """One question; what comes before it (the first page of a second) is not timed."""
    who, asked = subjects()[question.who], question.asked
    place = (archive.database, archive.index, archive.home / "work")
    if question.page == 2 and isinstance(asked, Asked):
        asked = replace(asked, cursor=search(*place, asked, who)["cursor"] or "")
    started = time.perf_counter()
    match asked:
        case Asked():
            total = search(*place, asked, who)["total"]
        case Place():
            total = browse(*place, asked, who)["total"]
        case str():
            total = len(suggest(*place, asked, who)["suggestions"])
    seconds = time.perf_counter() - started
    return Taken(question.kind, question.who, seconds, total, question.plain is not None)


def _ask_rival(name: str, scratch: Path, plan: Plan, asked: Sequence[Question], figures: Figures) -> None:
    """A third of the questions that can be asked, the first ten unmeasured."""
    plain = [question for question in asked if question.plain][::3]
    views = {who: view_of(subject) for who, subject in subjects().items()}
    started = time.perf_counter()
    with RIVALS[name](scratch, records(plan.records)) as ask:
        figures.filling[name] = time.perf_counter() - started
        taken = figures.rivals[name] = []
        for question in [*plain[:10], *plain]:
            assert question.plain is not None  # for the type checker; they were chosen so
            started = time.perf_counter()
            total = ask(question.plain, views[question.who])
            taken.append(Taken(question.kind, question.who, time.perf_counter() - started, total, True))
        del taken[:10]


@contextmanager
def _profiled(file: str, what: str) -> Iterator[None]:
    """Where `file` is named, what takes the time, the dearest first, beside it."""
    if not file:
        yield
        return
    with Profile() as profile:
        yield
    with Path(f"{file}-{what}.txt").open("w", encoding="utf-8") as lines:
        stats = Stats(profile, stream=lines)
        stats.sort_stats("tottime").print_stats(45)
        stats.sort_stats("cumulative").print_stats(45)


def _size(folder: Path, pattern: str = "**/*") -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def main() -> None:
    """Read the arguments, measure each number of records, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, nargs="+", default=[100_000])
    parser.add_argument(
        "--texts", type=float, default=0.0, metavar="SHARE", help="records with a page of text"
    )
    parser.add_argument("--each", type=int, default=60, help="questions a class and subject")
    parser.add_argument("--no-rivals", action="store_true")
    parser.add_argument("--keep-index", action="store_true", help="ask the index that stands there")
    parser.add_argument(
        "--profile", default="", metavar="FILE", help="write FILE-indexing.txt, FILE-searching.txt"
    )
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    found = []
    for count in chosen.records:
        plan = Plan(
            chosen.folder,
            count,
            chosen.texts,
            chosen.each,
            not chosen.no_rivals,
            chosen.keep_index,
            chosen.profile,
        )
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found.append(pool.submit(measured, plan).result())
    print(report(found))


if __name__ == "__main__":
    main()
