"""Packages of records over HTTP: made while they are sent, as one ZIP, by the same view as the command.

Nothing of an export stands at the server: what broke off is asked for anew.
"""

from __future__ import annotations

import threading
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from lantai.api.door import Caller, Door
from lantai.api.parsing import Asked
from lantai.api.pushing import pushed
from lantai.api.sending import Sending
from lantai.errors import TooManyJobs, UsageMistake
from policies.errors import LantaiError
from policies.roles import role_book
from processes.packages.export_stream import ordered, stream

router = APIRouter(tags=["exports"])

AT_ONCE = 4
_SLOTS = threading.BoundedSemaphore(AT_ONCE)

HEADERS = {
    "Content-Type": "application/zip",
    "Content-Disposition": 'attachment; filename="export.zip"',
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class ExportAsked(Asked):
    """Which records, by code or `all` that the account handles, and in which form."""

    format: Literal["bagit", "transfer", "eep"] = "bagit"
    codes: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=1000)] = ()
    all: bool = False


@router.post(
    "/exports",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "The packages, as a ZIP stream."}},
)
def export(door: Door, request: Request, asked: ExportAsked) -> Response:
    """Hand over packages of records, in plain form, as a ZIP; it has no directory unless it is whole."""
    if bool(asked.codes) == asked.all:
        raise UsageMistake("name the codes to export, or say all")
    one = ordered(door.working().tools(), asked.format, asked.codes)
    request.state.use = {"code": "\n".join(asked.codes), "format": asked.format}
    if not _SLOTS.acquire(blocking=False):
        raise TooManyJobs(AT_ONCE)
    return Sending(pushed(lambda write: stream(one, write, lambda: _still(door)), _SLOTS.release), HEADERS)


def _still(door: Caller) -> bool:
    """Whether the account may still export what it could when it asked."""
    try:
        now = door.archive.subject_named(door.account)
    except LantaiError:
        return False
    before = door.archive.subject
    return role_book().may(now.roles, "export") and now.handles == before.handles
