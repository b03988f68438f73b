"""Events of getting an archive back: restored, its log reopened, its losses accepted, a drill done.

Not here: when each is entered (`processes.recovery.recover`, `processes.recovery.drill`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archive.event import Event


@dataclass(frozen=True, slots=True)
class ArchiveRestored(Event):
    """The archive was made again on a blank machine from `source`, a URL without credentials.

    `size` is the head it was restored to and `evidence` what showed that none is newer; `missing` counts
    what the source did not hold whole.
    """

    type: ClassVar[str] = "archive.restored"
    source: str
    size: int
    evidence: str
    objects: int
    bytes: int
    missing: int
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class LogReopened(Event):
    """The log goes on under another origin: its head at `size` could not be shown to be the newest.

    `head` is the accepted head's note under the `former` origin; `given_up` are the notes of heads that
    were known and not accepted, so that nobody can say they were never there.
    """

    type: ClassVar[str] = "log.reopened"
    archive: str
    origin: str
    former: str
    size: int
    head: str
    given_up: tuple[str, ...]
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class LossAccepted(Event):
    """Numbers are given again although these entries, whose content no site has, may have given some.

    Every series skips `skipped` numbers, as many as the lost registrations can have taken of any one.
    """

    type: ClassVar[str] = "loss.accepted"
    entries: tuple[int, ...]
    skipped: int
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class DrillCompleted(Event):
    """Ledger, keyrings and a sample of objects were restored from one site and the recovery key alone.

    `entries` are those of the ledger at the site, `lost` those whose content did not open, `objects` were
    opened and `failed` were not; `ahead` entries stood in the home and not yet at the site.
    """

    type: ClassVar[str] = "drill.completed"
    site: str
    entries: int
    ahead: int
    lost: int
    objects: int
    bytes: int
    failed: int
    seconds: int
    account: str
    os_user: str

    @property
    def whole(self) -> bool:
        """Whether everything that was tried opened."""
        return not (self.lost or self.failed)
