"""What the stages of a batch, and every use case, work with: the parts of one archive, wired elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from archive.database import Database
from archive.ledger import Ledger
from archive.signing import LogSigner
from ingest.work import ProbePool
from policies.access import Subject
from policies.ruleset import RuleSet
from storage.keychain import Keychain
from storage.use_copies import UseCopies
from storage.vault import Vault


class Progress(Protocol):
    """Shows a person how far a long work is. May be called from several threads at once."""

    def begin(self, what: str, files: int, total_bytes: int) -> None:
        """A work of so many files and bytes starts."""

    def advance(self, files: int, done_bytes: int) -> None:
        """So many more files and bytes are done."""

    def end(self) -> None:
        """The work is over, whether done or not."""


class Silent:
    """Progress that shows nothing."""

    def begin(self, what: str, files: int, total_bytes: int) -> None:
        """Nothing is shown."""

    def advance(self, files: int, done_bytes: int) -> None:
        """Nothing is shown."""

    def end(self) -> None:
        """Nothing is shown."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the stages work with. `threads` files are in hand at once; `work` holds locks only."""

    rules: RuleSet
    database: Database
    ledger: Ledger
    vault: Vault
    keychain: Keychain
    signing: Callable[[], LogSigner]
    probes: Callable[[], ProbePool]
    subject: Subject
    os_user: str
    work: Path
    clock: Callable[[], datetime]
    progress: Progress
    threads: int
    secured_by: tuple[str, ...]
    """The sites that must have read a batch back before it is secured; never empty."""
    founder: str
    """The name of the account that `init` made."""
    use_copies: UseCopies

    @property
    def signer(self) -> LogSigner:
        """The key that signs checkpoints now; another process may have changed it since the last look."""
        return self.signing()

    def now(self) -> str:
        """The time as the ledger writes it: UTC, whole seconds."""
        return self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
