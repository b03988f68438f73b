"""Disks for tests: small ones in memory, that fill up, become read-only, or are pulled out. Needs root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

KIB = 1024


@cache
def why_not() -> str:
    """Why nothing can be mounted here, or nothing."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return "mounting needs root"
    with TemporaryDirectory() as folder:
        done = _run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
        if done.returncode:
            return f"nothing can be mounted here: {done.stderr.strip()}"
        _run("umount", folder)
    return ""


def needs_mounts() -> None:
    """Skip where nothing can be mounted, saying why."""
    if why := why_not():
        pytest.skip(why)


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True)


def _must(*words: str) -> None:
    done = _run(*words)
    assert done.returncode == 0, f"{words}: {done.stderr}"


class Disk:
    """A disk of `size` bytes in memory at the folder `at`, which holds what stood there before. The disk
    itself stands at `behind`, and only a second mount of it at `at`: it can be pulled out and put back.
    """

    def __init__(self, at: Path, behind: Path) -> None:
        self.at = at
        self._behind = behind

    def put_in(self) -> None:
        """Mount it where it belongs."""
        _must("mount", "--bind", str(self._behind), str(self.at))

    def pull_out(self) -> None:
        """It is gone, for whoever looks from now on; who has files open there may go on for a while."""
        _must("umount", "-l", str(self.at))

    def read_only(self, wanted: bool) -> None:
        """Nothing can be written there any more, or again."""
        _must("mount", "-o", f"remount,bind,{'ro' if wanted else 'rw'}", str(self.at))

    def leave(self, free: int) -> None:
        """Fill it until `free` bytes are left."""
        room = os.statvfs(self._behind)
        size = room.f_bavail * room.f_frsize - free
        with (self._behind / "ballast").open("wb") as out, suppress(OSError):  # somebody else took the rest
            os.posix_fallocate(out.fileno(), 0, max(size, 1))

    def empty(self) -> None:
        """Take away what filled it."""
        (self._behind / "ballast").unlink()


@contextmanager
def disk(at: Path, behind: Path, size: int = 96 << 20) -> Iterator[Disk]:
    """A disk in the place of the folder `at`, until this is left."""
    behind.mkdir()
    _must("mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(behind))
    try:
        shutil.copytree(at, behind, dirs_exist_ok=True)
        shutil.rmtree(at)
        at.mkdir(mode=0o700)
        made = Disk(at, behind)
        made.put_in()
        yield made
    finally:
        while _run("umount", "-l", str(at)).returncode == 0:
            pass
        _run("umount", "-l", str(behind))
