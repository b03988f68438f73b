"""A small archive below the way in: items in a real catalogue and a real index, without files or objects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from databases import new_database_file

from archive import catalogue, working
from archive.database import Database
from archive.events import ItemRegistered
from archive.ledger import Ledger
from archive.model import Component, Item
from archive.people_events import ItemAppraised
from policies.access import Subject, Zone
from processes.finding.index import feed
from processes.finding.seen import Seen, seen_by
from search.living import LivingIndex

TIME = "2026-11-21T12:00:00Z"
OFFICER = Subject("officer", None, Zone.INTERNAL)
RESEARCHER = Subject("researcher")
STRANGER = None


@dataclass
class Shelf:
    """A catalogue and an index over it."""

    database: Database
    ledger: Ledger
    index: LivingIndex
    work: Path

    def add(self, *items: Item) -> None:
        """Register items and feed the index."""
        with self.database.write() as tx:
            catalogue.record(tx, self.ledger, [ItemRegistered(one) for one in items], TIME)
            working.enqueue(tx, [one.id for one in items])
        feed(self.database, self.index, self.work)

    def restrict(self, *ids: str, old: str = "open", new: str = "restricted", fed: bool = True) -> None:
        """Close items; the index hears of it where `fed`."""
        with self.database.write() as tx:
            changes = [ItemAppraised(one, old, new, "", "because", "", "", "officer", "root") for one in ids]
            catalogue.record(tx, self.ledger, changes, TIME)
            working.enqueue(tx, ids, narrowed=True)
        if fed:
            feed(self.database, self.index, self.work)

    def seen(self, subject: Subject | None = RESEARCHER) -> Seen:
        return seen_by(subject, self.database, self.index, self.work)


@contextmanager
def shelf_in(folder: Path) -> Iterator[Shelf]:
    work = folder / "work"
    work.mkdir(parents=True)
    database = new_database_file(folder / "database.sqlite")
    try:
        yield Shelf(database, Ledger(database, "archive.example/log"), LivingIndex(folder / "index"), work)
    finally:
        database.close()


def item(number: int, title: str = "", *, access: str = "open", **changes: Any) -> Item:
    """An open item of A014-WS·2016-Y-BGS unless told otherwise; what no item has is a field of its list."""
    place: dict[str, Any] = {
        "fonds": "A014",
        "category": "WS",
        "year": "2016",
        "retention": "Y",
        "office": "BGS",
    }
    place |= {name: changes.pop(name) for name in list(changes) if name in place}
    series = f"{place['fonds']}-{place['category']}·{place['year']}-{place['retention']}-{place['office']}"
    part = Component(
        object_id=f"o{number}",
        file=f"{number}.pdf",
        role="main",
        bytes=100,
        sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        sealed_bytes=200,
        sealed_blake3=hashlib.sha256(f"sealed {number}".encode()).hexdigest(),
        puid="fmt/95",
        format="PDF/A",
        mime="application/pdf",
        probe={"pages": 1},
    )
    fields = {"title": title or f"关于第{number}号堤防的报告", "author": "省水利厅", "date": "2016-06-15"}
    return Item(
        id=f"i{number}",
        batch="b1",
        row=number,
        code=f"{series}-{number:04}",
        series=series,
        number=number,
        access=access,
        fields=fields | changes,
        proposed=(),
        components=(part,),
        findings=(),
        **place,
    )
