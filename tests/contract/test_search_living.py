"""The living index held to the contract, and to what only it promises: it is made anew while it answers."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import stat
from pathlib import Path
from typing import Any

import pytest
from search_index_contract import IndexContract, document, ids

from policies.access import EVERYTHING
from search.errors import IndexBusy, IndexDamaged, IndexOutdated, RankTaken
from search.generation import Generation
from search.living import LivingIndex
from search.query import parse
from search.tantivy_index import TantivyIndex

DURABLE = ((os, "fsync"), (Path, "rename"), (Path, "unlink"), (Path, "mkdir"), (shutil, "rmtree"))


def fill(folder: Path, place: int) -> None:
    """Fill a generation of thirty in a process that dies at its `place`th change of anything."""
    count = iter(range(1, 10_000))

    def counting(real: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            if next(count) == place:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **named)

        return call

    for owner, name in (*DURABLE, (Generation, "append")):
        setattr(owner, name, counting(getattr(owner, name)))
    with LivingIndex(folder).anew() as filling:
        for start in range(0, 30, 10):
            if filling.highest < start:
                filling.append(document(number) for number in range(start, start + 10))
        filling.finish()


def killed(folder: Path, place: int) -> bool:
    """Whether the filler died before its end."""
    child = multiprocessing.get_context("fork").Process(target=fill, args=(folder, place))
    child.start()
    child.join(60)
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


def found(index: LivingIndex, query: str = "*") -> list[str]:
    return ids(index.search(parse(query), EVERYTHING, limit=100))


class TestLivingIndex(IndexContract):
    def open_index(self, folder: Path) -> LivingIndex:
        return LivingIndex(folder)


def test_the_former_generation_answers_until_the_next_is_whole_and_then_is_gone(
    tmp_path: Path,
) -> None:
    index, reader = LivingIndex(tmp_path / "index"), LivingIndex(tmp_path / "index")
    index.feed([document(1, title="旧题名")])
    with index.anew() as filling:
        filling.append([document(2)])
        assert found(reader) == ["i1"]
        assert reader.unfinished
        filling.append([document(3)])
        filling.finish()
    assert found(reader) == ["i3", "i2"]
    folder = tmp_path / "index"
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["2"]
    assert (reader.unfinished, reader.leftovers, reader.wanting) == (False, [], "")


def test_what_is_fed_while_the_next_is_filled_is_in_both(tmp_path: Path) -> None:
    index, feeder = LivingIndex(tmp_path / "index"), LivingIndex(tmp_path / "index")
    index.feed([document(1), document(2), document(5)])
    with index.anew() as filling:
        filling.append([document(1), document(2)])
        feeder.feed([document(2, title="新题名"), document(5, title="新题名")], ["i1"])
        assert found(index, "新题名") == ["i5", "i2"]
        assert filling.highest == 2
        filling.append([document(5, title="新题名")])
        filling.finish()
    assert (found(index, "新题名"), index.count()) == (["i5", "i2"], 2)


def test_a_filling_that_was_left_goes_on_where_it_was(tmp_path: Path) -> None:
    index = LivingIndex(tmp_path / "index")
    with index.anew() as filling:
        filling.append([document(1), document(2)])
    assert index.wanting == "missing"
    with LivingIndex(tmp_path / "index").anew() as filling:
        assert filling.highest == 2
        with pytest.raises(RankTaken):
            filling.append([document(2)])
        filling.append([document(3)])
        filling.finish()
    assert found(index) == ["i3", "i2", "i1"]


def test_afresh_throws_away_what_was_begun(tmp_path: Path) -> None:
    index = LivingIndex(tmp_path / "index")
    index.feed([document(1)])
    with index.anew() as filling:
        filling.append([document(2, title="kanarienvogel")])
    with index.anew(afresh=True) as filling:
        assert filling.highest == -1
        filling.finish()
    assert index.count() == 0
    left = [path for path in (tmp_path / "index").rglob("*") if path.is_file() and path.suffix == ".store"]
    assert not [path for path in left if b"kanarienvogel" in path.read_bytes()]


def test_there_is_one_filler(tmp_path: Path) -> None:
    index, other = LivingIndex(tmp_path / "index"), LivingIndex(tmp_path / "index")
    with index.anew(), pytest.raises(IndexBusy), other.anew():
        raise AssertionError("two fill it")


@pytest.mark.parametrize("kind", ["former", "outdated", "damaged"])
def test_what_cannot_be_used_is_said_and_replaced_by_filling_anew(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "index"
    if kind == "former":
        TantivyIndex(folder).feed([document(1)])
    else:
        LivingIndex(folder).feed([document(1)])
        (folder / "1/meta.json").write_text("{")
    if kind == "outdated":
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("else")
        (folder / "1/meta.json").unlink()
        tantivy.Index(builder.build(), path=str(folder / "1"))
    index = LivingIndex(folder)
    wanted = IndexDamaged if kind == "damaged" else IndexOutdated
    assert index.wanting == ("damaged" if kind == "damaged" else "outdated")
    for call in (lambda: found(index), index.count, lambda: index.feed([document(2)])):
        with pytest.raises(wanted):
            call()
    with index.anew() as filling:
        filling.append([document(3)])
        filling.finish()
    assert found(index) == ["i3"]
    assert not [path.name for path in folder.iterdir() if path.is_file() and path.name[0] not in ".c"]


def test_a_generation_that_is_away_is_damage_and_never_an_empty_answer(tmp_path: Path) -> None:
    index = LivingIndex(tmp_path / "index")
    index.feed([document(1)])
    (tmp_path / "index/1").rename(tmp_path / "away")
    with pytest.raises(IndexDamaged):
        found(LivingIndex(tmp_path / "index"))
    assert LivingIndex(tmp_path / "index").wanting == "damaged"


def test_nobody_but_the_owner_looks_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        index = LivingIndex(folder)
        index.feed([document(1)])
        with index.anew() as filling:
            filling.append([document(2)])
    finally:
        os.umask(before)
    for path in [folder, *folder.iterdir()]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


@pytest.mark.parametrize("first", [True, False])
def test_a_filler_killed_at_every_durable_step_leaves_one_generation_or_the_other(
    tmp_path: Path, first: bool
) -> None:
    folder = tmp_path / "index"
    old = [] if first else [f"i{n}" for n in range(4, -1, -1)]
    new = [f"i{n}" for n in range(29, -1, -1)]
    LivingIndex(folder).feed([] if first else [document(n) for n in range(5)])
    place = 1
    while killed(folder, place):
        assert found(LivingIndex(folder)) in (old, new)
        place += 1
    assert place > 5
    index = LivingIndex(folder)
    assert found(index) == new
    index.feed([document(99)])
    assert (len(found(index)), index.leftovers, index.unfinished) == (31, [], False)
