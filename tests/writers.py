"""Many writers of one home: `writers.py HOME NAME THREADS BATCHES ITEMS`.

Each thread registers BATCHES batches of ITEMS small items by the stage that an ingest registers by, after
the parent has let it go. Nothing is sealed: codes, ledger and catalogue are what many writers meet at.
Prints, as JSON, the seconds of each registration and how often the lock was not had in time.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from archive import working
from archive.errors import DatabaseBusy
from archive.model import Component, Item
from ingest.batch import Judged, JudgedRow, Received, ReceivedRow, Submission, Taken
from ingest.register import register
from ingest.source import FolderSource
from ingest.tools import Tools
from lantai.wiring import opened

FONDS = ("A014", "A015")
"""Every batch has items of two series, in turn."""


def item(batch: str, row: int) -> Item:
    """One small document, as an inspection leaves it: without a code."""
    name = f"{batch}r{row}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    part = Component(
        object_id=f"o{name}", file=f"{name}.pdf", role="main", bytes=40_000, sha256=digest,
        sealed_bytes=40_100, sealed_blake3=digest, puid="fmt/276", format="PDF 1.7", mime="application/pdf",
        probe={"pages": 1},
    )  # fmt: skip
    return Item(
        id=f"i{name}", batch=batch, row=row, code="", fonds=FONDS[row % 2], category="WS", year="2016",
        retention="Y", office="BGS", series="", number=0, access="unreviewed",
        fields={"title": f"关于{name}的报告", "author": "办公室", "date": "2016-05-04"},
        proposed=(), components=(part,), findings=(),
    )  # fmt: skip


def judged(batch: str, count: int) -> Judged:
    """A batch with its verdict."""
    made = [item(batch, row) for row in range(1, count + 1)]
    received = [
        ReceivedRow(one.row, one.row + 1, False, one.components[0].file, one.fields, (), (), ())
        for one in made
    ]
    submission = Submission(FolderSource(Path(batch)))
    whole = Received(submission, tuple(received), (), f"list-{batch}", batch)
    rows = tuple(JudgedRow(row, "registered", (), one) for row, one in zip(received, made, strict=True))
    return Judged(Taken(whole, batch, {}), f"identity-{batch}", "registered", rows, ())


def write(tools: Tools, writer: str, batches: int, items: int) -> Iterator[tuple[float, int]]:
    """Register batch after batch; seconds and repetitions of each."""
    for number in range(batches):
        one, busy = judged(f"b{writer}n{number}", items), 0
        intent = working.Intent(
            one.taken.batch, one.taken.received.list_digest, "", "working", tools.now(), "{}"
        )
        began = time.monotonic()
        while True:
            try:
                with tools.database.write() as tx:
                    working.put_intent(tx, intent)
                register(one, tools)
                break
            except DatabaseBusy:
                busy += 1
        yield time.monotonic() - began, busy


def main(home: str, name: str, threads: str, batches: str, items: str) -> None:
    with opened(Path(home)) as archive, ThreadPoolExecutor(int(threads)) as pool:
        tools = archive.tools()
        print("ready", flush=True)
        sys.stdin.readline()
        work = [
            pool.submit(lambda w=f"{name}t{n}": list(write(tools, w, int(batches), int(items))))  # type: ignore[misc]
            for n in range(int(threads))
        ]
        done = [line for future in work for line in future.result()]
    print(json.dumps({"seconds": [s for s, _ in done], "busy": sum(b for _, b in done)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
