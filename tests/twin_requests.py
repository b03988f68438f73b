"""What somebody asks who wants to learn of what is closed, and how an index answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st
from twins import COMMON, FONDS, RARE, STAFF

from policies.access import View
from policies.errors import LantaiError
from search.index import FACETS, Index, Order
from search.query import parse

PAGES = 40
"""So many pages are read at most: more than any answer here has."""
WORDS = (*COMMON, *RARE, *STAFF, "文号", "13800138000", "138", "3701021962", "A001-WS·1990", "水", "从来没有")
_TEXT = ["title", "题名", "author", "责任者", "keywords", "关键词", "people", "人名", "place", "abstract"]
_TEXT += ["notes", "备注", "text", "正文", "文号", "genre", "文种", "box", "盒号", "shelf", "存放位置"]
_VALUE = ["fonds", "全宗号", "category", "retention", "office", "机构", "access"]
_VALUES = [
    *FONDS,
    "A013",
    "WS",
    "KU·01",
    "KU",
    "Y",
    "D30",
    "BGS",
    "JMC",
    "open",
    "restricted",
    "closed",
    "neu",
]
_BOUNDS = ["*", "1949", "1998", "1999-05", "1999-05-17", "2001", "2003"]
_NUMBERS = st.integers(0, 60).map("{:04}".format)


@dataclass(frozen=True)
class Request:
    """One search; every page of it is asked for."""

    query: str
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    limit: int = 7
    order: Order = Order.RELEVANCE
    facets: bool | Sequence[str] = True


def codes() -> st.SearchStrategy[str]:
    """Archival codes: of visible records, of hidden ones, of nobody, and former ones."""
    made = st.tuples(
        st.sampled_from([*FONDS, "A013", "Z999"]),
        st.integers(1998, 2003) | st.just(1949),
        st.sampled_from(["BGS", "RSC", "JMC"]),
        _NUMBERS,
    ).map(lambda parts: f"{parts[0]}-WS·{parts[1]}-Y-{parts[2]}-{parts[3]}")
    return made | _NUMBERS.map("A001-WS·1990-Y-{}".format)


def leaves() -> st.SearchStrategy[str]:
    """One thing to look for."""
    word = st.sampled_from(WORDS)
    cut = word.flatmap(lambda one: st.integers(1, len(one)).map(lambda end: one[:end]))
    wild = st.tuples(word, st.integers(0, 8), st.sampled_from("*?")).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 1 :]
    )
    text = word | cut.map(lambda one: one + "*") | wild | st.tuples(word, word).map('"{0[0]}{0[1]}"'.format)
    ranges = st.tuples(st.sampled_from(_BOUNDS), st.sampled_from(_BOUNDS)).map("[{0[0]} TO {0[1]}]".format)
    return st.one_of(
        st.just("*"),
        text,
        st.tuples(st.sampled_from(_TEXT), text).map(":".join),
        st.tuples(st.sampled_from(_VALUE), st.sampled_from(_VALUES) | word).map(":".join),
        ranges.map("date:{}".format),
        codes(),
        codes().map("code:{}".format),
        codes().flatmap(lambda one: st.integers(1, len(one)).map(lambda end: one[:end] + "*")),
        st.tuples(codes(), codes()).map("code:[{0[0]} TO {0[1]}]".format),
        st.text(max_size=12),
    )


def queries() -> st.SearchStrategy[str]:
    """Queries of the whole grammar, some of which cannot be read."""

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        joined = st.tuples(inner, st.sampled_from([" AND ", " OR ", " ", " NOT "]), inner)
        return joined.map("({0[0]}{0[1]}{0[2]})".format) | inner.map("NOT {}".format)

    return st.recursive(leaves(), grown, max_leaves=5)


def requests() -> st.SearchStrategy[Request]:
    """Searches with filters, every order, any page size."""
    values = [*_VALUES, "1999", "2001", "1949"]
    filters = st.dictionaries(
        st.sampled_from(FACETS),
        st.lists(st.sampled_from(values), min_size=1),
        max_size=2,
    )
    return st.builds(
        Request,
        queries(),
        st.just({}) | filters,
        st.sampled_from([0, 2, 7, 1_000]),
        st.sampled_from(list(Order)),
        st.sampled_from([True, False, ("fonds",), ("office", "access")]),
    )


def answers(index: Index, asked: Request, view: View, without: Sequence[str] = ()) -> Iterator[str]:
    """Every page that `index` gives, or how it refuses; then what it says to cursors that were changed."""
    cursor: str | None = None
    for number in range(PAGES):
        said, cursor = page(index, asked, view, cursor, without)
        yield said
        if cursor is None:
            return
        if number == 0:
            for changed in (cursor[:-1], cursor[::-1], cursor + "A", cursor.swapcase(), "A" + cursor[1:]):
                yield page(index, asked, view, changed, without)[0]
    raise AssertionError(f"the pages of {asked} never end")


def page(
    index: Index, asked: Request, view: View, cursor: str | None, without: Sequence[str] = ()
) -> tuple[str, str | None]:
    """One page, or how it is refused, and the cursor of the next."""
    try:
        results = index.search(
            parse(asked.query),
            view,
            filters=dict(asked.filters),
            limit=asked.limit,
            cursor=cursor,
            facets=asked.facets,
            order=asked.order,
            without=without,
        )
    except LantaiError as error:
        return f"{type(error).__name__}: {error}", None
    return repr(results), results.cursor
