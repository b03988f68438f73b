"""The index follows the catalogue: fed at least once, made anew beside the one that answers, never stale."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import lantai

from archive import catalogue, working
from archive.events import ItemDescribed, ItemWithdrawn
from lantai.behind import do_what_waits
from lantai.doctor import examine
from lantai.wiring import Archive, opened
from policies.access import EVERYTHING
from processes.finding import index as keeping
from processes.finding.index import feed, feed_if_free, go_on, refill
from search.errors import IndexDamaged
from search.generation import Generation
from search.query import parse

DURABLE = ((os, "fsync"), (Path, "rename"), (Path, "unlink"), (shutil, "rmtree"))


def found(archive: Archive, query: str = "*") -> list[str]:
    hits = archive.index.search(parse(query), EVERYTHING).hits
    return sorted(hit.title for hit in hits)


def work(archive: Archive) -> Path:
    return archive.tools().work


def ids(archive: Archive) -> list[str]:
    with archive.database.read() as conn:
        return [record.item.id for record in catalogue.all_items(conn)]


def titles(archive: Archive) -> list[str]:
    with archive.database.read() as conn:
        return sorted(record.item.fields["title"] for record in catalogue.all_items(conn))


def waiting(archive: Archive) -> int:
    with archive.database.read() as conn:
        return working.waiting(conn)


def described(archive: Archive, item: str, title: str, *, narrowed: bool = False) -> None:
    """Give the item another title, and say so to the outbox."""
    with archive.database.write() as tx:
        (record,) = catalogue.items(tx, [item], EVERYTHING)
        old = record.item.fields["title"]
        event = ItemDescribed(item, "title", old, title, "corrected", "keeper", "root")
        catalogue.record(tx, archive.ledger, [event], archive.tools().now())
        working.enqueue(tx, [item], narrowed=narrowed)


def test_a_lost_index_is_made_anew_by_whoever_feeds_next(archive: Archive) -> None:
    shutil.rmtree(archive.home / "index")
    assert archive.index.wanting == "missing"
    feed(archive.database, archive.index, work(archive))
    assert (archive.index.wanting, found(archive)) == ("", titles(archive))


@pytest.mark.parametrize("by", ["search", "worker"])
def test_a_damaged_index_is_made_anew_without_a_person(archive: Archive, by: str) -> None:
    (meta,) = (archive.home / "index").glob("*/meta.json")
    meta.write_text("{")
    described(archive, ids(archive)[0], "新题名")
    with pytest.raises(IndexDamaged):
        found(archive)
    if by == "search":
        feed_if_free(archive.database, archive.index, work(archive))
    else:
        do_what_waits(archive)
    assert found(archive, "新题名") == ["新题名"]
    assert (waiting(archive), archive.index.leftovers) == (0, [])


def test_a_search_does_not_make_a_large_index_anew(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "SOON", 1)
    shutil.rmtree(archive.home / "index")
    described(archive, ids(archive)[0], "新题名")
    feed_if_free(archive.database, archive.index, work(archive))
    assert archive.index.wanting == "missing"
    assert waiting(archive) == 1


def test_the_index_made_anew_holds_what_changed_meanwhile_and_nothing_waits(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = ids(archive)
    real, portions = keeping._fill, []
    monkeypatch.setattr(keeping, "ANEW_AT_ONCE", 1)

    def meanwhile(database: Any, filling: Any, after: int) -> int:
        reached = real(database, filling, after)
        portions.append(reached)
        if len(portions) == 1:
            described(archive, first, "先读后改", narrowed=True)
            keeping._feed(archive.database, archive.index)
            described(archive, second, "未读先改")
            assert found(archive, "先读后改") == ["先读后改"]
        return reached

    monkeypatch.setattr(keeping, "_fill", meanwhile)
    assert refill(archive.database, archive.index, work(archive)) == 2
    assert found(archive) == ["先读后改", "未读先改"]
    assert waiting(archive) == 0
    with archive.database.read() as conn:
        assert working.narrowed(conn, 10) == []


def test_a_narrowed_item_stays_noted_until_the_index_has_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = ids(archive)[0]
    described(archive, item, "收窄", narrowed=True)

    def noted(self: Any, documents: Any, removed: Any = ()) -> None:
        with archive.database.read() as conn:
            assert working.narrowed(conn, 10) == [item]
        real(self, documents, removed)

    real = Generation.feed
    monkeypatch.setattr(Generation, "feed", noted)
    feed(archive.database, archive.index, work(archive))
    with archive.database.read() as conn:
        assert working.narrowed(conn, 10) == []
    assert found(archive, "收窄") == ["收窄"]


def test_what_is_withdrawn_is_in_no_generation(archive: Archive) -> None:
    _first, second = ids(archive)
    with archive.database.write() as tx:
        event = ItemWithdrawn(second, "superseded", "keeper", "root")
        catalogue.record(tx, archive.ledger, [event], archive.tools().now())
        working.enqueue(tx, [second])
    assert refill(archive.database, archive.index, work(archive)) == 1
    assert refill(archive.database, archive.index, work(archive), afresh=True) == 1


def test_the_worker_finishes_what_a_killed_rebuild_began(archive: Archive) -> None:
    with archive.index.anew() as filling:
        keeping._fill(archive.database, filling, -1)
    described(archive, ids(archive)[0], "新题名")
    assert archive.index.unfinished
    do_what_waits(archive)
    assert (archive.index.unfinished, found(archive)) == (False, titles(archive))


def test_a_command_makes_the_index_anew_and_the_doctor_is_content(home: Path) -> None:
    assert lantai(home, "rebuild", "--index", status=0).document == {"indexed": 2}
    checks = {check.name: check.ok for check in examine(home)}
    for name in ("index", "index holdings", "index generations", "index modes", "page texts"):
        assert checks[name], name
    lantai(home, "rebuild", "--index", "--views", status=2)


def test_the_doctor_sees_what_is_wrong_with_the_index(archive: Archive) -> None:
    index = archive.home / "index"
    (index / "77").mkdir(mode=0o755)
    described(archive, ids(archive)[0], "新题名")
    checks = {check.name: check for check in examine(archive.home)}
    assert not checks["index"].ok
    assert not checks["index generations"].ok
    assert "77" in checks["index generations"].text
    assert "index/77" in checks["index modes"].text
    shutil.rmtree(index)
    checks = {check.name: check for check in examine(archive.home)}
    assert (checks["index holdings"].ok, checks["index holdings"].severity) == (False, "fail")
    assert not index.exists()


def test_no_file_of_the_index_can_be_read_by_others(archive: Archive) -> None:
    before = os.umask(0)
    try:
        described(archive, ids(archive)[0], "新题名")
        feed(archive.database, archive.index, work(archive))
        refill(archive.database, archive.index, work(archive), afresh=True)
    finally:
        os.umask(before)
    for path in [archive.home / "index", *(archive.home / "index").rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def killed(home: Path, place: int) -> bool:
    """Whether a rebuild of the index, one record a portion, died at its `place`th change of anything."""
    # Not forked from here: the index's engine has threads in this process, whose locks nobody would free.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["lantai.wiring", "processes.finding.index", "search.living"])
    child = context.Process(target=_dying, args=(home, place))
    child.start()
    child.join(60)
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


def _dying(home: Path, place: int) -> None:
    count = iter(range(1, 10_000))

    def counting(real: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            if next(count) == place:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **named)

        return call

    keeping.ANEW_AT_ONCE = 1
    for owner, name in (*DURABLE, (Generation, "append"), (Generation, "feed"), (working, "settle")):
        setattr(owner, name, counting(getattr(owner, name)))
    with opened(home) as archive:
        keeping.refill(archive.database, archive.index, archive.tools().work)


@pytest.fixture(params=["standing", pytest.param("lost", marks=pytest.mark.long)])
def disturbed(home: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A home with a change that waits, its index standing or lost."""
    with opened(home) as archive:
        described(archive, ids(archive)[0], "改过的题名", narrowed=True)
    if request.param == "lost":
        shutil.rmtree(home / "index")
    yield home


def test_a_rebuild_killed_at_every_durable_step_loses_nothing(disturbed: Path) -> None:
    place = 1
    while killed(disturbed, place):
        with opened(disturbed) as archive:
            assert archive.index.wanting in ("", "missing")
            if not archive.index.wanting:
                assert len(found(archive)) == 2
                stale = not found(archive, "改过的题名")
                with archive.database.read() as conn:
                    assert not stale or working.narrowed(conn, 10), "a record is shown as it may be no more"
        place += 1
    assert place > 5
    with opened(disturbed) as archive:
        feed(archive.database, archive.index, archive.tools().work)
        assert go_on(archive.database, archive.index, archive.tools().work) == 0
        assert (found(archive), waiting(archive)) == (titles(archive), 0)
        assert archive.index.leftovers == []
