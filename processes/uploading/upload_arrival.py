"""One request's bytes on their way into an upload: sealed, made durable, noted, part by part.

Whatever stops it, what was noted stays and the sender goes on from there. What is refused at the end (another
digest or length than announced, a ZIP that cannot be taken) leaves nothing of this request.

Not done here: HTTP (`lantai.api.uploads`), the format of the files (`storage.staging`).
"""

from __future__ import annotations

import errno
import hashlib
import secrets
from contextlib import ExitStack
from dataclasses import replace

from sqlalchemy import Connection

from archive import uploads
from archive.uploads import OPEN, UploadFile
from ingest.errors import ArchiveRefused
from ingest.staged import most_of, staging_of
from ingest.tools import Tools
from ingest.zipped import entries_of
from policies.uploads import UploadLimits
from processes.errors import NotFound
from processes.uploading.upload_asked import Arriving, Standing, need_path, need_upload, tag_of
from processes.uploading.upload_errors import (
    AlreadyWhole,
    DigestDiffers,
    LengthDiffers,
    OffsetDiffers,
    UploadBusy,
    UploadChanged,
    UploadClosed,
    UploadDiskFull,
    UploadTooLarge,
)
from storage.staging import PART_BYTES, Appending, StagedFile, StagedFileBusy

_FULL = (errno.ENOSPC, errno.EDQUOT)
_PARTS_KEPT = 4


