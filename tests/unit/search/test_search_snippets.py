"""Snippets: a function of the query and of one document's text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.query import parse
from search.snippets import WIDTH, snippet, spans, wanted

TITLE = "关于印发《山东省档案管理办法》的通知"


def shown(query: str, **texts: str) -> str:
    return snippet(texts, wanted(parse(query)))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("档案", "关于印发《山东省«档案»管理办法》的通知"),
        ("档案 通知", "关于印发《山东省«档案»管理办法》的«通知»"),
        ('"办法的通知"', "关于印发《山东省档案管理«办法》的通知»"),
        ("档案 OR 水利", "关于印发《山东省«档案»管理办法》的通知"),
        ("通知 NOT 档案", "关于印发《山东省档案管理办法》的«通知»"),
        ("题名:档案 责任者:通知", "关于印发《山东省«档案»管理办法》的通知"),
        ('"山东省档案" "档案管理"', "关于印发《«山东省档案管理»办法》的通知"),
        ("*", TITLE),
        ("year:2016", TITLE),
    ],
)
def test_what_matched_is_marked(query: str, expected: str) -> None:
    assert shown(query, title=TITLE) == expected


def test_the_field_that_holds_most_of_the_query_is_shown() -> None:
    assert shown("档案 水利", title=TITLE, abstract="水利档案汇编") == "«水利档案»汇编"


def test_a_long_text_is_cut_around_its_first_mark() -> None:
    text = shown("水利", title="通知", text="前" * 500 + "水利" + "后" * 500)
    assert text == "…" + "前" * 20 + "«水利»" + "后" * (WIDTH - 22) + "…"


def test_words_are_marked_where_they_stand_though_folding_changes_lengths() -> None:
    text = "①㍿ Ⅲ ﬁnal ARCHIVE report"
    (place,) = spans(text, wanted(parse("archive")))
    assert text[slice(*place)] == "ARCHIVE"


def test_a_prefix_marks_the_whole_word() -> None:
    assert shown("arch*", title="The Archives of Jinan") == "The «Archives» of Jinan"


@settings(deadline=None)  # tables of rare characters are read at first use
@given(st.text(), st.sampled_from(["a", "档案", "a* OR 档", '"a b"']))
def test_a_snippet_without_its_signs_is_part_of_the_text(text: str, query: str) -> None:
    found = shown(query, title=text)
    assert len(found) <= WIDTH + 2 + 2 * WIDTH
    if not set(text) & set("«»…"):
        bare = found.replace("«", "").replace("»", "").replace("…", "")
        assert bare in " ".join(text.split()) or bare.split() == [] or bare.split()[0] in text
