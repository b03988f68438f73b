"""The commands of whoever looks for something: what they refuse, where they point, what they write."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shelves import item

from archive import catalogue, working
from archive.events import ItemRegistered
from lantai.cli.main import outcome
from lantai.cli.words_finding import pointed
from lantai.home import make_home
from lantai.wiring import opened

TIME = "2026-11-21T12:00:00Z"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finding") / "home"
    make_home(folder, "shandong-2016")
    settings = folder / "lantai.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("background = true", "background = false"), "utf-8"
    )
    items = [item(number) for number in range(1, 6)]
    items += [item(6, "=海燕计划", access="restricted"), item(7, "防汛抗旱工作会议纪要", year="2017")]
    with opened(folder) as archive, archive.database.write() as tx:
        catalogue.record(tx, archive.ledger, [ItemRegistered(one) for one in items], TIME)
        working.enqueue(tx, [one.id for one in items])
    return folder


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def one(*words: str | Path, language: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("LANTAI_LANG", language)
        status = outcome(["--home", str(home), *map(str, words)], "--json" in words)
        said = capsys.readouterr()
        return status, said.out, said.err

    return one


def found(run: Run, *words: str | Path) -> dict[str, Any]:
    status, out, _ = run(*words, "--json")
    assert status == 0
    told: dict[str, Any] = json.loads(out)
    return told


def test_filters_may_be_repeated_and_then_any_value_will_do(run: Run) -> None:
    assert found(run, "search", "*", "--year", "2017")["total"] == 1
    assert found(run, "search", "*", "--year", "2017", "--year", "2016")["total"] == 7
    narrowed = ("--fonds", "A014", "--category", "WS", "--retention", "Y", "--office", "BGS")
    assert found(run, "search", "*", *narrowed, "--access", "restricted")["total"] == 1


@pytest.mark.parametrize(
    "words",
    [
        ("search",),
        ("search", "*", "--order", "size"),
        ("search", "*", "--access", "secret"),
        ("search", "*", "--saved", "x"),
        ("search", "--saved", "x", "--year", "2016"),
        ("search", "*", "--export", "list.txt"),
        ("search", "*", "--export", "list.csv", "--facets"),
        ("search", "*", "--export", "list.csv", "--cursor", "x"),
        ("search", "*", "--export", "/nowhere/at/all/list.csv"),
        ("browse", "A014", "WS", "2016", "BGS", "1"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, words: tuple[str, ...]) -> None:
    status, out, err = run(*words, "--json")
    assert status == 2
    assert json.loads(out)["error"]["code"] == "usage"
    assert "Traceback" not in err
    assert run(*words, language="zh")[2].startswith("兰台：")


def test_a_mistake_is_shown_with_its_place(run: Run) -> None:
    status, out, err = run("search", "题名:(大堤 AND 水库", language="zh")
    assert (status, out) == (2, "")
    query, caret, sentence = err.splitlines()
    assert query == "  题名:(大堤 AND 水库"
    assert caret == "  " + " " * len("tttt:") + "^"
    assert re.match("兰台：.*第 4 个字符处", sentence)
    assert run("search", "(", "--json")[2] == ""
    assert "^" not in run("search", "*", "--year", "MMXVI")[2]


@pytest.mark.parametrize(
    ("query", "place", "lines"),
    [
        ("a (b", 2, ["  a (b", "    ^"]),
        ("题名:", 3, ["  题名:", "       ^"]),
        ("e\u0301(", 2, ["  e\u0301(", "   ^"]),
        ("a\x1b[31m", 1, ["  a\\u001b[31m", "   ^"]),
        ("x" * 100 + "(", 100, ["  …" + "x" * 30 + "(", "   " + " " * 30 + "^"]),
        ("", 0, ["  ", "  ^"]),
    ],
)
def test_the_caret_stands_under_the_place_on_a_terminal(query: str, place: int, lines: list[str]) -> None:
    assert list(pointed(query, place)) == lines


def test_hits_are_laid_out_for_people(run: Run) -> None:
    status, out, _ = run("search", "堤防", "--limit", "1", language="zh")
    assert status == 0
    head, first, about, more = out.splitlines()
    assert head == "共 5 条。"
    assert first == "  A014-WS·2016-Y-BGS-0005  关于第5号«堤防»的报告"
    assert about == "      省水利厅  2016-06-15  开放"
    assert more.startswith("下一页：--cursor ")
    cursor = more.removeprefix("下一页：--cursor ")
    again = found(run, "search", "堤防", "--limit", "1", "--cursor", cursor)
    assert [hit["code"][-4:] for hit in again["hits"]] == ["0004"]


def test_another_reading_is_proposed(run: Run) -> None:
    assert found(run, "search", "防讯抗旱")["did_you_mean"] == ["防汛抗旱"]
    assert "您是不是要找：防汛抗旱" in run("search", "防讯抗旱", language="zh")[1]
    assert found(run, "search", "堤防")["did_you_mean"] == []


def test_a_list_is_written_in_the_readers_language(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "list.csv"
    status, out, _ = run("search", "*", "--order", "code", "--export", target, language="zh")
    assert status == 0
    assert "其中 1 条未向公众开放" in out
    with target.open(encoding="utf-8-sig", newline="") as read:
        rows = list(csv.DictReader(read))
    assert list(rows[0])[:7] == ["顺序号", "档号", "题名", "责任者", "日期", "保管期限", "开放状态"]
    assert [row["档号"][-4:] for row in rows] == [f"{number:04}" for number in range(1, 8)]
    assert "海燕" not in target.read_text("utf-8-sig")
    status, _, err = run("search", "*", "--export", target)
    assert status == 2
    assert err == f"lantai: {target} is there already; --force replaces it\n"
    done = found(run, "search", "*", "--export", target, "--force")
    assert done == {"file": str(target), "rows": 7, "undescribed": 1}


def test_a_search_is_saved_listed_asked_again_and_forgotten(run: Run) -> None:
    assert run("search", "堤防", "--year", "2016", "--save", "大堤")[0] == 0
    assert run("search", "*", "--save", "大堤")[0] == 2
    assert run("search", "*", "--order", "code", "--save", "大堤", "--force")[0] == 0
    (kept,) = found(run, "searches")["searches"]
    assert (kept["name"], kept["query"], kept["order"], kept["total"]) == ("大堤", "*", "code", 7)
    again = found(run, "search", "--saved", "大堤", "--limit", "2")
    assert [hit["code"][-4:] for hit in again["hits"]] == ["0001", "0002"]
    assert "大堤  7 条" in run("searches", language="zh")[1]
    assert found(run, "searches", "--forget", "大堤") == {"forgotten": "大堤"}
    assert run("searches", "--forget", "大堤")[0] == 3
    assert run("search", "--saved", "大堤")[0] == 3


def test_a_mistaken_query_is_not_saved(run: Run) -> None:
    assert run("search", "(", "--save", "x")[0] == 2
    assert found(run, "searches") == {"searches": []}


def test_suggestions_and_levels_in_words(run: Run) -> None:
    assert "  防汛抗旱\n" in run("suggest", "防汛")[1]
    assert run("suggest", "龘", language="zh")[1] == "没有可补全的内容。\n"
    assert run("browse", language="zh")[1] == "共 7 条。\n按全宗号：\n  A014  7\n"
    listed = run("browse", "A014", "WS", "2017", "BGS", language="zh")[1].splitlines()
    assert listed[0] == "全宗号：A014  门类：WS  年度：2017  机构（问题）：BGS"
    assert listed[2] == "  A014-WS·2017-Y-BGS-0007  防汛抗旱工作会议纪要"
    assert found(run, "browse", "Z999")["values"] == []
