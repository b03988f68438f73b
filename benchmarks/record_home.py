"""A home whose catalogue holds seeded records: `python -m benchmarks.record_home FOLDER --records 100000`.

It is filled below everything: rows of the catalogue alone (items, codes) and, where asked for, the text of
page files. Bypassed are batches, files, objects, keys, the ledger's entries and the outbox. So it may be
searched, browsed and indexed anew from the catalogue; audited, exported or rebuilt from a site it may not be.
An item's rank is the place of the entry that would have registered it. What reports add up is counted as if
each had a file, and as if they had come in over six years, some of them in volumes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from zlib import crc32

import msgspec
from sqlalchemy import Connection

from archive import tables
from archive.bulk import Value, insert_rows
from archive.counted import count_items
from archive.model import Item
from benchmarks.records import Choice, access_of, records, vocabulary
from lantai.home import make_home
from lantai.wiring import opened
from policies.access import mark_kind
from search.index import Document

RULESET = "shandong-2016"
PER_BATCH = 1_000
TIME = "2026-11-01T08:00:00Z"
MONTHS = 72
PER_VOLUME = 30
_AT_ONCE = 20_000
_FORMATS = (("PDF/A", 400_000), ("JPEG", 2_000_000), ("TIFF", 30_000_000))
_TEXT_CHARACTERS = 700
_FIELDS = (
    "title", "author", "date", "keywords", "people", "place", "abstract", "document_number", "genre", "notes",
    "secrecy", "box", "shelf",
)  # fmt: skip

Row = tuple[Value, ...]

_canonical = msgspec.json.Encoder(order="deterministic")
"""As `policies.canonical`, which checks every value too and takes five times as long."""


def make_record_home(home: Path, count: int, *, seed: int = 1949, texts: float = 0.0) -> None:
    """Make a home with `count` records; a share of `texts` of them has the text of a page file too."""
    make_home(home, RULESET)
    settings = home / "lantai.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("background = true", "background = false"), encoding="utf-8")
    with opened(home) as archive:
        drawn = records(count, seed)
        while some := list(islice(drawn, _AT_ONCE)):
            with archive.database.write() as tx:
                _fill(tx, some)
                if texts:
                    insert_rows(tx, tables.page_text, list(_texts(some, seed, texts)))


def _fill(tx: Connection, documents: Iterable[Document]) -> None:
    items: list[Row] = []
    counted: list[Row] = []
    codes: list[Row] = []
    for document in documents:
        item = item_of(document)
        columns = (item.code, item.fonds, item.category, item.year, item.retention, item.access)
        marks = (mark_kind(document.secrecy), document.holder, item.due)
        payload = _canonical.encode(item.to_payload()).decode()
        row = item.id, item.batch, item.row, *columns, *marks, False, document.rank
        items.append((*row, TIME, payload))
        counted.append((*row, *counted_as(item)))
        codes.append((item.code, item.id, True, document.rank))
        codes.extend((code, item.id, False, 0) for code in document.former_codes)
    insert_rows(tx, tables.item, items)
    count_items(tx, counted)
    insert_rows(tx, tables.code, codes)


def counted_as(item: Item) -> tuple[str, str]:
    """The time at which an item is counted as registered, and the payload by which it is counted: a year of a
    fonds comes in at once, and every third is filed in volumes of thirty.
    """
    of_year = crc32(f"{item.fonds}/{item.year}".encode())
    year, month = divmod(of_year % MONTHS, 12)
    kind, size = _FORMATS[(len(item.category) + item.number % 2) % len(_FORMATS)]
    volume = f"{1 + item.number // PER_VOLUME:04}" if of_year % 3 == 0 else ""
    file = {"format": kind, "bytes": size + item.number % 997, "probe": {"pages": 1 + item.number % 30}}
    told = {"fields": {"volume": volume}, "components": [file]}
    return f"{2020 + year}-{month + 1:02}-01T08:00:00Z", _canonical.encode(told).decode()


def item_of(document: Document) -> Item:
    """The item that the document describes; it has no files."""
    fields = {name: value for name in _FIELDS if (value := getattr(document, name))}
    return Item(
        id=document.id,
        batch=f"b{document.rank // PER_BATCH:06}",
        row=document.rank % PER_BATCH,
        code=document.code,
        fonds=document.fonds,
        category=document.category,
        year=document.year,
        retention=document.retention,
        office=document.office,
        series=document.code.rpartition("-")[0],
        number=int(document.code.rpartition("-")[2]),
        access=document.access,
        fields=fields,
        proposed=(),
        components=(),
        findings=(),
        appraisal=access_of(document.rank, document.access, document.holder),
    )


def _texts(documents: Iterable[Document], seed: int, share: float) -> Iterator[Row]:
    """A page of text for some of them, about what they are about."""
    words = vocabulary()
    for document in documents:
        random = Random(f"{seed}/text/{document.rank}")
        if random.random() < share:
            yield f"o{document.id}", document.id, "read", _page(random, document, words.sentences)


def _page(random: Random, document: Document, sentences: Choice) -> str:
    words, said = vocabulary(), [document.title]
    while sum(map(len, said)) < _TEXT_CHARACTERS:
        place, thing, action = (of.draw(random, 1)[0] for of in (words.places, words.objects, words.actions))
        said.append(f"{place}{thing}{action}，{sentences.draw(random, 1)[0]}")
    return "。\n".join(said)


def main() -> None:
    """Read the arguments, make the home, say how long it took."""
    parser = argparse.ArgumentParser(description=make_record_home.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1949)
    parser.add_argument("--texts", type=float, default=0.0, metavar="SHARE")
    chosen = parser.parse_args()
    started = time.perf_counter()
    make_record_home(chosen.folder, chosen.records, seed=chosen.seed, texts=chosen.texts)
    print(f"{chosen.folder}: {chosen.records / (time.perf_counter() - started):,.0f} records/s")


if __name__ == "__main__":
    main()
