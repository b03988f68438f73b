"""What page files say: read behind everything, found, never kept of what is secret or destroyed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from page_files import saying

from archive import page_texts, tables, working
from archive.page_texts import ReadText
from archive.saved import SavedSearch, every_search, put_search
from lantai.behind import do_what_waits
from lantai.wiring import Archive, opened
from policies.access import EVERYTHING
from policies.formats import PageText
from processes.destruction.destroy import destroy
from processes.finding import texts
from processes.finding.index import feed
from search.query import parse

SCANNED = saying("关 于 修 建 卧 龙\n山 水 库 的 请 示", "附 件 the reser-\nvoir survey")
PLAIN = saying("会议纪要正文", "第二页")


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three page files of two items, whose texts were read as they were taken in."""
    folder = tmp_path_factory.mktemp("texts")
    home = new_home(folder)
    files = {"a.pdf": SCANNED, "b.pdf": PLAIN, "c.pdf": saying("附件甲")}
    rows = [row("a.pdf", category="WS"), row("c.pdf|b.pdf", role="attachment|main", category="WS")]
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    return home


@pytest.fixture
def archive(taken: Path, tmp_path: Path) -> Iterator[Archive]:
    home = Path(shutil.copytree(taken, tmp_path / "home"))
    with opened(home) as archive:
        yield archive


def found(archive: Archive, query: str) -> list[str]:
    return [hit.title for hit in archive.index.search(parse(query), EVERYTHING).hits]


def states(archive: Archive) -> dict[str, int]:
    with archive.database.read() as conn:
        return dict(page_texts.counted(conn))


def forget(archive: Archive) -> None:
    """As after a rebuild from a site: nothing was read yet, and the index knows no text."""
    with archive.database.write() as tx:
        tx.execute(tables.page_text.delete())
        working.enqueue_all(tx)
    feed(archive.database, archive.index, archive.tools().work)


def read_all(archive: Archive, most: int = 1000) -> tuple[int, bool]:
    done = texts.read_texts(archive.tools(), most)
    feed(archive.database, archive.index, archive.tools().work)
    return done


def test_an_item_is_found_by_what_its_page_files_say(archive: Archive) -> None:
    assert found(archive, "卧龙山水库") == ["关于a.pdf的报告"]
    assert found(archive, "reservoir") == ["关于a.pdf的报告"]
    assert found(archive, "text:附件甲") == ["关于c.pdf|b.pdf的报告"]
    assert found(archive, "会议纪要 附件甲") == ["关于c.pdf|b.pdf的报告"]
    assert states(archive) == {"read": 3}


