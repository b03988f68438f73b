"""What every search index must show, to whom, and in which order. `IndexContract` holds the rest.

An engine's own test module subclasses `SeenContract` too.
"""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_index_contract import document, ids

from policies.access import EVERYTHING, HOLDERS, STATUSES, Clause, Standing, View, may, shows_all
from search.errors import CursorMistake, QueryMistake
from search.index import Document, Index, Order, Results
from search.nodes import CodeRange, Field, Like, Wild
from search.pages import Place, cursor
from search.query import parse
from search.segment import code_order

OPEN_IN_PART = View((Clause(access=frozenset({"open"}), full=False),))
FONDS = ("A014", "K021", "Z999")
SECRECY = ("", "internal", "domestic", "unknown")
PHONE = "13800138000"
_calm = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.differing_executors)


def standing(one: Document) -> Standing:
    return Standing(one.id, one.fonds, one.access, one.secrecy, one.holder)


def mixed(count: int, seed: int) -> list[Document]:
    """Documents of every standing; staff's fields and personal identifiers in many."""
    dice = random.Random(seed)
    made = []
    for number in range(count):
        one = document(number, dice.choice(["open", *STATUSES]), dice.choice(FONDS))
        made.append(
            replace(
                one,
                secrecy=dice.choice(["", *SECRECY]),
                holder=dice.choice(["", *HOLDERS]),
                people=dice.choice(["", "王小明", "赵铁柱"]),
                notes=dice.choice(["", "密封 report", f"电话{PHONE}"]),
                date=dice.choice([one.date, ""]),
                text=dice.choice(
                    ["", "档案管理" * 3, f"联系人 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]} 会议纪要"]
                ),
            )
        )
    return made


def some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(values), max_size=3)


VIEWS = st.lists(
    st.builds(
        Clause,
        fonds=some(FONDS),
        access=some(STATUSES),
        secrecy=some(SECRECY),
        holder=some((*HOLDERS, "unknown")),
        items=st.none() | st.frozensets(st.integers(0, 79).map("i{}".format), max_size=9),
        full=st.booleans(),
    ),
    max_size=4,
).map(lambda clauses: View(tuple(sorted(clauses, key=lambda clause: not clause.full))))
QUERIES = st.sampled_from(
    ["*", "档案", "档案 管理", "会议纪要 NOT 王小明", "王小明 OR 通知", "rep*", "people:赵铁柱 OR 报告",
     PHONE, "NOT people:王小明", "A014-WS·20*", "code:[A014 TO K021-WS·2005]", "date:[1999 TO 2006] 工作",
     "r?port", "year:[2001 TO 2012] NOT 密封", "138*", "题名:通知 NOT notes:密封"]
)  # fmt: skip
FILTERS = st.sampled_from(
    [{}, {"fonds": ["A014", "K021"]}, {"category": "KU"}, {"year": "2005"}, {"office": "BGS"}]
)


def everything(index: Index, view: View, text: str, **asked: object) -> list[Results]:
    """Every page of an answer, four hits each."""
    found = [index.search(parse(text), view, limit=4, facets=True, **asked)]  # type: ignore[arg-type]
    while found[-1].cursor:
        after = found[-1].cursor
        found.append(index.search(parse(text), view, limit=4, facets=True, cursor=after, **asked))  # type: ignore[arg-type]
        assert len(found) < 100
    return found


