"""What every search index must do, whatever engine it is made of.

An engine's own test module subclasses `IndexContract` and says how an index in a folder is opened.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from policies.access import EVERYTHING, Clause, View
from search.errors import CursorMistake, QueryMistake, RankTaken
from search.index import Document, Index, Results
from search.nodes import Node
from search.query import parse

OPEN_ONLY = View((Clause(None, frozenset({"open"})),))
A014_OR_OPEN = View((Clause(frozenset({"A014"}), None), Clause(None, frozenset({"open"}))))
WORDS = (
    "关于", "印发", "山东省", "档案", "管理", "办法", "通知", "会议", "纪要", "工作",
    "报告", "预算", "任免", "照片", "视察", "医院", "王小明", "济南", "Report",
)  # fmt: skip
QUERIES = (
    "*", "档案", "档案 管理", '"会议纪要"', "题名:通知 OR 责任者:济南", "NOT 档案", "date:[1999 TO 2006]",
    "year:[2001 TO 2012]", "A014-WS·2005", "A014-WS·20*", "rep*", "fonds:K021 AND 工作", "access:restricted",
)  # fmt: skip


def document(number: int, access: str = "open", fonds: str = "A014", **fields: str) -> Document:
    """A document whose every field follows from its number."""
    dice = random.Random(number)
    year = str(dice.randint(1995, 2015))
    made = {
        "code": f"{fonds}-WS·{year}-Y-BGS-{number:04}",
        "title": "关于" + "".join(dice.choices(WORDS, k=6)) + "的通知",
        "author": dice.choice(WORDS) + "厅",
        "category": dice.choice(["WS", "KU·01"]),
        "year": year,
        "retention": dice.choice(["Y", "D30"]),
        "office": "BGS",
        "date": dice.choice([year, f"{year}-05", f"{year}-05-17"]),
        "abstract": "".join(dice.choices(WORDS, k=12)),
    }
    return Document(id=f"i{number}", rank=number, access=access, fonds=fonds, **(made | fields))


def ids(results: Results) -> list[str]:
    return [hit.id for hit in results.hits]


def pages(index: Index, query: Node, view: View, limit: int) -> list[Results]:
    """Every page of an answer, in order."""
    found = [index.search(query, view, limit=limit, facets=True)]
    while found[-1].cursor is not None:
        found.append(index.search(query, view, limit=limit, cursor=found[-1].cursor, facets=True))
    return found


class IndexContract:
    """Subclasses say how to open: `open_index(folder)`; the same folder again is the same index."""

    def open_index(self, folder: Path) -> Index:
        raise AssertionError("a subclass opens its engine here")

    @pytest.fixture
    def index(self, tmp_path: Path) -> Index:
        return self.open_index(tmp_path / "index")

    # ── feeding ──────────────────────────────────────────────────────────────────────────────

    def test_a_fed_document_is_found_at_once_and_after_opening_again(self, tmp_path: Path) -> None:
        index = self.open_index(tmp_path / "index")
        index.feed([document(1)])
        assert ids(index.search(parse("通知"), EVERYTHING)) == ["i1"]
        assert ids(self.open_index(tmp_path / "index").search(parse("通知"), EVERYTHING)) == ["i1"]

    def test_a_reader_opened_before_sees_what_another_fed(self, tmp_path: Path) -> None:
        reader, writer = self.open_index(tmp_path / "index"), self.open_index(tmp_path / "index")
        for number in range(3):
            writer.feed([document(number)])
            assert reader.count() == number + 1

    def test_the_same_document_fed_twice_is_one(self, index: Index) -> None:
        index.feed([document(1), document(2)])
        index.feed([document(2), document(1), document(1)])
        results = index.search(parse("*"), EVERYTHING, facets=True)
        assert (results.total, ids(results), index.count()) == (2, ["i2", "i1"], 2)
        assert sum(value.count for value in results.facets["fonds"]) == 2

    def test_the_last_version_of_a_document_counts(self, index: Index) -> None:
        index.feed([document(1, title="旧题名")])
        index.feed([document(1, title="新题名"), document(1, title="最新题名")])
        assert ids(index.search(parse("题名:旧题名 OR 题名:新题名"), EVERYTHING)) == ["i1"]
        assert index.search(parse("题名:旧"), EVERYTHING).total == 0
        assert index.search(parse('"最新题名"'), EVERYTHING).hits[0].title == "最新题名"

    def test_removed_documents_are_gone_and_removing_the_absent_is_fine(self, index: Index) -> None:
        index.feed([document(1), document(2)])
        index.feed([], ["i1", "never"])
        index.feed([document(2)], ["i1", "i2"])
        assert ids(index.search(parse("*"), EVERYTHING)) == ["i2"]

    def test_nothing_of_a_feed_that_fails_stays(self, index: Index) -> None:
        index.feed([document(1)])

        def breaking() -> Iterable[Document]:
            yield document(2)
            raise OSError("the catalogue went away")

        with pytest.raises(OSError, match="went away"):
            index.feed(breaking(), ["i1"])
        assert ids(index.search(parse("*"), EVERYTHING)) == ["i1"]
        index.feed([document(3)])
        assert index.count() == 2

    def test_a_rank_claimed_twice_is_refused(self, index: Index) -> None:
        index.feed([document(1)])
        twin = Document(id="twin", rank=1, title="同")
        with pytest.raises(RankTaken):
            index.feed([twin])
        with pytest.raises(RankTaken):
            index.feed([document(2), Document(id="other", rank=2)])
        index.feed([twin], ["i1"])
        assert ids(index.search(parse("*"), EVERYTHING)) == ["twin"]

    def test_clearing_leaves_nothing_and_takes_documents_again(self, index: Index) -> None:
        index.feed([document(1)])
        index.clear()
        assert (index.count(), index.search(parse("*"), EVERYTHING).total) == (0, 0)
        index.feed([document(1)])
        assert index.count() == 1

    # ── the view ─────────────────────────────────────────────────────────────────────────────

    def test_a_view_without_clauses_shows_nothing(self, index: Index) -> None:
        index.feed([document(1)])
        empty_clauses = View((Clause(frozenset(), None), Clause(None, frozenset())))
        for view in (View(()), empty_clauses):
            results = index.search(parse("* OR NOT 档案"), view, facets=True)
            assert (results.total, results.hits, results.cursor) == (0, (), None)
            assert not any(results.facets.values())

    def test_a_record_is_seen_when_any_clause_lets_it_through(self, index: Index) -> None:
        index.feed(
            [document(1, "restricted"), document(2, "open", "K021"), document(3, "restricted", "K021")]
        )
        assert ids(index.search(parse("*"), A014_OR_OPEN)) == ["i2", "i1"]
        assert index.search(parse("NOT 从来没有"), A014_OR_OPEN).total == 2
        assert index.search(parse("access:restricted"), OPEN_ONLY).total == 0

    def test_answers_do_not_depend_on_hidden_documents_or_segments(self, tmp_path: Path) -> None:
        visible = [document(2 * n, fonds="K021" if n % 3 else "A014") for n in range(40)]
        hidden = [document(2 * n + 1, "restricted", "K021", office="SECRET") for n in range(60)]
        hidden += [document(900 + n, "unreviewed", "Z999", year="2001") for n in range(10)]
        plain = self.open_index(tmp_path / "plain")
        plain.feed(visible)
        expected = self._answers(plain)
        for seed in range(3):
            mixed = self.open_index(tmp_path / f"mixed{seed}")
            self._feed_in_pieces(mixed, visible, hidden, random.Random(seed))
            assert self._answers(mixed) == expected

    def _answers(self, index: Index) -> bytes:
        answers = []
        for text in QUERIES:
            answers += pages(index, parse(text), A014_OR_OPEN, limit=7)
            answers.append(
                index.search(parse(text), OPEN_ONLY, filters={"year": ["2001", "2005"]}, facets=True)
            )
        return repr(answers).encode()

    @staticmethod
    def _feed_in_pieces(
        index: Index, visible: list[Document], hidden: list[Document], dice: random.Random
    ) -> None:
        together = visible + hidden
        dice.shuffle(together)
        while together:
            size = dice.randint(1, 40)
            index.feed(together[:size])
            together = together[size:]
        index.feed(dice.sample(visible, 10), [one.id for one in dice.sample(hidden, 5)])

    # ── order, pages, facets, filters ────────────────────────────────────────────────────────

    @pytest.mark.parametrize("limit", [1, 7, 25, 1_000])
    def test_pages_are_complete_without_repeats_and_in_rank_order(self, index: Index, limit: int) -> None:
        for start in range(0, 25, 5):
            index.feed(document(n) for n in range(start, start + 5))
        found = pages(index, parse("通知"), EVERYTHING, limit)
        assert [id_ for page in found for id_ in ids(page)] == [f"i{n}" for n in reversed(range(25))]
        assert {page.total for page in found} == {25}
        assert all(page.facets == found[0].facets for page in found)
        assert all(len(page.hits) == limit for page in found[:-1])

    def test_documents_fed_while_paging_neither_repeat_nor_hide_others(self, index: Index) -> None:
        index.feed(document(n) for n in range(10, 20))
        first = index.search(parse("*"), EVERYTHING, limit=5)
        index.feed([document(30), document(1)])
        second = index.search(parse("*"), EVERYTHING, limit=50, cursor=first.cursor)
        assert ids(first) + ids(second) == [f"i{n}" for n in reversed(range(10, 20))] + ["i1"]

    def test_a_page_of_no_hits_still_counts(self, index: Index) -> None:
        index.feed([document(1)])
        results = index.search(parse("*"), EVERYTHING, limit=0, cursor="", facets=True)
        assert (results.total, results.hits, results.cursor) == (1, (), None)

    @pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "\0", "AAAAAAAAAAYhFvXmweZ", "A" * 5_000])
    def test_cursors_that_were_not_given_are_refused(self, index: Index, cursor: str) -> None:
        with pytest.raises(CursorMistake):
            index.search(parse("*"), EVERYTHING, cursor=cursor)

    @pytest.mark.parametrize("limit", [-1, 1_001])
    def test_impossible_page_sizes_are_refused(self, index: Index, limit: int) -> None:
        with pytest.raises(QueryMistake):
            index.search(parse("*"), EVERYTHING, limit=limit)

    def test_facets_count_all_matches_in_view_most_frequent_first(self, index: Index) -> None:
        index.feed(document(n, fonds="K021" if n < 4 else "A014", year="2001") for n in range(10))
        index.feed([document(99, "restricted", "B001")])
        facets = index.search(parse("year:2001"), OPEN_ONLY, limit=1, facets=True).facets
        assert [(one.value, one.count) for one in facets["fonds"]] == [("A014", 6), ("K021", 4)]
        assert [(one.value, one.count) for one in facets["year"]] == [("2001", 10)]
        assert "access" not in facets, "a view of one status would only say so"
        assert index.search(parse("*"), OPEN_ONLY).facets == {}

    def test_filters_narrow_hits_totals_and_facets(self, index: Index) -> None:
        index.feed(
            [document(1, year="2001"), document(2, fonds="K021", year="2001"), document(3, year="2002")]
        )
        results = index.search(
            parse("*"), EVERYTHING, filters={"fonds": "A014", "year": ["2001"]}, facets=True
        )
        assert (ids(results), results.total) == (["i1"], 1)
        assert [one.value for one in results.facets["year"]] == ["2001"]

    @pytest.mark.parametrize("filters", [{"year": "20x1"}, {"fonds": ""}, {"fonds": []}, {"title": "x"}])
    def test_filters_that_cannot_be_are_refused(self, index: Index, filters: dict[str, str]) -> None:
        with pytest.raises(QueryMistake):
            index.search(parse("*"), EVERYTHING, filters=filters)

    # ── what is found ────────────────────────────────────────────────────────────────────────

    @pytest.mark.parametrize(
        "typed",
        [
            "A014-WS·2016-Y-BGS-0026", "a014-ws·2016-y-bgs-0026", "A014-WS•2016-Y-BGS-0026",
            "A014-WS‧2016-Y-BGS-0026", "A014-WS・2016-Y-BGS-0026",
            "Ａ０１４－ＷＳ·２０１６－Ｙ－ＢＧＳ－００２６",
            "A014 WS 2016 Y BGS 0026", "A014-WS·2016", "A014-WS·2016-Y-BGS-00*", "A014-*", "BGS-0026",
            "档号:A014-WS·2016-Y", "code:A014-WS·2016-Y-B*", "A001-WS·2016-Y-BGS-0001", "原档号:A001*",
        ],
    )  # fmt: skip
    def test_a_code_is_found_as_written_by_its_beginning_and_by_its_former_ones(
        self, index: Index, typed: str
    ) -> None:
        renamed = Document(
            id="wanted", rank=1, code="A014-WS·2016-Y-BGS-0026", former_codes=("A001-WS·2016-Y-BGS-0001",)
        )
        index.feed([renamed, Document(id="other", rank=2, code="A0145-WS·2017-D30-RSC-0126", title="0026")])
        assert ids(index.search(parse(typed), EVERYTHING)) == ["wanted"]

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("date:[1949 TO 1966]", {"year", "month", "day"}), ("date:1956", {"year", "month", "day"}),
            ("date:1956-05", {"year", "month", "day"}), ("date:1956-06", {"year"}),
            ("日期:1956年5月17日", {"year", "month", "day"}), ("date:19560518", {"year", "month"}),
            ("date:[1956-05-18 TO *]", {"year", "month", "after"}), ("date:{1956 TO 1970]", {"after"}),
            ("date:[1949 TO 1956}", set()), ("date:[* TO 1956-05-01]", {"year", "month"}),
            ("日期：［1956-05-17 至 1956-05-17］", {"year", "month", "day"}), ("date:[* TO *]",
             {"year", "month", "day", "after"}),
        ],
    )  # fmt: skip
    def test_dates_of_any_precision_are_in_a_range_that_any_of_their_days_is_in(
        self, index: Index, typed: str, found: set[str]
    ) -> None:
        dates = {"year": "1956", "month": "1956-05", "day": "1956-05-17", "after": "1967", "none": "不详"}
        index.feed(Document(id=id_, rank=n, date=date) for n, (id_, date) in enumerate(dates.items()))
        assert set(ids(index.search(parse(typed), EVERYTHING))) == found

    def test_a_phrase_does_not_reach_from_one_field_into_the_next(self, index: Index) -> None:
        index.feed([Document(id="i1", rank=1, title="山东省档案", author="馆长办公室", keywords="管理")])
        assert index.search(parse('"档案馆"'), EVERYTHING).total == 0
        assert index.search(parse("档案 馆长 管理"), EVERYTHING).total == 1

    def test_the_full_text_is_found_and_shown_but_is_not_another_field(self, index: Index) -> None:
        index.feed(
            [Document(id="i1", rank=1, title="通知", text="前言。" * 40 + "现将水利工程建设情况报告如下")]
        )
        (hit,) = index.search(parse("水利工程"), EVERYTHING).hits
        assert "«水利工程»建设情况" in hit.snippet
        assert index.search(parse("题名:水利工程"), EVERYTHING).total == 0

    def test_texts_with_control_characters_and_lone_surrogates_are_taken(self, index: Index) -> None:
        index.feed([Document(id="i1", rank=1, title="坏\0的\ud800题\u200b名\n换行")])
        assert ids(index.search(parse("题名换行"), EVERYTHING)) == ["i1"]
