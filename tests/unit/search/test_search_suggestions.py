"""Suggestions and other readings: made of what is in view, through a real index, and asked for sparingly."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.access import EVERYTHING, Clause, View
from search.corrections import meant
from search.index import Document, Index, Results
from search.query import parse
from search.suggestions import Ask, completions
from search.tantivy_index import TantivyIndex

OPEN = View((Clause(access=frozenset({"open"}), full=False),))
TITLES = (
    "关于加强防汛抗旱工作的通知",
    "防汛抗旱工作会议纪要",
    "防汛物资采购合同",
    "水库大坝安全报告 Report on reservoirs",
    "黄河大堤除险加固工程报告",
    "海燕行动计划",
    "Annual reports of the reservoir office",
)


def document(number: int, title: str, **fields: Any) -> Document:
    year = str(2014 + number % 3)
    made: dict[str, Any] = {
        "fonds": "A014",
        "category": "WS",
        "year": year,
        "retention": "Y",
        "office": "BGS",
        "code": f"A014-WS·{year}-Y-BGS-{number:04}",
        "access": "open",
        "author": "省水利厅",
        "date": year,
    }
    return Document(id=f"i{number}", rank=number, title=title, **(made | fields))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    made = TantivyIndex(tmp_path_factory.mktemp("suggest") / "index")
    made.feed(
        [
            *(
                document(number, title, access="closed" if "海燕" in title else "open")
                for number, title in enumerate(TITLES)
            ),
            document(50, "宾馆经费报告", fonds="B002", code="B002-KU·01·2011-D30-CWC-0001", year="2011"),
            document(51, "防汛抗洪抢险密件", access="closed", code="A014-XX·2019-Y-BGS-0001", year="2019"),
            document(52, "王小明的来信", people="王小明", notes="甲柜密封", keywords="信访"),
        ]
    )
    return made


class Counted:
    """What is asked through a view, counted."""

    def __init__(self, index: Index, view: View) -> None:
        self.asked = 0
        self._ask = partial(index.search, view=view)

    def __call__(self, query: Any, **more: Any) -> Results:
        self.asked += 1
        return self._ask(query, **more)


def ask(index: Index, view: View = OPEN) -> Ask:
    return Counted(index, view)


def texts(text: str, index: Index, view: View = OPEN, kind: str = "") -> list[str]:
    return [one.text for one in completions(text, ask(index, view)) if kind in ("", one.kind)]


def test_a_chinese_run_goes_on_with_what_follows_it_in_titles(index: Index) -> None:
    assert texts("防汛", index)[0] == "防汛抗旱"
    assert "防汛抗旱工作" in texts("防汛", index)
    assert "防汛物资" in texts("防汛", index)


def test_the_words_before_stay_and_narrow(index: Index) -> None:
    assert texts("纪要 防汛", index) == ["纪要 防汛抗旱", "纪要 防汛抗旱工作"]
    assert texts('题名:"防汛', index)[0] == '题名:"防汛抗旱'


def test_a_latin_word_is_completed_by_words_that_begin_so(index: Index) -> None:
    assert set(texts("rep", index)) == {"report", "reports"}
    assert texts("title:RESERV", index) == ["title:reservoir", "title:reservoirs"]


def test_a_code_goes_on_level_by_level_whatever_its_separators(index: Index) -> None:
    assert texts("A014", index, kind="code") == ["A014-WS"]
    assert texts("a014-", index, kind="code") == ["A014-WS"]
    assert texts("A014 ", index) == []
    assert texts("A014_WS_", index) == ["A014-WS·2014", "A014-WS·2015", "A014-WS·2016"]
    assert texts("档号:B002-KU·01·2011-D30-CWC-", index) == ["档号:B002-KU·01·2011-D30-CWC-0001"]


def test_a_level_of_many_codes_counts_once(tmp_path: Path) -> None:
    made = TantivyIndex(tmp_path / "index")
    made.feed(
        [document(number, "报告", code=f"A014-WS·2016-Y-BGS-{number:04}") for number in range(450)]
        + [document(1000, "报告", code="A014-WS·2017-Y-BGS-0001")]
    )
    counted = Counted(made, OPEN)
    assert [one.text for one in completions("A014-WS·", counted)] == ["A014-WS·2016", "A014-WS·2017"]
    assert counted.asked <= 8


def test_values_and_names_of_fields_are_completed(index: Index) -> None:
    assert texts("年度:20", index) == ["年度:2014", "年度:2015", "年度:2011", "年度:2016"]
    assert texts("fonds:b", index) == ["fonds:B002"]
    assert "题名:" in texts("题", index)
    assert texts("没有这个字段:防", index) == []


def test_what_is_hidden_is_suggested_to_nobody_who_may_not_see_it(index: Index) -> None:
    for typed in ("海", "海燕", "防汛抗", "A014-", "年度:", "甲", "王小", "人名:王", "备注:甲"):
        found = "".join(texts(typed, index))
        assert not any(word in found for word in ("海燕", "抗洪", "XX", "2019", "甲柜")), typed
    assert "防汛抗洪抢险" in texts("防汛抗", index, EVERYTHING)
    assert "A014-XX" in texts("A014-", index, EVERYTHING)


TYPED = '防汛抗旱报告海燕水 A014-WS·2016:题名"()*“：report\x00\ud800年'


@settings(max_examples=60, deadline=None)
@given(typed=st.text(alphabet=TYPED, max_size=12))
def test_whatever_is_typed_gives_at_most_ten_and_asks_little(index: Index, typed: str) -> None:
    counted = Counted(index, OPEN)
    found = completions(typed, counted)
    assert len(found) <= 10
    assert counted.asked <= 10
    assert found == completions(typed, ask(index))


def readings(text: str, index: Index, view: View = OPEN) -> tuple[str, ...]:
    found = index.search(parse(text), view, limit=0).total
    counted = Counted(index, view)
    proposed = meant(text, found, counted)
    assert counted.asked <= 12
    for one in proposed:
        assert index.search(parse(one), view, limit=0).total > found
    return proposed


def test_a_chinese_character_that_is_another_is_put_right(index: Index) -> None:
    assert readings("防讯", index)[0] == "防汛"
    assert readings("题名:防讯抗旱", index)[0] == "题名:防汛抗旱"
    assert readings("防讯 会议", index)[0] == "防汛 会议"


def test_characters_that_changed_places_are_put_right(index: Index) -> None:
    assert readings("汛防", index)[0] == "防汛"
    assert readings("要纪", index)[0] == "纪要"


def test_a_latin_word_with_a_wrong_letter_is_put_right(index: Index) -> None:
    for typed in ("reservoit", "resrvoir", "reservooir", "reservior"):
        assert "reservoir" in readings(typed, index), typed


def test_two_wrong_words_are_put_right_together(index: Index) -> None:
    assert "防汛 纪要" in readings("防讯 记要", index)


def test_nothing_is_proposed_where_much_is_found_or_nothing_is_near(index: Index) -> None:
    assert meant("报告", 3, ask(index)) == ()
    assert readings("龘靐", index) == ()
    assert readings("A014-WS·2033", index) == ()
    assert readings("年度:2033", index) == ()


def test_what_is_hidden_is_no_reading_for_who_may_not_see_it(index: Index) -> None:
    assert readings("海雁行动", index) == ()
    assert readings("海雁行动", index, EVERYTHING) == ("海燕行动",)
    assert not any("抗洪" in one for one in readings("抗红抢险", index))


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.sampled_from('防讯抗旱报吿海雁水 rept:题名"()*“：AND2016'), max_size=14))
def test_whatever_was_asked_other_readings_are_queries_that_find_more(index: Index, text: str) -> None:
    counted = Counted(index, OPEN)
    for one in meant(text, 0, counted):
        assert index.search(parse(one), OPEN, limit=0).total > 0
    assert counted.asked <= 12
