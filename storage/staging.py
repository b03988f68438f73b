"""Files of an upload while they wait: sealed part by part under a key of the upload's own, so that one can be
appended to, and nothing readable ever lies on a disk.

    <folder>/<number>     part 0 | part 1 | …      each: length of its content (4, big endian), sealed object

A part is a sealed object of its own, of at most 4 MiB, bound to archive, upload, file and the place of its
first byte; it is durable when `append` returns. Nothing is ever sealed twice under one salt: what a crash
left behind the last noted byte is cut off before anything is appended, and sealed anew. Whoever drops the
upload's key makes all of it noise.

Not done here: which files there are and how far they came (`archive.uploads`), wrapping the key, quotas.
"""

from __future__ import annotations

import base64
import fcntl
import hmac
import os
import shutil
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from policies.canonical import canonical
from storage.durable import sync_folder
from storage.errors import ObjectDamaged
from storage.sealing import Key, Opener, Sealer, sealed_size

PART_BYTES = 4 << 20
_LENGTH_BYTES = 4
_FILE = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC


class StagedFileBusy(Exception):
    """Somebody else is writing to the file."""


@dataclass(frozen=True, slots=True)
class StagingKey:
    """What opens the files and names of one upload."""

    archive: str
    upload: str
    key: Key

    def bound(self, number: int, place: int | str) -> bytes:
        """What a part of a file, by its first byte, or a name is bound to."""
        return canonical(["lantai-upload", 1, self.archive, self.upload, number, place])

    def mark(self, path: str) -> str:
        """What a path is known again by, to whoever has the key and to nobody else."""
        key = hmac.digest(self.key.secret, b"lantai-upload marks", "sha256")
        return hmac.digest(key, os.fsencode(path), "sha256").hex()

    def seal_text(self, text: str, number: int, place: str) -> str:
        """A short text, sealed, as Base64."""
        sealer = Sealer(self.key, self.bound(number, place))
        return base64.b64encode(sealer.update(text.encode()) + sealer.finalize()).decode("ascii")

    def open_text(self, sealed: str, number: int, place: str) -> str:
        """The text again. Raises `ObjectDamaged`."""
        opener = Opener(self.key, self.bound(number, place))
        return (opener.update(base64.b64decode(sealed)) + opener.finalize()).decode()


@dataclass(frozen=True, slots=True)
class Staging:
    """The staged files of one upload, in `folder`."""

    folder: Path
    key: StagingKey

    def path(self, number: int) -> Path:
        """Where the file of this number lies."""
        return self.folder / f"{number:016x}"

    @contextmanager
    def appending(self, number: int, *, new: bool) -> Iterator[Appending]:
        """Be the one that writes to a file, one that is there or a `new` one; `Appending.begin` comes first.

        Raises `StagedFileBusy`, FileNotFoundError, `OSError`.
        """
        if new:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self.path(number), _FILE | (os.O_CREAT | os.O_EXCL if new else 0), 0o600)
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StagedFileBusy from None
            yield Appending(fd, self.key, number, self.folder if new else None)
        finally:
            os.close(fd)

    def opened(self, number: int, size: int, kept: int = 1) -> StagedFile:
        """The content of a file of `size` bytes. Raises `ObjectDamaged`, `OSError`."""
        return StagedFile(os.open(self.path(number), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), self.key,
                          number, size, kept)  # fmt: skip

    def drop(self, number: int) -> None:
        """Remove a file; one that is not there is fine. Without its row nobody opens it, so nothing waits."""
        with suppress(FileNotFoundError):
            self.path(number).unlink()

    def drop_all(self) -> None:
        """Remove the whole folder; what cannot be removed is left to a sweep."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Appending:
    """One writer of one file; for one thread at a time. `size` is what is durable."""

    def __init__(self, fd: int, key: StagingKey, number: int, new_in: Path | None) -> None:
        self._fd, self._key, self._number, self._new_in = fd, key, number, new_in
        self._end = self.size = 0

    def begin(self, start: int) -> None:
        """Go on behind `start`; what stands there is cut off. Raises `ObjectDamaged` where the file is
        shorter or has no part that begins there.
        """
        ends, end = _ends(self._fd, start)
        if (ends[-1] if ends else 0) != start:
            raise ObjectDamaged("", f"a staged file has no part that begins at {start}")
        os.ftruncate(self._fd, end)
        self._end, self.size = end, start

    def append(self, piece: bytes | memoryview) -> None:
        """Seal and write up to `PART_BYTES`; durable on return. Nothing is appended where it raises."""
        if not 0 < len(piece) <= PART_BYTES:
            raise ValueError(f"a part has 1 to {PART_BYTES} bytes")
        sealer = Sealer(self._key.key, self._key.bound(self._number, self.size))
        part = b"".join((len(piece).to_bytes(_LENGTH_BYTES, "big"), sealer.update(piece), sealer.finalize()))
        _write(self._fd, part, self._end)
        self.sync()
        self._end += len(part)
        self.size += len(piece)

    def sync(self) -> None:
        """Make what was written durable, and the file's name once: for a file of no bytes too."""
        os.fsync(self._fd)
        if self._new_in is not None:
            sync_folder(self._new_in)
            self._new_in = None


