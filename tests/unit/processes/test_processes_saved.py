"""Saved searches: an account's own, asked through today's view, told where they cannot be asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shelves import OFFICER, RESEARCHER, Shelf, item, shelf_in

from archive.saved import SavedSearch, put_search
from policies.access import Subject
from processes.errors import NotAllowedValue, NotFound, SearchSaved, SearchUnreadable
from processes.finding import saved
from processes.finding.find import Asked
from search.index import Order

TIME = "2026-11-21T12:00:00Z"
ASKED = Asked("题名:堤防", {"fonds": ("A014",)}, limit=7, cursor="x", order=Order.OLDEST)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path) as made:
        yield made


def listed(shelf: Shelf, subject: Subject) -> list[dict[str, Any]]:
    return saved.listed(shelf.database, shelf.index, shelf.work, subject)


def put(shelf: Shelf, name: str, detail: str) -> None:
    with shelf.database.write() as tx:
        put_search(tx, SavedSearch(RESEARCHER.account, name, TIME, detail))


def test_a_search_is_asked_again_as_it_was_saved(shelf: Shelf) -> None:
    saved.save(shelf.database, "堤防", ASKED, RESEARCHER, TIME)
    again = saved.asked_again(shelf.database, "堤防", RESEARCHER)
    assert again == Asked("题名:堤防", {"fonds": ["A014"]}, order=Order.OLDEST)


def test_each_account_has_its_own_and_counts_what_it_sees_today(shelf: Shelf) -> None:
    shelf.add(item(1), item(2), item(3, access="restricted"))
    for subject in (RESEARCHER, OFFICER):
        saved.save(shelf.database, "堤防", ASKED, subject, TIME)
    saved.save(shelf.database, "另一个", Asked("*"), OFFICER, TIME)
    assert [(one["name"], one["total"]) for one in listed(shelf, RESEARCHER)] == [("堤防", 2)]
    assert {one["name"]: one["total"] for one in listed(shelf, OFFICER)} == {"另一个": 3, "堤防": 3}
    shelf.restrict("i1", fed=False)
    assert listed(shelf, RESEARCHER)[0]["total"] == 1


def test_a_name_is_given_once_unless_told_otherwise(shelf: Shelf) -> None:
    saved.save(shelf.database, "堤防", ASKED, RESEARCHER, TIME)
    with pytest.raises(SearchSaved):
        saved.save(shelf.database, "堤防", Asked("*"), RESEARCHER, TIME)
    saved.save(shelf.database, "堤防", Asked("*"), RESEARCHER, TIME, replace=True)
    assert saved.asked_again(shelf.database, "堤防", RESEARCHER).query == "*"


@pytest.mark.parametrize("name", ["", "  ", "a" * 101, "a\nb", "a\x00", "\u202ea", "\ud800"])
def test_a_name_is_one_that_can_be_read(shelf: Shelf, name: str) -> None:
    with pytest.raises(NotAllowedValue):
        saved.save(shelf.database, name, ASKED, RESEARCHER, TIME)


@pytest.mark.parametrize("name", ["a\x00", "\ud800"])
def test_no_search_is_saved_under_what_is_no_name(shelf: Shelf, name: str) -> None:
    with pytest.raises(NotFound):
        saved.asked_again(shelf.database, name, RESEARCHER)
    with pytest.raises(NotFound):
        saved.forget(shelf.database, name, RESEARCHER)


def test_an_account_saves_so_many_and_no_more(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MOST_SAVED", 2)
    saved.save(shelf.database, "1", ASKED, RESEARCHER, TIME)
    saved.save(shelf.database, "2", ASKED, RESEARCHER, TIME)
    with pytest.raises(NotAllowedValue):
        saved.save(shelf.database, "3", ASKED, RESEARCHER, TIME)
    saved.save(shelf.database, "2", ASKED, RESEARCHER, TIME, replace=True)
    saved.save(shelf.database, "1", ASKED, OFFICER, TIME)


def test_what_can_no_longer_be_read_is_told_and_stays(shelf: Shelf) -> None:
    shelf.add(item(1))
    put(shelf, "a", '{"query": "(", "filters": {}, "order": "relevance"}')
    put(shelf, "b", '{"query": "*", "filters": {"people": ["x"]}, "order": "relevance"}')
    put(shelf, "c", '{"query": "*", "filters": {}, "order": "by smell"}')
    put(shelf, "d", "no JSON")
    put(shelf, "e", "[]")
    put(shelf, "f", '{"query": "*", "filters": {}, "order": "relevance"}')
    found = listed(shelf, RESEARCHER)
    assert [(one["name"], one["total"], bool(one["mistake"])) for one in found] == [
        *((name, None, True) for name in "abcde"),
        ("f", 1, False),
    ]
    for name in "bcde":
        with pytest.raises(SearchUnreadable):
            saved.asked_again(shelf.database, name, RESEARCHER)
    saved.forget(shelf.database, "d", RESEARCHER)
    assert [one["name"] for one in listed(shelf, RESEARCHER)] == list("abcef")


def test_another_accounts_search_is_as_absent_as_none(shelf: Shelf) -> None:
    saved.save(shelf.database, "堤防", ASKED, OFFICER, TIME)
    for name in ("堤防", "没有"):
        with pytest.raises(NotFound, match=f"there is no saved search {name} here"):
            saved.asked_again(shelf.database, name, RESEARCHER)
        with pytest.raises(NotFound, match=f"there is no saved search {name} here"):
            saved.forget(shelf.database, name, RESEARCHER)
    saved.forget(shelf.database, "堤防", OFFICER)
    assert listed(shelf, OFFICER) == []
