"""What a request says of a file it brings to an upload, and how far a file came.

Not done here: taking the bytes (`upload_arrival`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from archive import uploads
from archive.uploads import Upload
from ingest.names import climbs, is_absolute, is_storable
from ingest.staged import staging_of
from ingest.survey import MAX_DEPTH
from ingest.tools import Tools
from processes.errors import NotFound
from processes.uploading.upload_errors import UnsafePath
from storage.staging import StagingKey

LONGEST_PATH, LONGEST_PART = 4096, 255


@dataclass(frozen=True, slots=True)
class Arriving:
    """What a request says of the bytes it brings. `start` is None for a file sent anew.

    `complete`: they are the last; `length` of the whole file and `announced` of this request where told;
    digests are SHA-256, of this request's bytes and of the whole file; `unpack`: it is a ZIP of files;
    `instead`: it takes the place of a ZIP's member of its name. `former` is the tag of the file that it takes
    the place of, "" where there is to be none, None whatever there is.
    """

    path: str
    start: int | None = None
    complete: bool = True
    length: int | None = None
    announced: int | None = None
    content_digest: bytes | None = None
    whole_digest: bytes | None = None
    unpack: bool = False
    instead: bool = False
    former: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a file came: `bytes` are durable, `whole` once these are all; `tag` names just this."""

    path: str
    bytes: int
    whole: bool
    tag: str


def need_upload(conn: Connection, tools: Tools, upload_id: str) -> Upload:
    """The account's upload. Raises `NotFound`: there is none, or it is somebody else's."""
    found = uploads.upload(conn, upload_id)
    if found is None or found.account != tools.subject.account:
        raise NotFound("upload")
    return found


def need_path(path: str) -> None:
    """Raises `UnsafePath` for what no file of a batch can be called."""
    parts = path.split("/")
    if not is_storable(path) or is_absolute(path) or climbs(path) or "\\" in path or "\ufffd" in path:
        raise UnsafePath
    if any(part in ("", ".") or len(part.encode()) > LONGEST_PART for part in parts):
        raise UnsafePath
    if len(path.encode()) > LONGEST_PATH or len(parts) > MAX_DEPTH:
        raise UnsafePath


def standing(tools: Tools, upload_id: str, path: str) -> Standing:
    """How far a file of the account's upload came. Raises `NotFound`."""
    with tools.database.read() as conn:
        upload = need_upload(conn, tools, upload_id)
        key = staging_of(tools, upload).key if upload.key else None
        row = uploads.file_of(conn, upload_id, key.mark(path)) if key else None
        tag = tag_of(key, row.number, row.bytes) if key and row else ""
    if row is None:
        raise NotFound("file")
    return Standing(path, row.bytes, row.whole, tag)


def tag_of(key: StagingKey, number: int, size: int) -> str:
    """What a staged file is named by as it stands: another one once it is sent anew or goes on. Under the
    upload's key, so it says nothing of what is in it.
    """
    return key.mark(f"\0{number} {size}")[:32]
