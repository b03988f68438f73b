"""Where the files of a batch come from: a folder of this machine, or what was handed in over the network.

A source is walked, its list is read, and its files are opened one by one; the stages know nothing else of
it. Not done here: staged files (`staged.py`), what the list says (`manifest.py`), which files it needs
(`receive.py`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.members import FolderFile, Opened, open_member
from ingest.survey import Survey, survey


class Files(Protocol):
    """The files of a source that is held open; for any number of threads at once."""

    def names(self) -> list[str]:
        """What stands at the top, without going into folders."""

    def open(self, path: str) -> Opened:
        """The file at `path`, the caller's to close. Raises `FileUnreadable`."""


class Source(Protocol):
    """Where a batch comes from. Nothing is open before `opened` is entered."""

    @property
    def name(self) -> str:
        """What people call it. It may hold a secrecy mark: who writes it down looks first."""

    @property
    def mark(self) -> str:
        """What this source is known again by, and nothing of a name that should not stay."""

    @property
    def terms(self) -> Mapping[str, str]:
        """What it takes to find it again, for the intent of a batch that waits."""

    def survey(self) -> Survey:
        """What it holds. Raises `OSError` where it cannot be read."""

    def opened(self) -> AbstractContextManager[Files]:
        """Its files, as long as the context lasts. Raises `OSError` where it cannot be read."""


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A folder of this machine, as the command line is given one. See `Source`."""

    folder: Path

    @property
    def name(self) -> str:
        """See `Source`: the folder's own name."""
        return self.folder.name

    @property
    def mark(self) -> str:
        """See `Source`: a digest of the path."""
        return hashlib.sha256(os.fsencode(self.folder)).hexdigest()

    @property
    def terms(self) -> Mapping[str, str]:
        """See `Source`: the path."""
        return {"path": str(self.folder.absolute())}

    def survey(self) -> Survey:
        """See `Source`."""
        return survey(self.folder)

    @contextmanager
    def opened(self) -> Iterator[Files]:
        """See `Source`."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield FolderFiles(descriptor)
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """The files below an open folder. See `Files`."""

    descriptor: int

    def names(self) -> list[str]:
        """See `Files`."""
        return os.listdir(self.descriptor)  # noqa: PTH208 - by descriptor

    def open(self, path: str) -> Opened:
        """See `Files`."""
        return FolderFile(open_member(self.descriptor, path))
