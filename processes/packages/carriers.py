"""Writing carriers: one after the other, each whole or not at all, read back before it is registered.

    1  build     beside its place, under a hidden name: files, lists, label, signature; all durable
    2  read back all of it, from the medium
    3  register  one ledger entry, which gives the number for ever
    4  rename    to its place

A run that is killed goes on when it is asked for again in the same folder: what was registered but not
renamed is renamed, what was not registered is built anew. Not done here: reading carriers later
(`carriers_kept`), burning discs.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from archive import catalogue
from archive.carrier_events import CarrierWritten
from archive.errors import LedgerDamaged
from archive.notes import Checkpoint
from ingest.locks import only_one
from ingest.publish import CHECKPOINT, publish
from ingest.tools import Tools
from policies.access import EVERYTHING, view_of
from processes.errors import NoRoom, NotEmpty, NotForThisAccount
from processes.packages.carrier_order import BLOCK, PREFIXES, RESERVE_BYTES, Order, Share, shares
from processes.packages.carrier_written import build
from processes.proving.prove import published_head
from storage.durable import sync_folder, write_file
from storage.errors import NoGoodCopy, StorageError, TooFewCopies

STATE = ".lantai-carriers.json"


@dataclass
class Run:
    """What one run wrote. `left_out` records are not for this set; `pending` says why the entries wait."""

    order: Order
    id: str
    carriers: list[CarrierWritten] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    left_out: int = 0
    pending: str = ""

    @property
    def whole(self) -> bool:
        """Whether something was written, and nothing was missing."""
        return bool(self.carriers) and not any(one.missing for one in self.carriers)

    def as_json(self) -> dict[str, Any]:
        """What `carriers write --json` says."""
        told = ("number", "medium", "items", "files", "bytes", "first_code", "last_code", "missing")
        carriers = [
            {name: getattr(one, name) for name in told} | {"path": str(path)}
            for one, path in zip(self.carriers, self.paths, strict=True)
        ]
        head = {"set": self.order.set, "kind": self.order.kind, "form": self.order.form, "run": self.id}
        rest = {"carriers": carriers, "left_out": self.left_out}
        return head | rest | ({"pending": self.pending} if self.pending else {})


def write(tools: Tools, order: Order, to: Path) -> Run:
    """Write carriers for what `order` names into the folder `to`; the carriers of this run, earlier ones of
    a run that was killed among them.

    Raises `NotForThisAccount`, `NotEmpty`, `NoRoom`, `TooLarge`, `BadCarrier`, `StorageError` and OSError.
    """
    need_operator(tools)
    with only_one(tools.work / "carriers.lock"):
        need_a_site(tools)
        run, head = _begun(tools, order, to)
        _finish_names(run, to)
        after = max((one.last_entry for one in run.carriers), default=-1)
        planned = list(shares(tools, order, after, head.size - 1, overhead(tools, order, head)))
        run.left_out = sum(share.left_out for share in planned)
        _need_room(to, sum(share.bytes + overhead(tools, order, head) for share in planned if share.items))
        for share in planned:
            if share.items:
                _write_one(tools, run, share, head, to)
        (to / STATE).unlink()
        sync_folder(to)
    run.pending = _published(tools)
    return run


def need_operator(tools: Tools) -> None:
    """Carriers hold, and their register names, what no partial view may see. Raises `NotForThisAccount`."""
    if view_of(tools.subject) != EVERYTHING:
        raise NotForThisAccount("carriers are for an account that handles every fonds")


def overhead(tools: Tools, order: Order, head: Checkpoint) -> int:
    """What stands on each carrier beside its items."""
    if order.plain:
        return RESERVE_BYTES
    with tools.database.read() as conn:
        ledger = tools.ledger.weight(conn, head.size)
    files = 3 * (head.size // 256 + 8)
    return RESERVE_BYTES + ledger + 2 * BLOCK * files + (400 * head.size if order.with_keys else 0)


def need_a_site(tools: Tools) -> None:
    """A site that is away must not look like records that are lost."""
    reasons: dict[str, str] = {}
    for name in tools.vault.sites:
        try:
            tools.vault.site(name).read(CHECKPOINT)
            return
        except StorageError as fault:
            reasons[name] = str(fault)
    raise NoGoodCopy("no site can be read", reasons)


def _begun(tools: Tools, order: Order, to: Path) -> tuple[Run, Checkpoint]:
    """A new run, or the one that stands unfinished in `to`, with the ledger's head that it is for."""
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = json.loads(json.dumps(asdict(order)))
    if (to / STATE).exists():
        state = json.loads((to / STATE).read_text("utf-8"))
        if (state["archive"], state["order"]) != (tools.vault.archive_id, wanted):
            raise NotEmpty(
                f"{to} holds an unfinished run of another order; give that one again, or remove {STATE} there"
            )
        with tools.database.read() as conn:
            head = tools.ledger.head_at(conn, state["head"])
        if head is None:
            raise LedgerDamaged(f"no head was signed at {state['head']}, which {to / STATE} names")
        return Run(order, state["run"], list(_of_run(tools, state["run"]))), head
    head = _head(tools)
    run = Run(order, secrets.token_hex(8))
    state = {"archive": tools.vault.archive_id, "run": run.id, "head": head.size, "order": wanted}
    write_file(to / STATE, json.dumps(state).encode())
    return run, head


