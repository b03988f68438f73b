"""The S3 server stops in the middle of an ingest and comes back an hour later: everything catches up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import seaweed
from batches import document, lantai, new_home, row, write_batch
from lacking import lacking

from ingest.batch import Submission
from ingest.source import FolderSource
from lantai.backoff import MOST_SECONDS
from lantai.behind import keep_working
from lantai.local_store import LocalStore, NoStore
from lantai.taking import take_batch
from lantai.wiring import opened

HOUR = 3_600.0


class Outage:
    """Progress that stops the server in the middle of the first work."""

    def __init__(self, server: LocalStore) -> None:
        self.server = server
        self.files = 0

    def begin(self, what: str, files: int, total_bytes: int) -> None:
        """Nothing is shown."""

    def advance(self, files: int, done_bytes: int) -> None:
        self.files += files
        if self.files == 3:
            self.server.stop(gently=False)

    def end(self) -> None:
        """Nothing is shown."""


class Clock:
    """An hour in as many seconds as it takes to work through it; the server comes back at its end."""

    def __init__(self, server: LocalStore) -> None:
        self.now = 0.0
        self.server = server
        self.back = False

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 900.0)
        if self.now >= HOUR and not self.back:
            self.server.start()
            self.back = True
        if self.now >= HOUR + MOST_SECONDS + 600:
            raise KeyboardInterrupt


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStore]:
    known = seaweed.users()
    running = LocalStore(tmp_path / "store", known)
    try:
        running.start()
    except NoStore as why:
        lacking(str(why))
    store = seaweed.store_of(running, known)
    seaweed.furnish(store)
    for name, value in store.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("storage.site_s3.Patience", lambda: seaweed.HASTE)
    yield running
    running.stop()


def bucket(server: LocalStore, name: str) -> str:
    where = f'endpoint = "{server.endpoint}"\nbucket = "{seaweed.PLAIN}"\nprefix = "archive"\n'
    return f'\n[[sites]]\nname = "{name}"\nkind = "s3"\n{where}'


def batch(folder: Path) -> Path:
    files = {f"{n}.pdf": document(n) for n in range(1, 9)}
    return write_batch(folder / "batch", files, [row(name, category="WS") for name in files])


def caught_up(home: Path) -> None:
    shown = lantai(home, "sites", status=0).document["sites"]
    assert [(site["behind"]["items"], site["behind"]["entries"], site["held"]) for site in shown] == [
        (0, 0, 1)
    ] * len(shown)
    (row_,) = lantai(home, "batches").document["batches"]
    assert (row_["state"], row_["registered"]) == ("secured", 8)
    assert len(lantai(home, "audit", status=0).document["sites"]) == len(shown)


def test_what_lagged_is_brought_when_the_server_is_back(tmp_path: Path, server: LocalStore) -> None:
    home = new_home(tmp_path)
    path = home / "lantai.toml"
    path.write_text(path.read_text("utf-8") + bucket(server, "site-c"), "utf-8")
    lantai(home, "replicate", status=0)
    with opened(home) as archive:
        report = take_batch(archive, Submission(FolderSource(batch(tmp_path))), Outage(server), secured=False)
    assert (report.state, report.registered) == ("registered", 8)
    shown = lantai(home, "sites", status=1).document["sites"][2]
    assert (shown["reachable"], shown["behind"]["items"]) == (False, 8)
    clock = Clock(server)
    keep_working(home, clock, clock.sleep)
    assert clock.back
    caught_up(home)


def test_a_batch_that_waited_for_the_server_is_taken_up_again(tmp_path: Path, server: LocalStore) -> None:
    home = new_home(tmp_path)
    path = home / "lantai.toml"
    head, _, _ = path.read_text("utf-8").partition('\n[[sites]]\nname = "site-b"')
    path.write_text(head + bucket(server, "site-b"), "utf-8")
    lantai(home, "replicate", status=0)
    with opened(home) as archive:
        report = take_batch(archive, Submission(FolderSource(batch(tmp_path))), Outage(server), secured=False)
    assert (report.state, report.items) == ("waiting", ())
    clock = Clock(server)
    keep_working(home, clock, clock.sleep)
    caught_up(home)
