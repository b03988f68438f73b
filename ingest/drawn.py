"""What is asked of a probe process that draws, and what it gave back.

The child writes into memory that the parent made: no file of any disk, and as long as its parts may become.
Not here: drawing (`probes.draw`), the processes (`work`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.work_answers import DrawnTold

MOST_BYTES = 512 << 20
"""What is drawn of one file may become so long; memory is taken for what there is of it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind of copy of a kind of media (`probes.draw`), of which page, and how long that may take."""

    media: str
    kind: str
    page: int = 1
    seconds: int = 120
    most_bytes: int = MOST_BYTES

    def told(self) -> dict[str, Any]:
        """What the child is told of it."""
        return {"draw": [self.media, self.kind, self.page], "seconds": self.seconds}


@dataclass(frozen=True, slots=True)
class Drawn:
    """`state`: drawn; none (nothing can be drawn of it); damaged (this copy of the file does not open)."""

    state: str
    parts: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def memory_for(wanted: Wanted) -> int:
    """A descriptor of memory that a child writes into; to be closed."""
    out = os.memfd_create("lantai", os.MFD_CLOEXEC)
    os.ftruncate(out, wanted.most_bytes)
    return out


def drawn(told: DrawnTold, out: int) -> Drawn:
    """What the child said it wrote, where it can have written that: within the memory, and no more of it than
    there is.
    """
    size = os.fstat(out).st_size
    places = told.parts.values()
    within = all(at + length <= size for at, length in places)
    if told.state != "drawn" or not within or sum(length for _, length in places) > size:
        return Drawn("damaged" if told.state == "damaged" else "none")
    return Drawn("drawn", {kind: os.pread(out, length, at) for kind, (at, length) in told.parts.items()})
