"""One entry of the ledger: a public envelope, and beside it a private payload under a commitment.

The envelope's exact bytes are the leaf of the tree. Payload and salt may be destroyed; the envelope
stays, so the tree and every proof stay whole. Not here: storage, order, hashes (`archive.ledger`).
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

from archive.errors import LedgerDamaged, MalformedEvent
from archive.events import REGISTRY, Event, Registry
from archive.merkle import leaf_hash
from policies.canonical import canonical

SALT_BYTES = 32
_IDENTIFIER = re.compile(r"[a-z0-9]{0,64}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_SCHEME = "hmac-sha256:"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as stored: `batch`, `item` "" where absent; `payload`, `salt` None when destroyed."""

    index: int
    time: str
    type: str
    version: int
    batch: str
    item: str
    envelope: bytes
    salt: bytes | None
    payload: bytes | None

    def event(self, registry: Registry = REGISTRY) -> Event:
        """The typed event, lifted to today's version.

        Raises LedgerDamaged when the payload was destroyed, UnknownEvent or MalformedEvent when it
        cannot be read.
        """
        if self.payload is None:
            raise LedgerDamaged(f"the payload of entry {self.index} was destroyed")
        try:
            content = json.loads(self.payload)
        except ValueError as error:
            raise MalformedEvent(f"the payload of entry {self.index} is not JSON") from error
        return registry.decode(self.type, self.version, content)

    def commitment_holds(self) -> bool:
        """Whether payload and salt are those that the envelope commits to; False when destroyed."""
        if self.payload is None or self.salt is None:
            return False
        stated = read_envelope(self.envelope).get("commitment", "")
        return hmac.compare_digest(str(stated), commitment(self.salt, self.payload))

    def columns_hold(self) -> bool:
        """Whether what stands beside the envelope is what the envelope says."""
        said = read_envelope(self.envelope)
        stated = (said.get("time"), said.get("type"), said.get("event"), said.get("batch"), said.get("item"))
        return stated == (self.time, self.type, self.version, self.batch or None, self.item or None)

    def leaf_hash(self) -> bytes:
        """The hash of this entry in the tree."""
        return leaf_hash(self.envelope)


def entry_of(index: int, envelope: bytes) -> Entry:
    """The entry whose envelope this is, without payload and salt. Raises LedgerDamaged for what is none."""
    said = read_envelope(envelope)
    words = [said.get(name, "") for name in ("time", "type", "batch", "item", "commitment")]
    version = said.get("event")
    if said.get("v") != 1 or type(version) is not int or not all(isinstance(word, str) for word in words):
        raise LedgerDamaged(f"the envelope of entry {index} is of no form that this program knows")
    time, kind, batch, item, _ = words
    return Entry(index, time, kind, version, batch, item, envelope, None, None)


def make_entry(index: int, event: Event, time: str, salt: bytes) -> Entry:
    """The entry that records `event` at `index`. `salt` is 32 random bytes, never used twice.

    `time` is UTC, such as `2026-11-21T12:00:00Z` (see `check_time`). Raises what canonical JSON
    raises for payloads it cannot hold.
    """
    payload = canonical(event.payload())
    batch, item = event.batch_id, event.item_id
    envelope = _envelope(event, time, commitment(salt, payload))
    return Entry(index, time, event.type, event.version, batch, item, envelope, salt, payload)


def _envelope(event: Event, time: str, sealed: str) -> bytes:
    """The canonical JSON of an envelope.

    Spelt out, because ten thousand are made under the lock and every value is plain ASCII; the
    tests hold it against `canonical`.
    """
    batch, item = event.batch_id, event.item_id
    if not (_IDENTIFIER.fullmatch(batch) and _IDENTIFIER.fullmatch(item)):
        raise MalformedEvent(f"not an identifier: {batch!r} or {item!r}")
    of_batch = f'"batch":"{batch}",' if batch else ""
    of_item = f'"item":"{item}",' if item else ""
    return (
        f'{{{of_batch}"commitment":"{sealed}","event":{event.version},{of_item}'
        f'"time":"{time}","type":"{event.type}","v":1}}'
    ).encode("ascii")


def commitment(salt: bytes, payload: bytes) -> str:
    """What an envelope says of its payload; without the salt it confirms no guess."""
    return _SCHEME + hmac.digest(salt, payload, "sha256").hex()


def read_envelope(envelope: bytes) -> dict[str, Any]:
    """The envelope's content; an empty table for bytes that are none."""
    try:
        content = json.loads(envelope)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def check_time(time: str) -> None:
    """Refuse a time that is not UTC in the ledger's form. Raises MalformedEvent."""
    if not _TIME.fullmatch(time):
        raise MalformedEvent(f"not a time of the form 2026-11-21T12:00:00Z: {time!r}")
