"""Long works over HTTP: asked for, worked off, told to who asked alone, begun again after the server died."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home
from doors import Door, doors
from sqlalchemy import delete

from archive import jobs, tables
from archive.credentials import credential, put
from ingest.tools import Progress
from lantai.api import works
from lantai.api.door import Caller
from lantai.api.jobs import Kind
from lantai.errors import TooManyJobs
from lantai.jobs import Runner
from lantai.jobs_progress import Noted, Stopped
from lantai.wiring import Archive, opened
from processes.errors import NotFound
from processes.people.accounts import Appointment, appoint, change


class Works:
    """Works that wait for the test."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.ended = threading.Event()
        self.asked: list[Mapping[str, Any]] = []

    def short(self, archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
        progress.begin("audit", 2, 20)
        progress.advance(2, 20)
        return {"account": archive.subject.account, "asked": dict(asked)}

    def slow(self, archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
        self.asked.append(asked)
        progress.begin("audit", 2, 20)
        self.begun.set()
        self.go.wait(20)
        progress.advance(1, 10)
        return {"slow": True}

    def missing(self, archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
        raise NotFound("A014-WS·2016-Y-BGS-0026")

    def broken(self, archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
        raise ValueError("the title of a record")

    def kinds(self) -> dict[str, Kind]:
        return {
            "short": Kind(self.short, "self"),
            "slow": Kind(self.slow, "self", resumable=True),
            "once": Kind(self.slow, "self"),
            "missing": Kind(self.missing, "self"),
            "broken": Kind(self.broken, "self"),
            "secret": Kind(self.short, "keys"),
            "office": Kind(self.slow, "audit", resumable=True),
        }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = new_home(tmp_path_factory.mktemp("jobs"))
    for name, role in (("li", "researcher"), ("wang", "security-officer")):
        lantai(made, "account", "add", name, "--role", role, status=0)
    return made


@pytest.fixture(autouse=True)
def nothing_waits(home: Path) -> None:
    with opened(home) as archive, archive.database.write() as tx:
        tx.execute(delete(tables.job))


@pytest.fixture
def of_tests() -> Works:
    return Works()


@pytest.fixture
def door(home: Path, of_tests: Works, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    for name, kind in of_tests.kinds().items():
        monkeypatch.setitem(works.KINDS, name, kind)
    with doors(home) as door:
        yield door
        of_tests.go.set()


def start(door: Door, kind: str, account: str = "li", **asked: Any) -> str:
    """What a route does for its caller: the place of the job."""
    archive = door.archive
    caller = Caller(archive.seen_as(archive.subject_named(account)), None, "")
    answer = door.app.state.jobs.start(caller, kind, asked)
    assert answer.status_code == 202
    return str(answer.headers["Location"])


def until_ended(door: Door, place: str, account: str = "li") -> Any:
    """What a job tells once it has ended."""
    client = door.signed_in(account)
    for _ in range(400):
        told = client.get(place).json()
        if told["state"] in ("done", "failed"):
            return told
        threading.Event().wait(0.02)
    raise AssertionError(f"it did not end: {told}")


def test_a_work_is_done_as_the_account_and_tells_its_result(door: Door) -> None:
    told = until_ended(door, start(door, "short", what="兰台"))
    assert told["state"] == "done" and told["kind"] == "short" and told["problem"] is None
    assert told["result"] == {"account": "li", "asked": {"what": "兰台"}}
    assert told["progress"] == {"what": "audit", "files": 2, "files_done": 2, "bytes": 20, "bytes_done": 20}
    assert told["begun"] <= told["ended"]


def test_a_work_that_runs_tells_how_far_it_is(door: Door, of_tests: Works) -> None:
    place = start(door, "slow")
    assert of_tests.begun.wait(10)
    told = door.signed_in("li").get(place).json()
    assert told["state"] == "running" and told["progress"]["files_done"] == 0 and told["result"] is None
    of_tests.go.set()
    assert until_ended(door, place)["progress"]["files_done"] == 1


def test_a_work_stops_when_its_account_loses_the_office(door: Door, of_tests: Works) -> None:
    archive = door.archive
    appoint(archive.tools(), Appointment("store", ["storage-operator"]), archive.settings.account)
    job = start(door, "office", "store").rsplit("/", 1)[1]
    assert of_tests.begun.wait(10)
    running = door.app.state.jobs.runner._running[job]
    change(archive.tools(), Appointment("store", ["researcher"]), "转岗")
    assert running.progress._stop.wait(10)
    of_tests.go.set()
    running.thread.join(10)
    for _ in range(400):
        with archive.database.read() as conn:
            told = jobs.job(conn, job, "store")
        if told is not None and told.state == jobs.FAILED:
            break
        threading.Event().wait(0.02)
    assert told is not None and told.told["problem"]["code"] == "not-allowed"
    assert len(of_tests.asked) == 1


def test_nobody_else_sees_a_work_and_not_there_is_the_same(door: Door) -> None:
    place = start(door, "short")
    until_ended(door, place)
    other = door.signed_in("wang")
    theirs, nothing = other.get(place), other.get("/api/v1/jobs/nothing")
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.content == nothing.content and theirs.headers == nothing.headers
    assert place.rsplit("/", 1)[1] not in [one["job"] for one in other.get("/api/v1/jobs").json()["jobs"]]
    assert place.rsplit("/", 1)[1] in [
        one["job"] for one in door.signed_in("li").get("/api/v1/jobs").json()["jobs"]
    ]


def test_a_work_that_is_not_for_the_account_fails_and_is_not_there(door: Door) -> None:
    place = start(door, "secret")
    for _ in range(200):
        with door.archive.database.read() as conn:
            known = jobs.job(conn, place.rsplit("/", 1)[1], "li")
        assert known is not None
        if known.state == jobs.FAILED:
            assert known.told["problem"]["code"] == "not-allowed"
            break
        threading.Event().wait(0.02)
    else:
        raise AssertionError("it did not fail")
    assert door.signed_in("li").get(place).status_code == 404


def test_whoever_lacks_the_second_factor_reads_no_work_of_their_office(door: Door) -> None:
    place, limited = start(door, "secret", "wang"), door.signed_in("wang", only_self=True)
    assert until_ended(door, place, "wang")["state"] == "done"
    with door.archive.database.write() as tx:
        put(tx, replace(credential(tx, "wang"), totp=""))
    assert limited.get(place).status_code == 404 and limited.get("/api/v1/jobs").json() == {"jobs": []}


def test_errors_are_told_as_the_route_would_tell_them(door: Door) -> None:
    absent = until_ended(door, start(door, "missing"))["problem"]
    assert absent == door.signed_in("li").get("/api/v1/jobs/nothing").json()
    broken = until_ended(door, start(door, "broken"))["problem"]
    assert broken["title"] == "machinery" and broken["status"] == 500
    assert "title of a record" not in str(broken)


def test_one_account_does_not_fill_the_queue(door: Door, of_tests: Works) -> None:
    for _ in range(20):
        start(door, "slow", "wang")
    with pytest.raises(TooManyJobs):
        start(door, "slow", "wang")
    assert until_ended(door, start(door, "short"))["state"] == "done"  # before the twenty
    of_tests.go.set()


def test_what_was_stopped_is_begun_again_where_it_can_go_on(home: Path, of_tests: Works) -> None:
    with opened(home) as archive:
        jobs_of = of_tests.kinds()
        with archive.database.write() as tx:
            again = jobs.add(tx, "li", "slow", {"n": 1})
            never = jobs.add(tx, "wang", "once", {"n": 2})
        first = Runner(archive, jobs_of)
        first.start()
        assert of_tests.begun.wait(10)
        for _ in range(400):
            if first.progress_of(again) and first.progress_of(never):
                break
            threading.Event().wait(0.01)
        threading.Timer(0.2, of_tests.go.set).start()
        first.close()
        with archive.database.read() as conn:
            stopped, failed = jobs.job(conn, again, "li"), jobs.job(conn, never, "wang")
        assert stopped is not None and stopped.state == jobs.WAITING
        assert failed is not None and failed.told["problem"]["code"] == "interrupted"
        second = Runner(archive, jobs_of)
        second.start()
        for _ in range(400):
            with archive.database.read() as conn:
                done = jobs.job(conn, again, "li")
            if done is not None and done.state == jobs.DONE:
                break
            threading.Event().wait(0.02)
        second.close()
        assert done is not None
        assert done.told["result"] == {"slow": True}
        assert of_tests.asked[-1] == {"n": 1, "again": True}


def test_what_ran_when_a_server_died_is_seen_to_when_one_starts(home: Path, of_tests: Works) -> None:
    of_tests.go.set()
    with opened(home) as archive:
        with archive.database.write() as tx:
            again, never = (jobs.add(tx, "li", kind, {}) for kind in ("slow", "once"))
            assert jobs.take(tx, again, "2026-01-01T00:00:00Z") and jobs.take(
                tx, never, "2026-01-01T00:00:00Z"
            )
            assert not jobs.take(tx, again, "2026-01-01T00:00:01Z")
        runner = Runner(archive, of_tests.kinds())
        runner.start()
        for _ in range(400):
            with archive.database.read() as conn:
                ended = [jobs.job(conn, one, "li") for one in (again, never)]
            if all(one and one.state in (jobs.DONE, jobs.FAILED) for one in ended):
                break
            threading.Event().wait(0.02)
        runner.close()
        assert [one and one.state for one in ended] == [jobs.DONE, jobs.FAILED]


def test_two_servers_of_one_home_do_not_do_a_work_twice(home: Path, of_tests: Works) -> None:
    of_tests.go.set()
    with opened(home) as archive, opened(home) as other:
        one, two = Runner(archive, of_tests.kinds()), Runner(other, of_tests.kinds())
        one.start()
        two.start()
        with archive.database.write() as tx:
            asked = [jobs.add(tx, "li", "slow", {"n": n}) for n in range(3)]
        one.wake()
        two.wake()
        for _ in range(400):
            with archive.database.read() as conn:
                if all((job := jobs.job(conn, a, "li")) and job.state == jobs.DONE for a in asked):
                    break
            threading.Event().wait(0.02)
        one.close()
        two.close()
    assert sorted(told["n"] for told in of_tests.asked) == [0, 1, 2]


def test_destroying_wipes_what_works_told(home: Path) -> None:
    with opened(home) as archive, archive.database.write() as tx:
        ended, waits = (jobs.add(tx, "li", "short", {"title": "兰台"}) for _ in range(2))
        jobs.take(tx, ended, "2026-01-01T00:00:00Z")
        known = jobs.job(tx, ended, "li")
        assert known is not None
        jobs.tell(tx, known, {"result": {"title": "兰台"}}, jobs.DONE, "2026-01-01T00:00:00Z")
        jobs.wipe(tx)
        assert jobs.job(tx, ended, "li") is None and jobs.job(tx, waits, "li") is not None


def test_progress_stops_a_work_at_its_next_step() -> None:
    progress = Noted()
    progress.begin("audit", 1, 1)
    progress.stop()
    assert not progress.stopped
    with pytest.raises(Stopped):
        progress.advance(1, 1)
    assert progress.stopped
