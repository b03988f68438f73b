"""Homes whose database is lost, sites that were damaged or set back, and rebuilding in this process."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from batches import lantai, row, write_batch
from media import pdf

from archive import catalogue, working
from archive.events import Event, ItemDescribed
from ingest.publish import publish
from ingest.tools import Silent
from lantai.recovering import Rebuilt, Wish, rebuild_home
from lantai.wiring import opened
from processes.finding.find import Asked, search
from processes.finding.index import feed
from processes.recovery.recover_tree import open_entries

SITES = ("site-a", "site-b")


def rebuilt(home: Path, site: str = "site-b", **wish: Any) -> Rebuilt:
    return rebuild_home(home, Wish(site, **wish), None, Silent())


def lose_database(home: Path) -> None:
    for path in home.glob("database.sqlite*"):
        path.unlink()
    shutil.rmtree(home / "index")


def at(home: Path, site: str) -> Path:
    return home / "sites" / site


def dump(home: Path) -> bytes:
    """The catalogue, field by field."""
    with opened(home) as archive, archive.database.read() as conn:
        return catalogue.dump(conn)


def size(home: Path) -> int:
    with opened(home) as archive, archive.database.read() as conn:
        return archive.ledger.size(conn)


def enter(home: Path, *events: Event) -> str:
    """Enter and publish; the note of the head."""
    with opened(home) as archive:
        tools = archive.tools()
        if events:
            with archive.database.write() as tx:
                catalogue.record(tx, archive.ledger, events, tools.now())
                working.enqueue(tx, [event.item_id for event in events])
            feed(archive.database, archive.index, tools.work)
        return publish(tools).note


def items(home: Path) -> list[catalogue.Record]:
    with opened(home) as archive, archive.database.read() as conn:
        return list(catalogue.all_items(conn))


def access(item: str, old: str, new: str) -> ItemDescribed:
    return ItemDescribed(item, "access", old, new, "reviewed", "keeper", "root")


def described(item: str, old: str, new: str) -> ItemDescribed:
    return ItemDescribed(item, "notes", old, new, "noted", "keeper", "root")


def spoil_payload(home: Path, site: str, entry: int) -> None:
    """One bit of one sealed payload in whatever bundles a site has it."""
    for path in (at(home, site) / "ledger/payloads").rglob("*"):
        if path.is_file():
            content = bytearray(path.read_bytes())
            place = _place(content, entry)
            if place:
                content[place] ^= 1
                path.write_bytes(content)


def _place(content: Sequence[int], entry: int) -> int:
    """Where inside a bundle the sealed payload of an entry stands, 0 where it is not in it."""
    at_ = 0
    for _ in range(entry):
        if at_ >= len(content):
            return 0
        at_ += 4 + int.from_bytes(bytes(content[at_ : at_ + 4]), "big")
    return at_ + 4 + 60 if at_ < len(content) else 0


def found(home: Path, query: str = "报告") -> int:
    """How many a search finds."""
    with opened(home) as archive:
        work = archive.home / "work"
        told = search(archive.database, archive.index, work, Asked(query, limit=9), archive.subject)
        return int(told["total"])


def next_code(home: Path, folder: Path) -> str:
    """The code that another document gets."""
    batch = write_batch(folder / "next", {"d.pdf": pdf(4)}, [row("d.pdf", category="WS")])
    return str(lantai(home, "ingest", batch, status=0).document["items"][0]["code"])


def typed(site: Path, number: int) -> str:
    """The type of an entry by its public envelope at a site."""
    bundles = (path for path in site.rglob("ledger/tile/entries/**/*") if path.is_file())
    widest = max(bundles, key=lambda path: int(path.name))
    return open_entries(widest.read_bytes())[number].partition(b'"type":"')[2].partition(b'"')[0].decode()
