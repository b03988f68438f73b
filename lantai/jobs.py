"""Long works that were asked for over the network, done behind in threads of the server, a few at once.

The rows of the database are the queue: whoever holds the home's lock for it works it off, whichever server
wrote them. What was running when a server died is begun again where its kind can go on; else it has failed.
A work is done as the account that asked, looked up when it begins: rights lost meanwhile are lost. One that
runs while its account gets other rights is stopped at its next step, where its kind can be begun again, and
begun again as what the account is now.

Not here: what the kinds do (`lantai.api.works`), who may ask (`lantai.api.door`).
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive import jobs
from archive.jobs import Job
from ingest.locks import only_one_or_none
from ingest.tools import Progress
from lantai.errors import NoSuchAccount, NotAllowed
from lantai.jobs_progress import Noted, Stopped
from lantai.wiring import Archive
from policies.access import Subject
from policies.errors import LantaiError
from policies.roles import role_book

MOST_AT_ONCE = 3
KEPT_DAYS = 7
SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_TO_END = 20.0
LOCK = "jobs.lock"

Work = Callable[[Archive, Mapping[str, Any], Progress], Mapping[str, Any]]
"""Does what was asked, in an archive of its account's own; gives the command's JSON document. What was begun
before and is begun again finds `"again": true` among what was asked.
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work. `action` is the right it needs when it begins and when its result is read; `resumable`
    whether it can be begun again after the server died; `at_once` how many of it run beside each other.
    """

    work: Work
    action: str
    resumable: bool = False
    at_once: int = 1


@dataclass
class _Running:
    """A work in hand; `subject` is who it is done as, None before that is known."""

    job: Job
    thread: threading.Thread
    progress: Noted = field(default_factory=Noted)
    subject: Subject | None = None


class Runner:
    """Works off what waits, from `start` to `close`. Thread-safe."""

    def __init__(self, archive: Archive, kinds: Mapping[str, Kind]) -> None:
        self._archive = archive
        self._kinds = kinds
        self._running: dict[str, _Running] = {}
        self._wake = threading.Condition()
        self._closing = False
        self._left = False
        self._lock = ExitStack()
        self._mine = False
        self._loop = threading.Thread(target=self._look, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to look for what waits."""
        self._loop.start()

    def wake(self) -> None:
        """Something waits now: look at once."""
        with self._wake:
            self._wake.notify_all()

    def progress_of(self, job_id: str) -> Mapping[str, Any] | None:
        """How far a work is that runs here; None where it does not."""
        running = self._running.get(job_id)
        return running.progress.told() if running else None

    def close(self, seconds: float = SECONDS_TO_END) -> None:
        """Begin nothing more and stop what runs at its next step; what does not stop is left as running, for
        whoever takes it up.
        """
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._loop.join()
        for running in list(self._running.values()):
            running.progress.stop()
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        for running in list(self._running.values()):
            running.thread.join(max(0.0, (until - datetime.now(UTC)).total_seconds()))
        self._left = True
        self._lock.close()

    def _look(self) -> None:
        while True:
            try:
                self._round()
            except (LantaiError, OSError) as fault:  # the next look may find the database well again
                sys.stderr.write(f"jobs: {fault}\n")
            with self._wake:
                if not self._closing:
                    self._wake.wait(SECONDS_BETWEEN_LOOKS)
                if self._closing:
                    return

    def _round(self) -> None:
        if self._archive.database.read_only or not self._has_queue():
            return
        self._stop_what_is_not_theirs()
        self._begin_what_waits()

    def _stop_what_is_not_theirs(self) -> None:
        for one in list(self._running.values()):
            kind = self._kinds.get(one.job.kind)
            if one.subject is None or kind is None or not kind.resumable:
                continue
            try:
                now = self._archive.subject_named(one.job.account)
            except NoSuchAccount:
                now = None
            if now != one.subject:
                one.progress.stop()

    def _has_queue(self) -> bool:
        """Whether the queue is ours, now or already."""
        if not self._mine:
            self._mine = self._lock.enter_context(only_one_or_none(self._archive.home / "work" / LOCK))
            if self._mine:
                self._take_up()
            else:
                self._lock.close()
        return self._mine

    def _take_up(self) -> None:
        """See to what ran when a server died."""
        with self._archive.database.write() as tx:
            jobs.sweep(tx, _now(-KEPT_DAYS))
            for job in jobs.in_state(tx, jobs.RUNNING):
                kind = self._kinds.get(job.kind)
                if kind is not None and kind.resumable:
                    jobs.put_back(tx, job.id)
                else:
                    jobs.tell(tx, job, {"problem": _INTERRUPTED}, jobs.FAILED, _now())

    def _begin_what_waits(self) -> None:
        with self._archive.database.read() as conn:
            waiting = jobs.in_state(conn, jobs.WAITING)
        while waiting and len(self._running) < MOST_AT_ONCE:
            job = min(waiting, key=self._turn)
            waiting.remove(job)
            if self._has_room(job):
                self._begin(job)

    def _turn(self, job: Job) -> tuple[int, str]:
        """Whoever has less in hand comes first."""
        mine = sum(one.job.account == job.account for one in list(self._running.values()))
        return mine, job.id

    def _has_room(self, job: Job) -> bool:
        kind = self._kinds.get(job.kind)
        same = sum(one.job.kind == job.kind for one in list(self._running.values()))
        return kind is None or same < kind.at_once

    def _begin(self, job: Job) -> None:
        with self._archive.database.write() as tx:
            if not jobs.take(tx, job.id, _now()):
                return
        thread = threading.Thread(target=self._do, args=(job,), name=f"job {job.kind}", daemon=True)
        self._running[job.id] = _Running(job, thread)
        thread.start()

    def _do(self, job: Job) -> None:
        """One work from its beginning to what is kept of it."""
        progress = self._running[job.id].progress
        try:
            told, state = self._outcome(job, progress)
            if self._left:
                return  # whoever comes next takes it up
            with self._archive.database.write() as tx:
                if state == jobs.WAITING:
                    jobs.put_back(tx, job.id)
                else:
                    told = {"progress": progress.told(), **told}
                    jobs.tell(tx, job, told, state, _now())
                    jobs.sweep(tx, _now(-KEPT_DAYS))
        except (LantaiError, OSError) as fault:  # it stays as running, and is seen to when the server starts
            sys.stderr.write(f"job {job.id}: {fault}\n")
        finally:
            self._running.pop(job.id, None)
            self.wake()

    def _outcome(self, job: Job, progress: Noted) -> tuple[dict[str, Any], str]:
        """What to keep of a work, and its state."""
        kind = self._kinds.get(job.kind)
        again = {"again": True} if job.begun else {}
        try:
            if kind is None:
                raise NotAllowed(job.account, job.kind)
            archive = self._archive.at_work(self._archive.subject_named(job.account))
            self._running[job.id].subject = archive.subject
            if not role_book().may(archive.subject.roles, kind.action):
                raise NotAllowed(job.account, job.kind)
            result = dict(kind.work(archive, {**job.asked, **again}, progress))
            if not (progress.stopped and result.get("interrupted")):
                return {"result": result}, jobs.DONE
        except Stopped:
            pass
        except LantaiError as fault:
            if not progress.stopped:
                sys.stderr.write(f"job {job.id} ({job.kind}): {fault.code}\n")
                return {"problem": {"code": fault.code, "text": str(fault)}}, jobs.FAILED
        except Exception as fault:  # noqa: BLE001 - whatever broke, whoever asked is told, and the next begins
            sys.stderr.write(f"job {job.id} ({job.kind}): {_where(fault)}\n")
            return {"problem": {"code": "machinery", "text": type(fault).__name__}}, jobs.FAILED
        if kind is not None and kind.resumable:
            return {}, jobs.WAITING
        return {"problem": _INTERRUPTED}, jobs.FAILED


def _where(fault: Exception) -> str:
    """What broke and where, without what it says: that may be of records."""
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{type(fault).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"


_INTERRUPTED = {"code": "interrupted", "text": "the server ended before this did"}


def _now(days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
