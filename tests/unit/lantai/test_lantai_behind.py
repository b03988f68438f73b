"""The worker: a site that is away is asked later and later, and when it is back everything catches up."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from batches import document, lantai, mixed_batch, new_home, row, write_batch

from archive import working
from lantai.backoff import MOST_SECONDS, Backoff
from lantai.behind import do_what_waits, keep_working
from lantai.wiring import opened


class Clock:
    """Time that passes when somebody sleeps; what happens at a time is done then."""

    def __init__(self) -> None:
        self.now = 0.0
        self.events: list[tuple[float, Callable[[], None]]] = []
        self.end = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        while self.events and self.events[0][0] <= self.now:
            self.events.pop(0)[1]()
        if self.now >= self.end:
            raise KeyboardInterrupt


def test_what_failed_is_due_after_twice_as_long_each_time_at_most_an_hour() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    pauses = []
    for _ in range(14):
        assert backoff.due("site-a")
        backoff.failed("site-a", "away")
        start = clock.now
        while not backoff.due("site-a"):
            clock.now += 1
        pauses.append(clock.now - start)
    assert pauses == [min(2.0**n, MOST_SECONDS) for n in range(1, 15)]
    assert (backoff.reason("site-a"), backoff.due("site-b")) == ("away", True)
    backoff.well("site-a")
    backoff.failed("site-a", "again")
    clock.now += 2
    assert backoff.due("site-a")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = new_home(tmp_path)
    settings = home / "lantai.toml"
    third = '\n[[sites]]\nname = "site-c"\npath = "sites/site-c"\nrole = "use"\n'
    settings.write_text(settings.read_text("utf-8") + third, "utf-8")
    yield home


def state(home: Path) -> dict[str, str]:
    return {row["batch"]: row["state"] for row in lantai(home, "batches").document["batches"]}


def test_a_site_added_to_the_settings_is_made_and_filled(home: Path, tmp_path: Path) -> None:
    lantai(home, "ingest", mixed_batch(tmp_path), status=0)
    done = lantai(home, "worker", "--once", status=0).document
    assert (done["replicated"], done["secured"]) == (6, 1)
    assert len(list((home / "sites/site-c/objects").rglob("o*"))) == 6
    lantai(home, "audit", status=0)
    assert set(state(home).values()) == {"secured"}


def test_a_batch_that_waited_for_its_sites_goes_on_by_itself(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    (home / "sites/site-b").rename(tmp_path / "away")
    waiting = lantai(home, "ingest", batch, "--accept", "passing", status=4).document["batch"]
    lantai(home, "worker", "--once", status=4)
    assert state(home) == {waiting: "waiting"}
    (tmp_path / "away").rename(home / "sites/site-b")
    done = lantai(home, "worker", "--once", status=0).document
    assert done["resumed"] == 1
    assert lantai(home, "search", "*").document["total"] == 5
    assert lantai(home, "ingest", batch, "--accept", "passing", status=0).document["repeated"] is True


@pytest.mark.parametrize("change", ["list", "folder"])
def test_a_batch_whose_folder_is_another_one_waits_for_its_sender(tmp_path: Path, change: str) -> None:
    home = new_home(tmp_path)
    batch = mixed_batch(tmp_path)
    (home / "sites/site-b").rename(tmp_path / "away")
    waiting = lantai(home, "ingest", batch, status=4).document["batch"]
    (tmp_path / "away").rename(home / "sites/site-b")
    if change == "list":
        with (batch / "manifest.csv").open("a", encoding="utf-8") as manifest:
            manifest.write("another.pdf,x,y,20160615,A014,2016,Y,BGS,WS,\n")
    else:
        shutil.rmtree(batch)
    assert lantai(home, "worker", "--once", status=0).document["resumed"] == 0
    assert state(home) == {waiting: "waiting"}


def test_of_a_path_with_a_secrecy_mark_nothing_is_written_down(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    batch = mixed_batch(tmp_path / "机密", "batch")
    (home / "sites/site-b").rename(tmp_path / "away")
    lantai(home, "ingest", batch, status=4)
    with opened(home) as archive, archive.database.read() as conn:
        (intent,) = working.intents(conn)
        assert '"path"' not in intent.detail


@pytest.mark.long
def test_an_hour_without_a_site_and_everything_catches_up(home: Path, tmp_path: Path) -> None:
    """The site goes away in the middle of the day's work and comes back an hour later, by the clock."""
    lantai(home, "worker", "--once", status=0)
    first = lantai(home, "ingest", mixed_batch(tmp_path), status=0).document["batch"]
    clock = Clock()
    stand, away = home / "sites/site-c", tmp_path / "away"
    asked: list[float] = []

    def goes() -> None:
        stand.rename(away)
        single = write_batch(tmp_path / "second", {"x.pdf": document(9)}, [row("x.pdf")])
        lantai(home, "ingest", single, status=0)
        shown = {site["name"]: site for site in lantai(home, "sites", status=1).document["sites"]}
        assert not shown["site-c"]["reachable"]
        assert shown["site-c"]["behind"]["items"] == 1
        assert shown["site-a"]["behind"]["entries"] == 0

    def comes() -> None:
        assert set(state(home).values()) == {"registered", "secured"}
        away.rename(stand)

    clock.events = [(10.0, goes), (3_600.0, comes)]
    clock.end = 3_600.0 + MOST_SECONDS + 10

    def sleep(seconds: float) -> None:
        asked.append(clock.now)
        clock.sleep(seconds if clock.now < 10 or clock.now > 7_000 else max(seconds, 60.0))

    keep_working(home, clock, sleep)
    assert clock.now >= clock.end
    shown = lantai(home, "sites", status=0).document["sites"]
    for site in shown:
        assert (site["behind"]["items"], site["behind"]["entries"], site["held"]) == (0, 0, 2)
    assert state(home)[first] == "secured"
    assert set(state(home).values()) == {"secured"}
    lantai(home, "audit", status=0)


def test_a_site_that_is_away_is_not_asked_every_round(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lantai(home, "worker", "--once", status=0)
    shutil.rmtree(home / "sites/site-c")
    clock, asked = Clock(), []
    import lantai.behind as behind

    continued = behind.continued

    def counted(tools: object, conn: object, name: str) -> int:
        asked.append(name)
        return continued(tools, conn, name)  # type: ignore[arg-type]

    monkeypatch.setattr(behind, "continued", counted)
    backoff = Backoff(clock)
    for _ in range(60):  # two minutes
        with opened(home) as archive:
            do_what_waits(archive, backoff)
        clock.now += 2
    assert asked.count("site-a") == 60
    assert asked.count("site-c") == 6  # at 0, 2, 6, 14, 30, 62


def test_a_schedule_is_kept_by_the_worker_that_stays(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    lantai(home, "ingest", mixed_batch(tmp_path), status=0)
    settings = home / "lantai.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[audit]\nevery_days = 1\n", "utf-8")
    clock = Clock()
    clock.end = 2.0
    assert keep_working(home, clock, clock.sleep)["audits"] == 0  # made today
    assert lantai(home, "worker", "--once", status=0).document["audits"] == 0
