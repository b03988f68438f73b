"""What can happen in an archive: every type of event, and the registry that reads them back.

To change a payload: raise the event's `version`, add an upcaster from the version before to
`REGISTRY`, never touch what was written. Not here: what an event changes (`archive.catalogue_apply`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from archive.audit_events import UPCASTERS as _AUDIT_UPCASTERS
from archive.audit_events import AuditCompleted
from archive.batch_events import BatchReceived, BatchReport, BatchReturned, BatchSecured, RowResult
from archive.carrier_events import CarrierChecked, CarrierLost, CarrierWritten
from archive.destruction_events import BatchRedacted, DestructionConfirmed, HoldLifted, HoldPlaced
from archive.errors import MalformedEvent
from archive.event import Event, ItemEvent, Registry, Upcaster
from archive.fonds_events import FondsDescribed, FondsEntered, FondsFiled, FondsLinked, FondsNamed
from archive.key_events import KeysRotated, RecoveryKeyChanged, SigningKeyChanged
from archive.model import CODED_FIELDS, Item, Payload
from archive.people_events import (
    AccountAdded,
    AccountChanged,
    AccountClosed,
    CodeGiven,
    FounderRetired,
    ItemAppraised,
    UsesSealed,
)
from archive.recovery_events import ArchiveRestored, DrillCompleted, LogReopened, LossAccepted
from archive.retrieval_events import RetrievalAsked, RetrievalGranted, RetrievalRefused, RetrievalRevoked
from archive.site_events import SiteRetired
from archive.suite_events import SuiteChanged
from archive.visit_events import VISIT_EVENTS

__all__ = [
    "REGISTRY",
    "AccountAdded",
    "AccountChanged",
    "AccountClosed",
    "ArchiveCreated",
    "ArchiveRestored",
    "AuditCompleted",
    "BatchReceived",
    "BatchRedacted",
    "BatchReport",
    "BatchReturned",
    "BatchSecured",
    "CarrierChecked",
    "CarrierLost",
    "CarrierWritten",
    "CodeGiven",
    "DestructionConfirmed",
    "DrillCompleted",
    "Event",
    "FondsDescribed",
    "FondsEntered",
    "FondsFiled",
    "FondsLinked",
    "FondsNamed",
    "FounderRetired",
    "HoldLifted",
    "HoldPlaced",
    "ItemAppraised",
    "ItemDescribed",
    "ItemDestroyed",
    "ItemEvent",
    "ItemRecoded",
    "ItemRegistered",
    "ItemWithdrawn",
    "KeysRotated",
    "LogReopened",
    "LossAccepted",
    "RecoveryKeyChanged",
    "Registry",
    "RetrievalAsked",
    "RetrievalGranted",
    "RetrievalRefused",
    "RetrievalRevoked",
    "RowResult",
    "SigningKeyChanged",
    "SiteRetired",
    "SuiteChanged",
    "Upcaster",
    "UsesSealed",
    "decode",
]


@dataclass(frozen=True, slots=True)
class ArchiveCreated(Event):
    """The ledger begins. `origin` is the log's name; `head` names the old head of a reopened archive."""

    type: ClassVar[str] = "archive.created"
    archive: str
    origin: str
    suite: str
    ruleset: str
    ruleset_version: str
    ruleset_digest: str
    account: str
    os_user: str
    head: str = ""


@dataclass(frozen=True, slots=True)
class ItemRegistered(Event):
    """An item was taken into the archive under its code."""

    type: ClassVar[str] = "item.registered"
    content: Item

    @property
    def item_id(self) -> str:
        """The item."""
        return self.content.id

    @property
    def batch_id(self) -> str:
        """The batch it came with."""
        return self.content.batch

    def payload(self) -> Payload:
        """The item as plain values for canonical JSON."""
        return self.content.to_payload()

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> ItemRegistered:
        """The event that `payload` wrote. Raises KeyError or TypeError for anything else."""
        return cls(Item.from_payload(payload))


@dataclass(frozen=True, slots=True)
class ItemDescribed(ItemEvent):
    """One field was corrected; "" stands for no value. What the code says is changed by recoding."""

    type: ClassVar[str] = "item.described"
    item: str
    field: str
    old: str
    new: str
    reason: str
    account: str
    os_user: str

    def __post_init__(self) -> None:
        if not self.field or self.field in CODED_FIELDS:
            raise MalformedEvent(f"{self.field or 'nothing'} is not described: it is part of the code")


@dataclass(frozen=True, slots=True)
class ItemRecoded(ItemEvent):
    """An item got another code; the old one stays its own for ever. `parts` are the coded fields."""

    type: ClassVar[str] = "item.recoded"
    item: str
    old: str
    new: str
    series: str
    number: int
    parts: Mapping[str, str]
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class ItemWithdrawn(ItemEvent):
    """An item is no longer among the holdings that are found; its codes stay its own."""

    type: ClassVar[str] = "item.withdrawn"
    item: str
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class ItemDestroyed(ItemEvent):
    """The tombstone of a destroyed item: what must outlive its payloads so that no code is given again.

    `codes` are all it ever had; `numbers` the (series, number) pairs that were counted for them. `objects`
    are its sealed objects, and `destruction` names what it was destroyed with, which all of `sites` have to
    confirm. `fonds` says who may be told of it. `supervisors` are the accounts that witnessed it.
    """

    type: ClassVar[str] = "item.destroyed"
    version: ClassVar[int] = 3
    item: str
    codes: tuple[str, ...]
    numbers: tuple[tuple[str, int], ...]
    reason: str
    account: str
    os_user: str
    fonds: str = ""
    objects: tuple[str, ...] = ()
    destruction: str = ""
    sites: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()


def _of_no_destruction(payload: Payload) -> Payload:
    """Version 1 named no objects and nothing that it was destroyed with, version 2 no supervisors."""
    return payload


REGISTRY = Registry(
    {one.type: one for one in VISIT_EVENTS}
    | {
        event_class.type: event_class
        for event_class in (
            ArchiveCreated,
            BatchReceived,
            BatchReturned,
            BatchSecured,
            ItemRegistered,
            ItemDescribed,
            ItemAppraised,
            AccountAdded,
            AccountClosed,
            AccountChanged,
            CodeGiven,
            FounderRetired,
            UsesSealed,
            RetrievalAsked,
            RetrievalGranted,
            RetrievalRefused,
            RetrievalRevoked,
            FondsEntered,
            FondsNamed,
            FondsLinked,
            FondsDescribed,
            FondsFiled,
            ItemRecoded,
            ItemWithdrawn,
            ItemDestroyed,
            AuditCompleted,
            SiteRetired,
            SuiteChanged,
            KeysRotated,
            SigningKeyChanged,
            RecoveryKeyChanged,
            CarrierWritten,
            CarrierChecked,
            CarrierLost,
            ArchiveRestored,
            DrillCompleted,
            LogReopened,
            LossAccepted,
            HoldPlaced,
            HoldLifted,
            BatchRedacted,
            DestructionConfirmed,
        )
    },
    {
        **_AUDIT_UPCASTERS,
        **dict.fromkeys(((ItemDestroyed.type, 1), (ItemDestroyed.type, 2)), _of_no_destruction),
    },
)


def decode(kind: str, version: int, payload: Payload) -> Event:
    """An event of this program's types; see `Registry.decode`."""
    return REGISTRY.decode(kind, version, payload)
