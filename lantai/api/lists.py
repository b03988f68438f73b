"""Routes of whoever fills in the list of a batch: the rule set's fields and values, an upload's list, and
findings at once on rows that changed.

Not here: uploads (`lantai.api.uploads`), what is found (`processes.uploading.upload_list`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from lantai.api.documents import document
from lantai.api.door import Door
from lantai.api.parsing import Asked
from lantai.api.uploads import UploadId
from lantai.messages import language
from policies.findings import as_json
from policies.ruleset_model import FIELDS
from processes.uploading.list_rules import told
from processes.uploading.upload_list import MOST_ROWS, DraftRow, judged, list_of

router = APIRouter(tags=["handing in"])

Cell = Annotated[str, Field(max_length=20_000)]


class RowAsked(Asked):
    """A row: the text of its cells by field, and those whose heading is no field's."""

    fields: Annotated[dict[str, Cell], Field(max_length=len(FIELDS))]
    unknown: Annotated[tuple[Cell, ...], Field(max_length=100)] = ()


class RowsAsked(Asked):
    """Rows of a list, and the fonds of the batch for those that name none."""

    rows: Annotated[tuple[RowAsked, ...], Field(max_length=MOST_ROWS)]
    fonds: Annotated[str, Field(max_length=200)] = ""


@router.get("/rules")
def rules(door: Door) -> dict[str, Any]:
    """Show what the rule set asks of a list: fields, headings, values, formats."""
    return told(door.archive.rules, language(), door.archive.subject.handles)


@router.post("/lists/check")
def check(door: Door, asked: RowsAsked) -> Response:
    """Say what is wrong with the metadata of rows, in their order. Nothing of them is kept."""
    rows = [DraftRow({k: v for k, v in row.fields.items() if k in FIELDS}, row.unknown) for row in asked.rows]
    found = judged(rows, door.archive.rules, asked.fonds, datetime.now(UTC).date())
    return document({"rows": [[as_json(note, language()) for note in notes] for notes in found]})


@router.get("/uploads/{upload}/list")
def show_list(door: Door, upload: UploadId) -> Response:
    """Show an upload's list as it is written, and its files."""
    return document(list_of(door.archive.tools(), upload, language()))
