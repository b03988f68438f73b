"""Events of the reading room: visits without an account, what was used in them, certified copies.

A visit names its visitor by an opaque identifier; who that is stands in a working table alone
(`archive.visits`), so that it can be forgotten while the ledger stays. A certificate is of an item: its text
goes with the item, its place in the ledger, and with that its number, stays.

Not here: what a visitor may see (`policies.visitors`), who keeps the register (`policies.roles`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archive.event import Event, ItemEvent


@dataclass(frozen=True, slots=True)
class VisitEntered(Event):
    """Somebody came to the reading room; `about` says what they look for, in words without persons."""

    type: ClassVar[str] = "visit.entered"
    visit: str
    visitor: str
    purpose: str
    about: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class VisitNoted(Event):
    """An item was given to the visitor: `act` is "seen" or "copied", `pages` how many were copied."""

    type: ClassVar[str] = "visit.noted"
    visit: str
    code: str
    act: str
    pages: int
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class VisitAsked(Event):
    """A request to see a closed item was entered in the visitor's name."""

    type: ClassVar[str] = "visit.asked"
    visit: str
    request: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class VisitClosed(Event):
    """What the visit led to (利用效果); said again, the newest counts."""

    type: ClassVar[str] = "visit.closed"
    visit: str
    outcome: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class VisitorsForgotten(Event):
    """Who these visitors were is kept no longer."""

    type: ClassVar[str] = "visitors.forgotten"
    visitors: tuple[str, ...]
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class CertificateIssued(ItemEvent):
    """A certified copy or extract (档案证明) of an item. Its number is its place among those of its year.

    `digests` are the algorithm-tagged digests of the item's files, each as (file, digest).
    """

    type: ClassVar[str] = "certificate.issued"
    item: str
    certificate: str
    visit: str
    code: str
    title: str
    digests: tuple[tuple[str, str], ...]
    extract: str
    holder: str
    purpose: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class CertificateVoided(ItemEvent):
    """A certificate counts no more; it stays in the register."""

    type: ClassVar[str] = "certificate.voided"
    item: str
    certificate: str
    reason: str
    account: str
    os_user: str


VISIT_EVENTS: tuple[type[Event], ...] = (
    VisitEntered,
    VisitNoted,
    VisitAsked,
    VisitClosed,
    VisitorsForgotten,
    CertificateIssued,
    CertificateVoided,
)
"""All events of the reading room, for the registry."""
