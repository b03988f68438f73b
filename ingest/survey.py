"""Walk a batch folder: what is in it, without following a link and without opening a file.

Not done here: comparing with the list (`receive.py`). What appears or goes while the walk runs is
found later, when the file is opened and its identity held against the one noted here.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.members import descend, identity_of, kind_of

MAX_DEPTH = 128


@dataclass(frozen=True, slots=True)
class Found:
    """One regular file: bytes, and what makes it this file with this content."""

    bytes: int
    identity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a folder holds, by path below it as the system gives it.

    `others` names what is neither a regular file nor a folder that was walked: "link", "fifo",
    "device", "socket", "unreadable" (a folder), "too deep" (a folder).
    """

    files: Mapping[str, Found]
    folders: frozenset[str]
    others: Mapping[str, str]


def survey(folder: Path) -> Survey:
    """Walk `folder`. Raises `OSError` where the folder itself cannot be read."""
    files: dict[str, Found] = {}
    others: dict[str, str] = {}
    folders: set[str] = set()
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        pending: list[tuple[str, ...]] = [()]
        while pending:
            parts = pending.pop()
            try:
                entries = _entries(root, parts)
            except (PermissionError, FileNotFoundError, NotADirectoryError) as error:
                if not parts:
                    raise
                others["/".join(parts)] = "unreadable" if isinstance(error, PermissionError) else "unknown"
                continue
            folders.add("/".join(parts))
            pending += _sort(parts, entries, files, others)
    finally:
        os.close(root)
    return Survey(files, frozenset(folders - {""}), others)


def _entries(root: int, parts: tuple[str, ...]) -> list[tuple[str, os.stat_result]]:
    at = descend(root, parts)
    try:
        with os.scandir(at) as found:
            return [(entry.name, entry.stat(follow_symlinks=False)) for entry in found]
    finally:
        if at != root:
            os.close(at)


def _sort(
    parts: tuple[str, ...],
    entries: list[tuple[str, os.stat_result]],
    files: dict[str, Found],
    others: dict[str, str],
) -> list[tuple[str, ...]]:
    """Put each entry where it belongs; the folders still to walk are returned."""
    below = []
    for name, status in entries:
        path = "/".join((*parts, name))
        if stat.S_ISREG(status.st_mode):
            files[path] = Found(status.st_size, identity_of(status))
        elif not stat.S_ISDIR(status.st_mode):
            others[path] = kind_of(status.st_mode)
        elif len(parts) + 1 > MAX_DEPTH:
            others[path] = "too deep"
        else:
            below.append((*parts, name))
    return below
