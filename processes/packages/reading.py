"""Reading a finished package, folder or disc image, from the medium and not from what a cache remembers.

Not done here: what must stand in it (`carrier_check`).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from storage.direct import PAGE, open_direct, pread_into

CHUNK = 1 << 20


class Medium(Protocol):
    """A package to be read. Paths have `/`; what is no regular file is named with its kind by `strange`."""

    def files(self) -> Iterator[tuple[str, int]]:
        """Path and length of every regular file, in no order."""

    def strange(self) -> Iterator[str]:
        """What stands there and is neither folder nor regular file."""

    def pieces(self, path: str) -> Iterator[bytes]:
        """A file's content. Raises OSError where it is not there or cannot be read."""


class FolderMedium:
    """A package that is a folder, or a mounted disc."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def files(self) -> Iterator[tuple[str, int]]:
        """See `Medium.files`."""
        for path, entry in self._walk(self._root, ""):
            if entry.is_file(follow_symlinks=False):
                yield path, entry.stat(follow_symlinks=False).st_size

    def strange(self) -> Iterator[str]:
        """See `Medium.strange`."""
        for path, entry in self._walk(self._root, ""):
            if not entry.is_file(follow_symlinks=False):
                yield path

    def pieces(self, path: str) -> Iterator[bytes]:
        """See `Medium.pieces`."""
        if not (self._root / path).is_file():  # a pipe would never be opened
            raise FileNotFoundError(errno.ENOENT, "no regular file", path)
        fd = open_direct(self._root / path)
        try:
            with _page_block() as block:
                at = 0
                while count := pread_into(fd, block, at):
                    at += count
                    yield bytes(block[:count])
        finally:
            os.close(fd)

    def _walk(self, folder: Path, above: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                path = f"{above}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(folder / entry.name, f"{path}/")
                else:
                    yield path, entry


def beginning(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """The pieces up to `most` bytes and a little more: whoever made the medium may have made them endless."""
    for piece in pieces:
        yield piece
        most -= len(piece)
        if most <= 0:
            return


@contextmanager
def _page_block() -> Iterator[memoryview]:
    """Memory that direct reads take."""
    import mmap

    size = CHUNK // PAGE * PAGE
    yield memoryview(mmap.mmap(-1, size))
