"""Whether time tells over HTTP what answers do not: `python -m benchmarks.silence_http FOLDER --records N`.

The pairs of `silence`, asked of a real server in a process of its own, over one connection that stays open,
by a session of a researcher: items and content of closed records, of nobody, of visible ones; words that
closed records alone hold. Printed is the same table. The journal's waiting for the disk is in every time.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random
from urllib.parse import quote

from archive import sessions
from benchmarks.measure import calibration
from benchmarks.record_home import make_record_home
from benchmarks.records import records
from benchmarks.silence import Pair, timed, unused, visible, words_of
from lantai.api.door import COOKIE
from lantai.wiring import opened
from processes.finding.index import refill
from processes.people.accounts import Appointment, appoint

PORT = 18_417
API = "/api/v1"


def pairs(ask: Callable[[str], object], count: int) -> Iterator[Pair]:
    """What is asked of an archive with the first `count` seeded records."""
    random = Random(3)
    drawn = list(islice(records(count), count))
    open_, closed = ([one for one in drawn if visible(one) is wanted] for wanted in (True, False))
    hidden = [one.code for one in random.sample(closed, 2_000)]
    known = {one.code for one in drawn}
    absent = [code for code in map(unused, hidden) if code not in known]
    seen = [one.code for one in random.sample(open_, 2_000)]
    for what, after in (("item", ""), ("content", "/components/1")):
        paths = [_items(codes, after) for codes in (hidden, absent, seen)]
        yield Pair(what, "closed", "nobody's", ask, paths[0], paths[1])
        yield Pair(what, "visible", "nobody's", ask, paths[2], paths[1])
    told, nobodys, found = words_of(open_, closed, random)
    yield Pair("search", "closed records' alone", "nobody's", ask, _searches(told), _searches(nobodys))
    yield Pair("search", "visible records'", "nobody's", ask, _searches(found), _searches(nobodys))


def _items(codes: Sequence[str], after: str) -> list[str]:
    return [f"{API}/items/{quote(code, safe='')}{after}" for code in codes]


def _searches(queries: Sequence[str]) -> list[str]:
    return [f"{API}/search?query={quote(query)}" for query in queries]


@contextmanager
def served(home: Path) -> Iterator[Callable[[str], object]]:
    """A server over the home, and how a researcher asks it."""
    with opened(home) as archive, archive.database.write() as tx:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        secret = sessions.begin(tx, "silent", now, "2999-01-01T00:00:00Z", {"csrf": "x"})
    command = [
        sys.executable,
        "-c",
        "from lantai.cli.main import run; run()",
        "--home",
        str(home),
        "serve",
        "--port",
        str(PORT),
    ]
    server = subprocess.Popen(command, env={**os.environ}, stdout=subprocess.DEVNULL)
    try:
        asking = _connected()
        headers = {"Cookie": f"{COOKIE}={secret}"}

        def ask(path: str) -> object:
            asking.request("GET", path, headers=headers)
            return asking.getresponse().read()

        yield ask
    finally:
        server.terminate()
        server.wait()


def _connected() -> http.client.HTTPConnection:
    for _ in range(300):
        asking = http.client.HTTPConnection("127.0.0.1", PORT)
        try:
            asking.connect()
            return asking
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise TimeoutError("the server does not answer")


def main() -> None:
    """Read the arguments, make the home where it does not stand, measure, print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=2_000, help="questions of each kind")
    chosen = parser.parse_args()
    if not chosen.folder.exists():
        make_record_home(chosen.folder, chosen.records)
        settings = chosen.folder / "lantai.toml"
        limits = "\n[http.limits]\naccount = 0\naccount_searches = 0\naddress = 0\naddress_searches = 0\n"
        settings.write_text(settings.read_text("utf-8") + limits, "utf-8")
        with opened(chosen.folder) as archive:
            refill(archive.database, archive.index, archive.home / "work")
            appoint(archive.tools(), Appointment("silent", ["researcher"], ()), archive.settings.account)
    before = calibration()
    print("| asked | first | second | median of the first, µs | of the second, µs | first longer | chance |")
    print("|---|---|---|--:|--:|--:|---|")
    with served(chosen.folder) as ask:
        for pair in pairs(ask, chosen.records):
            told = timed(pair, chosen.times, Random(5))
            chance = f"{0.5 - told.by_chance:.3f} to {0.5 + told.by_chance:.3f}"
            row = f"{told.first * 1e6:,.0f} | {told.second * 1e6:,.0f} | {told.longer:.3f} | {chance}"
            print(f"| {pair.asked} | {pair.one} | {pair.other} | {row} |", flush=True)
    print(f"\n{before}\n{calibration()}")


if __name__ == "__main__":
    main()
