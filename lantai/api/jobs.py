"""Long works over HTTP: how a route starts one, and the routes that tell how it goes.

Not here: doing them (`lantai.jobs`), which kinds there are (`lantai.api.works`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from archive import jobs
from archive.jobs import Job
from lantai.api.door import PREFIX, Caller, Door
from lantai.api.problems import document_of
from lantai.errors import TooManyJobs
from lantai.jobs import Kind, Runner, Work
from lantai.wiring import Archive
from processes.errors import NotFound

__all__ = ["Jobs", "Kind", "Work", "router", "working"]

MOST_OF_ONE = 20
"""So many works of one account wait or run at a time."""

router = APIRouter(tags=["jobs"])


class Jobs:
    """The long works of a started application; it stands at `app.state.jobs`."""

    def __init__(self, archive: Archive, kinds: Mapping[str, Kind]) -> None:
        self._archive = archive
        self._kinds = kinds
        self.runner = Runner(archive, kinds)

    def start(self, caller: Caller, kind: str, asked: Mapping[str, Any]) -> Response:
        """Let a work wait for its turn, as `begin` does: 202 with its place."""
        return waits(self.begin(caller, kind, asked))

    def begin(self, caller: Caller, kind: str, asked: Mapping[str, Any]) -> str:
        """Let a work wait for its turn; its number. `asked` is JSON and holds no secret.

        Raises `TooManyJobs`, `ReadOnly`; KeyError for a kind that nobody registered.
        """
        assert self._kinds[kind]
        with self._archive.database.write() as tx:
            if jobs.unended(tx, caller.account) >= MOST_OF_ONE:
                raise TooManyJobs(MOST_OF_ONE)
            job_id = jobs.add(tx, caller.account, kind, asked)
        self.runner.wake()
        return job_id

    def told(self, caller: Caller) -> list[dict[str, Any]]:
        """The account's works, newest first, without their results."""
        with self._archive.database.read() as conn:
            known = jobs.of_account(conn, caller.account)
        return [_outline(one) for one in known if self._may(caller, one)]

    def one(self, caller: Caller, job_id: str) -> dict[str, Any]:
        """A work of the account, with its result once it has one.

        Raises `NotFound`: there is none, it is another's, or its kind is not for this account any more.
        """
        with self._archive.database.read() as conn:
            known = jobs.job(conn, job_id, caller.account)
        if known is None or not self._may(caller, known):
            raise NotFound("job")
        problem = known.told.get("problem")
        return _outline(known) | {
            "progress": self.runner.progress_of(job_id) or known.told.get("progress") or None,
            "result": known.told.get("result"),
            "problem": document_of(problem["code"], problem["text"]) if problem else None,
        }

    def _may(self, caller: Caller, one: Job) -> bool:
        kind = self._kinds.get(one.kind)
        return kind is not None and caller.may(kind.action)


def waits(job_id: str) -> Response:
    """The answer to whoever asked for a work: 202, where it is told of."""
    body = json.dumps({"job": job_id, "state": jobs.WAITING})
    place = {"Location": f"{PREFIX}/jobs/{job_id}"}
    return Response(body, status_code=202, headers=place, media_type="application/json")


@contextmanager
def working(archive: Archive, kinds: Mapping[str, Kind]) -> Iterator[Jobs]:
    """The long works of this archive, worked off meanwhile."""
    mine = Jobs(archive, kinds)
    mine.runner.start()
    try:
        yield mine
    finally:
        mine.runner.close()


def _outline(one: Job) -> dict[str, Any]:
    return {"job": one.id, "kind": one.kind, "state": one.state, "begun": one.begun, "ended": one.ended}


@router.get("/jobs")
def list_jobs(door: Door, request: Request) -> dict[str, Any]:
    """List the account's long works, newest first."""
    return {"jobs": request.app.state.jobs.told(door)}


@router.get("/jobs/{job}")
def show_job(
    door: Door,
    request: Request,
    job: str,
    brief: Annotated[bool, Query(description="Of the result only state, batch, repeated.")] = False,
) -> dict[str, Any]:
    """Say how far a long work of the account is, and what came of it."""
    told: dict[str, Any] = request.app.state.jobs.one(door, job)
    if brief and told["result"]:
        told["result"] = {name: told["result"].get(name) for name in ("state", "batch", "repeated")}
    return told
