"""A package of files in BagIt form (RFC 8493) under way: files go in one by one, lists are kept beside.

`FolderPack` writes a folder, durable when it is closed; a disc image is `imaging.ImagePack`.
Content goes from its source to its place and nowhere in between. A package stands under a name of its own
until whoever makes it renames it. Not done here: what goes in, reading back (`reading`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from storage.durable import sync_folder
from storage.errors import ObjectError, SiteError
from storage.site import Buffer

MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PAYLOAD = "data/"

_TOGETHER = 4
"""Syncs under way at a time: as in `storage.group`, where it was measured."""


Pieces = Callable[[], Iterable[Buffer]]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a package: its path with `/`, portable parts only, and its content, to be had again.

    `pieces` raises `StorageError` where the content cannot be had whole; `others` may be tried then.
    """

    path: str
    pieces: Pieces
    others: tuple[Pieces, ...] = ()


class Pack(Protocol):
    """Takes the files of one package. `files` and `total` bytes count the payload (`data/…`)."""

    files: int
    total: int

    def add(self, part: Part) -> int:
        """Take a payload file; its length. Raises what its `pieces` raise: then nothing of it is kept."""

    def paper(self, name: str, content: Iterable[bytes], *, listed: bool = True) -> str:
        """Take a file beside the payload; its SHA-256. It stands in the tag manifest unless not `listed`."""

    def manifest(self) -> str:
        """Write the payload's list, complete now; its SHA-256."""

    def close(self) -> None:
        """All is in: make it durable as a whole."""

    def discard(self) -> None:
        """Give it up: nothing of it stays."""


def add_from_any(pack: Pack, part: Part) -> int:
    """`pack.add`, from whichever of the part's sources has it whole. Raises what the last one raised."""
    for others, pieces in zip(range(len(part.others), -1, -1), (part.pieces, *part.others), strict=True):
        try:
            return pack.add(Part(part.path, pieces))
        except (ObjectError, SiteError):
            if not others:
                raise
    raise AssertionError("a part has a source")


def seal_bag(pack: Pack, information: Mapping[str, str]) -> tuple[str, str]:
    """Complete a package as a bag: declaration, information, payload list, list of the rest.

    Gives the SHA-256 of the two lists. Values of `information` are folded to one line each.
    """
    pack.paper("bagit.txt", [DECLARATION])
    told = {**information, "Payload-Oxum": f"{pack.total}.{pack.files}"}
    lines = (f"{name}: {' '.join(value.split())}\n" for name, value in told.items() if value)
    pack.paper("bag-info.txt", ["".join(lines).encode()])
    manifest = pack.manifest()
    return manifest, pack.paper(TAG_MANIFEST, [], listed=False)


class Listed:
    """What both kinds of package keep of the files beside the payload: their lines in the tag manifest."""

    def __init__(self) -> None:
        self.files = 0
        self.total = 0
        self._tags: list[str] = []

    def note_tag(self, name: str, digest: str) -> None:
        """Enter a file beside the payload."""
        self._tags.append(line_of(digest, name))

    def tag_manifest(self) -> bytes:
        """The list of all files beside the payload so far."""
        return "".join(self._tags).encode()


class FolderPack(Listed):
    """A package as a folder at `root`, made anew: what stood there is removed first.

    Not `durable`, files are left to the kernel: for whoever syncs many packages at once.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        super().__init__()
        self.root = root
        self._durable = durable
        if root.exists():
            shutil.rmtree(root)
        root.mkdir(mode=0o700)
        self._list: IO[bytes] = (root / MANIFEST).open("xb")
        self._folders = {root}
        self._written = [root / MANIFEST]

    def add(self, part: Part) -> int:
        """See `Pack.add`."""
        size, digest = self._write(part.path, part.pieces())
        self._list.write(line_of(digest, part.path).encode())
        self.files, self.total = self.files + 1, self.total + size
        return size

    def paper(self, name: str, content: Iterable[bytes], *, listed: bool = True) -> str:
        """See `Pack.paper`."""
        _, digest = self._write(name, [self.tag_manifest()] if name == TAG_MANIFEST else content)
        if listed:
            self.note_tag(name, digest)
        return digest

    def manifest(self) -> str:
        """See `Pack.manifest`."""
        self._list.close()
        with (self.root / MANIFEST).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.note_tag(MANIFEST, digest)
        return digest

    def close(self) -> None:
        """See `Pack.close`."""
        self._list.close()
        if not self._durable:
            return
        with ThreadPoolExecutor(_TOGETHER) as threads:
            for _ in threads.map(_sync_file, self._written):
                pass
        for folder in sorted(self._folders, reverse=True):
            sync_folder(folder)

    def discard(self) -> None:
        """See `Pack.discard`."""
        self._list.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def _write(self, path: str, pieces: Iterable[Buffer]) -> tuple[int, str]:
        target = self.root / path
        self._enter(target.parent)
        written = write_new(target, pieces)
        self._written.append(target)
        return written

    def _enter(self, folder: Path) -> None:
        if folder not in self._folders:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folders.update([folder, *(p for p in folder.parents if self.root in p.parents)])


def _sync_file(path: Path) -> None:
    """Have the file on the medium, and out of the cache: what reads it back reads the medium."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def write_new(target: Path, pieces: Iterable[Buffer]) -> tuple[int, str]:
    """Write a file of mode 0600 that is not there yet, whole or not at all; its length and SHA-256.
    Not durable yet.
    """
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as out:
            for piece in pieces:
                write_all(out, piece)
                digest.update(piece)
                size += memoryview(piece).nbytes
    except BaseException:  # whatever ends it: half a file is no file
        target.unlink()
        raise
    return size, digest.hexdigest()


def write_all(out: IO[bytes], piece: Buffer) -> None:
    """Write all of `piece`: an unbuffered file may take less at a time."""
    rest = memoryview(piece).cast("B")
    while rest:
        rest = rest[out.write(rest) :]


def line_of(digest: str, path: str) -> str:
    """A line of a BagIt manifest. Portable paths hold nothing that would have to be encoded."""
    return f"{digest}  {path}\n"


def listed_in(manifest: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Path and SHA-256 of each line of a manifest; lines that are none are passed over."""
    for line in manifest:
        digest, gap, path = line.decode("utf-8", "replace").rstrip("\r\n").partition("  ")
        if gap and len(digest) == 64 and path:
            yield path, digest
