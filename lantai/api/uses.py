"""Routes of the auditor: the use journal, page by page and as a list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from lantai.api.door import Door
from lantai.messages import say
from processes.result_files import as_text
from processes.uses_read import COLUMNS, Wanted, listed, rows

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


@router.get("/uses/list", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
def uses_list(door: Door, chosen: Chosen) -> StreamingResponse:
    """All that is asked for of the use journal, as CSV."""
    lines = _lines(rows(door.archive.database, door.archive.ledger, chosen))
    headers = {"Content-Disposition": 'attachment; filename="uses.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _lines(found: Iterator[list[str]]) -> Iterator[str]:
    """As `write_csv` writes a file."""
    yield "\ufeff" + _line([say(f"use-{name}") for name in COLUMNS])
    for row in found:
        yield _line([as_text(value) for value in row])


def _line(values: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(values)
    return out.getvalue()
