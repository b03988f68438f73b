"""Routes of the auditor: the use journal, page by page and as a list."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from lantai.api.documents import NO_STORE
from lantai.api.door import Door
from lantai.api.lasting import lasting
from lantai.api.sending import Sending
from lantai.messages import say
from processes.finding.result_stream import csv_pieces
from processes.using.uses_read import COLUMNS, Wanted, listed, rows

router = APIRouter(tags=["people"])

Text = Annotated[str, Query(max_length=200)]


def wanted(
    since: Text = "", until: Text = "", account: Text = "", code: Text = "", kind: Text = ""
) -> Wanted:
    """What of the journal is asked for. Raises `NotAllowedValue`."""
    return Wanted(since, until, account, code, kind)


Chosen = Annotated[Wanted, Depends(wanted)]


@router.get("/uses")
def uses(
    door: Door,
    chosen: Chosen,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str, Query(max_length=40)] = "",
) -> dict[str, Any]:
    """Read the use journal, newest first, each segment checked against the ledger."""
    return listed(door.archive.database, door.archive.ledger, chosen, limit, cursor)


@router.get("/uses/list", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def uses_list(door: Door, chosen: Chosen) -> Response:
    """All that is asked for of the use journal, as CSV."""
    headings = [say(f"use-{name}") for name in COLUMNS]
    lines = csv_pieces(headings, rows(door.archive.database, door.archive.ledger, chosen))
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="uses.csv"',
    }
    return Sending(lasting(lines, door), headers | NO_STORE)
