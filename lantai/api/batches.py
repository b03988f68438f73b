"""Routes of batches: all that are for the account, one with its report, one that waits given up.

Each answers with the document of its command. Not here: handing one in (`lantai.api.uploads`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from lantai.api.documents import NO_STORE, disposition, document
from lantai.api.door import Door
from lantai.batch_lists import Asked as Listed
from lantai.batch_lists import line_of, list_batches
from lantai.messages import language
from lantai.printing import paper
from lantai.report_page import Asked, Only, of_document, of_report
from lantai.taking import batch_report, cancel_batch
from processes.errors import NotFound
from processes.uploading.register import register_of

router = APIRouter(tags=["handing in"])

BatchId = Annotated[str, Path(max_length=64, description="A batch's identifier.")]


State = Annotated[
    Literal["", "working", "waiting", "registered", "secured", "returned"],
    Query(description="Only batches in this state."),
]
Name = Annotated[str, Query(max_length=200, description="Only batches with this in what they are called.")]
Limit = Annotated[int, Query(ge=1, le=1000)]
Cursor = Annotated[str, Query(max_length=64, description="Go on from an earlier answer.")]
Brief = Annotated[bool, Query(description="As the list tells it, without its report.")]


@router.get("/batches")
def batches(
    door: Door, state: State = "", name: Name = "", limit: Limit = 100, cursor: Cursor = ""
) -> dict[str, Any]:
    """List batches with their states, those in hand first, then the newest."""
    return list_batches(door.archive, Listed(state, name.strip(), limit, cursor))


@router.get("/batches/{batch}")
def batch(door: Door, batch: BatchId, brief: Brief = False) -> Response:
    """Show one batch with its report."""
    if brief:
        return document(line_of(door.archive, batch))
    return document(batch_report(door.archive, batch).as_json(language()))


Page = Annotated[int, Query(ge=1, le=1_000_000)]
KindOf = Annotated[str, Query(max_length=100, description="Items with a finding of this kind.")]


@router.get("/batches/{batch}/findings")
def findings(door: Door, batch: BatchId, kind: KindOf = "", only: Only = "", page: Page = 1) -> Response:
    """Show a part of a batch's report: what is at fault, findings by kind, a page of items."""
    report = batch_report(door.archive, batch)
    return document(of_report(report, Asked(kind, only, page), language()))


@router.get("/jobs/{job}/findings")
def tried(
    door: Door, request: Request, job: str, kind: KindOf = "", only: Only = "", page: Page = 1
) -> Response:
    """Show a part of the report that a long work ended with, such as a trial's."""
    result = request.app.state.jobs.one(door, job)["result"] or {}
    if "items" not in result:
        raise NotFound("report")
    return document(of_document(result, Asked(kind, only, page)))


@router.get("/batches/{batch}/register")
def register(
    door: Door, batch: BatchId, wanted: Annotated[Literal["json", "pdf"], Query(alias="format")] = "json"
) -> Response:
    """Give the register of transfer and receipt of a batch, filled in as far as the archive knows."""
    report = batch_report(door.archive, batch)
    with door.archive.database.read() as conn:
        told = register_of(conn, report)
    if wanted == "json":
        return document(told)
    made = paper("transfer-register", told, language())
    named = {"Content-Disposition": disposition(f"{batch}.pdf", "attachment")}
    return Response(made, 200, {**NO_STORE, **named}, "application/pdf")


@router.post("/batches/{batch}/cancelling")
def cancel(door: Door, batch: BatchId) -> dict[str, Any]:
    """Give up a batch that waits; what came of its upload can be handed in again."""
    cancel_batch(door.working(), batch)
    return {"batch": batch, "state": "cancelled"}
