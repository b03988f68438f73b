"""The tantivy index held to the contract, and to what only it promises: folder, locks, kill -9."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import tantivy
from search_index_contract import IndexContract, document, ids
from search_seen_contract import SeenContract

from policies.access import EVERYTHING
from search.errors import IndexBusy, IndexDamaged, IndexOutdated
from search.query import parse
from search.tantivy_index import TantivyIndex, recreate

ROOT = Path(__file__).resolve().parents[2]
FEEDER = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {here!r}]
from search.tantivy_index import TantivyIndex
from search_index_contract import document
index = TantivyIndex(Path(sys.argv[1]))
for start in range(int(sys.argv[2]), int(sys.argv[3]), 10):
    index.feed(document(n) for n in range(start, start + 10))
    print(start + 10, flush=True)
"""


def feeder(folder: Path, first: int, end: int) -> subprocess.Popen[str]:
    """Another process that feeds ten documents at a time and says so after each feed has returned."""
    program = FEEDER.format(root=str(ROOT), here=str(Path(__file__).parent))
    arguments = [sys.executable, "-c", program, str(folder), str(first), str(end)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    return iter(process.stdout)


class TestTantivyIndex(IndexContract, SeenContract):
    def open_index(self, folder: Path) -> TantivyIndex:
        return TantivyIndex(folder)


@pytest.mark.parametrize("feeds", [1, 4])
def test_a_killed_feeder_loses_nothing_that_was_acknowledged(tmp_path: Path, feeds: int) -> None:
    process = feeder(tmp_path / "index", 0, 100_000)
    acknowledged = [int(next(said(process))) for _ in range(feeds)][-1]
    process.kill()
    process.wait()
    index = TantivyIndex(tmp_path / "index", wait_seconds=5)
    assert index.count() >= acknowledged
    assert index.count() % 10 == 0, "part of a feed took effect"
    index.feed(document(n) for n in range(acknowledged + 20))
    everything = index.search(parse("*"), EVERYTHING, limit=1_000)
    assert ids(everything) == [f"i{n}" for n in reversed(range(everything.total))]


def test_two_processes_feed_one_folder_in_turn(tmp_path: Path) -> None:
    feeders = [feeder(tmp_path / "index", first, first + 50) for first in (0, 50)]
    assert [process.wait(timeout=60) for process in feeders] == [0, 0]
    assert TantivyIndex(tmp_path / "index").count() == 100


def test_threads_feed_and_search_one_index_at_once(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path / "index")
    threads = [threading.Thread(target=index.feed, args=([document(n)],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        assert index.search(parse("通知"), EVERYTHING).total <= 6
    for thread in threads:
        thread.join()
    assert index.count() == 6


def test_a_feed_gives_up_when_another_writer_stays(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path / "index", wait_seconds=0)
    other = tantivy.Index.open(str(tmp_path / "index")).writer(heap_size=15_000_000, num_threads=1)
    with pytest.raises(IndexBusy):
        index.feed([document(1)])
    other.wait_merging_threads()
    index.feed([document(1)])
    assert index.count() == 1


def test_the_folder_is_closed_to_others_even_if_it_stood_open(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir(mode=0o755)
    TantivyIndex(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_index_of_another_schema_is_outdated_and_can_be_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    tantivy.Index(tantivy.SchemaBuilder().build(), path=str(folder))
    with pytest.raises(IndexOutdated):
        TantivyIndex(folder)
    recreate(folder)
    assert TantivyIndex(folder).count() == 0


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe"])
def test_a_damaged_folder_is_said_to_be_damaged(tmp_path: Path, damage: bytes) -> None:
    folder = tmp_path / "index"
    TantivyIndex(folder).feed([document(1)])
    (folder / "meta.json").write_bytes(damage)
    with pytest.raises(IndexDamaged):
        TantivyIndex(folder)


def test_an_index_removed_under_a_reader_is_said_to_be_damaged(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path / "index")
    index.feed([document(1)])
    recreate(tmp_path / "index")
    with pytest.raises(IndexDamaged):
        index.search(parse("*"), EVERYTHING)


def test_what_was_dropped_is_in_no_file_once_the_index_is_written_anew_whoever_is_reading(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "index"
    index, reader = TantivyIndex(folder), TantivyIndex(folder)
    index.feed([document(1), document(2)])
    assert index.count() == reader.count() == 2
    before = {path.name for path in folder.iterdir()}
    index.rewrite([document(2)])
    left = {path.name for path in folder.iterdir()} & before
    assert not {name for name in left if len(name.partition(".")[0]) == 32}
    assert index.count() == reader.count() == 1