def test_the_worker_reads_what_was_not_read_and_nothing_twice(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(archive)
    assert found(archive, "卧龙山水库") == []
    done = do_what_waits(archive)
    assert (done["texts"], found(archive, "卧龙山水库")) == (3, ["关于a.pdf的报告"])
    monkeypatch.setattr(texts, "_of", None)
    assert do_what_waits(archive)["texts"] == 0
    assert texts.read_batch(archive.tools(), one_item(archive).batch) == 0


def one_item(archive: Archive) -> Any:
    from archive import catalogue

    with archive.database.read() as conn:
        return next(catalogue.all_items(conn)).item


def test_a_run_that_was_killed_reads_the_rest(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(archive)
    real, count = texts._of, iter(range(100))

    def dies(*given: Any) -> ReadText:
        if next(count) == 2:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(texts, "_READ_AT_ONCE", 1)
    monkeypatch.setattr(texts, "_of", dies)
    with pytest.raises(KeyboardInterrupt):
        read_all(archive)
    monkeypatch.setattr(texts, "_of", real)
    assert read_all(archive) == (1, False)
    assert states(archive) == {"read": 3}
    assert found(archive, "附件甲 会议纪要")


def test_a_file_that_no_site_has_is_tried_again(archive: Archive) -> None:
    forget(archive)
    objects = archive.home / "sites"
    for site in ("site-a", "site-b"):
        (objects / site / "objects").rename(objects / site / "away")
        (objects / site / "objects").mkdir()
    assert read_all(archive) == (0, False)
    assert states(archive) == {"away": 3}
    assert texts.read_again(archive.tools()) == (0, 3)
    for site in ("site-a", "site-b"):
        (objects / site / "objects").rmdir()
        (objects / site / "away").rename(objects / site / "objects")
    assert texts.read_again(archive.tools()) == (3, 0)
    assert states(archive) == {"read": 3}


@pytest.mark.parametrize("state", ["failed", "marked", "none"])
def test_of_a_file_that_gives_no_text_the_state_alone_is_kept(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    forget(archive)
    tools = archive.tools()
    monkeypatch.setattr(type(tools.probes()), "text_of", lambda *_: PageText(state))
    assert read_all(archive) == (3, False)
    assert states(archive) == {state: 3}
    assert found(archive, "卧龙山水库") == []


def test_what_was_destroyed_while_it_was_read_is_not_written_down(archive: Archive) -> None:
    item = one_item(archive)
    with archive.database.write() as tx:
        gone = ReadText("o-that-is-gone", item.id, "read", "kanarienvogel")
        assert page_texts.put_texts(tx, [gone]) == []
    assert states(archive) == {"read": 3}


def test_what_a_destroyed_items_files_said_is_in_no_file_of_the_home(archive: Archive) -> None:
    item = one_item(archive)
    saying_so = SavedSearch("keeper", "水库", "2026-01-01", json.dumps({"query": item.fields["title"]}))
    another = SavedSearch("keeper", "会议", "2026-01-01", json.dumps({"query": "会议"}))
    with archive.database.write() as tx:
        put_search(tx, saying_so)
        put_search(tx, another)
    assert heard_in(archive.home, b"reservoir"), "it never sang"
    assert destroy(archive.tools(), archive.index, [item.code], "期满").whole
    for word in (b"reservoir", "卧龙山水库".encode(), item.fields["title"].encode()):
        assert heard_in(archive.home, word) == []
    assert states(archive) == {"read": 2}
    assert (found(archive, "reservoir"), found(archive, "附件甲")) == ([], ["关于c.pdf|b.pdf的报告"])
    with archive.database.read() as conn:
        assert every_search(conn) == [another]


def heard_in(home: Path, word: bytes) -> list[str]:
    files = [path for path in home.rglob("*") if path.is_file() and "sites" not in path.parts]
    return [path.name for path in files if word in path.read_bytes()]


def test_another_who_reads_is_left_to_it(archive: Archive) -> None:
    from ingest.locks import only_one

    forget(archive)
    with only_one(archive.tools().work / texts.LOCK):
        assert texts.read_texts(archive.tools(), 10) == (0, False)
        assert texts.read_batch(archive.tools(), one_item(archive).batch) == 0
    assert read_all(archive) == (3, False)


def test_a_page_file_whose_text_holds_a_secrecy_mark_is_refused_before_it_is_written(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    files = {"geheim.pdf": saying("机 密★10年\nkanarientext"), "b.pdf": PLAIN}
    rows = [row("geheim.pdf", category="WS", title="kanarientitel"), row("b.pdf", category="WS")]
    batch = write_batch(tmp_path / "batch", files, rows)
    report = lantai(home, "ingest", batch, "--accept", "passing", status=1).document
    refused, kept = report["items"]
    assert (refused["file"], refused["code"], refused["outcome"]) == (None, None, "returned")
    assert [note["kind"] for note in refused["findings"]] == ["secrecy-refused"]
    assert kept["outcome"] == "registered"
    for path in sorted(home.rglob("*")):
        content = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        for word in (b"kanarien", b"geheim"):
            assert word not in content, path
    assert len([path for path in (home / "sites/site-a/objects").rglob("*") if path.is_file()]) == 1
