"""A site that is a folder. The contract is `Site`; the order of system calls is in `durable`.

The folder must have been prepared once: a folder without `objects/` is taken for a disk that is not mounted,
never for an empty site. Folders have mode 0700, files 0600; unfinished writes stand in `.incoming`.

Not done here: sealing, digests, counting copies.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.direct import PAGE, Blocks, open_direct, pread_into
from storage.durable import INCOMING, Draft, sweep, sync_folder
from storage.errors import ObjectMissing
from storage.folders import Folders, remove_empty
from storage.group import Group
from storage.sink_local import LocalSink, translated
from storage.site import AREAS, STREAM_BYTES, Stored, safe_name


def prepare(root: Path) -> None:
    """Make the folders of a new site, durably; those that are there are left as they are. Raises OSError."""
    for folder in (root, *(root / area for area in AREAS), root / INCOMING):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sync_folder(root)
    sync_folder(root.parent)


class LocalSite:
    """The site `name` in the prepared folder `root`.

    After a failed `settle` make another one: this one stays failed. It stays away, too, once another folder
    stands in the place of the one that it met first, as after a disk was exchanged.
    """

    def __init__(self, name: str, root: Path) -> None:
        self._name = name
        self._root = root
        self._group = Group()
        self._blocks = Blocks(STREAM_BYTES, keep=8)
        self._folders = Folders(root, self._present, self._group.visit)
        self._met: os.stat_result | None = None

    @property
    def name(self) -> str:
        """What the archive calls this site."""
        return self._name

    @property
    def root(self) -> Path:
        """The folder."""
        return self._root

    def create(self, name: str, size: int) -> LocalSink:
        """See `Site.create`."""
        target = self._path(name)
        with self._errors(name):
            self._group.check()
            self._folders.hold(target.parent)
            try:
                draft = Draft(self._incoming(), size, lambda: self._folders.release(target.parent))
            except BaseException:  # whatever happened: there is no draft that would release it
                self._folders.release(target.parent)
                raise
        return LocalSink(self._name, name, draft, lambda: self._group.commit(target, draft))

    def settle(self) -> None:
        """See `Site.settle`."""
        with self._errors(""):
            self._group.settle(self._present)

    def adopt(self, name: str) -> int:
        """See `Site.adopt`."""
        size = self.stat(name)
        target = self._path(name)
        with self._opened(name) as fd:
            os.fsync(fd)
            self._folders.hold(target.parent)
            self._group.visit(target.parent)
            self._folders.release(target.parent)
        return size

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """See `Site.read`."""
        with self._opened(name) as fd:
            size = os.fstat(fd).st_size
            wanted = min(size, size if length is None else start + length) - start
            pieces = []
            while wanted > 0 and (piece := os.pread(fd, min(wanted, STREAM_BYTES), start)):
                pieces.append(piece)
                start += len(piece)
                wanted -= len(piece)
        return b"".join(pieces)

    def stream(self, name: str, chunk_bytes: int = STREAM_BYTES) -> Iterator[memoryview]:
        """See `Site.stream`."""
        most = max(PAGE, min(chunk_bytes, STREAM_BYTES) // PAGE * PAGE)
        with self._opened(name, direct=True) as fd, self._blocks.lend() as block:
            size = os.fstat(fd).st_size
            at = 0
            while at < size and (count := pread_into(fd, block[:most], at)):
                at += count
                with block[:count].toreadonly() as piece:
                    yield piece

    def descriptor(self, name: str) -> int:
        """See `Site.descriptor`."""
        with self._opened(name) as fd:
            return os.dup(fd)

    def stat(self, name: str) -> int:
        """See `Site.stat`."""
        path = self._path(name)
        with self._errors(name, reading=True):
            if self._group.holds(path):
                self._group.flush()
            found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode):
            raise ObjectMissing(name, "no regular file", self._name)
        return found.st_size

    def delete(self, name: str) -> None:
        """See `Site.delete`."""
        path = self._path(name)
        with self._errors(name):
            if self._group.holds(path):
                self._group.flush()
            self._present()
            with suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()
                self._group.visit(path.parent)
                if path.parent.parent != self._root and remove_empty(path.parent):
                    self._group.visit(path.parent.parent)

    def versioned(self) -> bool:
        """See `Site.versioned`: a folder keeps nothing that was replaced."""
        return False

    def locked_until(self, name: str) -> None:
        """See `Site.locked_until`: a folder locks nothing."""
        self.stat(name)

    def purge(self, name: str) -> None:
        """See `Site.purge`."""
        self.delete(name)

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """See `Site.list`."""
        with self._errors(prefix):
            self._present()
            self._group.flush()
            start = prefix.rpartition("/")[0]
            if start:
                safe_name(start)
            yield from self._walk(self._root / start, f"{start}/" if start else "", prefix)

    def free_bytes(self) -> int | None:
        """See `Site.free_bytes`."""
        with self._errors(""):
            self._present()
            room = os.statvfs(self._root)
        return room.f_bavail * room.f_frsize

    def sweep(self) -> int:
        """See `Site.sweep`."""
        with self._errors(""):
            self._present()
            for folder in (self._root / AREAS[0]).iterdir():
                remove_empty(folder)
            return sweep(self._root / INCOMING)

    def _path(self, name: str) -> Path:
        return self._root / safe_name(name)

    def _present(self) -> None:
        """Raise when the folder does not look like a prepared site, as when a disk is not mounted, or is not
        the one that was there before.
        """
        area = self._root / AREAS[0]
        if not area.is_dir():
            raise self._absent()
        found = area.stat()
        if self._met is not None and not os.path.samestat(self._met, found):
            raise FileNotFoundError(errno.ENOENT, f"{self._root} is another folder than before")
        self._met = found

    def _absent(self) -> OSError:
        anew = f"If its disk was exchanged: `lantai replicate --site {self._name} --go-ahead`"
        return FileNotFoundError(errno.ENOENT, f"{self._root} holds no {AREAS[0]}/: not mounted? {anew}")

    def _incoming(self) -> Path:
        folder = self._root / INCOMING
        if not folder.is_dir():
            self._present()
            folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _walk(self, folder: Path, above: str, prefix: str) -> Iterator[Stored]:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
            found = [(e.name + "/" * e.is_dir(follow_symlinks=False), e) for e in entries]
            for key, entry in sorted(found, key=lambda pair: pair[0]):
                name = above + key
                if entry.name.startswith(".") or not (name.startswith(prefix) or prefix.startswith(name)):
                    continue
                if key.endswith("/"):
                    yield from self._walk(folder / entry.name, name, prefix)
                elif entry.is_file(follow_symlinks=False):
                    yield Stored(name, entry.stat(follow_symlinks=False).st_size)

    @contextmanager
    def _opened(self, name: str, *, direct: bool = False) -> Iterator[int]:
        path = self._path(name)
        with self._errors(name, reading=True):
            if self._group.holds(path):
                self._group.flush()
            fd = open_direct(path) if direct else os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                yield fd
            finally:
                os.close(fd)

    @contextmanager
    def _errors(self, name: str, *, reading: bool = False) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            mounted = (self._root / AREAS[0]).is_dir()
            told = error if mounted or error.errno != errno.ENOENT else self._absent()
            raise translated(told, self._name, name, reading=reading and mounted) from error
