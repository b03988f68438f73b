"""The event of an archive that goes from one suite of algorithms to another.

Not here: the suites (`policies.suites`), when it is entered (`ingest.suite`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archive.event import Event


@dataclass(frozen=True, slots=True)
class SuiteChanged(Event):
    """New batches, digests and checkpoints are made with the algorithms of the suite `new` from here on. What
    there was stays as it is and is read as before.
    """

    type: ClassVar[str] = "suite.changed"
    old: str
    new: str
    account: str
    os_user: str
