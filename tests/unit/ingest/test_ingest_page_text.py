"""The text of page files: what the probe process reads, how it is cleaned, what ends it."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator

import media
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_files import saying

from ingest.probes import text as page_text
from ingest.probes.source import BytesSource
from ingest.probes.text import clean, is_marked, lines, read_pdf
from ingest.work import Limits, MoreProbes, ProbePool
from policies.formats import PageText
from policies.ruleset import builtin
from policies.secrecy import MarkPatterns, written_marks

RULES = builtin("shandong-2016")
MARKS = written_marks(RULES)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProbePool]:
    with ProbePool(1, Limits(seconds=20, memory_mib=512), more=MoreProbes(marks=MARKS)) as opened:
        yield opened


def text_of(pool: ProbePool, content: bytes) -> PageText:
    memory = os.memfd_create("test")
    try:
        os.write(memory, content)
        return pool.text_of(memory, len(content))
    finally:
        os.close(memory)


def test_a_probe_process_reads_all_pages_and_characters_beyond_the_first_plane(pool: ProbePool) -> None:
    said = text_of(pool, saying("第一页 𠮷野家", "第二页"))
    assert said == PageText("read", "第一页𠮷野家\n第二页")


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 nonsense", saying("一二")[:900], media.jpeg(64, 64)])
def test_what_is_no_pdf_or_a_broken_one_has_no_text_and_harms_nobody(pool: ProbePool, content: bytes) -> None:
    assert text_of(pool, content) == PageText("failed")
    assert text_of(pool, saying("很好")).text == "很好"


def test_a_document_that_says_nothing_is_told_from_one_that_cannot_be_read(pool: ProbePool) -> None:
    assert text_of(pool, saying(" ")) == PageText("none")


def test_of_a_document_with_a_secrecy_mark_nothing_comes_back(pool: ProbePool) -> None:
    assert text_of(pool, saying("普通", "绝 密★长期\n正文")) == PageText("marked")


@pytest.mark.parametrize("page", ["密级：机\n密", "（绝\n密）", "正文" * 120_000 + "\n机密★10年"])
def test_nothing_is_kept_in_which_cleaning_makes_a_mark_or_behind_which_one_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(page_text, "_pages", lambda source: iter([page]))
    assert read_pdf(BytesSource(b""), RULES) == PageText("marked")


def test_what_is_too_long_is_cut_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_text, "MAX_CHARACTERS", 5)
    source = BytesSource(saying("一二三", "四五六", "七"))
    assert read_pdf(source, None) == PageText("cut", "一二三\n四")
    monkeypatch.setattr(page_text, "MAX_CHARACTERS", 100)
    monkeypatch.setattr(page_text, "MAX_BYTES", 7)
    assert read_pdf(source, None) == PageText("cut", "一二")


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("关 于\u3000印 发\r\n通 知", "关于印发通知"),
        ("省 Report 2016 年", "省 Report 2016 年"),
        ("the infor-\r\nmation", "the information"),
        ("infor\u0002\nmation", "information"),
        ("infor\u00ad\nmation", "information"),
        ("1998-\n2001", "1998-\n2001"),
        ("a\u200bb\ue000c\x00d\ufeff", "abcd"),
        ("e\u0301", "é"),
        ("a\n\n \n b", "a\nb"),
        ("正文。\n2016 年", "正文。\n2016 年"),
    ],
)
def test_what_recognition_and_typesetting_leave_is_cleaned(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(st.text())
def test_cleaning_is_done_once_and_leaves_nothing_odd(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not [c for c in cleaned if unicodedata.category(c)[0] == "C" and c != "\n"]


@pytest.mark.parametrize(
    "page",
    [
        "机密★10年",
        "正文\n秘 密\n正文",
        "绝\n密\n★\n长\n期",
        "  机 密  \n文件",
        "SECRET\nplan",
        "密级：秘密",
        "机\x0c密★",
    ],
)
def test_a_mark_on_a_page_is_seen(page: str) -> None:
    assert is_marked(page, RULES)
    assert is_marked(page, MarkPatterns.of(MARKS))


@pytest.mark.parametrize("page", ["手机\n密码", "关系密切", "公开", "打印机\n密集架", "不得泄露商业机密", ""])
def test_lines_that_only_meet_at_their_ends_are_no_mark(page: str) -> None:
    assert not is_marked(page, RULES)


def test_characters_one_below_the_other_are_one_line() -> None:
    assert list(lines("绝\n密\n\n正文一\n甲")) == ["绝密", "正文一", "甲"]
