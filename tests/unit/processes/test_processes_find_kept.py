"""Answers that are given again: only to the same view, and only while nothing changed or waits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shelves import OFFICER, RESEARCHER, STRANGER, Shelf, item, shelf_in

from ingest.locks import only_one
from policies.access import Subject
from processes.finding.find import Asked, search, written
from processes.finding.index import LOCK
from search.kept import LONGEST, Kept


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path) as made:
        yield made


def told(shelf: Shelf, subject: Subject | None, query: str = "*", **more: Any) -> dict[str, Any]:
    answer = written(shelf.database, shelf.index, shelf.work, Asked(query, **more), subject)
    found: dict[str, Any] = json.loads(answer)
    return found


def codes(shelf: Shelf, subject: Subject | None) -> list[str]:
    return [hit["code"][-4:] for hit in told(shelf, subject)["hits"]]


def test_an_answer_that_is_given_again_is_the_one_that_would_be_made(shelf: Shelf) -> None:
    shelf.add(item(1), item(2))
    for subject in (RESEARCHER, OFFICER, STRANGER, None):
        for more in ({}, {"facets": True}, {"limit": 1}, {"filters": {"fonds": "A014"}}):
            first, again = (told(shelf, subject, "*", **more) for _ in range(2))
            made = search(shelf.database, shelf.index, shelf.work, Asked("*", **more), subject)
            assert first == again == json.loads(json.dumps(made))


def test_what_was_closed_is_gone_with_the_next_question_fed_or_not(shelf: Shelf) -> None:
    shelf.add(item(1), item(2), item(3))
    assert codes(shelf, RESEARCHER) == codes(shelf, RESEARCHER) == ["0003", "0002", "0001"]
    with only_one(shelf.work / LOCK):  # somebody is at the index, and nothing is fed
        shelf.restrict("i2", fed=False)
        assert codes(shelf, RESEARCHER) == ["0003", "0001"]
    assert codes(shelf, RESEARCHER) == codes(shelf, RESEARCHER) == ["0003", "0001"]


def test_what_was_added_is_there_with_the_next_question(shelf: Shelf) -> None:
    shelf.add(item(1))
    assert codes(shelf, RESEARCHER) == ["0001"]
    shelf.add(item(2))
    assert codes(shelf, RESEARCHER) == ["0002", "0001"]


def test_no_view_is_given_what_another_was(shelf: Shelf) -> None:
    shelf.add(item(1), item(2))
    shelf.restrict("i2")
    assert codes(shelf, OFFICER) == ["0002", "0001"]
    assert codes(shelf, RESEARCHER) == ["0001"]
    assert codes(shelf, None) == []
    assert codes(shelf, OFFICER) == ["0002", "0001"]


def test_few_and_small_answers_are_kept_and_only_of_one_state() -> None:
    kept = Kept(most=2, most_bytes=10)
    assert kept.given(1, "a") is None
    for question in ("a", "b", "c"):
        kept.keep(1, question, b"123")
    assert [kept.given(1, question) for question in "abc"] == [None, b"123", b"123"]
    kept.keep(1, "d", b"12345678")
    assert [kept.given(1, question) for question in "bcd"] == [None, None, b"12345678"]
    kept.keep(1, "e", b"0" * (LONGEST + 1))
    kept.keep(0, "f", b"1")  # made of a state that is gone
    assert kept.given(1, "e") is kept.given(1, "f") is None
    assert kept.given(2, "d") is kept.given(1, "d") is None