class StagedFile:
    """The content of a staged file, readable from any place; nothing is given out before its part was
    verified. `kept` parts stay open in memory. For any number of threads; they take turns.
    """

    def __init__(self, fd: int, key: StagingKey, number: int, size: int, kept: int = 1) -> None:
        self.size = size
        self._fd, self._key, self._number, self._kept = fd, key, number, kept
        self._open: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()
        try:
            self._ends, _ = _ends(fd, size)
            if (self._ends[-1] if self._ends else 0) != size:
                raise ObjectDamaged("", f"a staged file does not have {size} bytes")
        except BaseException:  # whatever is wrong with it, the descriptor is ours to close
            os.close(fd)
            raise
        self._starts = _starts(self._ends)

    def read(self, start: int, length: int) -> bytes:
        """Up to `length` bytes from `start`; fewer only at the end. Raises `ObjectDamaged`, `OSError`."""
        room = bytearray(max(0, min(length, self.size - start)))
        self.read_into(memoryview(room), start)
        return bytes(room)

    def read_into(self, room: memoryview, start: int) -> int:
        """Fill `room` from `start`; how many bytes. Raises like `read`."""
        done = 0
        while done < len(room) and start + done < self.size:
            place = bisect_right(self._ends, start + done)
            content = self._part(place)
            begun = self._ends[place - 1] if place else 0
            piece = memoryview(content)[start + done - begun :][: len(room) - done]
            room[done : done + len(piece)] = piece
            done += len(piece)
        return done

    def close(self) -> None:
        """Let it go."""
        self._open.clear()
        os.close(self._fd)

    def _part(self, place: int) -> bytes:
        with self._lock:
            if place in self._open:
                self._open.move_to_end(place)
                return self._open[place]
            begun = self._ends[place - 1] if place else 0
            length = self._ends[place] - begun
            sealed = os.pread(self._fd, sealed_size(length), self._starts[place])
            opener = Opener(self._key.key, self._key.bound(self._number, begun))
            content = opener.update(sealed) + opener.finalize()
            if len(content) != length:
                raise ObjectDamaged("", "a staged part has another length than it says")
            self._open[place] = content
            while len(self._open) > self._kept:
                self._open.popitem(last=False)
            return content


def _ends(fd: int, size: int) -> tuple[list[int], int]:
    """Where in the content each part ends, up to `size`, and where in the file the last of them ends."""
    ends: list[int] = []
    at = reached = 0
    while reached < size:
        length = int.from_bytes(os.pread(fd, _LENGTH_BYTES, at), "big")
        if not 0 < length <= PART_BYTES:
            break
        reached += length
        at += _LENGTH_BYTES + sealed_size(length)
        ends.append(reached)
    return ends, at


def _starts(ends: list[int]) -> list[int]:
    """Where in the file the sealed bytes of each part begin."""
    starts, at, before = [], 0, 0
    for end in ends:
        starts.append(at + _LENGTH_BYTES)
        at += _LENGTH_BYTES + sealed_size(end - before)
        before = end
    return starts


def _write(fd: int, content: bytes, at: int) -> None:
    view = memoryview(content)
    while view:
        count = os.pwrite(fd, view, at)
        view, at = view[count:], at + count
