"""Events around destruction: holds that stop it, reports without what they told, sites that confirmed.

The tombstone itself is `archive.events.ItemDestroyed`. Not here: carrying a destruction out
(`processes.destruction.destroy`), who may order one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archive.batch_events import BatchReport
from archive.event import Event, ItemEvent

REPORT_TYPES = ("batch.received", "batch.returned", "batch.redacted")
"""Entries that hold a batch's report, of which the last one counts."""


@dataclass(frozen=True, slots=True)
class HoldPlaced(ItemEvent):
    """Nothing may destroy the item until the hold is lifted."""

    type: ClassVar[str] = "hold.placed"
    item: str
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class HoldLifted(ItemEvent):
    """The item is no longer held."""

    type: ClassVar[str] = "hold.lifted"
    item: str
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class BatchRedacted(BatchReport):
    """A batch's report without what it told of destroyed items; takes the place of those before it.

    Their payloads are gone, so it says all that the catalogue takes from them: `entry` and `reported`, the
    place and time of the report that it stands for, and `state`, the batch's state when it was redacted.
    """

    type: ClassVar[str] = "batch.redacted"
    entry: int
    reported: str
    state: str


@dataclass(frozen=True, slots=True)
class DestructionConfirmed(Event):
    """Everything of a destruction's items is gone from a site, but for `kept` objects locked `until` then."""

    type: ClassVar[str] = "destruction.confirmed"
    destruction: str
    site: str
    kept: int
    until: str
