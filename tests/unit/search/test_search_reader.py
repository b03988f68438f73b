"""A reader at the index: engine and language together, held against a naive reading of every document."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.access import EVERYTHING, Clause, View, may
from search.errors import QueryMistake
from search.index import Document
from search.nodes import And, Everything, Field, Node, Not, Or, Phrase, Words
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
VIEW = View((Clause(frozenset({"F0"}), None), Clause(None, frozenset({"open"}))))
TITLE, AUTHOR = "title", "author"


def corpus() -> list[Document]:
    dice = random.Random(7)
    made = [Document(id=f"t{n}", rank=n, title=title, fonds="F0") for n, title in enumerate(TITLES)]
    for n in range(100, 220):
        title, author = ("".join(dice.choices("档案管理ab ", k=dice.randint(1, 9))) for _ in range(2))
        fonds, access = dice.choice(["F0", "F1", "F2"]), dice.choice(["open", "restricted"])
        made.append(Document(id=f"r{n}", rank=n, title=title, author=author, fonds=fonds, access=access))
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


LEAVES = st.text("档案管理ab", min_size=1, max_size=3).flatmap(
    lambda run: st.sampled_from([run, f'"{run}"', f"题名:{run}", f'author:"{run}"'])
)
QUERIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" ", " AND ", " OR "]), inner).map("".join),
        inner.map(lambda query: f"({query})"),
        inner.map(lambda query: f"NOT ({query})"),
    ),
    max_leaves=6,
)


def holds(run: tuple[str, ...], texts: list[str]) -> bool:
    held = [tokens(text) for text in texts]
    return any(one[at : at + len(run)] == run for one in held for at in range(len(one) - len(run) + 1))


def matches(node: Node, document: Document) -> bool:
    match node:
        case Everything():
            return True
        case And(parts):
            return all(matches(part, document) for part in parts)
        case Or(parts):
            return any(matches(part, document) for part in parts)
        case Not(part):
            return not matches(part, document)
        case Field(name, Words() | Phrase() as part):
            texts = [getattr(document, name)]
        case part:
            texts = [document.title, document.author]
    runs = part.words if isinstance(part, Words) else (part.tokens,)
    return all(holds(run, texts) for run in runs)


@settings(max_examples=150, deadline=None)
@given(QUERIES, st.sampled_from([EVERYTHING, VIEW]))
def test_the_engine_finds_what_a_patient_reader_would(index: TantivyIndex, query: str, view: View) -> None:
    node = parse(query)
    found = index.search(node, view, limit=1_000)
    expected = [one for one in DOCUMENTS if may(view, one.fonds, one.access) and matches(node, one)]
    assert [hit.id for hit in found.hits] == [one.id for one in reversed(expected)]
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


def test_the_heaviest_query_that_is_allowed_can_be_asked(index: TantivyIndex) -> None:
    index.search(parse("档" * 400), EVERYTHING)
    index.search(parse("(" * 20 + " OR ".join(["NOT 档案"] * 180) + ")" * 20), EVERYTHING)
    index.search(parse(" OR ".join(["a*"] * 8)), EVERYTHING)
