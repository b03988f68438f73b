"""Routes of destruction and its supervision: proposed by one account, witnessed by two others, each with a
proof of their own; the second witness carries it out as a long work.

While nobody was ever appointed nobody can witness: then it is carried out when it is asked for.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from lantai import destroying
from lantai.api.door import Door
from lantai.api.jobs import Work
from lantai.api.keeping import started
from lantai.api.parsing import Asked
from processes.destruction import destroy_told, supervision
from processes.destruction.destroy import outcome_of
from processes.destruction.destroy_certificate import to_bytes
from processes.destruction.destroy_told import Shown

router = APIRouter(tags=["destruction"])

Codes = Annotated[
    tuple[Annotated[str, Field(max_length=200)], ...],
    Field(min_length=1, max_length=supervision.MOST_ITEMS, description="Archival codes."),
]

Items = Annotated[
    int | None,
    Query(ge=0, le=supervision.MOST_ITEMS, description="So many items of each; `count` tells of how many."),
]


class TrialAsked(Asked):
    """Items that would be destroyed."""

    codes: Codes


class DestructionAsked(TrialAsked):
    """Items that are to be destroyed, and why; kept in the ledger for ever."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@router.get("/destructions")
def list_destructions(
    door: Door,
    every: Annotated[bool, Query(description="Also those that have ended.")] = False,
    limit: Annotated[int | None, Query(ge=1, le=1000, description="So many, the newest.")] = None,
    before: Annotated[str, Query(max_length=64, description="Those older than this one.")] = "",
    items: Items = None,
) -> dict[str, Any]:
    """List what is pending, by site, and what waits for witnesses."""
    tools, shown = door.working().tools(), Shown(limit, before, items)
    told = destroy_told.waiting(tools, every=every, shown=shown)
    return told | {"proposals": supervision.listed(tools, items)}


@router.post("/destructions/trial")
def trial(door: Door, request: Request, asked: TrialAsked) -> dict[str, Any]:
    """Say what would go; change nothing."""
    request.state.use = {"code": "\n".join(asked.codes)}
    return destroy_told.trial(door.archive.tools(), asked.codes)


@router.post(
    "/destructions", status_code=201, responses={202: {"description": "Nobody can witness: begun at once."}}
)
def destroy(door: Door, request: Request, asked: DestructionAsked) -> Response:
    """Propose to destroy items for good; two supervisors witness it, and the second carries it out."""
    if destroying.destroys_alone(door.archive):
        return started(request, door, "destroy", codes=list(asked.codes), reason=asked.reason)
    made = supervision.propose(door.archive.tools(), asked.codes, asked.reason)
    return JSONResponse(made, status_code=201)


@router.delete("/destructions/{destruction}", status_code=204)
def withdraw(door: Door, destruction: str) -> Response:
    """Take one's own proposal back, as long as it waits."""
    supervision.withdraw(door.archive.tools(), destruction)
    return Response(status_code=204)


@router.get("/destructions/{destruction}")
def show(door: Door, destruction: str) -> dict[str, Any]:
    """One destruction with everything that went, for whoever handled all of it."""
    return destroy_told.told(outcome_of(door.working().tools(), destruction))


@router.post("/destructions/continuing", status_code=202)
def go_on(door: Door, request: Request) -> Response:
    """Do what is left, as at sites that were away; a long work."""
    return started(request, door, "destroy-on")


@router.get(
    "/destructions/{destruction}/certificate",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "The signed certificate."}},
)
def certificate(door: Door, destruction: str) -> Response:
    """Give a destruction's certificate as it stands now, for `verify`."""
    archive = door.working()
    paper = destroying.paper_of(archive, outcome_of(archive.tools(), destruction))
    told = {"Content-Disposition": 'attachment; filename="certificate.json"', "Cache-Control": "no-store"}
    return Response(to_bytes(paper), media_type="application/json", headers=told)


@router.get("/supervisions")
def list_supervisions(door: Door, items: Items = None) -> dict[str, Any]:
    """List the proposals that one may supervise, and one's own, with all that would go."""
    return {"proposals": supervision.listed(door.archive.tools(), items)}


@router.get("/supervisions/{destruction}")
def show_supervision(door: Door, destruction: str) -> dict[str, Any]:
    """One proposal, with all that would go."""
    return supervision.shown(door.archive.tools(), destruction)


@router.post("/supervisions/{destruction}", status_code=202)
def supervise(door: Door, request: Request, destruction: str) -> Response:
    """Witness a proposed destruction; the second witness carries it out. A long work."""
    return started(request, door, "supervise", proposal=destruction)


WORKS: dict[str, Work] = {
    "destroy": destroying.destroy,
    "destroy-on": destroying.go_on,
    "supervise": destroying.witness,
}
