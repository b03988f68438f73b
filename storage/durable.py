"""Durable writes: the one place where the order of system calls is decided.

    1  open      a new file under a temporary name in the folder `.incoming`, mode 0600, locked (flock)
    2  write     all of it: directly past the page cache where it is large and the file system takes that
    3  fsync     the file: content and length are on the medium before any name leads to them
    4  rename    to its name: readers see the old or the whole new content
    5  fsync     the folder: the name itself is on the medium

A file under its name is therefore always whole, whether the process or the power goes. Small files take
steps 3 and 4 together, many at a time, after the kernel was asked to start writing each one; step 5 is taken
once for each folder (both in `group.Group`).

What is left of a crash are temporary files. The kernel drops their locks with the process, so `sweep` can
tell them from those still being written.

The sad path that remains: a file system or device that says "written" and is not (a write cache without
flush, some network shares). No order of calls helps; reading every copy back at another time does.

Not done here: names, sites, what an error means to a caller. Everything raises OSError.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import secrets
from contextlib import suppress
from pathlib import Path

from storage.direct import PAGE

INCOMING = ".incoming"

# Some network file systems have no locks. There `sweep` cannot tell leftovers apart and leaves them.
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}


def sync_folder(folder: Path) -> None:
    """Step 5 for `folder`."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_file(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Steps 1 to 5 for one small file of mode 0600; its folder must be there and serves for the temporary
    name too. With `replace=False` an existing file is left alone and FileExistsError raised.
    """
    draft = Draft(path.parent, len(data), direct=False)
    try:
        draft.write(memoryview(data))
        draft.sync()
        if replace:
            draft.rename(path)
        else:
            draft.link(path)
    except BaseException:  # whatever ends the write: no temporary file stays
        draft.abandon()
        raise
    sync_folder(path.parent)


def sweep(folder: Path) -> int:
    """Remove the temporary files in `folder` that no living process is writing; how many."""
    removed = 0
    with suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            removed += entry.name.startswith(".draft-") and _abandoned(Path(entry.path))
    return removed


def _abandoned(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Renamed since it was listed? Then it is no leftover, and the temporary name is gone already.
        path.unlink()
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def _open_locked(folder: Path, flags: int) -> tuple[int, Path]:
    """A new locked file. A sweep may take it between its creation and its lock: then once more."""
    while True:
        path = folder / f".draft-{secrets.token_hex(12)}"
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | flags, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                os.close(fd)
                path.unlink(missing_ok=True)
                raise
        if os.fstat(fd).st_nlink:
            return fd, path
        os.close(fd)


class Draft:
    """Steps 1 to 4 for one file of `size` bytes. Not for several threads at a time."""

    __slots__ = ("_direct", "_fd", "_padded", "path", "size", "written")

    def __init__(self, folder: Path, size: int, *, direct: bool) -> None:
        self.size = size
        self.written = 0
        self._padded = False
        self._direct = direct and hasattr(os, "O_DIRECT")
        try:
            self._fd, self.path = _open_locked(folder, os.O_DIRECT if self._direct else 0)
        except OSError as error:
            if error.errno != errno.EINVAL or not self._direct:
                raise
            self._direct = False  # this file system knows no direct writes
            self._fd, self.path = _open_locked(folder, 0)

    def write(self, view: memoryview) -> None:
        """Step 2: append `view`."""
        if self._direct:
            view = self._write_direct(view)
        while view:
            count = os.write(self._fd, view)
            self.written += count
            view = view[count:]

    def _write_direct(self, view: memoryview) -> memoryview:
        """Write `view` past the page cache, padded to whole pages; what is left for the ordinary way."""
        whole = len(view) // PAGE * PAGE
        parts: list[memoryview | mmap.mmap] = [view[:whole]] if whole else []
        if self._padded:
            return self._leave_direct(view)
        if whole != len(view):
            tail = mmap.mmap(-1, PAGE)
            tail[: len(view) - whole] = view[whole:]
            parts.append(tail)
            self._padded = True
        try:
            count = min(os.writev(self._fd, parts), len(view)) if parts else 0
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return self._leave_direct(view)  # memory that is not aligned, or a device with larger pages
        self.written += count
        return view[count:] if count == len(view) else self._leave_direct(view[count:])

    def _leave_direct(self, view: memoryview) -> memoryview:
        """From here on through the page cache, at the end of the content (not of the padding)."""
        flags = fcntl.fcntl(self._fd, fcntl.F_GETFL)
        fcntl.fcntl(self._fd, fcntl.F_SETFL, flags & ~os.O_DIRECT)
        os.lseek(self._fd, self.written, os.SEEK_SET)
        self._direct = False
        return view

    def begin_sync(self) -> None:
        """Ask the kernel to start writing what it holds of the file; does not wait and promises nothing."""
        with suppress(OSError):
            os.posix_fadvise(self._fd, 0, 0, os.POSIX_FADV_DONTNEED)

    def sync(self) -> None:
        """Step 3. After an error the content is lost for good: only a new draft helps."""
        if self._padded:
            os.ftruncate(self._fd, self.written)
        os.fsync(self._fd)

    def rename(self, target: Path) -> None:
        """Step 4, replacing what stands there."""
        self.path.rename(target)
        os.close(self._fd)

    def link(self, target: Path) -> None:
        """Step 4, for a name that must not exist yet. Raises FileExistsError."""
        target.hardlink_to(self.path)
        self.path.unlink()
        os.close(self._fd)

    def abandon(self) -> None:
        """Leave nothing behind; after `rename` or `link` this must not be called."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        with suppress(OSError):
            os.close(self._fd)
