"""The catalogue of messages: whole in both languages, and errors told in the reader's language."""

from __future__ import annotations

import importlib
import pkgutil
import re
from string import Formatter

import pytest

import archive
import ingest
import lantai
import policies
import processes
import search
import storage
from lantai.messages import Count, catalogue, error_sentence, retell, say, word
from policies.errors import LantaiError
from policies.findings import finding, text

ROOMS = (archive, ingest, lantai, policies, processes, search, storage)


def fields(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def every_error() -> set[str]:
    """The code of every error that any room can raise."""
    for room in ROOMS:
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if "migrations" not in module.name and not module.name.endswith("probes.child"):
                importlib.import_module(module.name)
    found, waiting = set(), [LantaiError]
    while waiting:
        kind = waiting.pop()
        found.add(kind.code)
        waiting += kind.__subclasses__()
    return found


def test_every_message_says_the_same_things_in_both_languages() -> None:
    for key, message in catalogue().items():
        if key.startswith(("error-", "said-")):
            continue
        assert fields(message["en"]) >= fields(message["zh"]) - {"state"}, key
        assert re.search("[\u3001-\u303f\u4e00-\u9fff]", message["zh"]) or fields(message["zh"]), key


def test_every_retold_sentence_uses_only_what_its_pattern_catches() -> None:
    for key, message in catalogue().items():
        if "pattern" in message:
            assert fields(message["zh"]) <= set(re.compile(message["pattern"]).groupindex), key


def test_every_error_has_a_chinese_head() -> None:
    assert not [code for code in every_error() if f"error-{code}" not in catalogue()]


def test_an_error_is_told_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTAI_LANG", "en")
    assert error_sentence("not-found", "there is no item X here") == "there is no item X here"
    monkeypatch.setenv("LANTAI_LANG", "zh")
    assert error_sentence("not-found", "there is no item X here") == "没有档号为 X 的档案，或无权查看"
    assert error_sentence("site-full", "site a: no room") == "存储点空间不足：site a: no room"
    assert error_sentence("never-heard-of", "what?") == "出错：what?"
    assert retell("a sentence that nobody knows") == "a sentence that nobody knows"


def test_a_number_agrees_with_its_noun(monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"{Count(1):warning}, {Count(2):warning}, {Count(0):entry|entries}, {Count(7)}" == (
        "1 warning, 2 warnings, 0 entries, 7"
    )
    monkeypatch.setenv("LANTAI_LANG", "en")
    told = say("rebuilt", entries=1, items=1, indexed=1)
    assert told == "Catalogue and index made again from 1 ledger entry: 1 item, 1 in the index."


def test_access_statuses_have_names_and_an_unknown_word_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from policies.ruleset_model import ACCESS

    monkeypatch.setenv("LANTAI_LANG", "zh")
    assert all(word("access", status) != status for status in ACCESS)
    assert word("access", "sideways") == "sideways"


def test_what_a_probe_measured_is_chinese_in_a_chinese_sentence() -> None:
    cut = finding("image-cut", file="a.jpg", expected="EOI", found="1023 bytes, scan 2")
    assert "应为：图像结束标记（EOI）；实际：1023 字节（第 2 次扫描）" in text(cut, "zh")
    assert "需口令" in text(finding("document-encrypted", file="password bytes.pdf", found="password"), "zh")


def test_what_a_sender_wrote_is_quoted_as_it_stands() -> None:
    note = finding("value-not-in-list", field="genre", expected="a | b", found="password 12 bytes")
    assert "password 12 bytes" in text(note, "zh")
    assert "password bytes.pdf：" in text(finding("file-empty", file="password bytes.pdf"), "zh")


def test_a_differing_year_is_not_told_as_if_it_were_wrong() -> None:
    note = finding("year-differs", field="year", expected="2017", found="2016")
    assert "(date: 2017; year: 2016)" in text(note, "en")
    assert "（成文日期：2017；年度：2016）" in text(note, "zh")
