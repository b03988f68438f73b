"""Reading past the page cache: aligned memory, and files opened for it.

A direct read sees the medium, where a cached one sees what this machine remembers of it, and leaves the cache
to others. Not done here: when to use it; writing (`durable`: there the cache helps).
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = 4096


class Blocks:
    """Blocks of `size` bytes each; at most `keep` of them rest here between uses. For many threads."""

    __slots__ = ("_free", "_keep", "_lock", "size")

    def __init__(self, size: int, keep: int) -> None:
        self.size = size
        self._keep = keep
        self._free: list[memoryview] = []
        self._lock = threading.Lock()

    @contextmanager
    def lend(self) -> Iterator[memoryview]:
        """One block, with whatever its last user left in it (never given to sites: sealed bytes only)."""
        with self._lock:
            block = self._free.pop() if self._free else None
        block = memoryview(mmap.mmap(-1, self.size)) if block is None else block
        try:
            yield block
        finally:
            with self._lock:
                if len(self._free) < self._keep:
                    self._free.append(block)


def open_direct(path: Path) -> int:
    """A descriptor that reads `path` past the page cache, where its file system takes that. No links."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, flags | getattr(os, "O_DIRECT", 0))
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return os.open(path, flags)


def pread_into(fd: int, room: memoryview, start: int) -> int:
    """Fill `room` from `start` on; how many bytes. Goes over to the page cache where `fd` refuses direct
    reads after all (a device with larger pages; a place inside a page after a short read).
    """
    try:
        return os.preadv(fd, [room], start)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        fcntl.fcntl(fd, fcntl.F_SETFL, 0)
        return os.preadv(fd, [room], start)
