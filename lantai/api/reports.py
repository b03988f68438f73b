"""Routes of reports: figures and lists as documents, as tables to save, as papers to print.

Not here: reports themselves (`processes.reporting`), their words (`lantai.reporting`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from lantai import reporting
from lantai.api.documents import NO_STORE, disposition, document
from lantai.api.door import Door
from lantai.api.lasting import lasting
from lantai.api.parsing import Asked
from lantai.api.sending import Sending
from lantai.reporting import Wanted
from processes.finding.result_stream import STREAMS
from processes.reporting.lists import Scope

router = APIRouter(prefix="/reports", tags=["reports"])

Value = Annotated[str, Field(max_length=100)]
Year = Annotated[str, Field(max_length=4)]
PDF = "application/pdf"


class Narrowed(Asked):
    """What a report is of."""

    fonds: Value = ""
    year: Year = ""
    category: Value = ""
    retention: Value = ""
    volume: Value = ""
    until: Year = Field("", description="Of a register of destruction: the year by which periods ended.")

    def wanted(self, kind: str, **more: str) -> Wanted:
        """The same as both doors have it. Raises `NotFound`."""
        scope = Scope(self.fonds, self.year, self.category, self.retention, self.volume, self.until)
        return Wanted(kind, scope, **more)


class Listed(Narrowed):
    """A report as a file."""

    format: Literal["csv", "xlsx", "pdf", "json"] = "csv"
    limit: int = Field(100, ge=1, le=1000, description="As json, so many rows.")
    table: Value = Field("", description="Of figures, which table; the first one otherwise.")
    number: Value = Field("", description="The number of a list of open titles.")
    approver: Value = Field("", description="Who approved a list of open titles.")


@router.get("/{kind}")
def report(door: Door, kind: str, typed: Annotated[Narrowed, Query()]) -> dict[str, Any]:
    """Figures of what the account may see; of a list of what it handles, from how many items it is made."""
    return reporting.document(door.archive, typed.wanted(kind))


@router.get(
    "/{kind}/list",
    responses={200: {"content": {PDF: {}} | {kind: {} for kind, _ in STREAMS.values()}}},
)
async def report_list(door: Door, kind: str, typed: Annotated[Listed, Query()]) -> Response:
    """A report as a table to save, as PDF/A to print, or the first rows of a list as a document."""
    wanted = typed.wanted(kind, table=typed.table, number=typed.number, approver=typed.approver)
    if typed.format == "json":
        return document(await run_in_threadpool(reporting.first_rows, door.archive, wanted, typed.limit))
    file = disposition(f"lantai-{kind}.{typed.format}", "attachment")
    headers = {**NO_STORE, "Content-Disposition": file}
    if typed.format == "pdf":
        made, _ = await run_in_threadpool(reporting.printed_report, door.archive, wanted)
        return Response(made, 200, headers, PDF)
    kind_of, pieces = await run_in_threadpool(_table, door, wanted, typed.format)
    return Sending(pieces, {**headers, "Content-Type": kind_of})


def _table(door: Door, wanted: Wanted, format_: str) -> Any:
    kind, made = STREAMS[format_]
    table = reporting.laid(door.archive, wanted)
    return kind, lasting(made(table.headings, table.rows), door)
