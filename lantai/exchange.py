"""The one folder of the server's file system that the HTTP door writes into and reads from when it is told a
path: `[http] exchange`. Carriers are put there by people, and taken away by people.

A path is relative to it, of plain names alone; nothing on it may be a link. Not done here: what stands there.
"""

from __future__ import annotations

import stat
from pathlib import Path

from lantai.errors import NoExchange, UsageMistake
from lantai.wiring import Archive

LONGEST = 500


def has_exchange(archive: Archive) -> bool:
    """Whether the operator named such a folder, and it is there."""
    root = archive.settings.http.exchange
    return root is not None and (archive.home / root).is_dir()


def exchanged(archive: Archive, path: str) -> Path:
    """The file or folder `path` below the exchange folder, there or not.

    Raises `NoExchange` where the operator named no such folder, `UsageMistake` for a path that leaves it.
    """
    root = archive.settings.http.exchange
    if not root:
        raise NoExchange("set `exchange` under [http] in lantai.toml: the folder that carriers go through")
    names = path.split("/")
    if len(path) > LONGEST or any(not _plain(name) for name in names):
        raise UsageMistake("a path is of names joined by /, below the exchange folder: no .., none empty")
    at = (archive.home / root).resolve()
    if not at.is_dir():
        raise NoExchange("the exchange folder that lantai.toml names is not there")
    for name in names:
        at = at / name
        if _is_link(at):
            raise UsageMistake("a link stands on this path")
    return at


def _plain(name: str) -> bool:
    return bool(name) and name not in (".", "..") and name.isprintable() and "\\" not in name


def _is_link(path: Path) -> bool:
    try:
        return stat.S_ISLNK(path.lstat().st_mode)
    except OSError:
        return False
