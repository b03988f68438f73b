"""A home full of small objects, made below the command: `python -m benchmarks.holdings FOLDER --objects N`.

Every object is really sealed, stands at both sites, has its key in its batch's keyring and its item in the
ledger, which is published: to those who check copies it is an archive like any other. What the way in does
before that (reading, probing, syncing) is left out. Nothing here measures anything.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from blake3 import blake3

from archive import catalogue
from archive.events import BatchReceived, Event, ItemRegistered, RowResult
from archive.model import Component, Item
from ingest.publish import publish
from ingest.tools import Tools
from lantai.home import make_home
from lantai.wiring import opened
from storage.keyring import Keyring
from storage.sealing import Sealer, context

BATCH = 1000
CONTENT_BYTES = 1024


def make_holdings(home: Path, objects: int, content_bytes: int = CONTENT_BYTES) -> str:
    """Make a home with `objects` items of one object each, in batches of a thousand; its recovery key."""
    key = make_home(home, "shandong-2016").recovery_key
    settings = home / "lantai.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("background = true", "background = false"), encoding="utf-8")
    with opened(home) as archive:
        tools = archive.tools()
        for number in range(-(-objects // BATCH)):
            count = min(BATCH, objects - number * BATCH)
            _make_batch(tools, home, f"b{number:06}", count, content_bytes)
        publish(tools)
    return key


def _make_batch(tools: Tools, home: Path, batch: str, count: int, content_bytes: int) -> None:
    keyring = tools.vault.new_keyring(batch)
    keyring.new_key(batch)
    places = [home / "sites" / site / "objects" / batch for site in tools.vault.sites]
    for place in places:
        place.mkdir(mode=0o700)
    items = list(_items(tools, keyring, places, count, content_bytes))
    tools.vault.put_keyring(keyring)
    with tools.database.write() as tx:
        catalogue.record(
            tx, tools.ledger, [_report(tools, batch, items), *map(ItemRegistered, items)], tools.now()
        )


def _items(
    tools: Tools, keyring: Keyring, places: list[Path], count: int, content_bytes: int
) -> Iterator[Item]:
    for row in range(count):
        item, name = f"i{keyring.batch}x{row:04}", f"o{keyring.batch}x{row:04}"
        keyring.new_key(item)
        content = os.urandom(content_bytes)
        sealer = Sealer(keyring.new_key(name), context(tools.vault.archive_id, name, "main"))
        sealed = sealer.update(content) + sealer.finalize()
        for place in places:
            (place / name).write_bytes(sealed)
        yield _item(keyring.batch, row, item, name, content, sealed)


def _item(batch: str, row: int, item: str, name: str, content: bytes, sealed: bytes) -> Item:
    component = Component(
        object_id=name,
        file=f"{row}.txt",
        role="main",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        sealed_bytes=len(sealed),
        sealed_blake3=blake3(sealed).hexdigest(),
        puid="x-fmt/111",
        format="Plain Text File",
        mime="text/plain",
        probe={},
    )
    return Item(
        id=item,
        batch=batch,
        row=row,
        code=f"A014-WS·2016-Y-BGS-{int(batch[1:]) * BATCH + row + 1:07}",
        series="",
        number=0,
        access="unreviewed",
        fields={"title": f"item {row}", "author": "综合办公室", "date": "20160615"},
        proposed=(),
        components=(component,),
        findings=(),
        fonds="A014",
        category="WS",
        year="2016",
        retention="Y",
        office="BGS",
    )


def _report(tools: Tools, batch: str, items: list[Item]) -> Event:
    return BatchReceived(
        batch=batch,
        identity=hashlib.sha256(batch.encode()).hexdigest(),
        list_digest=hashlib.sha256(batch.encode()).hexdigest(),
        source=batch,
        fonds="",
        accept="all",
        ruleset=tools.rules.name,
        ruleset_version=tools.rules.version,
        ruleset_digest=tools.rules.digest,
        account=tools.subject.account,
        os_user=tools.os_user,
        bytes=sum(item.components[0].bytes for item in items),
        findings=(),
        rows=tuple(
            RowResult(item.row, f"{item.row}.txt", item.id, "registered", code=item.code) for item in items
        ),
    )


def main() -> None:
    """Read the arguments and make the home."""
    parser = argparse.ArgumentParser(description=make_holdings.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--objects", type=int, default=1000)
    parser.add_argument("--bytes", type=int, default=CONTENT_BYTES)
    chosen = parser.parse_args()
    make_holdings(chosen.folder, chosen.objects, chosen.bytes)


if __name__ == "__main__":
    main()
