"""The homes that the HTTP door is measured over; each is made once and stays where it is.

    records-N     N seeded records, catalogue and index alone (`record_home`): for searches and items
    contents      some hundred documents that were really taken in: for contents
    contents-N    the same, with one sound recording of N MiB beside them: for the download

In each there is a researcher, `reader`, and an accession officer who handles everything, `officer`.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import struct
from itertools import islice
from pathlib import Path

from benchmarks.corpus import make_corpus
from benchmarks.http_parts import LANTAI, people, settle
from benchmarks.measure import run
from benchmarks.record_home import make_record_home
from benchmarks.records import records
from lantai.wiring import opened
from policies.access import OPEN, mark_kind
from processes.finding.index import refill

ROLES = {"reader": "researcher", "officer": "accession-officer"}
DOCUMENTS = 200
OF_HEAD = 44
MOST_QUESTIONS = 2_000


def record_home(folder: Path, count: int) -> Path:
    """A home with `count` records, indexed."""
    home = folder / f"records-{count}"
    if not home.exists():
        part = home.with_name(f"{home.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        make_record_home(part, count)
        settle(part)
        with opened(part) as archive:
            refill(archive.database, archive.index, archive.home / "work")
        people(part, ROLES)
        part.rename(home)
    return home


def titles_and_codes(count: int) -> tuple[list[str], list[str]]:
    """Titles and codes of records that a researcher sees, out of those in such a home."""
    seen = (
        one for one in records(count) if one.access == OPEN and not mark_kind(one.secrecy) and not one.holder
    )
    drawn = list(islice(seen, MOST_QUESTIONS))
    return [one.title for one in drawn], [one.code for one in drawn]


def content_home(folder: Path, mib: int = 0, *, name: str = "", documents: int = DOCUMENTS) -> Path:
    """A home that took documents in, and a recording of so many MiB."""
    home = folder / (name or (f"contents-{mib}" if mib else "contents"))
    if home.exists():
        return home
    corpus = folder / f"documents-{documents}"
    if not corpus.exists():
        make_corpus(corpus, small_documents=documents)
    part = home.with_name(f"{home.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    run([*LANTAI, "--home", str(part), "init", "--json"])
    settle(part)
    take_in(part, corpus)
    if mib:
        take_in(part, large(folder / f"large-{mib}", mib))
    people(part, ROLES)
    return part.rename(home)


def take_in(home: Path, batch: Path) -> list[str]:
    """Take a batch in and do what waits; the codes of its items."""
    done = run(
        [*LANTAI, "--home", str(home), "ingest", str(batch), "--accept", "passing", "--json"], accept=(0, 1)
    )
    run([*LANTAI, "--home", str(home), "worker", "--once"])
    return [item["code"] for item in json.loads(done.output)["items"] if item["code"]]


def large(folder: Path, mib: int) -> Path:
    """A batch of one sound recording of `mib` MiB that no tool can make smaller: noise."""
    folder.mkdir(parents=True, exist_ok=True)
    size = (mib << 20) - OF_HEAD
    rate, channels, width = 96_000, 2, 2
    about = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * width, channels * width, width * 8)
    head = b"RIFF" + struct.pack("<I", size + OF_HEAD - 8) + b"WAVEfmt " + struct.pack("<I", 16) + about
    with (folder / "large.wav").open("wb") as file:
        file.write(head + b"data" + struct.pack("<I", size))
        for start in range(0, size, 1 << 20):
            file.write(os.urandom(min(1 << 20, size - start)))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(("文件名", "题名", "责任者", "日期", "全宗号", "门类", "保管期限", "机构", "密级"))
        rows.writerow(
            ("large.wav", "大会录音", "综合办公室", "20160504", "A014", "LY", "永久", "BGS", "公开")
        )
    return folder
