"""Events about batches: the report of what came in, and that it is safe everywhere.

Not here: who writes the report (`ingest`), its sentences (`policies.findings`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from archive.event import Event
from archive.model import Payload


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row: `file` is None where nothing of the row may be written (secrecy).

    `code` is the one that was given then; corrections do not change it. `place` is the row as a table
    program shows it, blank rows and headings counted.
    """

    row: int
    file: str | None
    item: str | None
    outcome: str
    findings: tuple[Mapping[str, Any], ...] = ()
    code: str | None = None
    place: int = 0

    def to_payload(self) -> Payload:
        """Plain values for canonical JSON."""
        return {
            "row": self.row,
            "place": self.place,
            "file": self.file,
            "item": self.item,
            "code": self.code,
            "outcome": self.outcome,
            "findings": [dict(finding) for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class BatchReport(Event):
    """A batch's whole report. `bytes` counts the files read; `outcome` of a row: registered, returned."""

    type: ClassVar[str] = ""
    batch: str
    identity: str
    list_digest: str
    source: str
    fonds: str
    accept: str
    ruleset: str
    ruleset_version: str
    ruleset_digest: str
    account: str
    os_user: str
    bytes: int
    findings: tuple[Mapping[str, Any], ...]
    rows: tuple[RowResult, ...]

    @property
    def batch_id(self) -> str:
        """The batch it is about."""
        return self.batch

    def payload(self) -> Payload:
        """Plain values for canonical JSON."""
        content = {name.name: getattr(self, name.name) for name in fields(self)}
        content["rows"] = [row.to_payload() for row in self.rows]
        return content

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> BatchReport:
        """The report that `payload` wrote. Raises KeyError or TypeError for anything else."""
        content = dict(payload)
        content["findings"] = tuple(content["findings"])
        content["rows"] = tuple(
            RowResult(**{**row, "findings": tuple(row["findings"])}) for row in content["rows"]
        )
        return cls(**content)


@dataclass(frozen=True, slots=True)
class BatchReceived(BatchReport):
    """A batch was accepted; its items are registered by entries of their own, in row order."""

    type: ClassVar[str] = "batch.received"


@dataclass(frozen=True, slots=True)
class BatchReturned(BatchReport):
    """A batch was given back to its sender; nothing of it is registered."""

    type: ClassVar[str] = "batch.returned"


@dataclass(frozen=True, slots=True)
class BatchSecured(Event):
    """Every copy of the batch was read back whole at these sites."""

    type: ClassVar[str] = "batch.secured"
    batch: str
    sites: tuple[str, ...]

    @property
    def batch_id(self) -> str:
        """The batch it is about."""
        return self.batch
