"""What is asked of a recovery, and what it found: values alone. Not done here: recovering (`recover`).

LantaiError
├── UnknownHead         `--accept-head` names a size that no head has
├── ForeignCheckpoint   the checkpoint given is none of this archive's
└── NothingToRecover    no site has a head, or all that it promises
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from archive import catalogue
from archive.database import Database
from archive.notes import Checkpoint
from ingest.tools import Progress
from policies.errors import LantaiError
from processes.recovery.recover_heads import Found, Log, Verdict
from storage.vault import Vault


class UnknownHead(LantaiError):
    """`--accept-head` names a size that no head has."""

    code = "usage"


class ForeignCheckpoint(LantaiError):
    """The checkpoint given is no head of this archive's ledger that its keys signed."""

    code = "usage"


class NothingToRecover(LantaiError):
    """No site that can be reached has a head of this archive's ledger, or all that it promises."""

    code = "nothing-to-recover"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be had back, from where, and what shows that it is the newest.

    `first` is the site that is asked first; all of the vault's are. `evidence` are the sites whose heads
    together show that none is newer. `checkpoint` is a signed head that was kept elsewhere, `old` the old
    database, if it opens. `accept` is the size of a head to go on from without evidence, 0 for none.
    """

    vault: Vault
    log: Log
    url: str
    first: str
    evidence: Sequence[str]
    account: str
    os_user: str
    now: datetime
    progress: Progress
    checkpoint: str = ""
    old: Database | None = None
    accept: int = 0
    accept_lost: bool = False

    @property
    def time(self) -> str:
        """The time as the ledger writes it."""
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def stamp(self) -> str:
        """The time as a name has it."""
        return self.now.strftime("%Y%m%dT%H%M%SZ")


@dataclass(slots=True)
class Recovered:
    """What was had back, or why nothing was. `made` says whether there is a new database.

    `missing` are files that no site has whole; `lost` the entries whose payload none has; `closed` the codes
    of their items. So many entries were `entered` by the recovery itself, and so many
    are `left_behind` in the old database: no site had them yet.
    """

    verdict: Verdict
    evidence: str = ""
    made: bool = False
    head: Checkpoint | None = None
    heads: tuple[Found, ...] = ()
    missing: list[str] = field(default_factory=list)
    lost: list[catalogue.LostEntry] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    items: int = 0
    set_aside: str = ""
    origin: str = ""
    reopened: bool = False
    entered: int = 0
    left_behind: int = 0

    @property
    def proven(self) -> bool:
        """Whether the archive may go on."""
        return self.made and (self.verdict is Verdict.PROVEN or self.reopened)
