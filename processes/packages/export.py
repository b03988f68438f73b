"""Packages of records in plain form, for another system or for a stranger: some, or the whole archive.

An export is a delivery: it holds what the account may see, and names nothing else. Content goes straight
to its package; each package stands under a hidden name until it is whole. A run that is killed goes on
when it is given again in the same folder: every so many items all is made durable and noted; what came
after that note is written anew. Memory does not grow with the archive.
Not done here: what a package looks like (`export_bag`, `export_eep`, `export_transfer`), taking one in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from archive import catalogue
from archive.catalogue import Record
from archive.notes import Checkpoint
from ingest.locks import only_one
from ingest.publish import publish
from ingest.signers import verifiers_text
from ingest.tools import Tools
from policies.access import view_of
from policies.portable import csv_line
from processes.errors import NoRoom, NotEmpty, NotForThisAccount
from processes.finding.show import handled
from processes.packages.carrier_lists import BOM
from processes.packages.carriers import need_a_site
from processes.packages.export_bag import BagExporter
from processes.packages.export_eep import EepExporter
from processes.packages.export_parcel import Exporter, Parcels
from processes.packages.export_places import Folder, Place
from processes.packages.export_transfer import TransferExporter
from processes.proving.prove import published_head
from storage.durable import sync_folder, write_file
from storage.errors import CopiesError, ObjectError, SecretError, TooFewCopies

STATE, REPORT, LIST, KEY = ".lantai-export.json", "report.json", "export.csv", "verification-key.txt"
FORMATS: dict[str, type[Exporter]] = {
    "bagit": BagExporter,
    "transfer": TransferExporter,
    "eep": EepExporter,
}
BETWEEN_NOTES = 200
"""Items between two notes of how far it is."""

_PAGE = 200
_SPARE_BYTES = 1 << 20


@dataclass
class Progress:
    """How far an export is, as it is noted in its folder. `after` is the entry of the last item done."""

    archive: str
    account: str
    format: str
    codes: list[str]
    head: int
    after: int = -1
    items: int = 0
    bytes: int = 0
    not_open: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)
    fonds: list[str] = field(default_factory=list)

    def same_order(self, other: Progress) -> bool:
        """Whether both are for the same wish."""
        told = ("archive", "account", "format", "codes")
        return all(getattr(self, name) == getattr(other, name) for name in told)


def export(tools: Tools, form: str, to: Path, codes: Sequence[str]) -> dict[str, Any]:
    """Write packages of the items `codes`, or of all that the account handles where there are none.

    The report: what stands in `report.json` of the folder. Raises `NotFound` before anything is written,
    `NotEmpty`, `NoRoom`, `StorageError` where no site can be read, and OSError.
    """
    chosen = chosen_of(tools, codes)
    with only_one(tools.work / "export.lock"):
        state, head = _begun(tools, form, to, [record.item.code for record in chosen])
        exporter = FORMATS[form](Parcels(tools, head), Folder(to))
        need_a_site(tools)
        _need_room(tools, state, chosen, to)
        _run(tools, state, exporter, chosen, to)
        return _finish(tools, state, exporter, chosen, to)


def chosen_of(tools: Tools, codes: Sequence[str]) -> list[Record]:
    """The items of these codes. Raises `NotFound`, and `NotForThisAccount` where it handles none at all."""
    if not view_of(tools.subject).full:
        raise NotForThisAccount("packages tell all of an item: they are for an account that handles fonds")
    with tools.database.read() as conn:
        return [handled(conn, code, tools.subject) for code in codes]


def _begun(tools: Tools, form: str, to: Path, codes: list[str]) -> tuple[Progress, Checkpoint]:
    head = current_head(tools)
    wanted = Progress(tools.vault.archive_id, tools.subject.account, form, sorted(codes), head.size)
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (to / STATE).exists():
        state = Progress(**json.loads((to / STATE).read_text("utf-8")))
        with tools.database.read() as conn:
            former = tools.ledger.head_at(conn, state.head)
        if not state.same_order(wanted) or former is None:
            raise NotEmpty(f"{to} holds another export that is not finished; name another folder")
        return state, former
    if any(to.iterdir()):
        raise NotEmpty(f"{to} is not empty: name a new folder for the packages")
    _note(wanted, to)
    return wanted, head


def current_head(tools: Tools) -> Checkpoint:
    """The head that proofs are made against: of now, or the last that could be published."""
    try:
        return publish(tools)
    except TooFewCopies:
        with tools.database.read() as conn:
            head = published_head(tools, conn)
        if head is None:
            raise
        return head


def _note(state: Progress, to: Path) -> None:
    write_file(to / STATE, json.dumps(asdict(state), ensure_ascii=False).encode())


def records(
    tools: Tools, state: Progress, chosen: Sequence[Record], after: int, fonds: str = ""
) -> Iterator[Record]:
    """What is to be exported, registered after entry `after`, in that order; of one fonds or ("") of all."""
    if state.codes:
        ordered = sorted({record.registered: record for record in chosen}.items())
        for registered, record in ordered:
            if after < registered < state.head and fonds in ("", record.item.fonds):
                yield record
        return
    view = view_of(tools.subject).handled
    while True:
        with tools.database.read() as conn:
            page = catalogue.items_after(conn, after, view, _PAGE, fonds=(fonds,) if fonds else ())
        for record in page:
            if record.registered >= state.head:
                return
            yield record
        if len(page) < _PAGE:
            return
        after = page[-1].registered


def _need_room(tools: Tools, state: Progress, chosen: Sequence[Record], to: Path) -> None:
    left = records(tools, state, chosen, state.after)
    needed = _SPARE_BYTES
    for record in left:
        content = sum(part.bytes for part in record.item.components)
        needed += content * (4 if state.format == "eep" else 3) // 3 + 16384
    room = os.statvfs(to)
    if room.f_bavail * room.f_frsize < needed:
        raise NoRoom(to, needed, room.f_bavail * room.f_frsize)


def _run(tools: Tools, state: Progress, exporter: Exporter, chosen: Sequence[Record], to: Path) -> None:
    left = sum(1 for _ in records(tools, state, chosen, state.after))
    tools.progress.begin("export", left, 0)
    for number, record in enumerate(records(tools, state, chosen, state.after), 1):
        one_item(state, exporter, record)
        state.after = record.registered
        tools.progress.advance(1, sum(part.bytes for part in record.item.components))
        if number % BETWEEN_NOTES == 0:
            os.sync()  # all of it, before the note that says so
            _note(state, to)
    os.sync()
    _note(state, to)
    tools.progress.end()


def one_item(state: Progress, exporter: Exporter, record: Record) -> None:
    """One item; what no site holds whole is named and does not hold up the others."""
    try:
        state.bytes += exporter.add(record)
    except (ObjectError, CopiesError, SecretError) as fault:
        state.failed.append({"code": record.item.code, "reason": str(fault)})
        return
    state.items += 1
    state.not_open += record.item.access != "open"
    if record.item.fonds not in state.fonds:
        state.fonds.append(record.item.fonds)


def _finish(
    tools: Tools, state: Progress, exporter: Exporter, chosen: Sequence[Record], to: Path
) -> dict[str, Any]:
    """Lists over all packages, the report, and the end of the note."""
    report = papers(tools, state, exporter, chosen, Folder(to))
    os.sync()
    (to / STATE).unlink()
    sync_folder(to)
    return {"format": report["format"], "to": str(to), **report}


def papers(
    tools: Tools, state: Progress, exporter: Exporter, chosen: Sequence[Record], to: Place
) -> dict[str, Any]:
    """Write what stands beside the packages; what the report says but for the time."""
    failed = {one["code"] for one in state.failed}

    def done(fonds: str = "") -> Iterator[Record]:
        every = records(tools, state, chosen, -1, fonds)
        return (record for record in every if record.item.code not in failed)

    packages = exporter.finish(done, sorted(state.fonds), state.items)
    to.file(LIST, _list(exporter, done()))
    to.file(KEY, [verifiers_text(tools.signer).encode("ascii")])
    report = {
        "format": state.format,
        "archive": state.archive,
        "head": state.head,
        "packages": packages,
        "items": state.items,
        "bytes": state.bytes,
        "not_open": state.not_open,
        "failed": state.failed,
    }
    told = json.dumps(report | {"time": tools.now()}, ensure_ascii=False, indent=1)
    to.file(REPORT, [told.encode() + b"\n"])
    return report


def _list(exporter: Exporter, records: Iterator[Record]) -> Iterator[bytes]:
    yield BOM + csv_line(["code", "title", "package"]).encode()
    for record in records:
        title = record.item.fields.get("title", "")
        yield csv_line([record.item.code, title, exporter.place(record)]).encode()
