"""A package opened, whichever medium it lies on. Not here: reading each kind (`reading`, `imaging`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processes.packages.reading import FolderMedium, Medium


@contextmanager
def opened_medium(path: Path) -> Iterator[Medium]:
    """The package at `path`: a folder, or a file or device that holds a disc image. Raises OSError."""
    if path.is_dir():
        yield FolderMedium(path)
        return
    from processes.packages.imaging import ImageMedium  # brings a library that nobody else needs

    medium = ImageMedium(path)
    try:
        yield medium
    finally:
        medium.close()
