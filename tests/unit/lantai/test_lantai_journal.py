"""The use journal at the command line: what is used is written before it is given, and nothing without."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from media import pdf
from sqlalchemy import text

from archive import catalogue
from ingest.tools import Silent
from lantai.recovering import Wish, rebuild_home
from lantai.wiring import opened
from processes.using.uses import seal
from processes.using.uses_read import Wanted, listed

CODE = "A014-WS·2016-Y-BGS-0001"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an item, and an account of each kind."""
    folder = tmp_path_factory.mktemp("journal")
    home = new_home(folder)
    files = {"a.pdf": pdf(1), "b.pdf": pdf(2)}
    rows = [row("a.pdf", category="WS", title="归还的水库图纸"), row("b.pdf", category="WS")]
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    return home


@pytest.fixture
def home(once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(once, tmp_path / "home"))


def uses(home: Path, **wanted: str) -> list[dict[str, Any]]:
    """Oldest first, what every line has alike left out."""
    with opened(home) as archive:
        page = listed(archive.database, archive.ledger, Wanted(**wanted), 1000)
    assert page["faults"] == []
    alike = ("time", "os_user", "entry", "number")
    return [{name: use[name] for name in use if name not in alike} for use in reversed(page["uses"])]


def test_each_use_is_written_with_what_was_used(home: Path, tmp_path: Path) -> None:
    lantai(home, "search", "图纸", "--fonds", "A014", status=0)
    lantai(home, "search", "*", "--export", tmp_path / "list.csv", status=0)
    lantai(home, "show", CODE.replace("·", "•"), status=0)
    lantai(home, "get", CODE, "-o", tmp_path / "a.pdf", status=0)
    lantai(home, "browse", "A014", status=0)
    lantai(home, "export", CODE, "--to", tmp_path / "bags", status=0)
    lantai(home, "uses", status=0)
    lantai(home, "suggest", "图", status=0)
    lantai(home, "batches", status=0)
    lantai(home, "appraise", "--query", "图纸", "--status", "closed", "--reason", "个人信息", status=0)
    lantai(home, "destroy", CODE, "--dry-run", status=0)
    by = {"account": "keeper"}
    told = {use["request"] + "/" + use["kind"]: use for use in uses(home)}
    every = "search/search search/list show/view get/download browse/search export/export uses/journal"
    every += " appraise/search destroy/view"
    assert list(told) == every.split()
    assert told["search/search"] == {
        **by, "kind": "search", "request": "search", "query": "图纸", "asked": "fonds=A014&limit=20",
    }  # fmt: skip
    assert told["show/view"]["code"] == CODE
    assert told["get/download"]["component"] == "1"
    assert told["get/download"]["bytes"] == str((tmp_path / "a.pdf").stat().st_size)
    assert told["export/export"]["code"] == CODE


def test_what_was_refused_is_written_too_the_same_for_absent_and_forbidden(home: Path) -> None:
    lantai(home, "account", "add", "lin", "--role", "researcher")
    for code in (CODE, "A014-WS·2016-Y-BGS-9999"):
        lantai(home, "--as", "lin", "show", code, status=3)
    lantai(home, "--as", "lin", "audit", status=3)
    lantai(home, "--as", "nobody", "show", CODE, status=3)
    forbidden, absent, command, unknown = uses(home, kind="refused")
    assert forbidden | {"code": ""} == absent | {"code": ""}
    assert (forbidden["account"], forbidden["refusal"], forbidden["code"]) == ("lin", "not-found", CODE)
    assert (command["request"], command["refusal"]) == ("audit", "not-allowed")
    assert (unknown["account"], unknown["named"], unknown["refusal"]) == ("", "nobody", "no-such-account")


def test_a_query_with_a_secrecy_mark_is_in_no_file_of_the_home(home: Path) -> None:
    lantai(home, "search", "绝密水库计划")
    lantai(home, "show", "绝密水库计划", status=3)
    assert [use.get("query", use.get("code")) for use in uses(home)] == ["withheld", "withheld"]
    marked = "绝密水库计划".encode()
    assert not [file for file in home.rglob("*") if file.is_file() and marked in file.read_bytes()]


