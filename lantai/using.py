"""Who works in a home: everybody together, or one alone. The home's own folder is the lock.

An advisory lock on the folder, gone with its holder, however it dies; it needs no file and survives
renaming. Not done here: what needs to be alone (`upgrading`).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.locks import only_one_or_none
from lantai.errors import HomeBusy


@contextmanager
def in_use(home: Path) -> Iterator[None]:
    """Work in `home` together with others. Raises `HomeBusy` while one works there alone.

    Nothing is held where there is no such folder: whoever opens it says so.
    """
    with _held(home, fcntl.LOCK_SH) as mine:
        if not mine:
            raise HomeBusy("this archive is being upgraded or rebuilt: wait until that is done")
        yield


@contextmanager
def alone_in(home: Path) -> Iterator[None]:
    """Work in `home` alone. Raises `HomeBusy` at once while anybody else does.

    A program of the first release holds no lock on the home; while it works it is found by those in `work/`.
    """
    with _held(home, fcntl.LOCK_EX) as mine:
        if not mine or not all(map(_free, sorted((home / "work").glob("*.lock")))):
            raise HomeBusy("another process works in this archive: end it, or wait until it is done")
        yield


def _free(file: Path) -> bool:
    with only_one_or_none(file) as mine:
        return mine


@contextmanager
def _held(home: Path, how: int) -> Iterator[bool]:
    """Whether the lock is held now; True without one where there is no folder."""
    try:
        descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        yield True
        return
    try:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
