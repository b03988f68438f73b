"""What every site must keep, in the order in which an audit visits it.

Batch by batch, each read in a short transaction of its own: memory stays flat, and no snapshot is held open,
however long an audit runs. Not done here: how a copy is checked (`copies`).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from sqlalchemy import Connection

from archive import catalogue, working
from archive.ledger import Ledger
from archive.tiles import WIDTH, TileName, bundles_between, read_tile, tiles_between
from ingest.locks import only_one
from ingest.payloads import ARCHIVE_KEYRING
from ingest.publish import CHECKPOINT, continued
from ingest.tools import Tools
from processes.audited import Scope
from processes.copies import Kept, KeptKeyring, KeptObject, KeptRecovery
from processes.copies_ledger import KeptFile, KeptPayloads
from storage.errors import SiteError
from storage.site import Site
from storage.vault import object_name


class Draw:
    """Draws a share of `count` things in one pass: exactly that share, never none of some, each as likely."""

    def __init__(self, count: int, percent: float) -> None:
        self.left = count
        self.all = percent >= 100
        self.wanted = count if self.all else min(count, max(1, round(count * percent / 100)))
        self._chance = random.SystemRandom()

    def __call__(self) -> bool:
        """Whether the next one is drawn."""
        if self.all:
            return True
        drawn = self.wanted > 0 and self._chance.randrange(max(self.left, 1)) < self.wanted
        self.left, self.wanted = self.left - 1, self.wanted - drawn
        return drawn


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is in scope: `objects` of so many `bytes` in `batches`, and the ledger's full files up to `size`.

    `registered` items are in the archive at all, in scope or not.
    """

    tools: Tools
    batches: tuple[str, ...]
    size: int
    percent: float
    registered: int
    objects: int
    bytes: int

    @property
    def chosen(self) -> int:
        """How many objects will be checked."""
        return Draw(self.objects, self.percent).wanted

    @property
    def files(self) -> int:
        """How many keyrings and files of the ledger there are, those at its end left out."""
        return len(self.batches) + 2 + sum(1 for _ in _published(self.tools, _full(self.size), self.size))

    def kept(self) -> Iterator[Kept]:
        """All of the share drawn, but for the ledger's end."""
        objects, files = Draw(self.objects, self.percent), Draw(self.files, self.percent)
        for batch in self.batches:
            yield from self._of_batch(batch, objects, files)
        archive = KeptKeyring(self.tools, ARCHIVE_KEYRING, frozenset({ARCHIVE_KEYRING}))
        rest: list[Kept] = [archive, KeptRecovery(self.tools)]
        yield from (one for one in rest if files())
        yield from (one for one in _published(self.tools, _full(self.size), self.size) if files())

    def _of_batch(self, batch: str, objects: Draw, files: Draw) -> Iterator[Kept]:
        with self.tools.database.read() as conn:
            everything = list(catalogue.all_components(conn, batch))
        yield from (KeptObject(self.tools, stored) for stored in everything if objects())
        if files():
            needs = {name for stored in everything for name in (stored.item, stored.object_id)}
            yield KeptKeyring(self.tools, batch, frozenset(needs | {batch}))

    @contextmanager
    def end(self, site: str) -> Iterator[list[Kept]]:
        """The files at the end of the ledger as `site` has it, which every publication replaces: none
        happens meanwhile. Raises `SiteError`.
        """
        with only_one(self.tools.work / "publish.lock"):
            size = stands(self.tools, site)
            known = set(_full(self.size))
            rest = [name for name in _names(size) if name not in known]
            note = KeptFile(self.tools, CHECKPOINT, 200, partial(_note, self.tools.ledger, size))
            yield [*_published(self.tools, rest, size), note]


def holdings(tools: Tools, scope: Scope, sites: Iterable[str]) -> Holdings:
    """What `scope` names, counted; of the ledger what all of `sites` that can be reached must have."""
    with tools.database.read() as conn:
        records = catalogue.batches(conn)
    batches = tuple(sorted(record.id for record in records if record.time >= scope.earliest))
    count = total = 0
    for batch in batches:
        with tools.database.read() as conn:
            for stored in catalogue.all_components(conn, batch):
                count, total = count + 1, total + stored.sealed_bytes
    sizes = []
    for site in sites:
        with suppress(SiteError):  # that site's own result will say so
            sizes.append(stands(tools, site))
    registered = sum(record.registered for record in records)
    return Holdings(tools, batches, min(sizes, default=0), scope.percent, registered, count, total)


def stands(tools: Tools, site: str) -> int:
    """How far `site` must have the ledger: as was noted of it, or by its own checkpoint if that is newer.

    Raises `SiteError`, and `LedgerSetBack` where its ledger is none that this database continues: then
    the database must not be what copies are held against, let alone mended from.
    """
    with tools.database.read() as conn:
        held = continued(tools, conn, site)
        head = tools.ledger.newest_head(conn)
        noted = working.published(conn).get(site, 0)
    return max(noted, held) or (head.size if head else 0)


def strangers(tools: Tools, site: Site) -> Iterator[str]:
    """Names of objects at `site` that the ledger does not know, those of batches in hand left out."""
    for batch, found in groupby(site.list("objects/"), lambda stored: stored.name.split("/")[1]):
        names = [stored.name for stored in found]
        with tools.database.read() as conn:
            in_hand = working.intent(conn, batch) is not None
            objects = catalogue.all_components(conn, batch)
            known = {object_name(batch, stored.object_id) for stored in objects}
        if not in_hand:
            yield from (name for name in names if name not in known)


def _names(size: int) -> Iterator[TileName]:
    yield from tiles_between(0, size)
    yield from bundles_between(0, size)


def _full(size: int) -> Iterator[TileName]:
    """Those that no publication replaces any more."""
    return (name for name in _names(size) if name.width == WIDTH)


def _published(tools: Tools, names: Iterable[TileName], size: int) -> Iterator[Kept]:
    """The files under `names`, tiles and bundles, and the sealed payloads beside a bundle."""
    for name in names:
        if name.level >= 0:
            yield KeptFile(tools, f"ledger/{name.path}", 32 * name.width, partial(read_tile, name=name))
            continue
        bundle = partial(tools.ledger.bundle, name=name)
        yield KeptFile(tools, f"ledger/{name.path}", 200 * name.width, bundle)
        yield KeptPayloads(tools, name, size)


def _note(ledger: Ledger, size: int, conn: Connection) -> bytes:
    head = ledger.head_at(conn, size)
    return head.note.encode() if head else b""
