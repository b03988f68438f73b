"""Many writers at one ledger, on each database: every code given once, none left out, the ledger whole."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest
from batches import ROOT

from archive import catalogue
from lantai.home import IN_THE_HOME, make_home
from lantai.wiring import Archive, opened

WRITER = ROOT / "tests" / "writers.py"


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    database = IN_THE_HOME
    if request.param == "postgresql":
        database = postgres.make_database(request.getfixturevalue("postgresql"))
    make_home(tmp_path / "home", "shandong-2016", database)
    return tmp_path / "home"


@pytest.fixture(params=["sqlite", "postgresql"])
def durable_home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """As `home`; a server of its own that syncs as PostgreSQL does by default."""
    if request.param == "sqlite":
        make_home(tmp_path / "home", "shandong-2016")
        yield tmp_path / "home"
        return
    request.getfixturevalue("postgresql")  # skips where there can be none
    with (
        tempfile.TemporaryDirectory(prefix="lantai-pg-") as folder,
        postgres.private_server(Path(folder)) as server,
    ):
        make_home(tmp_path / "home", "shandong-2016", postgres.make_database(server))
        yield tmp_path / "home"


def let_loose(home: Path, processes: int, threads: int, batches: int, items: int) -> dict[str, float]:
    """Processes of several threads each, let go together; what they say, as one."""
    command = [sys.executable, str(WRITER), str(home)]
    words = [str(threads), str(batches), str(items)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            [*command, f"p{n}", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for n in range(processes)
    ]
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        began = time.monotonic()
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [json.loads(process.communicate(timeout=3600)[0]) for process in running]
        spent = time.monotonic() - began
        assert [process.returncode for process in running] == [0] * processes
    finally:
        for process in running:
            process.kill()
            process.wait()
    waits = sorted(seconds for told in said for seconds in told["seconds"])
    return {
        "seconds": spent,
        "items a second": processes * threads * batches * items / spent,
        "median wait": statistics.median(waits),
        "longest wait": waits[-1],
        "busy": sum(told["busy"] for told in said),
    }


def hold_to(archive: Archive, writers: int, batches: int, items: int) -> None:
    """Codes unique and gapless, batches contiguous, ledger and views what they must be."""
    with archive.database.read() as connection:
        records = list(catalogue.all_items(connection))
        ledger, size = archive.ledger, archive.ledger.size(connection)
        assert list(ledger.damaged_entries(connection, 0, size)) == []
        before = catalogue.dump(connection)
        assert len(catalogue.batches(connection)) == writers * batches
    assert size == 1 + writers * batches * (items + 1)
    series: dict[str, list[int]] = defaultdict(list)
    of_batch: dict[tuple[str, str], list[int]] = defaultdict(list)
    for record in records:
        series[record.item.series].append(record.item.number)
        of_batch[record.item.batch, record.item.series].append(record.item.number)
    each = writers * batches * items // 2
    assert {name: sorted(numbers) for name, numbers in series.items()} == {
        name: list(range(1, each + 1)) for name in series
    }
    assert len(series) == 2
    assert len({record.item.code for record in records}) == writers * batches * items
    assert all(numbers == list(range(numbers[0], numbers[0] + items // 2)) for numbers in of_batch.values())
    catalogue.rebuild(archive.database, archive.ledger)
    with archive.database.read() as connection:
        assert catalogue.dump(connection) == before


def test_eight_writers_leave_no_gap_and_give_no_code_twice(home: Path) -> None:
    let_loose(home, processes=2, threads=4, batches=5, items=10)
    with opened(home) as archive:
        hold_to(archive, 8, 5, 10)


@pytest.mark.long
def test_thirty_two_writers_of_a_thousand_items_each(durable_home: Path) -> None:
    told = let_loose(durable_home, processes=8, threads=4, batches=50, items=20)
    print({name: round(value, 3) for name, value in told.items()})
    with opened(durable_home) as archive:
        hold_to(archive, 32, 50, 20)
