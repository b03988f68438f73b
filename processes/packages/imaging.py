"""Packages as disc images: ISO 9660 (level 3) with Rock Ridge and Joliet, by `pycdlib`.

An image is mastered in one pass from its sources, so no content is written anywhere else on the way. For
that every part is read twice: once to learn its length and digest, once into the image. Rock Ridge gives
names and nothing else is trusted: reading back goes by it. Files of 4 GiB and more are refused, because
what reads such extents on one system fails on another. Not done here: burning.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pycdlib
from pycdlib.pycdlibexception import PyCdlibException

from processes.errors import TooLargeForImage
from processes.packages.packing import MANIFEST, TAG_MANIFEST, Listed, Part, line_of
from processes.packages.reading import CHUNK
from storage.durable import sync_folder
from storage.errors import ObjectDamaged
from storage.site import Buffer

MOST_BYTES = (1 << 32) - 2048
"""The longest file of one extent."""


class ImagePack(Listed):
    """A package as the disc image `target`, made anew; `label` is the volume's name (A-Z, 0-9, _)."""

    def __init__(self, target: Path, label: str) -> None:
        super().__init__()
        self.target = target
        self._image = pycdlib.PyCdlib()
        self._image.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=label)
        self._folders: dict[str, str] = {"": ""}
        self._count = 0
        self._lines: list[str] = []
        target.unlink(missing_ok=True)

    def add(self, part: Part) -> int:
        """See `Pack.add`. Raises `TooLargeForImage`."""
        digest, size = hashlib.sha256(), 0
        for piece in part.pieces():
            digest.update(piece)
            size += memoryview(piece).nbytes
        self._enter(part.path, part.pieces, size)
        self._lines.append(line_of(digest.hexdigest(), part.path))
        self.files, self.total = self.files + 1, self.total + size
        return size

    def paper(self, name: str, content: Iterable[bytes], *, listed: bool = True) -> str:
        """See `Pack.paper`."""
        data = self.tag_manifest() if name == TAG_MANIFEST else b"".join(content)
        digest = hashlib.sha256(data).hexdigest()
        self._enter(name, lambda: [data], len(data))
        if listed:
            self.note_tag(name, digest)
        return digest

    def manifest(self) -> str:
        """See `Pack.manifest`."""
        return self.paper(MANIFEST, [line.encode() for line in self._lines])

    def close(self) -> None:
        """Master the image, durably. Raises `ObjectDamaged` where a source gives other bytes now."""
        descriptor = os.open(self.target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w+b") as out:
            self._image.write_fp(out, blocksize=CHUNK)
            out.flush()
            os.fsync(out.fileno())
        self._image.close()
        sync_folder(self.target.parent)

    def discard(self) -> None:
        """See `Pack.discard`."""
        self.target.unlink(missing_ok=True)

    def _enter(self, path: str, pieces: Callable[[], Iterable[Buffer]], size: int) -> None:
        if size > MOST_BYTES:
            raise TooLargeForImage(path, size)
        above, _, name = path.rpartition("/")
        self._count += 1
        iso = f"{self._folder(above)}/F{self._count:07}.;1"
        source = cast(BinaryIO, _Source(path, pieces, size))
        joliet = f"/{path}"
        self._image.add_fp(source, size, iso, rr_name=name, joliet_path=joliet, file_mode=0o100444)

    def _folder(self, path: str) -> str:
        """The plain ISO 9660 path of a folder, made with those above it."""
        if path not in self._folders:
            above, _, name = path.rpartition("/")
            iso = f"{self._folder(above)}/D{len(self._folders):07}"
            self._image.add_directory(iso, rr_name=name, joliet_path=f"/{path}", file_mode=0o040555)
            self._folders[path] = iso
        return self._folders[path]


class _Source(io.RawIOBase):
    """A part's content as the library reads it: from its start to its end, as often as it likes."""

    mode = "rb"

    def __init__(self, path: str, pieces: Callable[[], Iterable[Buffer]], size: int) -> None:
        super().__init__()
        self._path, self._pieces, self._size = path, pieces, size
        self._at, self._rest = 0, memoryview(b"")
        self._source: Iterator[Buffer] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Only its start, its end and where it stands can be sought: an image is written in order."""
        wanted = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset
        if wanted == 0:
            self._source, self._rest = None, memoryview(b"")
        elif wanted not in (self._at, self._size):
            raise io.UnsupportedOperation("read in order only")
        self._at = wanted
        return self._at

    def read(self, length: int = -1) -> bytes:
        """Exactly so many bytes, fewer only at the end. Raises `ObjectDamaged` where it ends early."""
        wanted = self._size - self._at if length < 0 else min(length, self._size - self._at)
        taken = bytearray()
        while len(taken) < wanted:
            if not self._rest:
                self._rest = self._next()
            piece = self._rest[: wanted - len(taken)]
            taken += piece
            self._rest = self._rest[len(piece) :]
        self._at += len(taken)
        if self._at == self._size:
            self._end()
        return bytes(taken)

    def _next(self) -> memoryview:
        if self._source is None:
            self._source = iter(self._pieces())
        for piece in self._source:
            if memoryview(piece).nbytes:
                return memoryview(piece).cast("B")
        raise ObjectDamaged(self._path, "its source ends earlier than when it was measured")

    def _end(self) -> None:
        """Take what the source still has to say: a digest that differs is told at its very end."""
        if self._source is not None and any(memoryview(piece).nbytes for piece in self._source):
            raise ObjectDamaged(self._path, "its source is longer than when it was measured")
        self._source = None


class ImageMedium:
    """A disc image, or the disc in a drive, to be read. Raises OSError where it is none."""

    def __init__(self, path: Path) -> None:
        self._image = pycdlib.PyCdlib()
        self._file = path.open("rb")
        try:
            os.posix_fadvise(self._file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            self._image.open_fp(self._file)
        except (PyCdlibException, OSError, ValueError, IndexError) as fault:
            self._file.close()
            raise OSError(f"{path} holds no disc image that can be read: {fault}") from fault

    def close(self) -> None:
        """Let go of the file."""
        self._image.close()
        self._file.close()

    def files(self) -> Iterator[tuple[str, int]]:
        """See `Medium.files`."""
        for folder, _, names in self._image.walk(rr_path="/"):
            for name in names:
                path = f"{folder.rstrip('/')}/{name}"
                yield path.lstrip("/"), self._image.get_record(rr_path=path).get_data_length()

    def strange(self) -> Iterator[str]:
        """See `Medium.strange`: links and devices."""
        for path, _ in self.files():
            if not self._image.get_record(rr_path=f"/{path}").is_file():
                yield path

    def pieces(self, path: str) -> Iterator[bytes]:
        """See `Medium.pieces`."""
        try:
            with self._image.open_file_from_iso(rr_path=f"/{path}") as file:
                while piece := file.read(CHUNK):
                    yield piece
        except (PyCdlibException, ValueError) as fault:
            raise OSError(f"{path} cannot be read from the image: {fault}") from fault
