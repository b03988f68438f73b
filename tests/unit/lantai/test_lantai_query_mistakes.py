"""Mistakes in a query, told in both languages with their place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.messages import error_sentence
from search.errors import QueryMistake
from search.query import parse

MISTAKES = {
    "！？": (1, "没有可检索的字词；单独一个 * 表示全部"),
    "档案 OR": (4, "OR 的两边都要有检索内容"),
    "AND 档案": (1, "AND 的两边都要有检索内容"),
    "档案 NOT": (4, "NOT 后面要写需要排除的内容"),
    "档案)": (3, "此处的右括号没有对应的左括号"),
    "(档案": (1, "此处的左括号没有右括号"),
    "(" * 21 + "a": (21, "括号最多嵌套 20 层"),
    "titel:档案": (1, "没有名为 titel 的字段，是否指 title？带冒号的词请放在引号内"),
    "看http://x": (1, "没有名为 看http 的字段；带冒号的词请放在引号内"),
    "title:(a author:b)": (10, "字段不能写在另一个字段里"),
    "题名:": (1, "题名: 后面没有检索内容"),
    "档 " * 401: (1, "检索式中的字词最多 400 个"),
    "a* " * 9: (1, "检索式中带通配符的词最多 8 个"),
    "*ab *bc *cd": (1, "以通配符开头的词最多 2 个"),
    "year:20*": (8, "年度和日期不能用通配符；范围写作 [1949 TO 1966]"),
    "a&b*": (4, "通配符只用于一个词或一个档号；请去掉词间的符号"),
    "档案 ?": (4, "通配符须与字母或数字连用；单独一个 * 表示全部"),
    "a?": (2, "通配符之外至少要有 2 个字母或数字"),
    "档?a": (2, "通配符不能用在汉字与字母、数字之间"),
    "档*案": (2, "连续的汉字中不能用 *；请分成两个词，或用 ? 代表一个字"),
    "档案?": (3, "连续的汉字中 ? 只用在两个字之间；问号请放在引号内"),
    "?" + "x" * 64: (1, "带通配符的词最多 40 个字符"),
    "*ab???": (1, "一个词中 * 最多 3 个，? 最多 8 个，其中在 * 之后的最多 2 个"),
    "x" * 2_001: (2_001, "检索式最多 2000 个字符"),
    "档\0案": (2, "检索式中不能有字符 U+0000"),
    "档\ud800案": (2, "检索式中不能有字符 U+D800"),
    '档案 "管理': (4, "此处的引号没有成对"),
    '档案 ""': (4, "引号内没有可检索的字词"),
    "title:[a TO b]": (7, "只有档号、日期和年度可以写范围；普通方括号请放在引号内"),
    "date:[1949 1966]": (6, "范围写作 [1949 TO 1966]"),
    "code:[A B]": (6, "档号范围写作 [A014-WS·2016-Y-0001 TO A014-WS·2016-Y-0100]"),
    "date:[1966 TO 1949]": (6, "范围的终点在起点之前"),
    "date:gestern": (6, "日期写作 1949、1949-10 或 1949-10-01；范围写作 [1949 TO 1966]"),
    "year:20x6": (6, "年度写作 2016；范围写作 [2010 TO 2016]"),
    "access:never": (8, "开放状态为开放、控制、延期开放、不开放或未审核"),
    "密级:绝密": (4, "可检索的密级标志为内部和国内"),
}


def mistake(query: str) -> QueryMistake:
    with pytest.raises(QueryMistake) as refused:
        parse(query)
    return refused.value


@pytest.mark.parametrize("query", MISTAKES, ids=lambda query: ascii(query)[:20])
def test_a_mistake_is_told_with_its_place_and_what_to_write(
    query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, sentence = MISTAKES[query]
    found = mistake(query)
    monkeypatch.setenv("LANTAI_LANG", "zh")
    assert error_sentence(found.code, str(found)) == f"第 {place} 个字符处：{sentence}"
    monkeypatch.setenv("LANTAI_LANG", "en")
    assert error_sentence(found.code, str(found)) == f"at character {place}: {found.reason}"


PIECES = [
    *MISTAKES,
    '"',
    "(",
    ")",
    "*",
    "?",
    ":",
    "[",
    "]",
    " OR ",
    " AND ",
    " NOT ",
    "档",
    "a",
    "code:[",
    " TO ",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=6).map("".join))
def test_no_mistake_is_left_untranslated(query: str) -> None:
    try:
        parse(query)
    except QueryMistake as found:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LANTAI_LANG", "zh")
            assert error_sentence(found.code, str(found)).startswith(f"第 {found.place + 1} 个字符处：")
