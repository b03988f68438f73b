"""What every site must keep, in the order in which an audit visits it.

Batch by batch, each read in a short transaction of its own: memory stays flat, and no snapshot is held open,
however long an audit runs. An audit that was interrupted finds every part again from where it stood.
Not done here: how a copy is checked (`copies`), what is there and should not be (`strangers`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice

from blake3 import blake3
from sqlalchemy import Connection

from archive import catalogue, working
from archive.catalogue_audit import batch_sizes, holdings_totals
from archive.errors import NoteInvalid
from archive.ledger import Ledger
from archive.notes import parse_checkpoint
from archive.tiles import WIDTH, TileName, bundles_between, read_tile, tiles_between
from ingest.locks import only_one
from ingest.payloads import ARCHIVE_KEYRING
from ingest.publish import CHECKPOINT, continued
from ingest.tools import Tools
from processes.auditing.audited import Scope
from processes.auditing.copies import Kept, KeptObject
from processes.auditing.copies_keyring import KeptKeyring, Proofs
from processes.auditing.copies_ledger import KeptFile, KeptPayloads, older_bundle, older_tile
from processes.auditing.copies_recovery import KeptRecovery
from storage.errors import SiteError
from storage.keyring import Keyring

OBJECTS_A_PART = 512
"""Small batches go together until they have so many objects; a larger batch is a part by itself."""

FILES_A_PART = 128
_BATCHES = 200


class Draw:
    """Draws a share of `count` things in one pass: exactly that share, never none of some, each as likely.

    The same `seed` draws the same things; without one, nobody knows which. `left` and `wanted` are where it
    stands, to go on from later.
    """

    def __init__(self, count: int, percent: float, seed: str = "") -> None:
        self.left = count
        self.all = percent >= 100
        self.wanted = count if self.all else min(count, max(1, round(count * percent / 100)))
        self._seed = seed or secrets.token_hex(16)

    def __call__(self, name: str = "") -> bool:
        """Whether the next one, called `name` or by its place, is drawn."""
        if self.all:
            return True
        lot = int.from_bytes(blake3(f"{self._seed}/{name or self.left}".encode()).digest(8), "big")
        drawn = self.wanted > 0 and lot * self.left < self.wanted << 64
        self.left, self.wanted = max(self.left - 1, 1), self.wanted - drawn
        return drawn


@dataclass(frozen=True, slots=True)
class Part:
    """Some whole batches (`stage` "batches"), or some files of the ledger ("files"); `last` names its end."""

    stage: str
    last: str
    batches: tuple[str, ...]
    things: Iterator[Kept]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is in scope, as it stood when the audit began: `objects` of so many `bytes` in so many `batches`
    of the first `until` entries, and the ledger's full files up to `size`. `registered` items are in the
    archive at all, in scope or not.
    """

    until: int
    size: int
    batches: int
    objects: int
    bytes: int
    registered: int

    @property
    def files(self) -> int:
        """How many keyrings and files of the ledger there are, those at its end left out."""
        return self.batches + 2 + sum(1 + (name.level < 0) for name in full(self.size))


@dataclass(frozen=True, slots=True)
class Holdings:
    """The things of a plan, those alone that the draws take."""

    tools: Tools
    scope: Scope
    plan: Plan
    objects: Draw
    files: Draw

    def parts(self, stage: str = "batches", after: str = "") -> Iterator[Part]:
        """All parts behind that place, but for the ledger's end; each to be gone through before the next."""
        if stage == "batches":
            yield from self._batches(after)
        first = int(after or 0) if stage == "files" else 0
        everything = self._ledger_files()
        for _ in islice(everything, first):
            pass
        while some := list(islice(everything, FILES_A_PART)):
            first += len(some)
            yield Part("files", str(first), (), (one for one in some if self.files(one.label)))

    def again(self, stage: str, last: str, batches: Iterable[str]) -> Iterator[Kept]:
        """All things of a part, drawn or not."""
        if stage == "batches":
            for batch in batches:
                yield from self._of_batch(batch, everything=True)
        else:
            yield from islice(self._ledger_files(), int(last))

    def _batches(self, after: str) -> Iterator[Part]:
        batches: list[str] = []
        count = 0
        for batch, objects in self._counted(after):
            batches.append(batch)
            count += objects
            if count >= OBJECTS_A_PART or len(batches) >= OBJECTS_A_PART:
                yield self._part(batches)
                batches, count = [], 0
        if batches:
            yield self._part(batches)

    def _part(self, batches: list[str]) -> Part:
        things = (one for batch in batches for one in self._of_batch(batch))
        return Part("batches", batches[-1], tuple(batches), things)

    def _counted(self, after: str) -> Iterator[tuple[str, int]]:
        """The batches in scope behind `after` in the order of names, with how many objects they have."""
        while True:
            with self.tools.database.read() as conn:
                page = batch_sizes(conn, after, self.plan.until, self.scope.earliest, _BATCHES)
            yield from page
            if len(page) < _BATCHES:
                return
            after = page[-1][0]

    def _of_batch(self, batch: str, *, everything: bool = False) -> Iterator[Kept]:
        with self.tools.database.read() as conn:
            stored = list(catalogue.all_components(conn, batch))
        proofs = Proofs(self.tools, batch)
        for one in stored:
            if everything or self.objects(one.object_id):
                yield KeptObject(self.tools, one, proofs.headers)
        others = frozenset({batch, *(one.item for one in stored)})
        keyring = KeptKeyring(self.tools, batch, {s.object_id: s.code for s in stored}, others, proofs)
        if everything or self.files(keyring.label):
            yield keyring

    def _ledger_files(self) -> Iterator[Kept]:
        archive = frozenset({ARCHIVE_KEYRING})
        yield KeptKeyring(self.tools, ARCHIVE_KEYRING, {}, archive, Proofs(self.tools, ARCHIVE_KEYRING))
        yield KeptRecovery(self.tools)
        yield from _published(self.tools, full(self.plan.size), self.plan.size)


