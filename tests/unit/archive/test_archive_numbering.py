from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_samples import SERIES, TIME, registered
from sqlalchemy import func, select

from archive import catalogue, numbering, tables
from archive.database import Database
from archive.ledger import Ledger
from policies.access import EVERYTHING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
Worker = subprocess.Popen[str]


class Workers:
    """Real processes on one database, let go together."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.running: list[Worker] = []

    def start(self, task: str, name: str, count: int) -> Worker:
        command = [sys.executable, str(HERE / "archive_worker.py"), self._url, task, name, str(count)]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"}
        worker = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.running.append(worker)
        return worker

    def go(self) -> None:
        for worker in self.running:
            assert worker.stdout is not None
            assert worker.stdin is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in self.running:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()


@pytest.fixture
def workers(url: str) -> Iterator[Workers]:
    started = Workers(url)
    yield started
    for worker in started.running:
        worker.kill()
        worker.communicate()


def numbers(database: Database) -> list[int]:
    with database.read() as connection:
        return sorted(record.item.number for record in catalogue.all_items(connection))


def test_numbers_start_at_one_and_follow_each_other(database: Database) -> None:
    with database.write() as tx:
        assert numbering.allocate(tx, SERIES, 3) == 1
        assert numbering.allocate(tx, SERIES, 1) == 4
        assert numbering.allocate(tx, "another", 2) == 1


def test_a_senders_number_moves_the_next_one_behind_it(database: Database) -> None:
    with database.write() as tx:
        numbering.raise_to(tx, SERIES, 40)
        numbering.raise_to(tx, SERIES, 7)
        assert numbering.allocate(tx, SERIES, 1) == 41


@pytest.mark.parametrize(("series", "count"), [("", 1), (SERIES, 0), (SERIES, -1)])
def test_no_numbers_are_taken_for_nothing(database: Database, series: str, count: int) -> None:
    with database.write() as tx, pytest.raises(ValueError, match="numbers"):
        numbering.allocate(tx, series, count)


def test_a_transaction_that_fails_gives_its_numbers_back(database: Database) -> None:
    with pytest.raises(KeyError), database.write() as tx:
        numbering.allocate(tx, SERIES, 5)
        raise KeyError
    with database.write() as tx:
        assert numbering.allocate(tx, SERIES, 1) == 1


def test_processes_side_by_side_leave_no_gap_and_give_no_number_twice(
    database: Database, ledger: Ledger, workers: Workers
) -> None:
    for name in ("a", "b", "c"):
        workers.start("number", name, 15)
    workers.go()
    assert [worker.wait(120) for worker in workers.running] == [0, 0, 0]
    assert numbers(database) == list(range(1, 136))
    with database.read() as connection:
        assert list(ledger.damaged_entries(connection, 0, ledger.size(connection))) == []


def test_a_process_killed_in_the_middle_leaves_no_gap_and_no_trace(
    database: Database, ledger: Ledger, workers: Workers
) -> None:
    for generation in range(3):
        doomed = workers.start("die", f"x{generation}", 1)
        workers.go()
        assert doomed.stdout is not None
        assert doomed.stdout.readline() == "in the middle\n"
        follower = workers.start("number", f"y{generation}", 2)  # waits for the lock of the doomed one
        workers.running = [follower]
        workers.go()
        doomed.send_signal(signal.SIGKILL)
        assert doomed.wait(60) == -signal.SIGKILL
        assert follower.wait(60) == 0
        doomed.communicate()
        workers.running = []
        follower.communicate()
    assert numbers(database) == list(range(1, 19))
    with database.read() as connection:
        assert ledger.size(connection) == 18
        assert list(ledger.damaged_entries(connection, 0, 18)) == []
        before = catalogue.dump(connection)
    catalogue.rebuild(database, ledger)
    with database.read() as connection:
        assert catalogue.dump(connection) == before


def test_processes_that_race_for_a_head_get_the_same_signature(
    database: Database, ledger: Ledger, workers: Workers
) -> None:
    with database.write() as tx:
        catalogue.record(tx, ledger, [registered(1)], TIME)
    for name in ("a", "b", "c"):  # a key each, so that a second signature could not look like the first
        workers.start("sign", name, 1)
    workers.go()
    notes = {worker.communicate(timeout=60)[0] for worker in workers.running}
    assert len(notes) == 1
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.checkpoint)).scalar() == 1


def test_a_number_is_not_given_again_after_a_rebuild(database: Database, ledger: Ledger) -> None:
    with database.write() as tx:
        first = numbering.allocate(tx, SERIES, 2)
        catalogue.record(tx, ledger, [registered(first), registered(first + 1)], TIME)
    catalogue.rebuild(database, ledger)
    with database.write() as tx:
        assert numbering.allocate(tx, SERIES, 1) == 3
    with database.read() as connection:
        assert catalogue.item_by_id(connection, "i2", EVERYTHING) is not None
