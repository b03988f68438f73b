"""Building one carrier and reading it back: steps 1 and 2 of `carriers`.

Not done here: which items (`carrier_order`), where content comes from (`carrier_parts`), registering.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.carrier_events import CarrierWritten
from archive.catalogue import Record
from archive.notes import Checkpoint
from ingest.keyhold import keys_held
from ingest.signers import verifiers_text
from ingest.tools import Tools
from processes.errors import BadCarrier
from processes.packages import carrier_lists as lists
from processes.packages import carrier_papers as papers
from processes.packages.carrier_check import read_carrier
from processes.packages.carrier_order import Order, Share, records
from processes.packages.carrier_papers import DESCRIPTION, KEY, LABEL, NOTE, Facts
from processes.packages.carrier_parts import (
    Contents,
    key_parts,
    ledger_parts,
    plain_parts,
    plain_paths,
    sealed_parts,
)
from processes.packages.opened import opened_medium
from processes.packages.packing import (
    MANIFEST,
    PAYLOAD,
    TAG_MANIFEST,
    FolderPack,
    Pack,
    Part,
    add_from_any,
    seal_bag,
)
from storage.errors import CopiesError, ObjectError, SecretError


@dataclass
class _Building:
    tools: Tools
    order: Order
    share: Share
    head: Checkpoint
    number: str
    pack: Pack
    missing: list[str] = field(default_factory=list)
    batches: dict[str, None] = field(default_factory=dict)

    def records(self) -> Iterator[Record]:
        """What goes on this carrier; the same each time unless something is corrected meanwhile."""
        every = records(self.tools, self.order, self.share.after, self.share.last)
        return (record for record in every if self.order.admits(record))

    def rows(self) -> Iterator[lists.Row]:
        """The same with their places."""
        gone = set(self.missing)
        for record in self.records():
            yield lists.Row(record, tuple("" if path in gone else path for path in plain_paths(record.item)))

    def fill(self) -> None:
        """The records, and what goes with them into the payload."""
        contents = Contents(self.tools)
        self.tools.progress.begin("carriers", self.share.items, self.share.bytes)
        for record in self.records():
            self.batches[record.item.batch] = None
            parts = plain_parts(contents, record) if self.order.plain else sealed_parts(self.tools, record)
            for part in parts:
                self._add(part)
            self.tools.progress.advance(1, self.order.cost(record))
        self.tools.progress.end()
        for part in self._rest():
            self.pack.add(part)

    def _add(self, part: Part) -> None:
        """Take one file; what no site holds whole is named and does not hold up the others."""
        try:
            add_from_any(self.pack, part)
        except (ObjectError, CopiesError, SecretError):
            self.missing.append(part.path)

    def _rest(self) -> Iterator[Part]:
        if self.order.plain:
            yield Part(PAYLOAD + lists.TABLE, lambda: lists.table(self.rows()))
            yield Part(PAYLOAD + lists.DIRECTORY, lambda: lists.directory(self.rows()))
            return
        yield from ledger_parts(self.tools, self.head)
        if self.order.with_keys:
            with keys_held(self.tools):  # all under one key-encryption key, and the recovery file that has it
                yield from key_parts(self.tools, self.batches)

    def facts(self) -> Facts:
        """What the papers tell."""
        tools = self.tools
        made, maker = tools.now(), f"{tools.subject.account} ({tools.os_user})"
        counts = (self.pack.files, self.pack.total, made, maker, tuple(self.missing))
        return Facts(tools.vault.archive_id, self.number, self.order, self.share, *counts)

    def papers(self, facts: Facts, run: str) -> tuple[str, str, str]:
        """All that stands beside the payload; SHA-256 of the two lists and of the signature."""
        self.pack.paper(LABEL, [papers.label(facts)])
        self.pack.paper(DESCRIPTION, [papers.description(facts)])
        self.pack.paper(KEY, [verifiers_text(self.tools.signer).encode()])
        if self.order.plain:
            told = {
                "盘号 number": facts.number,
                "制作日期 written": facts.made,
                "件数 items": facts.share.items,
            }
            self.pack.paper(lists.PAGE, lists.page(self.rows(), f"{facts.archive} {facts.number}", told))
        information = {
            "Source-Organization": facts.archive,
            "External-Identifier": facts.number,
            "Bagging-Date": facts.made[:10],
            "Bag-Group-Identifier": run,
            "Internal-Sender-Description": f"{facts.order.set}, {facts.order.kind}",
        }
        manifest, tag_manifest = seal_bag(self.pack, information)
        signed = papers.note(self.tools, facts, manifest, tag_manifest)
        return manifest, tag_manifest, self.pack.paper(NOTE, [signed], listed=False)


def build(
    tools: Tools, order: Order, share: Share, head: Checkpoint, number: str, run: str, place: Path
) -> CarrierWritten:
    """Build the carrier at `place`, durably, and read it back; the entry that registers it.

    Raises `BadCarrier` where it reads back differently; whatever is raised, nothing stays at `place`.
    """
    pack = _new_pack(order, place, number)
    try:
        building = _Building(tools, order, share, head, number, pack)
        building.fill()
        facts = building.facts()
        digests = building.papers(facts, run)
        pack.close()
        _read_back(tools, place, digests, pack.files)
        _need_small(place, order)
    except BaseException:  # whatever ends it, Ctrl-C too: half a carrier is no carrier
        pack.discard()
        raise
    return _event(tools, facts, run, digests, 0 if order.plain else head.size)


def _new_pack(order: Order, place: Path, number: str) -> Pack:
    if not order.image:
        return FolderPack(place)
    from processes.packages.imaging import ImagePack  # brings a library that nobody else needs

    return ImagePack(place, number)


def _read_back(tools: Tools, place: Path, digests: tuple[str, str, str], files: int) -> None:
    expected = dict(zip((MANIFEST, TAG_MANIFEST, NOTE), digests, strict=True))
    with opened_medium(place) as medium:
        reading = read_carrier(medium, expected, lambda *_: False, 100, files, tools.progress)
    if reading.faults or reading.files < files:
        first = [*reading.damaged, *reading.missing, *reading.strange][:1]
        raise BadCarrier(f"{reading.faults} files of {place.name} read back differently, the first {first}")


def _need_small(place: Path, order: Order) -> None:
    """It must fit what was asked for: costs are upper bounds, and this is the proof of it."""
    if place.is_dir():
        size = sum(entry.stat().st_size for entry in place.rglob("*") if entry.is_file())
    else:
        size = place.stat().st_size
    if size > order.size:
        raise BadCarrier(f"{place.name} came out at {size} bytes, more than the {order.size} of a carrier")


def _event(tools: Tools, facts: Facts, run: str, digests: tuple[str, str, str], head: int) -> CarrierWritten:
    order, share = facts.order, facts.share
    manifest, tag_manifest, note = digests
    return CarrierWritten(
        number=facts.number,
        run=run,
        set=order.set,
        kind=order.kind,
        form=order.form,
        medium=order.medium,
        kept_at=order.kept_at,
        items=share.items,
        files=facts.files,
        bytes=facts.bytes,
        first_code=share.first_code,
        last_code=share.last_code,
        first_entry=share.after + 1,
        last_entry=share.last,
        fonds=order.fonds,
        since=order.since,
        restricted=order.restricted_too,
        keys=order.with_keys,
        head=head,
        missing=facts.missing,
        manifest=manifest,
        tagmanifest=tag_manifest,
        note=note,
        account=tools.subject.account,
        os_user=tools.os_user,
    )
