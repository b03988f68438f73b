"""The carrier register 载体登记, and carriers after they were written: read again, due, lost.

The register is read from the ledger each time: what was written, every reading since, what became lost.
Not done here: writing (`carriers`), how a reading judges (`carrier_check`).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from archive import catalogue
from archive.carrier_events import CarrierChecked, CarrierLost, CarrierWritten
from archive.errors import NoteInvalid
from archive.events import Event
from archive.notes import NOTE_BYTES
from ingest.publish import publish
from ingest.tools import Tools
from policies.access import EVERYTHING
from policies.inspection import has_mark
from policies.site_rules import SiteRules
from processes.errors import NotAllowedValue, NotFound, NothingChanges
from processes.packages.carrier_check import Reading, read_carrier
from processes.packages.carrier_papers import NOTE, number_in
from processes.packages.carriers import need_operator
from processes.packages.opened import opened_medium
from processes.packages.packing import MANIFEST, PAYLOAD, TAG_MANIFEST
from processes.packages.reading import Medium, beginning
from storage.errors import TooFewCopies
from storage.vault import object_name

_MOST_NAMED = 1000


@dataclass(slots=True)
class Carrier:
    """One carrier as the register has it. Dates are those of entries; `outcome` is of the last reading."""

    written: CarrierWritten
    time: str
    last_read: str
    outcome: str = "whole"
    kept_at: str = ""
    lost: str = ""
    due: date = field(default=date.max)

    @property
    def number(self) -> str:
        """Its number 盘号."""
        return self.written.number

    def as_json(self, today: date) -> dict[str, Any]:
        """The carrier as `carriers list --json` tells it."""
        told = ("set", "kind", "form", "medium", "first_code", "last_code", "items", "files", "bytes", "run")
        names = {name: getattr(self.written, name) for name in told}
        state = {
            "kept_at": self.kept_at,
            "written": self.time,
            "last_read": self.last_read,
            "next_due": "" if self.lost else self.due.isoformat(),
            "overdue": self.overdue(today),
            "outcome": "lost" if self.lost else self.outcome,
            "reason": self.lost,
            "keys": self.written.keys,
            "restricted": self.written.restricted,
        }
        return {"number": self.number} | names | state

    def overdue(self, today: date) -> bool:
        """Whether it should have been read again, or replaced, by now."""
        return not self.lost and (self.due < today or self.outcome != "whole")


def register(tools: Tools, rules: SiteRules) -> list[Carrier]:
    """Every carrier ever written, in the order of numbers. Raises `NotForThisAccount`."""
    need_operator(tools)
    return _carriers(tools, rules)


def late(tools: Tools, rules: SiteRules, today: date) -> tuple[list[str], int]:
    """The numbers of the carriers that are overdue, and how many are kept, for whoever keeps the machines:
    nothing of what is on them.
    """
    kept = [one for one in _carriers(tools, rules) if not one.lost]
    return [one.number for one in kept if one.overdue(today)], len(kept)


def _carriers(tools: Tools, rules: SiteRules) -> list[Carrier]:
    found: dict[str, Carrier] = {}
    for time, event in _history(tools):
        if isinstance(event, CarrierWritten):
            found[event.number] = Carrier(event, time, time, kept_at=event.kept_at)
        elif isinstance(event, CarrierLost):
            found[event.number].lost = event.reason
        elif isinstance(event, CarrierChecked):
            carrier = found[event.number]
            carrier.last_read, carrier.outcome = time, event.outcome
            carrier.kept_at = event.kept_at or carrier.kept_at
    for carrier in found.values():
        years = rules.carrier(carrier.written.medium).read_every_years
        carrier.due = later(date.fromisoformat(carrier.last_read[:10]), years)
    return [found[number] for number in sorted(found)]


def _history(tools: Tools) -> Iterator[tuple[str, Event]]:
    types = (CarrierWritten.type, CarrierChecked.type, CarrierLost.type)
    with tools.database.read() as conn:
        for entry in tools.ledger.of_type(conn, *types):
            yield entry.time, entry.event()


def later(day: date, years: float) -> date:
    """The day so many years later, in whole months; the last of the month where it has no such day."""
    months = day.year * 12 + day.month - 1 + max(1, round(years * 12))
    year, month = min(months // 12, 9999), months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def of_number(tools: Tools, rules: SiteRules, number: str) -> Carrier:
    """The carrier of this number. Raises `NotFound`."""
    for carrier in register(tools, rules):
        if carrier.number == number:
            return carrier
    raise NotFound(f"carrier {number}")


def holding(carriers: Sequence[Carrier], fonds: str, registered: int) -> Iterator[Carrier]:
    """The carriers that may hold an item of `fonds` that was registered by entry `registered`.

    Lost ones too: nobody knows who has them. For whoever destroys: what lies in a safe is not erased from
    here, plain carriers and those with keys above all.
    """
    for carrier in carriers:
        one = carrier.written
        in_range = one.first_entry <= registered <= one.last_entry
        if in_range and (not one.fonds or fonds in one.fonds):
            yield carrier


@dataclass(frozen=True, slots=True)
class Checked:
    """A carrier's reading, entered; `pending` says why the entry waits for its sites."""

    carrier: Carrier
    reading: Reading
    pending: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return self.reading.outcome == "whole"

    def as_json(self) -> dict[str, Any]:
        """The document of `carriers check --json`."""
        rest = {"pending": self.pending} if self.pending else {}
        return {"number": self.carrier.number} | self.reading.as_json() | rest


