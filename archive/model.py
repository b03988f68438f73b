"""Items and their components, as values that can be written to and read from the ledger.

Not here: how a code is built (`archive.codes`), what happened to an item (`archive.events`),
what the catalogue says of it now (`archive.catalogue`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.access import holder_kind, mark_kind
from policies.opening import due_day, secrecy_over
from policies.suites import COBBLESTONE_256, SHA256, SM3

Payload = dict[str, Any]
"""What canonical JSON can hold: dict, list, tuple, str, int, bool, None."""

CODED_FIELDS = frozenset({"fonds", "category", "year", "retention", "office", "series", "number", "code"})
"""What the archival code says of an item: changed by giving another code, never by describing."""


@dataclass(frozen=True, slots=True)
class Component:
    """One file of an item. Digests are lower-case hex; sizes are bytes; `probe` holds the file's facts.

    `cipher` tells how it is sealed, and `sm3` is "" unless it came in under the commercial suite. Both are
    left out of payloads where they say nothing else than entries did before there were two suites.
    """

    object_id: str
    file: str
    role: str
    bytes: int
    sha256: str
    sealed_bytes: int
    sealed_blake3: str
    puid: str
    format: str
    mime: str
    probe: Mapping[str, int | str | bool]
    cipher: str = COBBLESTONE_256
    sm3: str = ""

    @property
    def digests(self) -> dict[str, str]:
        """The digests of its content by algorithm, those there are."""
        return {SHA256: self.sha256} | ({SM3: self.sm3} if self.sm3 else {})

    def to_payload(self) -> Payload:
        """This component as plain values for canonical JSON."""
        suite = {"cipher": self.cipher} if self.cipher != COBBLESTONE_256 else {}
        if self.sm3:
            suite["sm3"] = self.sm3
        return suite | {
            "object": self.object_id,
            "file": self.file,
            "role": self.role,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "sealed_bytes": self.sealed_bytes,
            "sealed_blake3": self.sealed_blake3,
            "puid": self.puid,
            "format": self.format,
            "mime": self.mime,
            "probe": dict(self.probe),
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Component:
        """The component that `to_payload` wrote. Raises KeyError or TypeError for anything else."""
        content = dict(payload)
        return cls(object_id=content.pop("object"), **content)


@dataclass(frozen=True, slots=True)
class Item:
    """A record as registered: where it came from, its archival code, its description, its files.

    `series` is the stable text of the series its number belongs to ("" where the sender's code is
    kept and nothing is counted here); with `number` it keeps the number from being given again.
    `fields` are the list's fields after normalisation; `findings` the stored warnings. `appraisal` is what
    the last decision on its access said (clause, reason, until, holder), empty before the first.
    """

    id: str
    batch: str
    row: int
    code: str
    fonds: str
    category: str
    year: str
    retention: str
    office: str
    series: str
    number: int
    access: str
    fields: Mapping[str, str]
    proposed: tuple[str, ...]
    components: tuple[Component, ...]
    findings: tuple[Mapping[str, Any], ...]
    appraisal: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrecy(self) -> str:
        """The kind of its secrecy mark (`policies.access.MARKS`)."""
        return mark_kind(self.fields.get("secrecy", ""))

    @property
    def holder(self) -> str:
        """What its depositor asked for (`policies.access.HOLDERS`)."""
        return holder_kind(self.appraisal.get("holder", ""))

    @property
    def due(self) -> str:
        """The day on which access to it is to be decided on next (`policies.opening`)."""
        return due_day(self.access, self.appraisal, self.fields.get("date", ""), self.secrecy_over)

    @property
    def secrecy_over(self) -> str:
        """The first day on which its secrecy mark holds no more; "" for none."""
        return secrecy_over(*(self.fields.get(name, "") for name in ("secrecy", "secrecy_period", "date")))

    def to_payload(self) -> Payload:
        """This item as plain values for canonical JSON."""
        return ({"appraisal": dict(self.appraisal)} if self.appraisal else {}) | {
            "id": self.id,
            "batch": self.batch,
            "row": self.row,
            "code": self.code,
            "fonds": self.fonds,
            "category": self.category,
            "year": self.year,
            "retention": self.retention,
            "office": self.office,
            "series": self.series,
            "number": self.number,
            "access": self.access,
            "fields": dict(self.fields),
            "proposed": self.proposed,
            "components": [component.to_payload() for component in self.components],
            "findings": [dict(finding) for finding in self.findings],
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Item:
        """The item that `to_payload` wrote. Raises KeyError or TypeError for anything else."""
        content = dict(payload)
        content["proposed"] = tuple(content["proposed"])
        content["components"] = tuple(Component.from_payload(part) for part in content["components"])
        content["findings"] = tuple(content["findings"])
        return cls(**content)
