"""The values that the stages of one batch hand on to each other. Nothing here does any work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from archive.model import Item
from ingest.source import Source
from policies.findings import Finding, Severity
from policies.formats import ProbeFacts
from policies.suites import COBBLESTONE_256

Accept = Literal["all", "passing"]
Outcome = Literal["registered", "returned"]


@dataclass(frozen=True, slots=True)
class Submission:
    """What an officer hands in, and on what terms."""

    source: Source
    fonds: str = ""
    accept: Accept = "all"
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One listed file that was found: `path` on disk, `listed` as the list writes it."""

    path: str
    listed: str
    role: str
    bytes: int
    identity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """One row after its metadata was judged. A row refused for secrecy holds its number and place alone.

    `number` counts items from 1; `place` is the row that a person sees in a table program.
    """

    number: int
    place: int
    refused: bool
    listed: str | None
    fields: Mapping[str, str]
    proposed: tuple[str, ...]
    members: tuple[Member, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A batch that was read as a list; no file has been opened yet.

    `source` is the source's own name, for people; "" where even that holds a secrecy mark.
    """

    submission: Submission
    rows: tuple[ReceivedRow, ...]
    findings: tuple[Finding, ...]
    list_digest: str
    source: str


@dataclass(frozen=True, slots=True)
class TakenFile:
    """One file read, inspected and, where `object_id` is set, sealed at the sites."""

    path: str
    bytes: int
    sha256: str
    facts: ProbeFacts
    findings: tuple[Finding, ...] = ()
    object_id: str = ""
    sealed_bytes: int = 0
    sealed_blake3: str = ""
    cipher: str = COBBLESTONE_256
    sm3: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch whose every listed file was taken in, by path."""

    received: Received
    batch: str
    files: Mapping[str, TakenFile]


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """One row with its verdict; `item` is what will be registered, still without a code."""

    received: ReceivedRow
    outcome: Outcome
    findings: tuple[Finding, ...]
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch with its verdict. `identity` is what makes it this batch and no other."""

    taken: Taken
    identity: str
    outcome: Outcome
    rows: tuple[JudgedRow, ...]
    findings: tuple[Finding, ...]

    @property
    def items(self) -> list[Item]:
        """The items to register, in row order; none where the batch is returned."""
        return [row.item for row in self.rows if row.item] if self.outcome == "registered" else []


def fails(findings: tuple[Finding, ...]) -> bool:
    """Whether one of these returns what they were found on."""
    return any(finding.severity is Severity.FAIL for finding in findings)