def check(
    tools: Tools, rules: SiteRules, path: Path, number: str = "", percent: float = 0.0, kept_at: str = ""
) -> Checked:
    """Read the carrier at `path` again and enter the result; the rule set's share of it unless `percent`.

    Its number is the one in its signed list, unless told. Raises `NotFound` where nothing stands at `path`
    or the number is none of this archive's, `NothingChanges` where the carrier says another number.
    """
    need_operator(tools)
    _refuse_secrets(tools, kept_at)
    if not path.exists():
        raise NotFound(f"carrier at {path}")
    try:
        with opened_medium(path) as medium:
            carrier = of_number(tools, rules, _number(medium, number, path))
            share = percent or rules.carrier(carrier.written.medium).sample_percent
            reading = _read(tools, medium, carrier.written, share)
    except OSError as fault:
        if not number:
            raise NotFound(f"carrier that can be read at {path} ({fault}); name it with --number") from None
        carrier = of_number(tools, rules, number)
        reading = Reading(percent or 100.0, damaged=[str(path)])
    event = _checked(tools, carrier, reading, kept_at)
    return Checked(carrier, reading, _enter(tools, event))


def _read(tools: Tools, medium: Medium, one: CarrierWritten, percent: float) -> Reading:
    lists = {MANIFEST: one.manifest, TAG_MANIFEST: one.tagmanifest, NOTE: one.note}

    def vouch(path: str, sha256: str, blake3: str) -> bool:
        return _known(tools, one, path, sha256, blake3)

    return read_carrier(medium, lists, vouch, percent, one.files, tools.progress)


def _number(medium: Medium, told: str, path: Path) -> str:
    """Which carrier this says it is; what was told where it says nothing any more."""
    try:
        said = number_in(b"".join(beginning(medium.pieces(NOTE), NOTE_BYTES)))
    except (OSError, NoteInvalid, ValueError):
        said = ""
    if told and said and told != said:
        raise NothingChanges(f"{path} is carrier {said}, not {told}")
    if not (told or said):
        raise NotFound(f"carrier at {path} that tells its number; name it with --number")
    return told or said


def _known(tools: Tools, one: CarrierWritten, path: str, sha256: str, blake3: str) -> bool:
    """Whether the catalogue knows a file's content: of a plain carrier's by SHA-256, else by its object."""
    with tools.database.read() as conn:
        if one.kind == "plain":
            return bool(catalogue.digests_known(conn, [sha256], EVERYTHING))
        parts = path.removeprefix(PAYLOAD).split("/")
        if len(parts) != 3 or parts[0] != "objects":
            return False
        return any(
            object_name(stored.batch, stored.object_id) == "/".join(parts) and stored.sealed_blake3 == blake3
            for stored in catalogue.all_components(conn, parts[1])
        )


def _checked(tools: Tools, carrier: Carrier, reading: Reading, kept_at: str) -> CarrierChecked:
    return CarrierChecked(
        number=carrier.number,
        percent=f"{reading.percent:g}",
        files=reading.files,
        bytes=reading.bytes,
        outcome=reading.outcome,
        faults=reading.faults,
        damaged=tuple(map(_printable, reading.damaged[:_MOST_NAMED])),
        missing=tuple(map(_printable, reading.missing[:_MOST_NAMED])),
        strange=tuple(map(_printable, reading.strange[:_MOST_NAMED])),
        kept_at=kept_at,
        account=tools.subject.account,
        os_user=tools.os_user,
    )


def _printable(name: str) -> str:
    """A name from a medium that may hold anything, as canonical JSON takes it."""
    return name.encode("utf-8", "backslashreplace").decode()


def lost(tools: Tools, rules: SiteRules, number: str, reason: str) -> Mapping[str, Any]:
    """Enter that a carrier is gone. Raises `NotFound`, `NotAllowedValue`, `NothingChanges`."""
    need_operator(tools)
    _refuse_secrets(tools, reason)
    if not reason.strip():
        raise NotAllowedValue("a carrier is lost for a reason")
    carrier = of_number(tools, rules, number)
    if carrier.lost:
        raise NothingChanges(f"carrier {number} is lost already")
    event = CarrierLost(number, reason, tools.subject.account, tools.os_user)
    pending = _enter(tools, event)
    told = {"number": number, "reason": reason, "keys": carrier.written.keys, "kind": carrier.written.kind}
    return told | ({"pending": pending} if pending else {})


def _refuse_secrets(tools: Tools, text: str) -> None:
    if has_mark(text, tools.rules):
        raise NotAllowedValue("it holds a secrecy mark; nothing was entered")


def _enter(tools: Tools, event: Event) -> str:
    """Append and publish; why publishing has to wait, or nothing."""
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, [event], tools.now())
    try:
        publish(tools)
    except TooFewCopies as fault:
        return str(fault)
    return ""
