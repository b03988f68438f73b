"""How fast the HTTP door answers: `python -m benchmarks.http FOLDER --records 100000`.

Three measurements, each with a real server (`lantai serve`) in a process of its own; `--only` takes one:

    requests   200 users at once, each on a connection and with a session of their own, ask for searches,
               items and contents; beside them the same number ask the bare endpoints of `http_bare`. Every
               round runs all in turn, each round beginning with another one. A process of its own asks.
    download   one file of 1 GiB, decrypted and verified on its way out, beside nginx sending the plain file
    upload     1,000 files over eight connections, then the batch that is made of them

Every use is written to the journal meanwhile, as always. The memory of each server is looked at four times a
second. Homes are made in FOLDER where they do not stand there. Limits of requests are off.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import quote

from benchmarks import http_bare
from benchmarks.http_bytes import download, upload
from benchmarks.http_homes import content_home, record_home, titles_and_codes
from benchmarks.http_load import Load, Order, loaded
from benchmarks.http_parts import API, COOKIE, Client, Server, cookies, free_port, running, served
from benchmarks.http_told import Sizes, memory_table, ratio
from benchmarks.measure import RunFailed, calibration

_LONGEST = 5
_FIRST = "search, each asked for the first time"
_WRITTEN, _A_ROUND = 25, 60
"""So many ways each question is written, and so many a user asks in a round at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of question: its name, where it is asked, and what."""

    name: str
    order: Order


def requests(folder: Path, count: int, sizes: Sizes) -> Iterator[str]:
    """Searches, items and contents beside bare endpoints."""
    records, contents = record_home(folder, count), content_home(folder)
    titles, codes = titles_and_codes(count)
    with ExitStack() as open_:
        bare = open_.enter_context(_bare(records))
        finding = open_.enter_context(served(records, "--no-worker"))
        giving = open_.enter_context(served(contents))
        asked = [*_bare_asked(bare, records, codes, sizes), *_found(finding, records, titles, codes, sizes)]
        asked.append(_given(giving, contents, sizes))
        rounds = [_round(asked, number) for number in range(sizes.rounds)]
        yield from _table(asked, rounds)
        yield ""
        yield from memory_table({"search and items": finding.memory, "contents": giving.memory})


def _bare(home: Path) -> AbstractContextManager[Server]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.http_bare", str(home / "database.sqlite"), str(port)]
    return running(command, port, "/")


def _bare_asked(server: Server, home: Path, codes: Sequence[str], sizes: Sizes) -> Iterator[Asked]:
    signed = [f"{COOKIE}={http_bare.signed(f'user-{number}')}" for number in range(sizes.users)]
    for name, who in (("signed", signed), ("session", cookies(home, "reader", sizes.users))):
        paths = [f"/{name}/{quote(code)}" for code in codes]
        yield Asked(f"bare, {name}", Order(server.port, who, paths, sizes.seconds))


def _found(
    server: Server, home: Path, titles: Sequence[str], codes: Sequence[str], sizes: Sizes
) -> Iterator[Asked]:
    random = Random(8)
    words = [_piece(title, random) for title in titles]
    searches = [f"{API}/search?query={quote(word)}&limit=20" for word in words if word]
    anew = [
        path.replace("&", f"{'+' * spaces}&") for spaces in range(1, _WRITTEN) for path in searches
    ]  # spaces change nothing but the text that answers are kept by
    items = [f"{API}/items/{quote(code)}" for code in codes]
    for name, paths in (("search", searches), (_FIRST, anew), ("item", items)):
        yield Asked(name, Order(server.port, cookies(home, "reader", sizes.users), paths, sizes.seconds))


def _given(server: Server, home: Path, sizes: Sizes) -> Asked:
    client = Client(server.port, cookies(home, "officer", 1)[0])
    hits = client.need("GET", f"{API}/search?query=%2A&category=WS&limit=1000").document["hits"]
    paths = [f"{API}/items/{quote(hit['code'])}/components/1" for hit in hits]
    return Asked("content", Order(server.port, cookies(home, "officer", sizes.users), paths, sizes.seconds))


def _piece(title: str, random: Random) -> str:
    start = random.randrange(max(1, len(title) - _LONGEST))
    piece = title[start : start + random.randint(2, _LONGEST)]
    return piece if piece.isalpha() and not piece.isascii() else ""


def _round(asked: Sequence[Asked], number: int) -> dict[str, Load]:
    """Each kind once, beginning with another one every round. Raises `RunFailed` for other answers."""
    found = {}
    first = number % len(asked)
    for one in [*asked[first:], *asked[:first]]:
        load = loaded(_further(one.order, number) if one.name == _FIRST else one.order)
        if not load.clean:
            raise RunFailed(f"{one.name}: {load.requests} answers, {load.statuses}")
        found[one.name] = load
        print(f"<!-- round {number + 1}: {one.name} {load.rate:,.0f} a second -->", flush=True)
    return found


def _further(order: Order, number: int) -> Order:
    """The order of a round, begun where none of the rounds before came to."""
    place = number * _A_ROUND
    return replace(order, paths=[*order.paths[place:], *order.paths[:place]])


def _table(asked: Sequence[Asked], rounds: Sequence[dict[str, Load]]) -> Iterator[str]:
    told_first = "requests/s | p50, ms | p99, ms | longest, ms | KB an answer"
    yield f"| | {told_first} | beside bare, signed | beside bare, session |"
    yield "|---|--:|--:|--:|--:|--:|---|---|"
    for one in asked:
        loads = [found[one.name] for found in rounds]
        size = median(load.bytes / load.requests for load in loads) / 1e3
        times = [median(getattr(load, name) for load in loads) * 1e3 for name in ("p50", "p99", "longest")]
        told = " | ".join(f"{value:,.1f}" for value in (*times, size))
        beside = [
            ratio([(found[one.name].rate, found[f"bare, {name}"].rate) for found in rounds])
            for name in ("signed", "session")
        ]
        rate = median(load.rate for load in loads)
        yield f"| {one.name} | {rate:,.0f} | {told} | {' | '.join(beside)} |"


def main() -> None:
    """Read the arguments, measure, print tables."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each kind in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mib", type=int, default=1024, help="of the file that is downloaded")
    parser.add_argument("--files", type=int, default=1_000, help="that are uploaded")
    parser.add_argument("--only", choices=("requests", "download", "upload"), default="")
    chosen = parser.parse_args()
    sizes = Sizes(chosen.users, chosen.seconds, chosen.rounds, chosen.mib, chosen.files)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    one, two = calibration()
    print(f"Calibration: {one:,.0f} MB/s of SHA-256 by one process, {two:,.0f} by two at once.\n")
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "requests": lambda: requests(chosen.folder, chosen.records, sizes),
        "download": lambda: download(chosen.folder, sizes),
        "upload": lambda: upload(chosen.folder, sizes),
    }
    for name, part in parts.items():
        if chosen.only in ("", name):
            print(f"## {name}\n")
            for line in part():
                print(line, flush=True)
            print()


if __name__ == "__main__":
    main()
