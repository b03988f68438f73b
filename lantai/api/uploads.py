"""Routes of whoever hands in: uploads, their files piece by piece, and the batch that is made of them.

The bytes are sealed as they come (`lantai.api.receiving`); the batch is a long work (`lantai.api.jobs`). Not
here: what is done with them (`processes.uploading.uploads`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from lantai.api.documents import document
from lantai.api.door import PREFIX, Door
from lantai.api.jobs import Work, waits
from lantai.api.parsing import Asked
from lantai.api.receiving import received
from lantai.api.upload_headers import PARTIAL, further, standing_headers, whole
from lantai.handing_in import take_upload
from lantai.messages import language
from processes.uploading import uploads
from processes.uploading.upload_asked import standing

router = APIRouter(tags=["handing in"])

WORKS: dict[str, Work] = {"ingest": take_upload}

UploadId = Annotated[str, Path(max_length=64, description="An upload's name, as beginning it told.")]
FilePath = Annotated[str, Path(max_length=4096, description="The file's path in the batch.")]


_ALSO: dict[int | str, dict[str, Any]] = {
    408: {"description": "Nothing came for a minute; what came before is kept."},
    507: {"description": "The disk of the archive is full."},
}


def _takes(media: str) -> dict[str, Any]:
    """What OpenAPI is told of a body that is a stream of bytes."""
    schema = {"type": "string", "format": "binary"}
    return {"requestBody": {"required": True, "content": {media: {"schema": schema}}}}


class NewUpload(Asked):
    """A new upload; `name` is what people call the batch."""

    name: Annotated[str, Field(max_length=200)] = ""


class BatchAsked(Asked):
    """On what terms the batch is handed in: as `lantai ingest` takes them."""

    fonds: Annotated[str, Field(max_length=200)] = ""
    accept: Literal["all", "passing"] = "all"
    wait: Literal["registered", "secured"] = "registered"
    dry_run: bool = False
    keep: Annotated[bool, Field(description="What goes back stays in the upload, to be put right.")] = False


@router.post("/uploads", status_code=201)
def begin_upload(door: Door, asked: NewUpload) -> Response:
    """Begin to hand in a batch."""
    made = uploads.begin(door.archive.tools(), door.archive.settings.uploads, asked.name)
    return document(made, {"Location": f"{PREFIX}/uploads/{made['upload']}"}, 201)


@router.get("/uploads")
def list_uploads(door: Door) -> dict[str, Any]:
    """List the account's uploads."""
    return {"uploads": uploads.listed(door.archive.tools())}


@router.get("/uploads/{upload}")
def show_upload(
    door: Door,
    upload: UploadId,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[int, Query(ge=-1, lt=1 << 53, description="`next` of the page before.")] = -1,
) -> dict[str, Any]:
    """Show an upload with its files and how far each came."""
    return uploads.shown(door.archive.tools(), upload, cursor, limit)


@router.delete("/uploads/{upload}", status_code=204)
def remove_upload(door: Door, upload: UploadId) -> Response:
    """Remove an upload with all that came."""
    uploads.give_up(door.archive.tools(), upload)
    return Response(status_code=204)


@router.put(
    "/uploads/{upload}/files/{path:path}", status_code=201, openapi_extra=_takes("*/*"), responses=_ALSO
)
async def put_file(
    door: Door,
    request: Request,
    upload: UploadId,
    path: FilePath,
    unpack: Annotated[bool, Query(description="It is a ZIP, and its members are the files.")] = False,
    instead: Annotated[bool, Query(description="In the place of a ZIP's member; a list of any.")] = False,
) -> Response:
    """Send a file anew, whole or (`Upload-Complete: ?0`) its beginning."""
    asked = whole(request.headers, path, unpack=unpack, instead=instead)
    return await received(door, request, upload, asked, 201)


@router.patch("/uploads/{upload}/files/{path:path}", openapi_extra=_takes(PARTIAL), responses=_ALSO)
async def append_to_file(door: Door, request: Request, upload: UploadId, path: FilePath) -> Response:
    """Go on with a file at its `Upload-Offset`."""
    return await received(door, request, upload, further(request.headers, path), 200)


@router.head("/uploads/{upload}/files/{path:path}", status_code=204)
def ask_file(door: Door, upload: UploadId, path: FilePath) -> Response:
    """Say how far a file came: `Upload-Offset`, `Upload-Complete`."""
    told = standing_headers(standing(door.archive.tools(), upload, path))
    return Response(status_code=204, headers=told)


@router.delete("/uploads/{upload}/files/{path:path}", status_code=204)
def remove_file(door: Door, upload: UploadId, path: FilePath) -> Response:
    """Remove a file."""
    uploads.remove_file(door.archive.tools(), upload, path)
    return Response(status_code=204)


@router.post("/uploads/{upload}/batch", status_code=202)
def hand_in(door: Door, request: Request, upload: UploadId, asked: BatchAsked) -> Response:
    """Hand the batch in: a long work whose result is the report. The upload stays as it is meanwhile."""
    tools, terms = door.archive.tools(), asked.model_dump(exclude={"wait"})
    terms |= {"upload": upload, "secured": asked.wait == "secured", "language": language()}
    uploads.hand_in(tools, upload)
    try:
        job = request.app.state.jobs.begin(door, "ingest", terms)
    except Exception:  # nobody will take it in: it can be handed in again
        uploads.reopen(tools, upload)
        raise
    uploads.asked_for(tools, upload, job)
    return waits(job)