def _head(tools: Tools) -> Checkpoint:
    """The published head; the newest that stands at enough sites where publishing is impossible now."""
    try:
        return publish(tools)
    except TooFewCopies:
        with tools.database.read() as conn:
            head = published_head(tools, conn)
        if head is None:
            raise
        return head


def _of_run(tools: Tools, run: str) -> Iterator[CarrierWritten]:
    with tools.database.read() as conn:
        for entry in tools.ledger.of_type(conn, CarrierWritten.type):
            event = entry.event()
            if isinstance(event, CarrierWritten) and event.run == run:
                yield event


def _finish_names(run: Run, to: Path) -> None:
    """Step 4 of those that were killed before it."""
    for one in run.carriers:
        place = to / name_of(one.number, run.order)
        run.paths.append(place)
        if not place.exists() and draft_of(place).exists():
            draft_of(place).rename(place)
            sync_folder(to)


def name_of(number: str, order: Order) -> str:
    """What a carrier is called where it is written."""
    return f"{number}.iso" if order.image else number


def draft_of(place: Path) -> Path:
    """What it is called until it is registered."""
    return place.with_name(f".{place.name}.part")


def _need_room(to: Path, needed: int) -> None:
    room = os.statvfs(to)
    free = room.f_bavail * room.f_frsize
    if free < needed:
        raise NoRoom(to, needed, free)


def _write_one(tools: Tools, run: Run, share: Share, head: Checkpoint, to: Path) -> None:
    number = next_number(tools, run.order.set)
    place = to / name_of(number, run.order)
    if place.exists():
        raise NotEmpty(f"{place} is there already, and this archive did not register it: move it away")
    event = build(tools, run.order, share, head, number, run.id, draft_of(place))
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, [event], tools.now())
    draft_of(place).rename(place)
    sync_folder(to)
    run.carriers.append(event)
    run.paths.append(place)


def next_number(tools: Tools, set_name: str) -> str:
    """The next number of a set: one more than the highest ever given, whatever became of that carrier."""
    prefix = PREFIXES[set_name]
    with tools.database.read() as conn:
        events = [entry.event() for entry in tools.ledger.of_type(conn, CarrierWritten.type)]
    given = _numbers([event.number for event in events if isinstance(event, CarrierWritten)], prefix)
    return f"{prefix}{max(given, default=0) + 1:04}"


def _numbers(names: Sequence[str], prefix: str) -> list[int]:
    ends = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    return [int(end) for end in ends if end.isdecimal()]


def _published(tools: Tools) -> str:
    """Publish the entries; why they have to wait, or nothing."""
    try:
        publish(tools)
    except TooFewCopies as fault:
        return str(fault)
    return ""
