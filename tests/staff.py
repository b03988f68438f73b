"""A home where somebody works in every role, with a batch of real media taken in: for tests of the workbench.

`staffed(folder)` copies one that was made once in this process: five registered items of two series, one of
them with two components; the photographs are open, one item was returned, the rest nobody has reviewed.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from batches import lantai, mixed_batch, new_home, photograph, row, write_batch

from lantai.demo_people import employ
from lantai.wiring import opened

PHOTOGRAPHS = ("A014-ZP·2016-Y-BGS-0001", "A014-ZP·2016-Y-BGS-0002")
SOUND = "A014-LY·2016-Y-BGS-0001"
DOCUMENTS = ("A014-WS·2016-Y-BGS-0001", "A014-WS·2016-Y-BGS-0002")


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="staffed-"))
    atexit.register(shutil.rmtree, folder, True)
    home = new_home(folder, another=True)
    lantai(home, "ingest", mixed_batch(folder), "--wait", "secured", status=0)
    files = {"small.jpg": photograph(7)[:90_000]}
    lantai(home, "ingest", write_batch(folder / "bad", files, [row("small.jpg", category="ZP")]), status=1)
    lantai(home, "appraise", *PHOTOGRAPHS, "--status", "open", "--reason", "25 years", status=0)
    lantai(home, "worker", "--once", status=0)
    with opened(home) as archive:
        employ(archive)
    return home


def staffed(folder: Path, name: str = "home") -> Path:
    """Such a home of one's own, below `folder`; its accounts are those of `lantai.demo_people`."""
    home = folder / name
    shutil.copytree(_made(), home, symlinks=True)
    return home
