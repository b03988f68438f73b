"""The query language: read wholly, or refused with the place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.errors import QueryMistake
from search.nodes import (
    ANY,
    And,
    CodeRange,
    Everything,
    Field,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    Value,
    Wild,
    Words,
)
from search.query import DEEPEST, MOST_PATTERNS, MOST_TOKENS, parse
from search.segment import AFTER, PRIVATE

ARCHIVES, NOTICE, REPORT = (Words((tuple(word),)) for word in ("档案", "通知", "报告"))

CODE = Field("code", Phrase(("a014", "ws", "2016")))
UPTO, JUST = (Field("code", CodeRange(low, "a0000000002")) for low in (None, "a0000000002"))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("档案", ARCHIVES),
        ("档案 通知", And((ARCHIVES, NOTICE))),
        ("档案　通知", And((ARCHIVES, NOTICE))),
        ("档案 AND 通知", And((ARCHIVES, NOTICE))),
        ("档案 and", And((ARCHIVES, Words((("and",),))))),
        ("档案 通知 OR 报告", Or((And((ARCHIVES, NOTICE)), REPORT))),
        ("档案 (通知 OR 报告)", And((ARCHIVES, Or((NOTICE, REPORT))))),
        ("档案（通知 OR 报告）", And((ARCHIVES, Or((NOTICE, REPORT))))),
        ("NOT 档案", Not(ARCHIVES)),
        ("NOT NOT 档案", ARCHIVES),
        ("通知 AND NOT (档案 报告)", And((NOTICE, Not(And((ARCHIVES, REPORT)))))),
        ('"档案 管理"', Phrase(("档", "案", "管", "理"))),
        ("“档案管理”", Phrase(("档", "案", "管", "理"))),
        ('"关于“档案”的 AND (通知"', Phrase((*"关于档案的", "and", *"通知"))),
        ("题名:档案", Field("title", ARCHIVES)),
        ("题名： 档案", Field("title", ARCHIVES)),
        ("TITLE:(档案 OR author)", Or((Field("title", ARCHIVES), Field("title", Words((("author",),)))))),
        ('责任者:"档案"', Field("author", Phrase(("档", "案")))),
        ("全宗:ａ014", Field("fonds", Value("a014"))),
        ("门类:KU·01", Field("category", Value("ku-01"))),
        ("档号:A014-WS·2016", Field("code", Phrase(("a014", "ws", "2016")))),
        *((f"档号:A014{dot}WS{dot}2016", CODE) for dot in "-·•‧・－—"),
        *((f"A014-WS{dot}2016*", Prefix("a014-ws-2016")) for dot in "-·•‧・－—"),
        ('档号:"Ａ014 － ＷＳ · ２０１６"', CODE),
        ("A014-*", Prefix("a014-")),
        ("arch*", Prefix("arch")),
        ("档案*", Phrase(("档", "案"))),
        ("题名:arch*", Field("title", Prefix("arch"))),
        ("*档案", Phrase(("档", "案"))),
        ("档?管理", Phrase(("档", ANY, "管", "理"))),
        ("题名:档??理", Field("title", Phrase(("档", ANY, ANY, "理")))),
        ("档案？管理", Words((("档", "案"), ("管", "理")))),
        ('"档?案*"', Phrase(("档", "案"))),
        ("Organi?ation", Wild("organi?ation")),
        ("*Graph", Wild("*graph")),
        ("a**b", Wild("a*b")),
        ("＊ab", Wild("*ab")),
        ("中文abc*", And((Words((("中", "文"),)), Prefix("abc")))),
        ("题名:中文a*c", And((Field("title", Words((("中", "文"),))), Field("title", Wild("a*c"))))),
        ("A014-*-2016-?-BGS", Wild("a014-*-2016-?-bgs")),
        ("档号:*-0001", Field("code", Wild("*-0001"))),
        ("fonds:A0*", Field("fonds", Prefix("a0"))),
        ("code:[A1 TO A2-B]", Field("code", CodeRange("a0000000001", "a0000000002-b"))),
        ("code:[A1 至 *]", Field("code", CodeRange("a0000000001", None))),
        ("code:{A1 TO ]", Field("code", CodeRange("a0000000001" + AFTER, None))),
        ("code:[* TO A2}", And((UPTO, Not(JUST)))),
        ("題名:檔案", Field("title", ARCHIVES)),
        ("ＴＩＴＬＥ：檔案", Field("title", ARCHIVES)),
        ("文種:通知", Field("genre", NOTICE)),
        ("架位:3排2列", Field("shelf", Phrase(("3", "排", "2", "列")))),
        ("盒号:12", Field("box", Phrase(("12",)))),
        ("原档号:X-1", Field("former_code", Phrase(("x", "1")))),
        ("密级:内部", Field("secrecy", Value("internal"))),
        ("开放:延期", Field("access", Value("postponed"))),
        ("保管期限:永久", Field("retention", Value("y"))),
        ("retention:定期30年", Field("retention", Value("d30"))),
        ("138-0013-8000", Words(((PRIVATE + "13800138000",),))),
        ("date:2016-03-05T10:00:00Z", Field("date", Range(20160305, 20160305))),
        ("*", Everything()),
        ("*:*", Everything()),
        ("year:2016", Field("year", Range(2016, 2016))),
        ("年度:2016年", Field("year", Range(2016, 2016))),
        ("year:[2010 TO 2016]", Field("year", Range(2010, 2016))),
        ("year:{2010 TO 2016}", Field("year", Range(2011, 2015))),
        ("year:[2010 TO *]", Field("year", Range(2010, None))),
        ("date:[1949 TO 1966]", Field("date", Range(19490101, 19661231))),
        ("日期：［1949-10 至 1966］", Field("date", Range(19491001, 19661231))),
        ('date:"1949-10-01"', Field("date", Range(19491001, 19491001))),
        ("档案 - 、 通知", And((ARCHIVES, NOTICE))),
        ("通知：报告", Words((("通", "知"), ("报", "告")))),
    ],
)
def test_a_query_means(text: str, tree: Node) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", 0), ("   ", 0), ("！？", 0), ("()", 0), ('档案 "管理', 3), ('"', 0), ('""', 0), ('"、"', 0),
        ("(档案", 0), ("档案)", 2), ("((a)", 0), ("a (b", 2), ("档案 AND", 3), ("AND 档案", 0), ("OR", 0),
        ("a OR OR b", 2), ("a AND OR b", 2), ("a OR !", 2), ("a NOT", 2), ("NOT AND a", 0), ("NOT ()", 0),
        ("titel:档案", 0), ("a http://x", 2), ("题名:", 0), ("题名:!", 0), ("题名: AND a", 0), ("(题名:)", 1),
        ("title:author:a", 6), ("title:(a author:b)", 9), ("date:gestern", 5), ("date:1949-13", 5),
        ("date:[1949 TO 1966", 5), ("date:[1949 1966]", 5), ("date:[1966 TO 1949]", 5),
        ("date:{1949 TO 1949}", 5),
        ("year:20x6", 5), ("year:[* TO 0}", 5), ("year:20*", 7), ("title:[a TO b]", 6),
        ("a **", 2), ("?", 0), ("a ?*", 2), ("a?", 1), ("x a?", 3), ("档*案", 1), ("档?", 1),
        ("?档", 0), ("档?a", 1),
        ("abc*档", 3), ("a&b*", 3), ("*-0001", 0), ("?" + "x" * 64, 0), ("*ab *cd ?ef", 0),
        ("ab" + "?" * 9, 2), ("a*b*c*d*", 1),
        ("code:[B TO A]", 5), ("code:[A* TO B]", 5), ("code:[! TO B]", 5), ("code:[A B]", 5),
        ("former_code:[A TO B]", 12),
        ("code:[A014-WS TO A014}", 5), ("access:never", 7), ("密级:秘密", 3), ("密级:公开", 3),
        ("*a", 0), ("title:*", 6), ("全宗:!", 3), ("a\0b", 1),
        ("a\x1b[31m", 1), ("ab\ud800", 2),
        ("(" * 21 + "a" + ")" * 21, 20), ("x" * 2_001, 2_000), ("档 " * 401, 0), ("a* " * 9, 0),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(text: str, place: int) -> None:
    with pytest.raises(QueryMistake) as refused:
        parse(text)
    assert (refused.value.place, bool(refused.value.reason)) == (place, True)


SIGNS = [
    '"',
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "*",
    ":",
    "：",
    "（",
    "）",
    "“",
    "”",
    " ",
    "　",
    " AND ",
    " OR ",
    "NOT ",
]
SIGNS += [
    "title:",
    "date:",
    "year:",
    "date:[1949 TO ",
    "1966]",
    "档案",
    "A014-WS·2016",
    "\0",
    "\ud800",
    "'",
    "\\",
    "-",
]


def parsed_or_refused(text: str) -> Node | None:
    """The tree, within what an engine is ever asked; or a refusal that points into the text."""
    try:
        node = parse(text)
    except QueryMistake as mistake:
        assert 0 <= mistake.place <= len(text)
        return None
    found = list(leaves(node))
    assert sum(size for size, _ in found) <= MOST_TOKENS
    assert sum(is_pattern for _, is_pattern in found) <= MOST_PATTERNS
    return node


def leaves(node: Node, depth: int = 0) -> Iterator[tuple[int, bool]]:
    """How many tokens each leaf asks for, and whether it is a pattern; each is what its kind may be."""
    assert depth <= 3 * DEEPEST
    match node:
        case And(parts) | Or(parts):
            assert len(parts) > 1
            for part in parts:
                yield from leaves(part, depth + 1)
        case Not(part):
            yield from leaves(part, depth + 1)
        case Field(_, Words() | Phrase() | Prefix() | Wild() as part):
            yield from leaves(part, depth + 1)
        case Words(words):
            assert words and all(token for word in words for token in word)
            yield sum(map(len, words)), False
        case Phrase(tokens):
            assert tokens and ANY not in (tokens[0], tokens[-1])
            yield len(tokens), False
        case Prefix(start):
            assert set(start) - set("*?-")
            yield 1, True
        case Wild(pattern):
            assert set(pattern) & set("*?") and len(pattern) - sum(map(pattern.count, "*?-")) > 1
            yield 1, True
        case _:
            yield 1, False


CLAUSES = st.recursive(
    st.sampled_from(
        ["档案", "档?案", '"档案 管理"', "a*b", "*ab", "arch*", "題名:檔案", "code:[A1 TO A2}",
         "date:{* TO 1949]",
         "A-1*", "*", "档号:A014", "year:2016", "13800138000", "密级:内部", "盒号:3"]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" ", " AND ", " OR ", " AND NOT ", "，"]), inner).map("".join),
        st.tuples(st.sampled_from(["", "NOT ", "题名:", "NOT NOT "]), inner).map("{0[0]}({0[1]})".format),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(CLAUSES, st.data())
def test_a_query_of_the_language_with_a_cut_or_a_blot_is_read_or_refused(
    query: str, data: st.DataObject
) -> None:
    parsed_or_refused(query)
    first, last = sorted(data.draw(st.lists(st.integers(0, len(query)), min_size=2, max_size=2)))
    parsed_or_refused(query[:first] + query[last:])
    blot = data.draw(
        st.sampled_from(["\0", "\ud800", "\u202e", "\u0301" * 40, '"', ")", "（", ":", "*", "?", " OR "])
    )
    parsed_or_refused(query[:first] + blot + query[first:])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(SIGNS) | st.text(max_size=3), max_size=40).map("".join))
def test_any_pile_of_signs_is_read_or_refused(text: str) -> None:
    parsed_or_refused(text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    parsed_or_refused(text)


@pytest.mark.parametrize("length", [1_999, 2_000, 10_000])
@pytest.mark.parametrize(
    "piece",
    ['"', '""', "(", ")", "()", "a:", "title:", "date:[", "date:[1949 TO ", "NOT ", "a OR ", "a AND ", "*",
     "a*", "a* ",
     "[", "“", "（", "“（", "：", "档", "档案管理办法", "a", "a-", "a!", "ß", "ｶﾞ", "\u0301",
     "\u200b", "\0", "\ud800", "?", "a?", "*ab ", "档?", "档? ", "?:", ":::", "((((", "NOT ", "code:[",
     "code:[A TO B] ", "\u202e", "\ufdfa", "13800138000 ", "1-", "檔", "\U00020010", "title:(", "a：",
     "[A TO B]", "AND", " "],
)  # fmt: skip
def test_long_repetitions_are_read_or_refused(piece: str, length: int) -> None:
    node = parsed_or_refused((piece * length)[:length])
    assert node is None or length <= 2_000
