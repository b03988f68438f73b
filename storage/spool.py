"""A sealed object in a file of this machine that has no name and goes with its last reader.

For what has to seek in an object that stands in buckets only, or in content that is at no site. Not done
here: opening it; what is spooled is sealed, so nothing readable is ever in it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from storage.sealing import Sealer
from storage.site import Buffer, Site


def spooled(site: Site, name: str, folder: Path) -> int:
    """An open file of the object, in `folder`, the caller's to close. Raises the errors of `Site.stream`, and
    OSError where there is no room.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        for piece in site.stream(name):
            file.write(piece)
        file.flush()
        return os.dup(file.fileno())


def spooled_content(pieces: Iterable[Buffer], sealer: Sealer, folder: Path) -> tuple[int, int]:
    """An open file, the caller's to close, of `pieces` sealed, and its length. Raises what `pieces` does, and
    OSError where there is no room.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        for piece in pieces:
            file.write(sealer.update(piece))
        file.write(sealer.finalize())
        file.flush()
        return os.dup(file.fileno()), file.tell()
