"""What is being handed in over the network: working state. Which files came, how far, and how the key of an
upload is wrapped; the files themselves lie sealed in the home.

An upload is `open` while files come, `handed-in` from the moment its batch was asked for, `taken` once that
is in the ledger: then there is no key any more, and no file. Names of files and
of uploads stand here sealed, or as marks: dropping the row of an upload makes all of it noise.

Not here: sealing (`storage.staging`), who may hand in how much (`processes.uploading.uploads`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from archive import tables

OPEN, HANDED_IN, TAKEN = "open", "handed-in", "taken"

_upload_t, _file_t = tables.upload.c, tables.upload_file.c
# What every file asks for is put together once: that costs more than asking.
_ONE = select(tables.upload).where(_upload_t.id == bindparam("of"))
_FILE = select(tables.upload_file).where(
    _file_t.upload == bindparam("of"), _file_t.mark == bindparam("marked")
)
_COUNTED = (
    update(tables.upload)
    .where(_upload_t.id == bindparam("of"), _upload_t.state == OPEN)
    .values(
        seen=bindparam("now"),
        files=_upload_t.files + bindparam("more_files"),
        bytes=_upload_t.bytes + bindparam("more_bytes"),
    )
)
_HELD = select(func.count(), func.sum(_upload_t.files), func.sum(_upload_t.bytes)).where(
    _upload_t.account == bindparam("whose"), _upload_t.state != TAKEN
)
_ADDED = insert(tables.upload_file)


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload. `key` is wrapped; `files` and `bytes` are what came of it so far; times are UTC as the
    ledger writes them, `seen` that of the newest byte.
    """

    id: str
    account: str
    made: str
    seen: str
    state: str
    key: bytes
    files: int
    bytes: int
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UploadFile:
    """One file of an upload: `bytes` of it are durable; `whole` once all of it came."""

    upload: str
    number: int
    mark: str
    bytes: int
    whole: bool
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What an account holds in uploads altogether."""

    uploads: int
    files: int
    bytes: int


def add(tx: Connection, upload: Upload) -> None:
    """Note a new upload."""
    tx.execute(
        insert(tables.upload).values(
            id=upload.id, account=upload.account, made=upload.made, seen=upload.seen, state=upload.state,
            key=upload.key, files=upload.files, bytes=upload.bytes, detail=_text(upload.detail),
        )
    )  # fmt: skip


def upload(connection: Connection, upload_id: str) -> Upload | None:
    """One upload, whoever's it is; None where there is none."""
    row = connection.execute(_ONE, {"of": upload_id}).one_or_none()
    return _upload(row) if row else None


def of_account(connection: Connection, account: str) -> list[Upload]:
    """The uploads of an account, oldest first."""
    table = tables.upload.c
    query = select(tables.upload).where(table.account == account).order_by(table.made, table.id)
    return [_upload(row) for row in connection.execute(query)]


def everybodys(connection: Connection) -> list[Upload]:
    """All uploads."""
    return [_upload(row) for row in connection.execute(select(tables.upload).order_by(tables.upload.c.id))]


def held(connection: Connection, account: str) -> Held:
    """What an account holds altogether."""
    count, files, size = connection.execute(_HELD, {"whose": account}).one()
    return Held(int(count), int(files or 0), int(size or 0))


def move(tx: Connection, upload_id: str, before: str, after: str, now: str) -> bool:
    """Change the state of an upload; whether it was in the state `before`."""
    table = tables.upload.c
    chosen = update(tables.upload).where(table.id == upload_id, table.state == before)
    return tx.execute(chosen.values(state=after, seen=now)).rowcount == 1


def wrap_anew(tx: Connection, upload_id: str, key: bytes, detail: Mapping[str, Any]) -> None:
    """Keep the key of an upload wrapped in another way."""
    chosen = update(tables.upload).where(tables.upload.c.id == upload_id)
    tx.execute(chosen.values(key=key, detail=_text(detail)))


def tell(tx: Connection, upload_id: str, detail: Mapping[str, Any]) -> None:
    """Keep something else of an upload beside its key and its files."""
    chosen = update(tables.upload).where(tables.upload.c.id == upload_id)
    tx.execute(chosen.values(detail=_text(detail)))