class Arrival:
    """The bytes of one request. Call `take` in order from any thread, then `close`.

    Raises `NotFound`, and `UploadError` of all kinds.
    """

    def __init__(self, tools: Tools, limits: UploadLimits, upload_id: str, asked: Arriving) -> None:
        need_path(asked.path)
        with tools.database.read() as conn:
            self._upload = need_upload(conn, tools, upload_id)
            long = (asked.announced or 0) > PART_BYTES  # a short one is judged when it is noted
            held = uploads.held(conn, tools.subject.account).bytes if long else 0
        if self._upload.state != OPEN:
            raise UploadClosed
        if long and held + (asked.announced or 0) > limits.bytes:
            raise UploadTooLarge(f"{limits.gib:g} GiB")
        self._tools, self._limits, self._asked = tools, limits, asked
        self._staging = staging_of(tools, self._upload)
        self._mark = self._staging.key.mark(asked.path)
        self._stack = ExitStack()
        self._hash = hashlib.sha256()
        self._came = 0
        self._row, self._file = self._begin()
        self._start = self._row.bytes

    @property
    def standing(self) -> Standing:
        """How far the file is noted to be."""
        row = self._row
        return Standing(
            self._asked.path, row.bytes, row.whole, tag_of(self._staging.key, row.number, row.bytes)
        )

    def take(self, piece: bytes, *, last: bool) -> None:
        """Up to `PART_BYTES` more: durable and noted on return. `last` where no more come."""
        try:
            if piece:
                self._file.append(piece)
            elif not self._row.bytes:
                self._file.sync()
        except OSError as fault:
            if fault.errno in _FULL:
                raise UploadDiskFull from None
            raise
        self._hash.update(piece)
        self._came += len(piece)
        if last:
            self._check()
        self._note(whole=last and self._asked.complete)

    def close(self) -> None:
        """Let the file go; a new one of which nothing was noted goes for good."""
        if not self._noted:
            self._staging.drop(self._row.number)
        self._stack.close()

    def _begin(self) -> tuple[UploadFile, Appending]:
        """The row of the file as it stands, and its writer behind its last byte. A new file is noted when
        its first bytes are there.
        """
        if self._asked.start is None:
            number = secrets.randbelow(1 << 53)
            file = self._writing(number, new=True)
            file.begin(0)
            self._noted = False
            return UploadFile(self._upload.id, number, self._mark, 0, False, self._detail(number)), file
        with self._tools.database.read() as conn:
            found = self._found(conn)
        file = self._writing(found.number, new=False)
        try:
            with self._tools.database.read() as conn:
                row = self._found(conn)  # again: whoever had the lock before us may have gone on
            if row.number != found.number:
                raise UploadBusy
            if row.whole:
                raise AlreadyWhole
            if row.bytes != self._asked.start:
                raise OffsetDiffers(row.bytes, self._asked.start)
            file.begin(row.bytes)
        except BaseException:  # whatever it is, the file is not ours any more
            self._stack.close()
            raise
        self._noted = True
        return row, file

    def _found(self, conn: Connection) -> UploadFile:
        row = uploads.file_of(conn, self._upload.id, self._mark)
        if row is None:
            raise NotFound("file")
        return row

    def _writing(self, number: int, *, new: bool) -> Appending:
        try:
            opened = self._stack.enter_context(self._staging.appending(number, new=new))
        except (StagedFileBusy, FileNotFoundError):  # or it was replaced and is gone
            raise UploadBusy from None
        return opened

    def _detail(self, number: int) -> dict[str, object]:
        """What is kept of a file beside its bytes: its name sealed, what was announced of it."""
        key, asked = self._staging.key, self._asked
        told: dict[str, object] = {"path": key.seal_text(asked.path, number, "path")}
        if asked.length is not None:
            told["length"] = asked.length
        if asked.whole_digest is not None and not asked.complete:
            told["digest"] = key.seal_text(asked.whole_digest.hex(), number, "digest")
        flags = {"unpack": asked.unpack, "instead": asked.instead and not asked.unpack}
        return told | {name: True for name, wanted in flags.items() if wanted}

    def _check(self) -> None:
        """At the end: everything that was announced. Raises, and then nothing of this request is kept."""
        size = self._start + self._came
        try:
            _need_length(self._asked, self._row.detail.get("length"), self._came, size)
            if self._asked.content_digest not in (None, self._hash.digest()):
                raise DigestDiffers("Content-Digest")
            if self._asked.complete:
                self._check_whole(size)
        except BaseException as fault:  # whatever was wrong with it, it is taken back
            self._take_back(all_of_it=isinstance(fault, ArchiveRefused))
            raise

    def _check_whole(self, size: int) -> None:
        key, row = self._staging.key, self._row
        wanted = {self._asked.whole_digest} - {None}
        if kept := row.detail.get("digest"):
            wanted.add(bytes.fromhex(key.open_text(kept, row.number, "digest")))
        if not wanted and not row.detail.get("unpack"):
            return
        file = self._staging.opened(row.number, size, _PARTS_KEPT)
        try:
            if wanted and wanted != {self._whole_digest(file, size)}:
                raise DigestDiffers("Repr-Digest")
            if row.detail.get("unpack"):
                entries_of(file.read, size, most_of(self._upload))
        finally:
            file.close()

    def _whole_digest(self, file: StagedFile, size: int) -> bytes:
        """Of what came now where that is all, else of what lies there."""
        if not self._start:
            return self._hash.digest()
        digest = hashlib.sha256()
        for at in range(0, size, PART_BYTES):
            digest.update(file.read(at, PART_BYTES))
        return digest.digest()

    def _take_back(self, *, all_of_it: bool) -> None:
        """Leave the file as it was before this request; or leave nothing of it."""
        now, row = self._tools.now(), self._row
        if self._noted:
            with self._tools.database.write() as tx:
                if all_of_it or not self._start:
                    uploads.drop_file(tx, self._upload.id, self._mark, now)
                else:
                    uploads.grow(tx, row, self._start, False, now)
        if all_of_it or not self._start:
            self._staging.drop(row.number)

    def _note(self, *, whole: bool) -> None:
        """Note what is durable now. Raises where the upload does not take it: nothing of it counts then."""
        now, old = self._tools.now(), None
        row = replace(self._row, bytes=self._start + self._came, whole=whole)
        try:
            with self._tools.database.write() as tx:
                if self._noted:
                    taken = uploads.grow(tx, self._row, row.bytes, whole, now)
                else:
                    old = self._need_former(tx)
                    taken = uploads.put_file(tx, row, now, old)
                if not taken:
                    raise UploadBusy if self._is_open(tx) else UploadClosed
                self._need_room(tx)
        except BaseException:  # not noted, so it is nobody's
            if not self._noted:
                self._staging.drop(row.number)
            raise
        self._row, self._noted = row, True
        if old is not None:
            self._staging.drop(old.number)

    def _need_former(self, conn: Connection) -> UploadFile | None:
        """The file of this name that is there, None where there is none. Raises `UploadChanged`."""
        found, wanted = uploads.file_of(conn, self._upload.id, self._mark), self._asked.former
        there = tag_of(self._staging.key, found.number, found.bytes) if found else ""
        if wanted is not None and wanted != there:
            raise UploadChanged
        return found

    def _is_open(self, conn: Connection) -> bool:
        return need_upload(conn, self._tools, self._upload.id).state == OPEN

    def _need_room(self, conn: Connection) -> None:
        if uploads.held(conn, self._tools.subject.account).bytes > self._limits.bytes:
            raise UploadTooLarge(f"{self._limits.gib:g} GiB")
        if need_upload(conn, self._tools, self._upload.id).files > self._limits.files:
            raise UploadTooLarge(f"{self._limits.files} files")


def _need_length(asked: Arriving, told: int | None, came: int, size: int) -> None:
    """As many bytes as were announced: of this request, and of the whole file by it or an earlier one."""
    if asked.announced not in (None, came):
        raise LengthDiffers(asked.announced or 0, came)
    for length in (asked.length, told):
        if length is not None and (size > length or (asked.complete and size != length)):
            raise LengthDiffers(length, size)
