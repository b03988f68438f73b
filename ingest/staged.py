"""What was handed in over the network as the source of a batch: staged files, and the members of ZIPs.

Everything is read through decryption, and a ZIP is never unpacked to a disk: its members are unpacked while
they are read. Not done here: taking bytes in, limits, dropping what was registered (`processes.uploading`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archive import uploads
from archive.uploads import Upload, UploadFile
from ingest.errors import FileUnreadable
from ingest.manifest import is_list
from ingest.members import Opened
from ingest.source import Files
from ingest.survey import Found, Survey
from ingest.tools import Tools
from ingest.zip_member import Member
from ingest.zipped import Entry, Most, ReadRange, entries_of
from storage.errors import ObjectDamaged
from storage.sealing import Key
from storage.staging import StagedFile, Staging, StagingKey

FOLDER = "uploads"
_PARTS_OF_A_ZIP = 4
"""So many parts of a ZIP stay in memory for all that read members of it: 16 MiB."""


@dataclass(frozen=True, slots=True)
class Staged:
    """One file of the batch: a staged file, or a member of one. One that came `instead` takes the place of a
    ZIP's member of its name; a list of any.
    """

    path: str
    number: int
    staged_bytes: int
    entry: Entry | None = None
    instead: bool = False

    @property
    def bytes(self) -> int:
        """Length of its content."""
        return self.staged_bytes if self.entry is None else self.entry.bytes


@dataclass(slots=True)
class StagedSource:
    """An upload as a source. See `Source`. It must not be appended to meanwhile."""

    tools: Tools
    upload: Upload
    staging: Staging
    _files: dict[str, Staged] = field(default_factory=dict)
    _twice: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """See `Source`: as whoever handed it in called it."""
        return self.staging.key.open_text(self.upload.detail["name"], 0, "upload")

    @property
    def mark(self) -> str:
        """See `Source`."""
        return self.upload.id

    @property
    def terms(self) -> Mapping[str, str]:
        """See `Source`: the upload."""
        return {"upload": self.upload.id}

    def files(self) -> Mapping[str, Staged]:
        """Every file of the batch by path. Raises `ArchiveRefused`, `ObjectDamaged`."""
        if not self._files:
            for staged in _replaced(list(self._all())):
                if staged.path in self._files:
                    self._twice.append(staged.path)
                self._files[staged.path] = staged
        return self._files

    def twice(self) -> list[str]:
        """The paths that stand in the upload more than once."""
        self.files()
        return self._twice

    def survey(self) -> Survey:
        """See `Source`. What is a file and a folder at once is no regular file."""
        found = self.files()
        folders = {path[:at] for path in found for at, sign in enumerate(path) if sign == "/"}
        files = {
            path: Found(one.bytes, identity_of(self.upload.id, one))
            for path, one in found.items()
            if path not in folders
        }
        return Survey(files, frozenset(folders), {path: "folder" for path in found if path in folders})

    @contextmanager
    def opened(self) -> Iterator[Files]:
        """See `Source`."""
        files = StagedFiles(self)
        try:
            yield files
        finally:
            files.close()

    def _all(self) -> Iterator[Staged]:
        with self.tools.database.read() as conn:
            rows = uploads.files(conn, self.upload.id)
        for row in rows:
            if not row.detail.get("unpack"):
                path, instead = name_of(self.staging.key, row), bool(row.detail.get("instead"))
                yield Staged(path, row.number, row.bytes, None, instead)
                continue
            file = self.staging.opened(row.number, row.bytes, _PARTS_OF_A_ZIP)
            try:
                for entry in entries_of(file.read, row.bytes, most_of(self.upload)):
                    yield Staged(entry.path, row.number, row.bytes, entry)
            finally:
                file.close()


class StagedFiles:
    """The files of an upload, open: each ZIP once, for all its members. See `Files`."""

    def __init__(self, source: StagedSource) -> None:
        self._source = source
        self._found = source.files()
        numbers = {one.number: one.staged_bytes for one in self._found.values() if one.entry}
        self._archives: dict[int, StagedFile] = {}
        for number, size in numbers.items():
            self._archives[number] = source.staging.opened(number, size, _PARTS_OF_A_ZIP)

    def names(self) -> list[str]:
        """See `Files`."""
        return sorted({path.partition("/")[0] for path in self._found})

    def open(self, path: str) -> Opened:
        """See `Files`."""
        one = self._found.get(path)
        if one is None:
            raise FileUnreadable("file-missing")
        identity = identity_of(self._source.upload.id, one)
        if one.entry is not None:
            return Member(_reading(self._archives[one.number]), one.entry, identity)
        try:
            return _Whole(self._source.staging.opened(one.number, one.staged_bytes), identity)
        except (ObjectDamaged, OSError) as fault:
            raise _unreadable() from fault

    def close(self) -> None:
        """Let the ZIPs go."""
        for archive in self._archives.values():
            archive.close()


class _Whole:
    """A staged file as it is read. See `Opened`."""

    def __init__(self, file: StagedFile, identity: tuple[int, ...]) -> None:
        self._file, self._identity = file, identity

    @property
    def descriptor(self) -> None:
        return

    def identity(self) -> tuple[int, ...]:
        return self._identity

    def read_into(self, room: memoryview, start: int) -> int:
        try:
            return self._file.read_into(room, start)
        except (ObjectDamaged, OSError) as fault:
            raise _unreadable() from fault

    def close(self) -> None:
        self._file.close()


def _replaced(every: list[Staged]) -> Iterator[Staged]:
    """All but the members of ZIPs in whose place a file came."""
    instead = {one.path for one in every if one.instead}
    a_list = any(is_list(path) for path in instead)
    for one in every:
        gone = one.path in instead or (a_list and is_list(one.path))
        if one.entry is None or not gone:
            yield one


def _reading(file: StagedFile) -> ReadRange:
    """Its ranges, as whoever reads a member asks for them."""

    def read(start: int, length: int) -> bytes:
        try:
            return file.read(start, length)
        except (ObjectDamaged, OSError) as fault:
            raise _unreadable() from fault

    return read


def _unreadable() -> FileUnreadable:
    """The staged copy is damaged: the sender can send it again."""
    return FileUnreadable("file-unreadable", "staged copy")


def staged_source(tools: Tools, upload_id: str) -> StagedSource | None:
    """The upload as a source; None where there is none any more. Raises `KeyringDamaged` where its key does
    not open.
    """
    with tools.database.read() as conn:
        upload = uploads.upload(conn, upload_id)
    return StagedSource(tools, upload, staging_of(tools, upload)) if upload else None


def staging_of(tools: Tools, upload: Upload) -> Staging:
    """Where the files of an upload lie, with the key that opens them."""
    secret = tools.keychain.custody.of(upload.detail["kek"]).unwrap(upload.key)
    key = StagingKey(tools.vault.archive_id, upload.id, Key(upload.detail["cipher"], secret))
    return Staging(folder_of(tools, upload.id), key)


def folder_of(tools: Tools, upload_id: str) -> Path:
    """Where the files of an upload lie."""
    return tools.work / FOLDER / upload_id


def most_of(upload: Upload) -> Most:
    """What a ZIP of an upload may hold, as it stood when the upload was begun."""
    return Most(*upload.detail["most"])


def name_of(key: StagingKey, row: UploadFile) -> str:
    """The path of a file of an upload."""
    return key.open_text(row.detail["path"], row.number, "path")


def identity_of(upload_id: str, one: Staged) -> tuple[int, ...]:
    """What makes it this file with this content: upload, file, bytes, and place and check sum in a ZIP."""
    upload = int.from_bytes(hashlib.sha256(upload_id.encode()).digest()[:7], "big")
    place, crc = (one.entry.place, one.entry.crc) if one.entry else (0, 0)
    return (upload, one.number, one.bytes, place, crc)
