"""Going through an archive level by level: what is counted and listed is what is in view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shelves import OFFICER, RESEARCHER, STRANGER, Shelf, item, shelf_in

from policies.access import Subject
from processes.finding import browse as browse_module
from processes.finding.browse import Place, browse
from search.errors import QueryMistake


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    with shelf_in(tmp_path_factory.mktemp("browse")) as made:
        made.add(
            *(item(number, year=str(2014 + number % 3)) for number in range(1, 13)),
            item(20, fonds="A014", category="ZP", year="2016", office=""),
            item(21, fonds="B002", category="KU·01", year="2011", access="closed"),
            item(22, fonds="C003", category="WS", year="2011", office="RSC", access="closed"),
            item(23, fonds="C003", category="WS", year="2012", office="RSC"),
        )
        yield made


def at(shelf: Shelf, *values: str, subject: Subject | None = RESEARCHER, **more: Any) -> dict[str, Any]:
    return browse(shelf.database, shelf.index, shelf.work, Place(values, **more), subject)


def counts(shown: dict[str, Any]) -> dict[str, int]:
    return {one["value"]: one["count"] for one in shown["values"]}


def test_each_level_counts_what_is_in_view_in_order(shelf: Shelf) -> None:
    assert counts(at(shelf)) == {"A014": 13, "C003": 1}
    assert counts(at(shelf, "A014")) == {"WS": 12, "ZP": 1}
    assert list(counts(at(shelf, "A014", "WS"))) == ["2014", "2015", "2016"]
    shown = at(shelf, "A014", "WS", "2015")
    assert (shown["level"], counts(shown), shown["total"]) == ("office", {"BGS": 4}, 4)
    assert shown["path"] == {"fonds": "A014", "category": "WS", "year": "2015"}


def test_behind_the_last_level_stand_the_items_by_their_codes(shelf: Shelf) -> None:
    shown = at(shelf, "A014", "WS", "2015", "BGS", limit=3)
    assert [hit["code"][-4:] for hit in shown["hits"]] == ["0001", "0004", "0007"]
    shown = at(shelf, "A014", "WS", "2015", "BGS", limit=3, cursor=shown["cursor"])
    assert [hit["code"][-4:] for hit in shown["hits"]] == ["0010"]
    assert shown["cursor"] is None


def test_items_without_an_office_are_listed_in_its_place(shelf: Shelf) -> None:
    shown = at(shelf, "A014", "ZP", "2016")
    assert (shown["level"], shown["values"], len(shown["hits"])) == ("", [], 1)


def test_everything_below_is_listed_where_that_is_asked(shelf: Shelf) -> None:
    shown = at(shelf, "A014", listed=True, limit=100)
    codes = [hit["code"] for hit in shown["hits"]]
    assert len(codes) == 13
    assert codes == sorted(codes)


def test_what_is_hidden_looks_as_if_it_were_not_there(shelf: Shelf) -> None:
    assert at(shelf, "B002") == at(shelf, "Z999") | {"path": {"fonds": "B002"}}
    assert counts(at(shelf, "C003", "WS")) == {"2012": 1}
    assert at(shelf, subject=STRANGER)["total"] == 0
    assert counts(at(shelf, subject=OFFICER)) == {"A014": 13, "B002": 1, "C003": 2}


def test_more_values_than_one_answer_holds_are_asked_for_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse_module, "MOST_FACET_VALUES", 1)
    assert counts(at(shelf)) == {"A014": 13, "C003": 1}
    assert list(counts(at(shelf, "A014", "WS"))) == ["2014", "2015", "2016"]


def test_more_levels_than_there_are_is_a_mistake(shelf: Shelf) -> None:
    with pytest.raises(QueryMistake):
        at(shelf, "A014", "WS", "2015", "BGS", "1")
    with pytest.raises(QueryMistake):
        at(shelf, "A014", "")


def test_every_item_is_browsed_to_once_also_where_categories_have_levels(tmp_path: Path) -> None:
    with shelf_in(tmp_path) as shelf:
        shelf.add(item(1, category="KU"), item(2, category="KU·01"), item(3, category="KU·01"))
        counts = {one["value"]: one["count"] for one in at(shelf, "A014")["values"]}
        assert counts == {"KU": 1, "KU·01": 2}
        for category, count in counts.items():
            there = at(shelf, "A014", category)
            assert (there["total"], there["values"][0]["count"]) == (count, count)
            assert len(at(shelf, "A014", category, listed=True)["hits"]) == count