def empty(tx: Connection, upload_id: str, state: str, detail: Mapping[str, Any], now: str) -> None:
    """Keep of an upload that there was one: its key goes, and its files with it; one that is gone is fine."""
    tx.execute(delete(tables.upload_file).where(tables.upload_file.c.upload == upload_id))
    chosen = update(tables.upload).where(tables.upload.c.id == upload_id)
    tx.execute(chosen.values(state=state, key=b"", files=0, bytes=0, seen=now, detail=_text(detail)))


def drop(tx: Connection, upload_id: str) -> None:
    """Forget an upload and its files; one that is not there is fine."""
    tx.execute(delete(tables.upload_file).where(tables.upload_file.c.upload == upload_id))
    tx.execute(delete(tables.upload).where(tables.upload.c.id == upload_id))


def put_file(tx: Connection, file: UploadFile, now: str, old: UploadFile | None = None) -> bool:
    """Note a file, in place of `old`, which has the same mark; False where the upload takes none any more."""
    files, size = (0, file.bytes - old.bytes) if old else (1, file.bytes)
    if not _count(tx, file.upload, files, size, now):
        return False
    if old:
        tx.execute(
            delete(tables.upload_file).where(_file_t.upload == old.upload, _file_t.number == old.number)
        )
    tx.execute(
        _ADDED,
        {
            "upload": file.upload, "number": file.number, "mark": file.mark, "bytes": file.bytes,
            "whole": file.whole, "detail": _text(file.detail),
        },
    )  # fmt: skip
    return True


def grow(tx: Connection, file: UploadFile, size: int, whole: bool, now: str) -> bool:
    """Note that `size` bytes of the file are durable now; False where it is not as `file` says any more, or
    the upload takes nothing any more.
    """
    table = tables.upload_file.c
    chosen = update(tables.upload_file).where(
        table.upload == file.upload, table.number == file.number, table.bytes == file.bytes, ~table.whole
    )
    if tx.execute(chosen.values(bytes=size, whole=whole)).rowcount != 1:
        return False
    return _count(tx, file.upload, 0, size - file.bytes, now)


def drop_file(tx: Connection, upload_id: str, mark: str, now: str) -> int | None:
    """Forget a file; its number, None where there was none or the upload is not open."""
    found = file_of(tx, upload_id, mark)
    if found is None or not _count(tx, upload_id, -1, -found.bytes, now):
        return None
    table = tables.upload_file.c
    tx.execute(delete(tables.upload_file).where(table.upload == upload_id, table.number == found.number))
    return found.number


def file_of(connection: Connection, upload_id: str, mark: str) -> UploadFile | None:
    """The file of this mark; None where there is none."""
    row = connection.execute(_FILE, {"of": upload_id, "marked": mark}).one_or_none()
    return _file(row) if row else None


def files(
    connection: Connection, upload_id: str, after: int = -1, most: int | None = None
) -> list[UploadFile]:
    """The files of an upload by number, those behind `after`, at most so many."""
    table = tables.upload_file.c
    query = select(tables.upload_file).where(table.upload == upload_id, table.number > after)
    found = connection.execute(query.order_by(table.number).limit(most))
    return [_file(row) for row in found]


def unwhole(connection: Connection, upload_id: str) -> int:
    """How many files of an upload have not come to their end."""
    table = tables.upload_file.c
    query = select(func.count()).where(table.upload == upload_id, ~table.whole)
    return int(connection.execute(query).scalar_one())


def _count(tx: Connection, upload_id: str, files: int, size: int, now: str) -> bool:
    """Add to what came of an upload; False where it is not open."""
    told = {"of": upload_id, "now": now, "more_files": files, "more_bytes": size}
    return tx.execute(_COUNTED, told).rowcount == 1


def _upload(row: Row[Any]) -> Upload:
    return Upload(
        row.id, row.account, row.made, row.seen, row.state, bytes(row.key), row.files, row.bytes,
        json.loads(row.detail),
    )  # fmt: skip


def _file(row: Row[Any]) -> UploadFile:
    return UploadFile(row.upload, row.number, row.mark, row.bytes, bool(row.whole), json.loads(row.detail))


def _text(detail: Mapping[str, Any]) -> str:
    return json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)
