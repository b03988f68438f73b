"""Where packages are written to: a folder, or a ZIP that is handed over while it is made.

Both take an item whole or not at all, and papers beside the items. Not done here: what stands in packages
(`export_bag`, `export_eep`, `export_transfer`), making a folder durable (`export`).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from processes.packages.packing import write_new
from processes.packages.zip_stream import ZipStream
from storage.site import Buffer

Add = Callable[[str, Iterable[Buffer]], tuple[int, str]]
"""Takes a file of an item by its path inside it; gives its length and SHA-256."""


class Place(Protocol):
    """Takes packages. Paths have `/` and portable parts only."""

    def item(self, path: str, most: int) -> AbstractContextManager[Add]:
        """As a context: what is added to the item at `path` stands there, anew, if nothing is raised; else
        nothing of it does. No file of it is longer than `most` bytes.
        """

    def file(self, path: str, pieces: Iterable[Buffer], most: int = 0) -> tuple[int, str]:
        """One file, anew, whole or not at all; its length and SHA-256."""

    def digest(self, path: str) -> str:
        """The SHA-256 of a file that stands there. Of items, only those that `remembered` names are known."""


class Folder:
    """A folder of the file system: each item under a hidden name until it is whole."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def item(self, path: str, most: int) -> Iterator[Add]:  # noqa: ARG002 - as long as they like
        """See `Place.item`."""
        place = self._root / path
        draft = place.with_name(f".{place.name}.part")
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700, parents=True)
        try:
            yield lambda name, pieces: _write(draft / name, pieces)
        except BaseException:  # whatever ends it: half an item is none
            shutil.rmtree(draft, ignore_errors=True)
            raise
        if place.exists():  # of a run that was killed before it noted how far it was
            shutil.rmtree(place)
        draft.rename(place)

    def file(self, path: str, pieces: Iterable[Buffer], most: int = 0) -> tuple[int, str]:  # noqa: ARG002
        """See `Place.file`."""
        place = self._root / path
        draft = place.with_name(f".{place.name}.part")
        draft.unlink(missing_ok=True)
        written = _write(draft, pieces)
        draft.rename(place)
        return written

    def digest(self, path: str) -> str:
        """See `Place.digest`."""
        with (self._root / path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


class Zip:
    """A ZIP under way. Of the items' files it remembers the digests of those named `remembered`."""

    def __init__(self, stream: ZipStream, remembered: str = "") -> None:
        self._stream = stream
        self._remembered = remembered
        self._digests: dict[str, str] = {}

    @contextmanager
    def item(self, path: str, most: int) -> Iterator[Add]:
        """See `Place.item`."""

        def add(name: str, pieces: Iterable[Buffer]) -> tuple[int, str]:
            size, digest = self._stream.add(f"{path}/{name}", pieces, most)
            if name == self._remembered:
                self._digests[f"{path}/{name}"] = digest
            return size, digest

        try:
            yield add
        except BaseException:  # whatever ends it: half an item is none
            self._stream.drop()
            raise
        self._stream.keep()

    def file(self, path: str, pieces: Iterable[Buffer], most: int = 0) -> tuple[int, str]:
        """See `Place.file`."""
        try:
            written = self._stream.add(path, pieces, most)
        except BaseException:  # whatever ends it: half a file is none
            self._stream.drop()
            raise
        self._stream.keep()
        return written

    def digest(self, path: str) -> str:
        """See `Place.digest`."""
        return self._digests[path]


def _write(target: Path, pieces: Iterable[Buffer]) -> tuple[int, str]:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return write_new(target, pieces)
