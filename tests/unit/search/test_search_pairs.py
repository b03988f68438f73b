"""What is found by pairs of neighbours is what stands in a row, and both ways to cut a text are one."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.access import EVERYTHING
from search import segment
from search.index import Document, Index
from search.nodes import ANY, Field, Node, Phrase, Prefix, Wild
from search.schema import PREFIXES, paired, single
from search.streams import streams
from search.tantivy_index import TantivyIndex

SIGNS = "档案管ab1-· "
_calm = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
TITLES = [
    "".join(SIGNS[(n * (at + 3) * 7 + at * at * n // 3) % len(SIGNS)] for at in range(n % 13 + 1))
    for n in range(300)
]
TOKENS = st.sampled_from(["档", "案", "管", "a", "b", "ab", "1", "a1", "ba"])


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    filled = TantivyIndex(tmp_path_factory.mktemp("pairs") / "index")
    for start in (0, 200):
        filled.feed(
            Document(
                id=str(n), rank=n, title=title, author=TITLES[n // 2], former_codes=(title, TITLES[n - 1])
            )
            for n, title in list(enumerate(TITLES))[start : start + 200]
        )
    return filled


def found(index: Index, query: Node) -> set[int]:
    return {int(hit.id) for hit in index.search(query, EVERYTHING, limit=1_000).hits}


def in_a_row(tokens: tuple[str, ...], run: tuple[str, ...]) -> bool:
    starts = range(len(tokens) - len(run) + 1)
    return any(all(wanted in (ANY, tokens[at + i]) for i, wanted in enumerate(run)) for at in starts)


@settings(max_examples=150, deadline=None, suppress_health_check=_calm)
@given(run=st.lists(TOKENS, min_size=1, max_size=7).map(tuple), gaps=st.sets(st.integers(1, 5)))
def test_a_run_is_found_where_its_tokens_stand_in_a_row(
    index: Index, run: tuple[str, ...], gaps: set[int]
) -> None:
    gapped = tuple(ANY if at in gaps and at < len(run) - 1 else token for at, token in enumerate(run))
    for wanted in {run, gapped}:
        expected = {n for n, title in enumerate(TITLES) if in_a_row(segment.tokens(title), wanted)}
        assert found(index, Field("title", Phrase(wanted))) == expected
        written = {n for n in range(len(TITLES)) if n // 2 in expected}
        assert found(index, Field("author", Phrase(wanted))) == written  # there some runs are whole terms
        former = {n for n in range(len(TITLES)) if n in expected or (n - 1) % len(TITLES) in expected}
        assert found(index, Field("former_code", Phrase(wanted))) == former


@settings(max_examples=60, deadline=None, suppress_health_check=_calm)
@given(
    pattern=st.text(alphabet="ab1*?", min_size=1, max_size=4),
    start=st.text(alphabet="ab1", min_size=1, max_size=2),
)
def test_patterns_are_found_where_a_token_fits(index: Index, pattern: str, start: str) -> None:
    fits = re.compile(pattern.replace("?", ".").replace("*", ".*")).fullmatch
    tokens = [segment.tokens(title) for title in TITLES]
    assert found(index, Field("title", Wild(pattern))) == {
        n for n, all_of in enumerate(tokens) if any(map(fits, all_of))
    }
    assert found(index, Field("title", Prefix(start))) == {
        n for n, all_of in enumerate(tokens) if any(one.startswith(start) for one in all_of)
    }


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet=SIGNS + "號（；〇Ａé々ﬁ1234567890\x1e", max_size=30) | st.text(max_size=20))
def test_both_ways_to_cut_a_text_give_the_same(text: str) -> None:
    for field in ("title", "author", "text"):
        tokens = segment.tokens(text)
        one = [single(field, token) for token in tokens]
        two = [PREFIXES[field] + paired(*both) for both in pairwise(tokens)]
        made = streams(Document(id="i", rank=1, **{field: text}))  # type: ignore[arg-type]
        assert (made.one.split(" "), made.two.split(" ")) == (one or [""], two or [""])


@settings(max_examples=200, deadline=None)
@given(code=st.text(alphabet="AWS·-201号", max_size=16) | st.text(max_size=12))
def test_a_code_is_ordered_and_keyed_as_the_language_says(code: str) -> None:
    made = streams(Document(id="i", rank=1, code=code))
    assert made.order == segment.code_order(code)
    assert made.keys[-1] == f"code:{segment.key(code)}="