def test_where_the_journal_cannot_be_written_nothing_is_given(home: Path, tmp_path: Path) -> None:
    with opened(home) as archive, archive.database.write() as tx:
        tx.execute(text('ALTER TABLE "use" RENAME TO gone'))
    target = tmp_path / "a.pdf"
    for words in (["search", "*"], ["show", CODE], ["get", CODE, "-o", target]):
        told = lantai(home, *words, status=4).document
        assert told["error"]["code"] == "journal-shut", words
    assert not target.exists()
    assert lantai(home, "batches", status=0).document["batches"]


def test_a_read_only_home_lets_read_and_the_doctor_says_that_nothing_is_written(home: Path) -> None:
    settings = home / "lantai.toml"
    settings.write_text('read_only = "a copy"\n' + settings.read_text("utf-8"), "utf-8")
    lantai(home, "show", CODE, status=0)
    lantai(home, "show", "A", status=3)
    assert uses(home) == []
    checks = lantai(home, "doctor").document["checks"]
    assert "no use is written" in next(one["text"] for one in checks if one["name"] == "use journal")


def test_segments_are_audited_and_had_back_like_every_entry(home: Path) -> None:
    for query in ("水库", "图纸", "报告"):
        lantai(home, "search", query, status=0)
    with opened(home) as archive:
        assert seal(archive.tools(), everything=True) == 3
    lantai(home, "worker", "--once", status=0)
    before = uses(home)
    lantai(home, "audit", status=0)
    lantai(home, "rebuild", "--views", status=0)
    with opened(home) as archive, archive.database.read() as conn:
        dumped, size = catalogue.dump(conn), archive.ledger.size(conn)
    for file in home.glob("database.sqlite*"):
        file.unlink()
    shutil.rmtree(home / "index")
    rebuild_home(home, Wish("site-a", accept_head=size), None, Silent())
    assert uses(home) == before
    with opened(home) as archive, archive.database.read() as conn:
        assert catalogue.dump(conn) == dumped
    lantai(home, "search", "水库", status=0)
    assert len(uses(home)) == 4


def test_a_rebuild_takes_along_what_waits_in_a_database_that_can_be_read(home: Path) -> None:
    lantai(home, "search", "水库", status=0)
    lantai(home, "worker", "--once", status=0)
    with opened(home) as archive, archive.database.read() as conn:
        size = archive.ledger.size(conn)
    rebuild_home(home, Wish("site-a", accept_head=size), None, Silent())
    assert [use["query"] for use in uses(home)] == ["水库"]

    before = {file: file.read_bytes() for file in home.glob("database.sqlite*")}
    with opened(home) as archive:
        assert seal(archive.tools(), everything=True) == 1
    lantai(home, "worker", "--once", status=0)
    for file in home.glob("database.sqlite*"):
        file.unlink()
    for file, content in before.items():  # an older copy, which knows nothing of the segment
        file.write_bytes(content)
    rebuild_home(home, Wish("site-a", accept_head=size + 1), None, Silent())
    assert [use["query"] for use in uses(home)] == ["水库"], "once, and not once more"


def test_the_doctor_warns_of_uses_that_wait_too_long(home: Path) -> None:
    lantai(home, "search", "水库", status=0)
    with opened(home) as archive, archive.database.write() as tx:
        tx.execute(text("UPDATE \"use\" SET time = '2020-01-01T00:00:00Z'"))
    checks = lantai(home, "doctor").document["checks"]
    told = next(one for one in checks if one["name"] == "use journal")
    assert not told["ok"]
    assert lantai(home, "worker", "--once", status=0).document["uses"] == 1


def test_a_destruction_withholds_what_quotes_the_item(home: Path) -> None:
    for query in ("归还的水库图纸", 'title:"归还的水库图纸"', "水库"):
        lantai(home, "search", query, status=0)
    lantai(home, "destroy", CODE, "--reason", "期满", status=0)
    assert [use["query"] for use in uses(home, kind="search")] == ["withheld", "withheld", "水库"]
    lantai(home, "show", CODE, status=0)
    assert uses(home, code=CODE)[-1]["kind"] == "view", "codes outlive the item"
