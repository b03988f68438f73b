"""Whatever is typed gets an answer or is refused as a mistake, the same for everybody, and bounded."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twins import SUBJECTS, numbered, world

from policies.access import EVERYTHING, view_of
from search import query as language
from search.errors import QueryMistake
from search.index import FACETS, Index, Order
from search.query import parse
from search.tantivy_index import TantivyIndex

NASTY = {
    "nothing": "",
    "white space": " \t\n\u3000",
    "an open quotation mark": '"档案',
    "quotation marks without end": '"' * 999,
    "an open bracket": "(档案",
    "a bracket too many": "档案)",
    "brackets deeper than any": "(" * 900 + "档" + ")" * 900,
    "ten thousand characters": "档" * 10_000,
    "ten thousand words": "档 " * 10_000,
    "two thousand letters in one word": "a" * 2_000,
    "two thousand quotation marks with words": '"a" ' * 500,
    "stars alone": "*" * 2_000,
    "stars between letters": "a*" * 1_000,
    "a star before everything": "*a",
    "question marks": "?" * 500,
    "an automaton of a million states": "*a" + "?" * 20,
    "several such automata": " OR ".join(["*a" + "?" * 12] * 8),
    "a star between Chinese": "档*案*管*理",
    "a star in a phrase": '"档案 * 办法"',
    "stars in a phrase": '"' + "* " * 200 + '"',
    "expression signs": r"a.*+?{9,99}[^b]|(c)\d$^",
    "an expression in quotes": '"(a+)+$"',
    "an open class with a star": "[a-z*",
    "a backslash with a star": "\\*",
    "engine syntax": "title:/.*/ +a -b ^9 ~2 {a TO b} id:i1 rank:1 stored:x keys:code",
    "an inner field": "rank:[0 TO 9]",
    "the engine's joined field": "all:档案",
    "the hidden id": "id:i1",
    "holder by name": "holder:consent",
    "a field in a field": "title:author:x",
    "a field without a word": "title:",
    "fields without words": "title:" * 300,
    "NOT alone": "NOT",
    "NOT a thousand times": "NOT " * 499 + "a",
    "operators alone": "AND OR NOT AND",
    "a range without end": "date:[1949 TO",
    "a range backwards": "date:[1966 TO 1949]",
    "a range of words": "title:[a TO b]",
    "a code range that is none": "code:[* TO *]",
    "a code range backwards": "code:[B TO A]",
    "a range of ranges": "date:[[1949 TO 1966] TO 2000]",
    "a year without end": "year:" + "9" * 400,
    "a number with more digits than any": "code:A-" + "9" * 900,
    "a code range of long numbers": f"code:[A-{'9' * 300} TO A-{'8' * 600}]",
    "NUL": "档\0案",
    "control characters": "档\x1b[31m案\x07",
    "a lone surrogate": "档\ud800案",
    "a lone surrogate in a phrase": '"\udfff"',
    "private use": "\ue000" + "13800138000",
    "private use with a star": "\ue000*",
    "a private prefix in a field": "text:\ue000138*",
    "noncharacters": "\uffff\ufffe\U0010ffff",
    "marks that nobody sees": "档\u200b\u202e\ufeff案",
    "combining marks": "a" + "\u0301" * 1_500,
    "one character that folds to eighteen": "\ufdfa" * 400,
    "emoji": "📜" * 300,
    "right to left": "العربية AND עברית",
    "Hangul and kana": "한국 アーカイブ ｱｰｶｲﾌﾞ",
    "half a full-width pair": "（档案",
    "mixed brackets": "（档案)",
    "the snippet's own marks": "«档案»",
    "markup": "<b>档案</b> &amp; ${x} {{x}}",
    "a formula": "=cmd|' /C calc'!A0",
}
ASKING = ("stranger", "researcher", "officer", "officer with a grant")
VIEWS = {name: view_of(SUBJECTS[name]) for name in ASKING} | {"everything": EVERYTHING}
_calm = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    import random

    filled = TantivyIndex(tmp_path_factory.mktemp("bad") / "index")
    filled.feed([numbered(one.document, random.Random(1)) for one in world(1)])
    return filled


def refused(index: Index, text: str, view: str, **asked: object) -> str:
    """How the search is refused, or "" where it is answered. Anything but a mistake is raised."""
    try:
        index.search(parse(text), VIEWS[view], **asked)  # type: ignore[arg-type]
    except QueryMistake as mistake:
        assert 0 <= mistake.place <= len(text) + 1
        return f"{mistake.place}: {mistake}"
    return ""


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_query_is_answered_or_refused_alike_for_everybody(index: Index, name: str) -> None:
    said = {refused(index, NASTY[name], view, facets=True) for view in VIEWS}
    assert len(said) == 1, said


@pytest.mark.parametrize("order", list(Order))
@settings(max_examples=40, deadline=None, suppress_health_check=_calm)
@given(text=st.text(max_size=60) | st.text(alphabet='"()*?:[]{} TONDR档a0-·\0\ud800（）“”', max_size=40))
def test_any_text_at_all_is_answered_or_refused(index: Index, order: Order, text: str) -> None:
    refused(index, text, "officer", order=order, facets=True)


@pytest.mark.parametrize("limit", [-1, -(10**30), 1_001, 10**30])
def test_a_page_of_an_impossible_size_is_refused(index: Index, limit: int) -> None:
    assert {bool(refused(index, "*", view, limit=limit)) for view in VIEWS} == {True}


@pytest.mark.parametrize(
    "filters",
    [
        {"fonds": [f"F{n:03}" for n in range(1_000)]},
        {"fonds": ["A014"] * 100_000},
        {"fonds": [""]},
        {"fonds": []},
        {"fonds": ["\0", "\ud800", "档" * 5_000]},
        {"year": ["-1"]},
        {"year": ["9" * 500]},
        {"year": ["２０００"]},
        {"holder": ["consent"]},
        {"secrecy": [""]},
        {"id": ["i1"]},
        {"": ["x"]},
        {name: ["x"] for name in FACETS},
    ],
    ids=lambda filters: str(filters)[:40],
)
def test_odd_filters_are_answered_or_refused_alike_for_everybody(
    index: Index, filters: dict[str, list[str]]
) -> None:
    said = {refused(index, "*", view, filters=filters) for view in VIEWS}
    assert len(said) == 1, said


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(
    "cursor", ["x", "A" * 100_000, "\0", "\ud800", "档案", "====", "AAAA AAAA", "-_-_", "eyJhIjoxfQ", "i1"]
)
def test_a_cursor_that_nobody_gave_is_refused_alike_for_everybody(
    index: Index, order: Order, cursor: str
) -> None:
    said = {refused(index, "*", view, cursor=cursor, order=order) for view in VIEWS}
    assert len(said) == 1
    assert said != {""}


@settings(max_examples=150, deadline=None, suppress_health_check=_calm)
@given(place=st.integers(0, 200), sign=st.characters(), cut=st.integers(0, 60))
def test_a_cursor_that_was_changed_is_refused(index: Index, place: int, sign: str, cut: int) -> None:
    given_ = index.search(parse("*"), EVERYTHING, limit=3).cursor
    assert given_ is not None
    at = place % len(given_)
    changed = given_[:at] + sign + given_[at + 1 :]
    for text in {changed, given_[: -1 - cut]} - {given_, ""}:
        assert refused(index, "*", "everything", cursor=text)


def test_what_one_query_may_cost_is_bounded_before_the_engine_sees_it() -> None:
    for text in NASTY.values():
        try:
            node = parse(text)
        except QueryMistake:
            continue
        assert len(repr(node)) < 60 * (language.MOST_TOKENS + 1)
