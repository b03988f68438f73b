"""The folder of a living index: names of generations, which of them answers, which is being filled.

    current          the name of the generation that answers
    next             the name of the one that is being filled, while one is
    7/, 8/           generations: a folder of the engine each
    .writing.lock    held (flock) by whoever changes anything here
    .filling.lock    held by whoever fills the next generation

Durable changes, in order. A name is put in place so:

    1  write     the name, into a new file under a temporary name, mode 0600
    2  fsync     that file
    3  rename    to `current` or `next`: readers see the former name or the new one
    4  fsync     the folder: the rename, and the generation's own folder, are on the medium

and a filled generation becomes the index so: its documents are durable (the engine's commit), `current` names
it (1 to 4), `next` is removed and the folder synced, everything else is removed, the folder is synced. Killed
anywhere, the former generation answers or the new one does; whoever writes next removes what is left over.

The folder has mode 0700 and files 0600: the index is plaintext. Not done here: what a generation is made of.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.errors import IndexBusy

CURRENT, NEXT = "current", "next"
EMPTY, FIRST = "0", "1"
"""What stands for an index that nothing was fed to yet, never named; and the first that is named."""
_WRITING, _FILLING = ".writing.lock", ".filling.lock"
_DRAFT = ".name-"
_NAME = re.compile(r"[0-9]{1,18}")
_FORMER = re.compile(r"meta\.json|\.managed\.json|\.tantivy-.*\.lock|[0-9a-f]{32}\..*")
"""What the engine wrote into the folder itself before there were generations."""
_RETRY_SECONDS = 0.02


class Generations:
    """Pointers, locks and leftovers in `folder`, which is made when something is first written."""

    def __init__(self, folder: Path, wait_seconds: float) -> None:
        self.folder = folder
        self._current = str(folder / CURRENT)
        self._wait_seconds = wait_seconds

    def named(self, pointer: str) -> str:
        """The generation that a pointer names; "" where it names none."""
        try:
            written = (self.folder / pointer).read_text("ascii", errors="replace").strip()
        except FileNotFoundError:
            return ""
        return written if _NAME.fullmatch(written) else ""

    def mark(self) -> tuple[int, ...]:
        """Changes whenever another generation answers."""
        try:
            found = os.stat(self._current)  # noqa: PTH116 - with every question, and a path takes longer
        except FileNotFoundError:
            return ()
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def is_former(self) -> bool:
        """Whether an index stands here as it was before there were generations."""
        return (self.folder / "meta.json").exists()

    def unused_name(self) -> str:
        """A name above every one that stands here."""
        names = [path.name for path in self._entries() if _NAME.fullmatch(path.name)]
        return str(
            1 + max(map(int, [EMPTY, *names, self.named(CURRENT) or EMPTY, self.named(NEXT) or EMPTY]))
        )

    def point(self, pointer: str, name: str) -> None:
        """Let `pointer` name a generation, or none where that is "". Durable when it returns."""
        if name:
            draft = self.folder / f"{_DRAFT}{secrets.token_hex(8)}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, name.encode("ascii"))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            draft.rename(self.folder / pointer)
        else:
            (self.folder / pointer).unlink(missing_ok=True)
        sync(self.folder)

    def leftovers(self) -> list[Path]:
        """What belongs to no generation in use: killed fillers' folders, drafts, a former index."""
        used = {self.named(CURRENT), self.named(NEXT)}
        return [path for path in self._entries() if _is_ours(path.name) and path.name not in used]

    def sweep(self) -> None:
        """Remove what is left over. For whoever holds the lock; readers lose nothing that they have open."""
        found = self.leftovers()
        for path in found:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        if found:
            sync(self.folder)

    def shut(self, name: str) -> None:
        """Let nobody but the owner read a generation's files, whatever the engine made them with."""
        for entry in os.scandir(self.folder / name):
            mode = stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode)
            if mode & 0o077:
                os.chmod(entry.path, mode & 0o700)  # noqa: PTH101 - the entry is at hand

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The lock of whoever changes anything. Raises IndexBusy where it is held for too long."""
        with self._locked(_WRITING, self._wait_seconds):
            yield

    @contextmanager
    def filling(self) -> Iterator[None]:
        """The lock of whoever fills the next generation. Raises IndexBusy at once where somebody does."""
        with self._locked(_FILLING, 0.0):
            yield

    def make_folder(self) -> None:
        """Make the folder where it is not there; nobody but its owner looks into it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    @contextmanager
    def _locked(self, name: str, seconds: float) -> Iterator[None]:
        """A lock that goes with its holder, however that ends."""
        self.make_folder()
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(descriptor, time.monotonic() + seconds)
            yield
        finally:
            os.close(descriptor)

    def _entries(self) -> list[Path]:
        return sorted(self.folder.iterdir()) if self.folder.is_dir() else []


def sync(folder: Path) -> None:
    """Make what was made, renamed and removed in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_ours(name: str) -> bool:
    return bool(_NAME.fullmatch(name) or _FORMER.fullmatch(name) or name.startswith(_DRAFT))


def _take(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise IndexBusy("another process is writing") from None
            time.sleep(_RETRY_SECONDS)
        else:
            return