def plan(tools: Tools, scope: Scope, sites: Iterable[str]) -> Plan:
    """What `scope` names now; of the ledger what all of `sites` that can be reached must have.

    Raises `LedgerSetBack`: see `stands`.
    """
    with tools.database.read() as conn:
        until = tools.ledger.size(conn)
        totals = holdings_totals(conn, until, scope.earliest)
        registered = holdings_totals(conn, until, "").items
    sizes = []
    for site in sites:
        with suppress(SiteError):  # that site's own result will say so
            sizes.append(stands(tools, site)[0])
    size = min(sizes, default=0)
    return Plan(until, size, totals.batches, totals.objects, totals.bytes, registered)


def stands(tools: Tools, site: str) -> tuple[int, int]:
    """How far `site` must have the ledger (as was noted of it, or by its own checkpoint if that is newer; all
    of it where nothing was noted), and how far its own checkpoint says that it has.

    Raises `SiteError`, and `LedgerSetBack` where its ledger is none that this database continues: then
    the database must not be what copies are held against, let alone mended from.
    """
    with tools.database.read() as conn:
        held = continued(tools, conn, site)
        head = tools.ledger.newest_head(conn)
        noted = working.published(conn).get(site, 0) or (head.size if head else 0)
    return max(noted, held), held


@contextmanager
def ledger_end(tools: Tools, site: str, behind: int) -> Iterator[list[Kept]]:
    """The files of the ledger behind the full ones up to `behind`, as `site` must have them, which every
    publication replaces: none happens meanwhile. Raises `SiteError`.
    """
    with only_one(tools.work / "publish.lock"):
        size, _ = stands(tools, site)
        known = set(full(behind))
        rest = [name for name in _names(size) if name not in known]
        content = partial(_note, tools.ledger, size)
        note = KeptFile(tools, CHECKPOINT, 200, content, partial(_older_note, tools))
        yield [*_published(tools, rest, size), note]


def full(size: int) -> Iterator[TileName]:
    """The tiles and entry bundles that no publication replaces any more."""
    return (name for name in _names(size) if name.width == WIDTH)


def _names(size: int) -> Iterator[TileName]:
    yield from tiles_between(0, size)
    yield from bundles_between(0, size)


def _published(tools: Tools, names: Iterable[TileName], size: int) -> Iterator[Kept]:
    """The files under `names`, tiles and bundles, and the sealed payloads beside a bundle."""
    keyrings: dict[str, Keyring] = {}
    for name in names:
        label = f"ledger/{name.path}"
        if name.level >= 0:
            yield KeptFile(tools, label, 32 * name.width, partial(read_tile, name=name), older_tile)
            continue
        bundle = partial(tools.ledger.bundle, name=name)
        yield KeptFile(tools, label, 200 * name.width, bundle, older_bundle)
        yield KeptPayloads(tools, name, size, keyrings)


def _note(ledger: Ledger, size: int, conn: Connection) -> bytes:
    head = ledger.head_at(conn, size)
    return head.note.encode() if head else b""


def _older_note(tools: Tools, found: bytes, _content: bytes) -> bool:
    """Whether `found` is a head that this archive signed once."""
    try:
        head = parse_checkpoint(found.decode("utf-8"), [tools.signer.verifier], tools.ledger.origin)
    except (UnicodeDecodeError, NoteInvalid):
        return False
    with tools.database.read() as conn:
        return head.size < tools.ledger.size(conn) and tools.ledger.root(conn, head.size) == head.root
