"""Everything at once for ten minutes: `python -m benchmarks.http_soak FOLDER --minutes 10`.

One `lantai serve` with its worker; meanwhile, each in a thread and over a connection of its own: people who
search, view and fetch, officers who hand in batches of new documents, members of a panel who open and close
what was handed in, auditors who audit a share of the copies. Every answer is counted by what it was for; one
that is none of those that may come (a conflict of two who decide on one item may) is told and is a failure.

At the end: an audit of every copy, the doctor's checks of the ledger, what was registered against what is
found, uses that were written against requests that were answered, and the growth of the server's memory.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Lock, Thread
from urllib.parse import quote

from benchmarks.corpus import make_corpus
from benchmarks.http_bytes import sent_all
from benchmarks.http_homes import content_home
from benchmarks.http_parts import API, LANTAI, Answer, Client, Server, cookies, people, served
from benchmarks.http_told import memory_table
from benchmarks.measure import RunFailed, run

MAY = frozenset({200, 201, 202, 204, 206})
WORDS = ("档案", "通知", "移交", "进馆", "工作", "会议", "报告", "*", "nothing-has-this-word")
QUERY = f"{API}/search?limit=20&query="
OFFICES = {"member": "appraisal-member", "auditor": "storage-operator"}


@dataclass
class Told:
    """What came of all that was asked, and the codes that are known. Used by many threads."""

    answers: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    registered: int = 0
    lock: Lock = field(default_factory=Lock)

    def note(self, what: str, answer: Answer, *, may: frozenset[int] = MAY) -> Answer:
        """Count an answer; one that may not come is a mistake."""
        with self.lock:
            self.answers[f"{what} {answer.status}"] += 1
            if answer.status not in may:
                self.mistakes.append(f"{what}: {answer.status} {answer.body[:200].decode(errors='replace')}")
        return answer

    def took(self, codes: list[str]) -> None:
        """A batch was registered."""
        with self.lock:
            self.codes += codes
            self.registered += len(codes)


@dataclass(frozen=True)
class Soak:
    """What all of them share."""

    server: Server
    home: Path
    scratch: Path
    told: Told
    over: Event
    documents: int


def reading(soak: Soak, number: int) -> None:
    """Searches, views and fetches, one after another."""
    random, client = Random(number), Client(soak.server.port, cookies(soak.home, "officer", 1)[0])
    while not soak.over.is_set():
        soak.told.note("search", client.asked("GET", f"{QUERY}{quote(random.choice(WORDS))}"))
        if soak.told.codes:
            place = f"{API}/items/{quote(random.choice(soak.told.codes))}"
            soak.told.note("view", client.asked("GET", place))
            span = {"Range": f"bytes={random.randrange(2_000)}-"} if random.random() < 0.3 else {}
            soak.told.note("content", client.asked("GET", f"{place}/components/1", **span))
        soak.told.note("absent", client.asked("GET", f"{API}/items/nobodys"), may=frozenset({404}))


def handing_in(soak: Soak, number: int) -> None:
    """One batch of new documents after another."""
    cookie, turn = cookies(soak.home, "officer", 1)[0], 0
    client = Client(soak.server.port, cookie)
    while not soak.over.is_set():
        turn += 1
        batch = soak.scratch / f"batch-{number}-{turn}"
        make_corpus(batch, small_documents=soak.documents, seed=number * 100_000 + turn)
        begun = soak.told.note("upload", client.asked("POST", f"{API}/uploads", {"name": batch.name}))
        place = begun.headers["location"]
        files = sorted(path for path in batch.rglob("*") if path.is_file())
        sent_all(soak.server.port, cookie, place, batch, files)
        started = soak.told.note("batch", client.asked("POST", f"{place}/batch", {"accept": "passing"}))
        report = client.awaited(started)
        soak.told.took([item["code"] for item in report["items"] if item["code"]])
        shutil.rmtree(batch)


def appraising(soak: Soak, number: int) -> None:
    """Decisions on one item after another, each of which may have been decided on by another meanwhile."""
    random, client = Random(number), Client(soak.server.port, cookies(soak.home, "member", 1)[0])
    while not soak.over.wait(0.2):
        if soak.told.codes:
            some = random.sample(soak.told.codes, min(3, len(soak.told.codes)))
            asked = {"codes": some, "status": random.choice(("open", "closed", "restricted")), "reason": "试"}
            if asked["status"] == "restricted":
                asked |= {"clause": "第三条", "until": "2046-01-01"}
            answer = client.asked("POST", f"{API}/appraisals", asked)
            same = answer.status == 400 and b"decided already" in answer.body
            soak.told.note("appraisal", answer, may=MAY | {400 if same else 409})


def auditing(soak: Soak, number: int) -> None:
    """Audits of a share of the copies; what is not whole is a mistake."""
    client = Client(soak.server.port, cookies(soak.home, "auditor", 1)[0])
    while not soak.over.wait(1 + number):
        started = soak.told.note("audit", client.asked("POST", f"{API}/audits", {"percent": 20.0}))
        found = client.awaited(started)
        if found["outcome"] != "whole":
            soak.told.mistakes.append(f"audit: {json.dumps(found)[:300]}")


def soaked(soak: Soak, minutes: float, readers: int) -> None:
    """Let all of them work until the time is up and everybody has ended; a fault of one is a mistake."""
    works: list[tuple[Callable[[Soak, int], None], int]] = [(reading, readers), (handing_in, 2)]
    works += [(appraising, 2), (auditing, 1)]

    def guarded(work: Callable[[Soak, int], None], number: int) -> None:
        try:
            work(soak, number)
        except (RunFailed, OSError) as fault:
            soak.told.mistakes.append(f"{work.__name__}: {fault}")

    threads = [Thread(target=guarded, args=(work, n)) for work, count in works for n in range(count)]
    for thread in threads:
        thread.start()
    time.sleep(minutes * 60)
    soak.over.set()
    for thread in threads:
        thread.join()


def checked(soak: Soak, before: int) -> list[str]:
    """What is wrong at the end: nothing, or the archive is not consistent."""
    told = [f"{count} times {what}" for what, count in Counter(soak.told.mistakes).items()]
    words = [*LANTAI, "--home", str(soak.home), "--as", "auditor"]
    run([*words, "worker", "--once"])
    audit = json.loads(run([*words, "audit", "--json"], accept=(0, 1)).output)
    if audit["outcome"] != "whole":
        told.append(f"the last audit: {audit['outcome']}")
    doctor = json.loads(run([*words, "doctor", "--json"], accept=(0, 1)).output)
    told += [
        f"doctor: {one['text']}" for one in doctor["checks"] if not one["ok"] and one["severity"] == "fail"
    ]
    total = before + soak.told.registered
    with served(soak.home, "--no-worker") as server:
        client = Client(server.port, cookies(soak.home, "officer", 1)[0])
        found = client.need("GET", f"{QUERY}%2A").document["total"]
    if found != total:
        told.append(f"{found} items are found, {total} were registered")
    return told + uses_wanting(soak)


def uses_wanting(soak: Soak) -> list[str]:
    """Answers that no use stands for: each that was counted must have one."""
    from lantai.wiring import opened
    from processes.using.uses_read import Wanted, rows

    kinds: Counter[str] = Counter()
    with opened(soak.home) as archive:
        for row in rows(archive.database, archive.ledger, Wanted()):
            kinds[row[3]] += 1
    wanted = {"search": "search", "view": "view", "content": "download", "absent": "refused"}
    return [
        f"{kinds[kind]} uses of the kind {kind}, {count} answers"
        for what, kind in wanted.items()
        if kinds[kind] < (count := sum(n for name, n in soak.told.answers.items() if name.startswith(what)))
    ]


def main() -> None:
    """Read the arguments, soak, check, print; exit 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--documents", type=int, default=50, help="of each batch")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as scratch:
        home = content_home(Path(scratch), name="home", documents=20)
        people(home, OFFICES)
        with served(home) as server:
            soak = Soak(server, home, Path(scratch), Told(), Event(), chosen.documents)
            client = Client(server.port, cookies(home, "officer", 1)[0])
            before = int(client.need("GET", f"{QUERY}%2A").document["total"])
            soaked(soak, chosen.minutes, chosen.readers)
        for what, count in sorted(soak.told.answers.items()):
            print(f"{what}: {count:,}")
        print(f"registered: {soak.told.registered:,}\n")
        print("\n".join(memory_table({"soak": server.memory})))
        wrong = checked(soak, before)
    print("\n" + "\n".join(wrong or ["Nothing is wrong."]))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
