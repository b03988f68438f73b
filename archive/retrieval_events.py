"""Events of retrieval (调阅): somebody asks to see what is closed to them, and what became of it.

Not here: who may grant (`policies.roles`), when a grant opens an item (`processes.desk.retrievals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archive.event import Event, ItemEvent


@dataclass(frozen=True, slots=True)
class RetrievalAsked(Event):
    """Somebody asks to see what has this code, if anything has: the asking tells nobody whether it does."""

    type: ClassVar[str] = "retrieval.asked"
    request: str
    code: str
    purpose: str
    copy: bool
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class RetrievalGranted(ItemEvent):
    """The item is opened to `grantee` through the day `until`; `mode` is "view" or "copy"."""

    type: ClassVar[str] = "retrieval.granted"
    item: str
    request: str
    grantee: str
    mode: str
    until: str
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class RetrievalRefused(Event):
    """A request was refused; the reason is for whoever asked."""

    type: ClassVar[str] = "retrieval.refused"
    request: str
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class RetrievalRevoked(ItemEvent):
    """A grant ended before its last day."""

    type: ClassVar[str] = "retrieval.revoked"
    item: str
    request: str
    reason: str
    account: str
    os_user: str
