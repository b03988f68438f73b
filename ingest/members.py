"""Open and read one file of a batch folder, so that what was checked is what is read.

Every part of a path is opened relative to the folder before it, without following links, so that
nobody can swap a part for a link between looking and reading. A file that is not what it was is
`FileChanged`, one that cannot be had is `FileUnreadable`; both carry the finding they mean.

Not done here: which files a batch needs (`receive.py`), what is in them (the probes), files that were handed
in over the network (`staged.py`: they are read by the same `Reading`). Other
names for the same file (hard links) are not told apart: they are the same bytes.

A change that keeps the size and falls into the same tick of the kernel's clock (some milliseconds)
as the change before it cannot be seen by time stamps; the digest is of the bytes that were read.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from archive.digests import Digests
from ingest.errors import FileChanged, FileUnreadable
from policies.suites import SHA256

PIECE_BYTES = 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

# Faults of the thing named, not of the machine: these are findings, any other OSError is raised.
_FAULTS = {
    errno.ENOENT: "file-missing",
    errno.ENAMETOOLONG: "file-missing",
    errno.ELOOP: "path-not-regular",
    errno.ENOTDIR: "path-not-regular",
    errno.ENXIO: "path-not-regular",
    errno.EACCES: "file-unreadable",
    errno.EPERM: "file-unreadable",
    errno.EIO: "file-unreadable",
}
_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


def identity_of(status: os.stat_result) -> tuple[int, ...]:
    """What makes it this file with this content: device, inode, bytes, and both times in ns."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def kind_of(mode: int) -> str:
    """The word for what is not a regular file."""
    return _KINDS.get(stat.S_IFMT(mode), "unknown")


def open_member(folder: int, path: str) -> int:
    """Open the regular file at `path` below the open folder `folder`; the caller closes it.

    Each part is opened with O_NOFOLLOW, the file with O_NONBLOCK too (a fifo must not hold the
    batch), and what was opened must be regular. Devices are looked at before they are opened, since
    opening one can act. Raises `FileUnreadable`, and `OSError` where the machinery is at fault.
    """
    *parents, name = path.split("/")
    if not name or any(part in ("", ".", "..") for part in (*parents, name)) or "\0" in path:
        raise FileUnreadable("path-unsafe")
    try:
        at = descend(folder, parents)
        try:
            return _open_regular(at, name)
        finally:
            if at != folder:
                os.close(at)
    except OSError as error:
        if error.errno not in _FAULTS:
            raise
        raise _unreadable(error) from error


def descend(folder: int, parents: Sequence[str]) -> int:
    """Open the folder at `parents` below `folder`, no part a link; `folder` itself where there are none."""
    at = folder
    for part in parents:
        try:
            below = os.open(part, _FOLDER, dir_fd=at)
        finally:
            if at != folder:
                os.close(at)
        at = below
    return at


def _open_regular(at: int, name: str) -> int:
    _demand_regular(os.stat(name, dir_fd=at, follow_symlinks=False))
    opened = os.open(name, _FILE, dir_fd=at)
    try:
        _demand_regular(os.fstat(opened))
    except BaseException:  # whatever stops us, the descriptor is ours to close
        os.close(opened)
        raise
    return opened


def _demand_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise FileUnreadable("path-not-regular", kind_of(status.st_mode))


def _unreadable(error: OSError) -> FileUnreadable:
    number = error.errno or 0
    return FileUnreadable(_FAULTS[number], errno.errorcode[number])


class Opened(Protocol):
    """One file of a batch, open to be read from any place; by one thread at a time."""

    @property
    def descriptor(self) -> int | None:
        """A descriptor of the very content, None where it lies sealed."""

    def identity(self) -> tuple[int, ...]:
        """What makes it this file with this content, as it stands now; the third number is its bytes."""

    def read_into(self, room: memoryview, start: int) -> int:
        """Fill `room` from `start`; how many bytes, 0 only at the end. Raises `FileUnreadable`."""

    def close(self) -> None:
        """Let it go."""


class FolderFile:
    """A regular file of this machine by its descriptor, which it closes. See `Opened`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def descriptor(self) -> int:
        """See `Opened`."""
        return self._descriptor

    def identity(self) -> tuple[int, ...]:
        """See `Opened`."""
        return identity_of(os.fstat(self._descriptor))

    def read_into(self, room: memoryview, start: int) -> int:
        """See `Opened`."""
        try:
            return os.preadv(self._descriptor, [room], start)
        except OSError as error:
            if error.errno not in _FAULTS:
                raise
            raise _unreadable(error) from error

    def close(self) -> None:
        """See `Opened`."""
        os.close(self._descriptor)


class Reading:
    """One reading of an open file from its start to its end; iterate once, then ask for `size` and `digest`.

    Each piece is valid until the next is asked for. `identity` is what the survey saw. Iterating raises
    `FileChanged` where the file differs from that, or between start and end; `FileUnreadable` where the
    disk fails. What came before must then be thrown away.
    """

    def __init__(
        self,
        opened: Opened,
        *,
        identity: tuple[int, ...] | None = None,
        piece_bytes: int = PIECE_BYTES,
        digests: Sequence[str] = (SHA256,),
    ) -> None:
        self._opened, self._expected, self._piece_bytes = opened, identity, piece_bytes
        self._digests = Digests(digests)
        self.size = 0

    def __iter__(self) -> Iterator[memoryview]:
        before = self._opened.identity()
        length = before[2]
        if self._expected is not None and before != self._expected:
            raise FileChanged(_change(self._expected, before))
        buffer = memoryview(bytearray(min(self._piece_bytes, length + 1)))
        # One byte more than the file has is asked for, and no more: a file that grows must not hold us.
        while self.size <= length and (count := self._opened.read_into(buffer, self.size)):
            piece = buffer[:count]
            self._digests.update(piece)
            self.size += count
            yield piece
            self._digests.settle()  # the buffer is filled anew
        after = self._opened.identity()
        if after != before or self.size != length:
            raise FileChanged(_change(before, after))

    def digest(self, name: str = SHA256) -> str:
        """A digest (hex) of what was read so far; of the file once iterating has ended; "" for none."""
        return self._digests.hex(name)


def read_once(
    opened: int,
    sink: Callable[[memoryview], object],
    piece_bytes: int = PIECE_BYTES,
    *,
    identity: tuple[int, ...] | None = None,
) -> tuple[int, str]:
    """Read an open file from its start to its end, once: its size in bytes and SHA-256 (hex).

    `sink` gets each piece; the view is valid during the call only. Raises like `Reading`.
    """
    reading = Reading(FolderFile(opened), identity=identity, piece_bytes=piece_bytes)
    for piece in reading:
        sink(piece)
    return reading.size, reading.digest()


def _change(before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """What differs, in words that name no content: sizes where they differ, else the time or the file."""
    names = ("device", "inode", "bytes", "mtime", "ctime")
    if before[2] != after[2]:
        return f"{before[2]} -> {after[2]} B"
    return ", ".join(name for name, old, new in zip(names, before, after, strict=True) if old != new)
