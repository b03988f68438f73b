"""The folders of one site that files are written into: made when needed, removed when they are empty.

Whoever writes into a folder holds a shared lock on it (flock) until its file stands there; whoever removes
one asks for the lock alone and gives up when it is not free. So an empty folder disappears and none that a
file is on its way to, in this process or another. Where a file system has no locks folders stay.

Not done here: which folders may go (`site_local`), syncing. Everything raises OSError.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# Some network file systems have none.
NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}


class Folders:
    """The folders below `root`. `present` raises where the site is not there; `visit` has a folder synced
    before anything in it counts. For many threads.
    """

    def __init__(self, root: Path, present: Callable[[], None], visit: Callable[[Path], None]) -> None:
        self._root = root
        self._present = present
        self._visit = visit
        self._lock = threading.Lock()  # guards the two below
        self._known: set[Path] = set()
        self._held: dict[Path, tuple[int, int]] = {}  # descriptor, and how many need it

    def hold(self, folder: Path) -> None:
        """Make `folder` if it is absent, and keep it from being removed until `release`."""
        with self._lock:
            fd, count = self._held.get(folder, (-1, 0))
            if not count:
                fd = self._entered(folder)
            self._held[folder] = fd, count + 1

    def release(self, folder: Path) -> None:
        """Once for each `hold`."""
        with self._lock:
            fd, count = self._held.pop(folder)
            if count > 1:
                self._held[folder] = fd, count - 1
            else:
                os.close(fd)

    def _entered(self, folder: Path) -> int:
        """A descriptor with a shared lock. The first time this object meets the folder, those above are
        visited too: an earlier process may have made it and died before they were synced.
        """
        while True:
            if folder not in self._known:
                self._present()
                for above in folder.parents[: len(folder.relative_to(self._root).parts)]:
                    self._visit(above)
            with suppress(FileNotFoundError):
                if folder not in self._known:
                    with suppress(FileExistsError):  # by now it may be gone again, or be no folder: seen next
                        folder.mkdir(mode=0o700, parents=True)
                if (fd := _locked(folder, fcntl.LOCK_SH)) is not None:
                    self._known.add(folder)
                    return fd
            self._known.discard(folder)  # it was empty and somebody has removed it: once more

    def __del__(self) -> None:
        for fd, _ in self._held.values():
            with suppress(OSError):  # only the lock goes with it
                os.close(fd)


def remove_empty(folder: Path) -> bool:
    """Remove `folder` if it is empty and nobody is about to write into it; whether it was removed."""
    with suppress(OSError):
        fd = _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB, needed=True)
        if fd is not None:
            try:
                folder.rmdir()  # whoever waits for the lock now finds it gone
                return True
            finally:
                os.close(fd)
    return False


def _locked(folder: Path, how: int, *, needed: bool = False) -> int | None:
    """A descriptor of `folder` with the lock `how`; None when another folder stands there by then. Where
    there are no locks a `needed` one raises.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, how)
        except OSError as error:
            if needed or error.errno not in NO_LOCKS:
                raise
        same = os.path.samestat(os.fstat(fd), folder.stat())
    except BaseException:  # whatever happened: nobody else would close it
        os.close(fd)
        raise
    if not same:
        os.close(fd)
    return fd if same else None
