"""Routes of retrieval (调阅): asking to see what is closed, deciding on it, opening what was granted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from lantai.api.door import Door
from lantai.api.parsing import Asked
from lantai.errors import NotAllowed
from processes.desk import retrieval_counts, retrieval_decisions, retrieval_lists, retrievals
from processes.desk.retrieval_decisions import Terms
from processes.desk.retrieval_lists import Page
from processes.desk.retrievals import Wanted

router = APIRouter(tags=["retrieval"])

Line = Annotated[str, Field(max_length=200)]
Why = Annotated[str, Field(max_length=2_000)]
RequestId = Annotated[str, Path(max_length=64, description="A request's name, as asking for it told.")]


class NewRequest(Asked):
    """What is asked for and why; `copy` where looking at it is not enough."""

    code: Line
    purpose: Why
    copy_wanted: Annotated[bool, Field(alias="copy")] = False


class NewGrant(Asked):
    """Through which day an item is opened, and why; `mode` "" is as it was asked."""

    until: Line
    reason: Why
    mode: Literal["", "view", "copy"] = ""


class Ground(Asked):
    """Why a request is refused, or a grant ends."""

    reason: Why


class Opening(Asked):
    """A grant's passcode (调阅口令)."""

    passcode: Line


@router.get("/retrievals")
def list_requests(
    door: Door,
    every: Annotated[bool, Query(description="Also those that are over.")] = False,
    limit: Annotated[int, Query(ge=0, le=1000, description="0: only how many wait.")] = 50,
    cursor: Annotated[str, Query(max_length=64)] = "",
) -> dict[str, Any]:
    """The account's own requests, and to officers those that concern the fonds they handle."""
    if not limit:
        return retrieval_counts.counted(door.archive.tools())
    return retrieval_lists.listed(door.archive.tools(), Page(every, limit, cursor))


@router.get("/retrievals/{request}")
def show_request(door: Door, request: RequestId) -> dict[str, Any]:
    """One request: the account's own, or one that it decides on."""
    return retrieval_lists.one(door.archive.tools(), request)


@router.post("/retrievals", status_code=201)
def ask(door: Door, asked: NewRequest) -> dict[str, Any]:
    """Ask to see what has a code; the answer is the same whether anything has."""
    return retrievals.ask(door.working().tools(), Wanted(asked.code, asked.purpose, asked.copy_wanted))


@router.post("/retrievals/{request}/opening")
def opening(door: Door, http: Request, request: RequestId, asked: Opening) -> dict[str, Any]:
    """Open a grant for the rest of this session."""
    http.state.use = {"asked": f"request={request}"}
    if door.session is None:
        raise NotAllowed(door.account, "route")
    database, now = door.archive.database, door.archive.tools().clock()
    told = retrievals.open_in_session(database, door.session.id, door.account, request, asked.passcode, now)
    http.state.use |= {"code": told["code"]}
    return told


@router.post("/retrievals/{request}/grant")
def grant(door: Door, request: RequestId, asked: NewGrant) -> dict[str, Any]:
    """Grant a request; `passcode` is in this one answer."""
    terms = Terms(asked.until, asked.reason, asked.mode)
    return retrieval_decisions.grant(door.working().tools(), request, terms)


@router.post("/retrievals/{request}/refusal")
def refuse(door: Door, request: RequestId, asked: Ground) -> dict[str, Any]:
    """Refuse a request; whoever asked reads why."""
    return retrieval_decisions.refuse(door.working().tools(), request, asked.reason)


@router.post("/retrievals/{request}/revocation")
def revoke(door: Door, request: RequestId, asked: Ground) -> dict[str, Any]:
    """End a grant before its last day."""
    return retrieval_decisions.revoke(door.working().tools(), request, asked.reason)


@router.post("/retrievals/{request}/passcode")
def new_passcode(door: Door, request: RequestId) -> dict[str, Any]:
    """Make a grant another passcode, in this one answer; the former one opens nothing any more."""
    return retrieval_decisions.renew_passcode(door.archive.tools(), request)
