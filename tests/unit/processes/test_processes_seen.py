"""A decision holds for the next question, whether the index knows of it or not; an empty index is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shelves import OFFICER, RESEARCHER, STRANGER, Shelf, item, shelf_in

from archive import catalogue, working
from archive.events import ItemRecoded
from ingest.locks import only_one
from policies.access import Subject, Zone
from processes.errors import IndexLost
from processes.finding import seen as seen_module
from processes.finding.find import Asked, search
from processes.finding.index import LOCK
from search.living import LivingIndex
from search.query import parse


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path) as made:
        yield made


def codes(shelf: Shelf, subject: Subject | None, query: str = "*") -> list[str]:
    found = search(shelf.database, shelf.index, shelf.work, Asked(query), subject)
    assert found["total"] == len(found["hits"])
    return [hit["code"][-4:] for hit in found["hits"]]


def test_what_was_closed_is_gone_before_the_index_is_fed(shelf: Shelf) -> None:
    shelf.add(item(1), item(2), item(3))
    with only_one(shelf.work / LOCK):  # somebody is at the index, and nothing is fed
        shelf.restrict("i2", fed=False)
        assert codes(shelf, RESEARCHER) == ["0003", "0001"]
        assert codes(shelf, STRANGER) == []
        assert codes(shelf, OFFICER) == ["0003", "0002", "0001"]
    assert codes(shelf, RESEARCHER) == ["0003", "0001"]


def test_where_more_is_closed_than_is_looked_up_the_index_is_fed_first(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen_module, "MOST_NARROWED", 2)
    shelf.add(*(item(number) for number in range(1, 6)))
    seen = shelf.seen()
    shelf.restrict("i1", "i2", "i3", fed=False)
    assert [hit.id for hit in seen.search(parse("*")).hits] == ["i5", "i4"]
    with shelf.database.read() as conn:
        assert working.pending(conn, 1) == []


def test_lines_that_name_one_item_often_do_not_hide_those_behind_them(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen_module, "MOST_NARROWED", 3)
    shelf.add(item(1), item(2))
    seen = shelf.seen()
    with shelf.database.write() as tx:
        working.enqueue(tx, ["i1"] * 4, narrowed=True)
    shelf.restrict("i2", fed=False)
    assert [hit.id for hit in seen.search(parse("*")).hits] == ["i1"]


def test_what_left_somebodys_fonds_is_not_shown_as_staff_see_it(shelf: Shelf) -> None:
    shelf.add(item(1, people="王小明"), item(2, people="王小明"))
    staff = Subject("o", frozenset({"A014"}), Zone.INTERNAL)
    assert codes(shelf, staff, "人名:王小明") == ["0002", "0001"]
    with only_one(shelf.work / LOCK):
        with shelf.database.write() as tx:
            old, new, series = (f"{fonds}-WS·2016-Y-BGS" for fonds in ("A014", "B002", "B002"))
            moved = ItemRecoded(
                "i1", f"{old}-0001", f"{new}-0001", series, 1, {"fonds": "B002"}, "moved", "o", "root"
            )
            catalogue.record(tx, shelf.ledger, [moved], "2026-11-21T12:00:00Z")
            working.enqueue(tx, ["i1"], narrowed=True)
        assert codes(shelf, staff, "人名:王小明") == ["0002"]
        assert codes(shelf, RESEARCHER, "堤防") == ["0002"]  # the index still has the code that it had


def test_an_empty_index_over_an_archive_that_is_not_is_told(shelf: Shelf, tmp_path: Path) -> None:
    assert codes(shelf, RESEARCHER) == []
    shelf.add(item(1))
    shelf.index = LivingIndex(tmp_path / "another")
    with pytest.raises(IndexLost):
        codes(shelf, RESEARCHER)
    with shelf.database.write() as tx:
        working.enqueue_all(tx)
    assert codes(shelf, RESEARCHER) == ["0001"]