class SeenContract:
    """Subclasses say how to open: `open_index(folder)`."""

    def open_index(self, folder: Path) -> Index:
        raise AssertionError("a subclass opens its engine here")

    @pytest.fixture
    def index(self, tmp_path: Path) -> Index:
        return self.open_index(tmp_path / "index")

    @pytest.fixture(scope="class")
    def filled(self, tmp_path_factory: pytest.TempPathFactory) -> Index:
        index = self.open_index(tmp_path_factory.mktemp("filled") / "index")
        for start in range(0, 80, 30):
            index.feed(mixed(80, 1)[start : start + 30])
        return index

    # ── views ────────────────────────────────────────────────────────────────────────────────

    @settings(max_examples=60, deadline=None, suppress_health_check=_calm)
    @given(view=VIEWS)
    def test_the_index_agrees_with_the_rule_on_whom_may_see_what(self, filled: Index, view: View) -> None:
        documents = mixed(80, 1)
        hits = filled.search(parse("*"), view, limit=1_000).hits
        assert {hit.id for hit in hits} == {one.id for one in documents if may(view, standing(one))}
        assert {hit.id for hit in hits if hit.full} == {
            one.id for one in documents if shows_all(view, standing(one))
        }

    @settings(max_examples=12, deadline=None, suppress_health_check=_calm)
    @given(
        view=VIEWS,
        text=QUERIES,
        filters=FILTERS,
        order=st.sampled_from(Order),
        seed=st.integers(0, 9),
        data=st.data(),
    )
    def test_neither_hidden_documents_nor_segments_change_a_byte(
        self, tmp_path_factory: pytest.TempPathFactory, view: View, text: str, filters: dict[str, str],
        order: Order, seed: int, data: st.DataObject,
    ) -> None:  # fmt: skip
        documents, dice = mixed(80, 1), random.Random(seed)
        shown = [one for one in documents if may(view, standing(one))]
        bare = self.open_index(tmp_path_factory.mktemp("bare") / "index")
        bare.feed(replace(one, rank=place) for place, one in enumerate(shown))
        full = self.open_index(tmp_path_factory.mktemp("full") / "index")
        dice.shuffle(documents)
        size = data.draw(st.sampled_from([7, 40, 80]))
        for start in range(0, 80, size):
            full.feed(documents[start : start + size])
        full.feed(dice.sample(documents, 9), ["i3", "i4"])
        full.feed([one for one in documents if one.id in ("i3", "i4")])
        expected = everything(bare, view, text, filters=filters, order=order)
        assert everything(full, view, text, filters=filters, order=order) == expected

    def test_what_only_staff_see_is_found_and_shown_only_where_the_view_is_full(self, index: Index) -> None:
        told = {"people": "王小明", "notes": "密封", "box": "盒7", "shelf": "甲柜"}
        index.feed([replace(document(1, title="通知"), former_codes=("A001-9",), **told)])  # type: ignore[arg-type]
        staff = ["王小明", "密封", "people:王小明", "notes:密封", "box:盒7", "shelf:甲柜", "A001-9", "A001-*",
                 "former_code:A001-9", "code:A001-9"]  # fmt: skip
        for text in staff:
            assert index.search(parse(text), EVERYTHING).total == 1, text
            assert index.search(parse(text), OPEN_IN_PART).total == 0, text
            assert index.search(parse(f"* NOT ({text})"), OPEN_IN_PART).total == 1, text
        (hit,) = index.search(parse("王小明 OR 通知"), OPEN_IN_PART).hits
        assert "王小明" not in repr(hit)
        assert not hit.full

    def test_personal_identifiers_are_found_and_shown_only_where_the_view_is_full(self, index: Index) -> None:
        index.feed([document(1, title=f"电话{PHONE}的通知", text="正文" * 300 + "手机138-0013-8000，档案")])
        for text in (PHONE, "138-0013-8000", f'"电话{PHONE}"', f"text:{PHONE}"):
            assert index.search(parse(text), EVERYTHING).total == 1, text
            assert index.search(parse(text), OPEN_IN_PART).total == 0, text
        for text in ("138*", "*8000", "1?800138000", "text:*0013*"):
            assert index.search(parse(text), OPEN_IN_PART).total == 0, text
        for typo in ("13800138001", "380013800", PHONE):
            assert index.search(Field("title", Like(typo)), OPEN_IN_PART).total == 0
        assert index.search(Field("title", Wild("*")), OPEN_IN_PART).total == 1
        for text in ("通知", "档案"):
            (hit,) = index.search(parse(text), OPEN_IN_PART).hits
            assert "0013" not in repr(hit)
            assert f"«{text}»" in hit.snippet
        assert PHONE in index.search(parse("通知"), EVERYTHING).hits[0].title

    def test_access_is_a_facet_only_where_the_view_can_hold_more_than_one_status(self, index: Index) -> None:
        index.feed([document(1), document(2, "closed")])
        assert "access" in index.search(parse("*"), EVERYTHING, facets=True).facets
        assert "access" not in index.search(parse("*"), OPEN_IN_PART, facets=True).facets
        assert set(index.search(parse("*"), OPEN_IN_PART, facets=("office", "access")).facets) == {"office"}

    def test_what_is_to_be_left_out_is_as_if_it_were_not_there(self, index: Index) -> None:
        index.feed(document(number) for number in range(9))
        found = index.search(parse("*"), EVERYTHING, limit=3, facets=True, without=["i8", "i0", "never", ""])
        assert (found.total, ids(found)) == (7, ["i7", "i6", "i5"])
        assert sum(one.count for one in found.facets["office"]) == 7
        with pytest.raises(CursorMistake):
            index.search(parse("*"), EVERYTHING, cursor=found.cursor, without=["i5"])

    # ── orders and cursors ───────────────────────────────────────────────────────────────────

    def test_better_matches_come_first_and_newer_ones_among_alike(self, index: Index) -> None:
        index.feed(
            [
                Document(id="text", rank=99, title="x", text="档案管理"),
                Document(id="described", rank=98, title="x", abstract="档案管理"),
                Document(id="apart", rank=97, title="管理的档案"),
                Document(id="whole", rank=1, title="档案管理办法"),
                Document(id="newer", rank=2, title="关于档案管理"),
                Document(id="cited", rank=96, title="见A014-WS·2016-0026", code="B-1"),
                Document(id="code", rank=0, code="A014-WS·2016-0026"),
                Document(id="below", rank=95, code="A014-WS·2016-0026-1"),
            ]
        )
        assert ids(index.search(parse("档案 管理"), EVERYTHING)) == [
            "newer", "whole", "apart", "described", "text",
        ]  # fmt: skip
        assert ids(index.search(parse("A014-WS·2016-0026"), EVERYTHING)) == ["code", "cited", "below"]

    @pytest.mark.parametrize(
        "query", ["档案 管理 办*", "档案 管理 办* NOT 草稿", "档案 管理 (办法 OR (x NOT 草稿))"]
    )
    def test_a_title_that_holds_some_of_the_words_in_a_row_is_listed_once(
        self, index: Index, query: str
    ) -> None:
        index.feed(
            [
                Document(id="partly", rank=1, title="档案管理", author="办法"),
                Document(id="whole", rank=0, title="档案管理办法"),
                Document(id="described", rank=2, title="办法", abstract="管理 档案"),
            ]
        )
        found, after = [], ""
        while after is not None:
            page = index.search(parse(query), EVERYTHING, limit=1, cursor=after)
            found, after = found + ids(page), page.cursor
        assert found == ["whole", "described", "partly"]

    def test_dates_and_codes_order_naturally_and_what_has_none_comes_last(self, index: Index) -> None:
        dates = ["1956", "1956-05", "", "1949-10-01", "不详", "1956-01-01"]
        codes = ["A-10", "A-9", "", "A-9-1", "B-1", "A-9"]
        pairs = zip(dates, codes, strict=True)
        index.feed(Document(id=str(n), rank=n, date=date, code=code) for n, (date, code) in enumerate(pairs))
        expected = {Order.NEWEST: "150342", Order.OLDEST: "350142", Order.CODE: "513042"}
        for order, order_of in expected.items():
            pages = everything(index, EVERYTHING, "*", order=order)
            assert "".join(id_ for page in pages for id_ in ids(page)) == order_of, order

    def test_a_range_of_codes_holds_what_begins_with_its_ends(self, index: Index) -> None:
        index.feed(
            Document(id=code, rank=n, code=code)
            for n, code in enumerate(["A-8", "A-9", "A-10-1", "A-11", "B", ""])
        )
        for low, high, found in (
            ("a-9", "a-10", {"A-9", "A-10-1"}), ("a", None, {"A-8", "A-9", "A-10-1", "A-11", "B"}),
            (None, "a", {"A-8", "A-9", "A-10-1", "A-11"}), ("b", "b", {"B"}),
        ):  # fmt: skip
            ends = [None if end is None else code_order(end) for end in (low, high)]
            assert set(ids(index.search(Field("code", CodeRange(*ends)), EVERYTHING))) == found

    @pytest.mark.parametrize("order", list(Order))
    def test_a_cursor_is_of_its_order_and_of_a_document_in_view(self, index: Index, order: Order) -> None:
        index.feed([document(number, "open" if number % 3 else "closed") for number in range(12)])
        first_page = index.search(parse("*"), EVERYTHING, limit=1, order=order).cursor
        for other in set(Order) - {order}:
            with pytest.raises(CursorMistake):
                index.search(parse("*"), EVERYTHING, cursor=first_page, order=other)
        outcomes = set()
        for number in range(1, 12):
            page = index.search(parse("*"), EVERYTHING, limit=number, order=order)
            hidden = page.hits[-1].access == "closed"
            try:
                index.search(parse("*"), OPEN_IN_PART, cursor=page.cursor, order=order)
                outcomes.add((hidden, "answered"))
            except CursorMistake:
                outcomes.add((hidden, "refused"))
        assert outcomes == {(True, "refused"), (False, "answered")}

    @pytest.mark.parametrize("order", list(Order))
    def test_documents_of_one_code_or_none_are_paged_through_once(self, index: Index, order: Order) -> None:
        index.feed(Document(id=f"i{n}", rank=n, code="" if n % 2 else "A-1", title="通知") for n in range(14))
        found = [id_ for page in everything(index, EVERYTHING, "通知", order=order) for id_ in ids(page)]
        assert sorted(found) == sorted(f"i{n}" for n in range(14))

    @pytest.mark.parametrize("nth", [1, 10**9, 10**30])
    def test_a_made_up_place_among_documents_of_one_code_is_refused(self, index: Index, nth: int) -> None:
        index.feed([document(1)])
        made = cursor(Place(Order.RELEVANCE, 0, nth, document(1).code))
        with pytest.raises(CursorMistake):
            index.search(parse("*"), EVERYTHING, cursor=made)

    def test_an_answer_without_snippets_is_the_same_answer(self, index: Index) -> None:
        index.feed([document(number) for number in range(9)])
        told, bare = (index.search(parse("通知"), EVERYTHING, snippets=wanted) for wanted in (True, False))
        assert [hit.snippet for hit in bare.hits] == [""] * 9
        assert bare == replace(told, hits=tuple(replace(hit, snippet="") for hit in told.hits))

    def test_a_facet_that_is_none_is_refused(self, index: Index) -> None:
        with pytest.raises(QueryMistake):
            index.search(parse("*"), EVERYTHING, facets=("rank",))
