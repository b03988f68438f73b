"""What happens while the index is made anew, or before that is gone on with, is in the new one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shelves import Shelf, item, shelf_in

from archive import catalogue, working
from archive.catalogue_index import indexed_after
from archive.events import ItemRegistered
from policies.access import EVERYTHING
from processes.finding import index as keeping
from processes.finding.index import document, refill
from search.living import LivingIndex
from search.query import parse


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path) as shelf:
        yield shelf


def register(shelf: Shelf, number: int) -> None:
    """Register an item; the index is not fed."""
    with shelf.database.write() as tx:
        event = ItemRegistered(item(number))
        catalogue.record(tx, shelf.ledger, [event], "2026-11-21T12:00:00Z")
        working.enqueue(tx, [event.item_id])


@pytest.mark.parametrize("moment", ["before", "behind"])
def test_items_registered_while_a_rebuild_ends_are_found(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    shelf.add(item(1), item(2))
    plain, numbers = keeping._feed, iter([3, 4, 5])

    def register_another() -> None:
        for number in numbers:
            register(shelf, number)
            break

    def fed(*args: Any) -> int:
        if moment == "before":
            register_another()
        done = plain(*args)
        if moment == "behind":
            register_another()
        return done

    monkeypatch.setattr(keeping, "_feed", fed)
    refill(shelf.database, shelf.index, shelf.work)
    monkeypatch.undo()
    keeping.feed(shelf.database, shelf.index, shelf.work)
    with shelf.database.read() as conn:
        wanted = {record.item.id for record in catalogue.all_items(conn)}
    assert len(wanted) > 2
    assert {hit.id for hit in shelf.index.search(parse("*"), EVERYTHING).hits} == wanted


@pytest.mark.parametrize("harm", ["no meta", "outdated", "gone"])
def test_an_index_that_broke_while_it_was_made_anew_is_mended_by_whoever_feeds_next(
    shelf: Shelf, tmp_path: Path, harm: str
) -> None:
    shelf.add(item(1), item(2), item(3))
    with shelf.database.read() as conn:
        lines = indexed_after(conn, -1, 2)
    with shelf.index.anew() as filling:  # and killed there
        filling.append([document(line) for line in lines])
    current = tmp_path / "index" / (tmp_path / "index" / "current").read_text()
    if harm == "gone":
        shutil.rmtree(current)
    elif harm == "no meta":
        (current / "meta.json").write_text("{")
    else:
        meta = (current / "meta.json").read_text()
        (current / "meta.json").write_text(
            meta.replace('"holder"', '"older"').replace('"order_code"', '"other"')
        )
    register(shelf, 4)
    index = LivingIndex(tmp_path / "index")
    keeping.feed(shelf.database, index, shelf.work)
    assert {hit.id for hit in index.search(parse("*"), EVERYTHING).hits} == {"i1", "i2", "i3", "i4"}
