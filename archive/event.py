"""What an event is, and how old versions of events are read for ever.

An event's payload is private (it stands beside the tree, under a commitment); its type, version and
the identifiers of its item and batch are public. Not here: which events there are (`archive.events`),
envelopes and storage (`archive.entries`, `archive.ledger`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from archive.errors import MalformedEvent, UnknownEvent
from archive.model import Payload

Upcaster = Callable[[Payload], Payload]
"""Makes a payload of the next version from one of an older version."""


class Event:
    """Something that happened; subclasses are frozen dataclasses whose fields are the payload."""

    __slots__ = ()
    type: ClassVar[str]
    version: ClassVar[int] = 1

    @property
    def item_id(self) -> str:
        """The item it happened to, "" where none."""
        return ""

    @property
    def batch_id(self) -> str:
        """The batch it happened to, "" where none."""
        return ""

    @property
    def subject(self) -> str:
        """The item, else the batch, else "" for the archive."""
        return self.item_id or self.batch_id

    def payload(self) -> Payload:
        """Plain values for canonical JSON."""
        return {name.name: getattr(self, name.name) for name in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Event:
        """The event that `payload` wrote. Raises KeyError or TypeError for anything else."""
        return cls(**{name: _tuples(value) for name, value in payload.items()})


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples they were."""
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value


class ItemEvent(Event):
    """Something that happened to one registered item."""

    __slots__ = ()
    item: str

    @property
    def item_id(self) -> str:
        """The item it happened to."""
        return self.item


@dataclass(frozen=True, slots=True)
class Registry:
    """Which types are known, and how payloads of older versions become current ones."""

    types: Mapping[str, type[Event]]
    upcasters: Mapping[tuple[str, int], Upcaster] = field(default_factory=dict)

    def decode(self, kind: str, version: int, payload: Payload) -> Event:
        """The event of type `kind` written at `version`, lifted version by version to today's.

        Raises UnknownEvent for what this program does not know, MalformedEvent for what does not fit.
        """
        event_class = self.types.get(kind)
        if event_class is None or not 1 <= version <= event_class.version:
            raise UnknownEvent(f"{kind} version {version} is not known here")
        try:
            for step in range(version, event_class.version):
                payload = self.upcasters[kind, step](payload)
            return event_class.from_payload(payload)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedEvent(f"{kind} version {version}: {type(error).__name__}: {error}") from error


@dataclass(frozen=True, slots=True)
class Fact:
    """An event at its place in the ledger. `payload` is its canonical JSON in today's version."""

    index: int
    time: str
    event: Event
    payload: bytes
