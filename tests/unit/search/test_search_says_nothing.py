"""What somebody may not see changes nothing that they are told: held by twins, request by request."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twin_requests import Request, answers, page, requests
from twins import SUBJECTS, Twins, twins

from policies.access import EVERYTHING, Subject, view_of
from policies.screening import beginning
from search.index import Document, Order
from search.query import parse
from search.tantivy_index import TantivyIndex

SOME, MANY = 60, 1_000
_calm = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Twins]:
    """Twins of two worlds for every subject."""
    folder = tmp_path_factory.mktemp("twins")
    return {
        f"{name} in world {seed}": twins(TantivyIndex, folder / f"{place}-{seed}", seed, subject)
        for place, (name, subject) in enumerate(SUBJECTS.items())
        for seed in ((1,) if place % 2 else (2,))
    }


def holds(pair: Twins, asked: Request) -> None:
    """Both indexes say the same, page by page."""
    for one, other in zip(
        answers(pair.full, asked, pair.view), answers(pair.bare, asked, pair.view), strict=True
    ):
        assert one == other


@settings(max_examples=SOME, deadline=None, suppress_health_check=_calm)
@given(asked=requests(), data=st.data())
def test_hidden_records_change_no_answer(
    pairs: dict[str, Twins], asked: Request, data: st.DataObject
) -> None:
    holds(pairs[data.draw(st.sampled_from(sorted(pairs)))], asked)


@pytest.mark.long
@settings(max_examples=MANY, deadline=None, suppress_health_check=_calm)
@given(asked=requests())
def test_hidden_records_change_none_of_thousands_of_answers(pairs: dict[str, Twins], asked: Request) -> None:
    for pair in pairs.values():
        holds(pair, asked)


@settings(max_examples=SOME, deadline=None, suppress_health_check=_calm)
@given(asked=requests(), data=st.data())
def test_what_is_left_out_is_as_if_it_had_never_been_fed(
    pairs: dict[str, Twins], asked: Request, data: st.DataObject
) -> None:
    pair = pairs[data.draw(st.sampled_from(sorted(pairs)))]
    hidden = [one.id for one in pair.hidden]
    told = list(answers(pair.full, asked, pair.view, hidden))
    assert told == list(answers(pair.bare, asked, pair.view))
    assert told == list(answers(pair.full, asked, EVERYTHING, hidden)) or pair.view != EVERYTHING


def test_the_twins_differ_enough_to_mean_something(pairs: dict[str, Twins]) -> None:
    for name, pair in pairs.items():
        assert len(pair.hidden) > 10, name
        assert len(pair.visible) > 10 or "stranger" in name or "nothing" in name, name
        assert pair.full.count() == len(pair.hidden) + len(pair.visible)
    assert any("secretum" in repr(pair.hidden) for pair in pairs.values())


@pytest.mark.parametrize("order", list(Order))
def test_a_cursor_that_names_a_hidden_record_is_refused_like_one_that_names_nobodys(
    pairs: dict[str, Twins], order: Order
) -> None:
    """Whoever sees all is given cursors of every record; in other hands they tell nothing."""
    for name, pair in pairs.items():
        asked = Request("*", limit=1, order=order, facets=False)
        cursor: str | None = None
        for _ in range(70):
            _, cursor = page(pair.full, asked, EVERYTHING, cursor)
            if cursor is None:
                break
            told = page(pair.full, asked, pair.view, cursor)
            assert told == page(pair.bare, asked, pair.view, cursor), name


def test_a_text_cut_short_ends_in_no_half_identifier(tmp_path: Path) -> None:
    number, index = "370102 19621004 1234", TantivyIndex(tmp_path / "index")
    index.feed(
        Document(
            id=f"i{place}",
            rank=place,
            code=f"A014-WS·2001-Y-{place:04}",
            access="open",
            text="水" * (200_000 - 3 - place) + " 联系" + number + "末" * 40,
        )
        for place in range(0, 24, 8)
    )
    hits = index.search(parse("联系"), view_of(Subject("r"))).hits
    assert len(hits) == 3
    assert not any(digit in hit.snippet for hit in hits for digit in "0123456789"), hits
    assert beginning("联系 370102-1962", 12) == "联系"
