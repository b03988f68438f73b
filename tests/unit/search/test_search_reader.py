"""A reader at the index: engine and language together, held against a naive reading of every document."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search_oracle import matches

from policies.access import EVERYTHING, Standing, Subject, View, Zone, may, shows_all, view_of
from search.errors import QueryMistake
from search.index import Document
from search.query import parse
from search.segment import tokens
from search.tantivy_index import TantivyIndex

TITLES = (
    "关于印发《山东省档案管理办法（试行）》的通知",
    "山东省人民政府办公厅关于“十三五”规划编制工作的意见：2016年版",
    "王小明、李大壮同志任职的决定",
    "中华人民共和国档案法实施条例",
    "京杭大运河济宁段航道整治工程竣工验收报告（第3号）",
    "Visit of the English delegation 英国代表团来访照片，1986年5月",
    "鲁政办字〔2016〕3号文件的贯彻落实情况",
    "一九五六年粮食统购统销统计表",
)
ACCOUNT = "reader"
VIEWS = [
    EVERYTHING,
    view_of(Subject(ACCOUNT)),
    view_of(Subject(ACCOUNT, frozenset({"F0"}), Zone.GOVERNMENT)),
    view_of(Subject(ACCOUNT, frozenset({"F1"}), Zone.INTERNAL, granted=frozenset({"r120", "r121"}))),
]
VIEW = VIEWS[2]
FILLED = (
    "title", "author", "keywords", "people", "place", "abstract", "document_number", "genre", "notes", "box",
    "shelf", "text",
)  # fmt: skip
PIECES = [
    *"档案管理",
    *"檔案管理",
    *"ab",
    "ab",
    "abba",
    " ",
    "，",
    "３",
    "13800138000",
    "138-0013-8000",
    "·",
    "Ａ",
]


def corpus() -> list[Document]:
    dice = random.Random(7)
    made = [Document(id=f"t{n}", rank=n, title=title, fonds="F0") for n, title in enumerate(TITLES)]
    for n in range(100, 220):
        texts = {name: "".join(dice.choices(PIECES, k=dice.randint(0, 6))) for name in FILLED}
        codes = [
            f"{dice.choice(['F0', 'Ｆ1', 'F2'])}-WS·{dice.choice([2, 10])}-{dice.randint(1, 30):04d}"
            for _ in "ab"
        ]
        made.append(
            Document(
                id=f"r{n}", rank=n, code=codes[0] if n % 9 else "", former_codes=tuple(codes[1:] * (n % 3)),
                fonds=dice.choice(["F0", "F1", "F2"]), access=dice.choice(["open", "open", "restricted"]),
                secrecy=dice.choice(["", "", "internal"]), holder=dice.choice(["", "reading-room"]),
                category=dice.choice(["WS", "KU·01", "KU·02"]), retention=dice.choice(["Y", "D30"]),
                office=dice.choice(["BGS", "办公室"]), year=dice.choice(["1949", "2016", ""]),
                date=dice.choice(["1949", "194910", "1949-10-01", "2016年3月5日", "不详"]), **texts,
            )
        )  # fmt: skip
    return made


DOCUMENTS = corpus()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> TantivyIndex:
    made = TantivyIndex(tmp_path_factory.mktemp("reader"))
    for start in range(0, len(DOCUMENTS), 50):
        made.feed(DOCUMENTS[start : start + 50])
    return made


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_title_is_found_by_any_contiguous_part_typed_as_it_stands_or_in_quotes(
    index: TantivyIndex, data: st.DataObject
) -> None:
    number = data.draw(st.sampled_from(range(len(TITLES))))
    title = TITLES[number]
    latin = [
        at
        for at in range(1, len(title))
        if title[at - 1 : at + 1].isascii() and title[at - 1 : at + 1].isalnum()
    ]
    cuts = [at for at in range(len(title) + 1) if at not in latin]
    first, last = sorted(data.draw(st.lists(st.sampled_from(cuts), min_size=2, max_size=2, unique=True)))
    part = title[first:last]
    if not tokens(part):
        return
    for typed in (part, f'"{part}"', f"题名：“{part}”" if not set(part) & set("“”（）") else part):
        found = [hit.id for hit in index.search(parse(typed), EVERYTHING, limit=1_000).hits]
        assert f"t{number}" in found


RUNS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
CODES = st.sampled_from(["F0", "F1-WS", "f2 - ws - 10", "Ｆ0·WS·2-0003", "F1-WS-10-0020", "F9"])
DATES = st.sampled_from(["1949", "1949-10", "19491001", "2016年3月", "*"])
PATTERNS = [
    "ab*",
    "*ba",
    "a?b*",
    "?b?a",
    "1380*",
    "*8000",
    "?" * 9 + "00",
    "档?管",
    "理?档",
    "檔??案",
    "F1-W*",
    "F0-WS-1?-*",
    "F1-*",
]
LEAVES = st.one_of(
    RUNS,
    RUNS.map(lambda run: f'"{run}"'),
    st.tuples(
        st.sampled_from(["题名", "author", "people", "備註", "盒号", "shelf", "全文", "文种"]), RUNS
    ).map('{0[0]}:"{0[1]}"'.format),
    st.sampled_from(PATTERNS),
    st.tuples(st.sampled_from(["title", "notes", "code", "原档号"]), st.sampled_from(PATTERNS)).map(":".join),
    CODES,
    CODES.map('档号:"{}"'.format),
    CODES.map('原档号:"{}"'.format),
    st.tuples(st.sampled_from("[{"), CODES, CODES, st.sampled_from("]}")).map(
        "code:{0[0]}{0[1]} TO {0[2]}{0[3]}".format
    ),
    st.tuples(st.sampled_from("[{"), DATES, DATES, st.sampled_from("]}")).map(
        "date:{0[0]}{0[1]} TO {0[2]}{0[3]}".format
    ),
    st.sampled_from(
        [
            "year:1949",
            "fonds:f0",
            "门类:KU",
            "category:KU·01",
            "retention:永久",
            "office:办公室",
            "密级:内部",
            "access:开放",
            "fonds:F*",
            "*",
        ]
    ),
)
QUERIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" ", " AND ", " OR "]), inner).map("".join),
        inner.map(lambda query: f"({query})"),
        inner.map(lambda query: f"NOT ({query})"),
    ),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(QUERIES, st.sampled_from(VIEWS))
def test_the_engine_finds_what_a_patient_reader_would(index: TantivyIndex, query: str, view: View) -> None:
    try:
        node = parse(query)
    except QueryMistake:
        return
    found = index.search(node, view, limit=1_000)
    expected = set()
    for one in DOCUMENTS:
        standing = Standing(one.id, one.fonds, one.access, one.secrecy, one.holder)
        if may(view, standing) and matches(node, one, shows_all(view, standing)):
            expected.add(one.id)
    assert {hit.id for hit in found.hits} == expected
    assert found.total == len(expected)


SIGNS = [
    '"',
    "(",
    ")",
    "*",
    ":",
    "（",
    "）",
    "“",
    "”",
    " ",
    " AND ",
    " OR ",
    " NOT ",
    "title:",
    "date:[1949 TO 1966]",
]
SIGNS += [
    "year:[2010 TO 2016}",
    "档案",
    "a",
    "A014-WS·2016",
    "fonds:",
    "code:",
    "全文:",
    "+",
    "^",
    "$",
    "\\",
    ".",
    "|",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(SIGNS) | st.text(max_size=2), max_size=15).map("".join))
def test_whatever_can_be_read_can_be_asked(index: TantivyIndex, text: str) -> None:
    try:
        node = parse(text)
    except QueryMistake:
        return
    assert index.search(node, VIEW, facets=True).total >= 0


@pytest.mark.parametrize(
    "pattern",
    ["aa*aaaaaaaaaaaa*aa??aaaaaaaaaaaaaaaaaaa*", "*é?b?c*d*", "?é??????ab", "*办?-?办*-*", "a" * 39 + "*"],
)
def test_the_heaviest_patterns_that_are_allowed_can_be_asked(index: TantivyIndex, pattern: str) -> None:
    for view in VIEWS:
        index.search(parse(f"档号:{pattern}"), view)
        if "-" not in pattern:
            index.search(parse(pattern), view)


def test_the_heaviest_query_that_is_allowed_can_be_asked(index: TantivyIndex) -> None:
    index.search(parse("档" * 400), EVERYTHING)
    index.search(parse("(" * 20 + " OR ".join(["NOT 档案"] * 180) + ")" * 20), EVERYTHING)
    index.search(parse(" OR ".join(["a*"] * 8)), EVERYTHING)
