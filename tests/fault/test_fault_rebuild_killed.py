"""A rebuild killed at every call that changes something: one database or the other, and never half."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from batches import codes, document, lantai, new_home, row, write_batch

from archive import catalogue
from ingest.tools import Silent
from lantai.recovering import Wish, rebuild_home
from lantai.recovering_settings import UNDER_WAY
from lantai.settings import read
from lantai.wiring import opened
from processes.recovery.recovered import UnknownHead

MOST = 60


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taken")
    home = new_home(folder)
    batch = write_batch(folder / "batch", {"a.pdf": document(1)}, [row("a.pdf", category="WS")])
    lantai(home, "ingest", batch, status=0)
    return home


def dump(home: Path) -> bytes:
    with opened(home) as archive, archive.database.read() as conn:
        return catalogue.dump(conn)


def size(home: Path) -> int:
    with opened(home) as archive, archive.database.read() as conn:
        return archive.ledger.size(conn)


def killed(home: Path, place: int, site: str, accept: int) -> int:
    """Rebuild in a process that is killed at its `place`th change to anything; its exit code."""
    child = multiprocessing.get_context("fork").Process(target=_killed, args=(home, place, site, accept))
    child.start()
    child.join(60)
    assert child.exitcode is not None
    return child.exitcode


def _killed(home: Path, place: int, site: str, accept: int) -> None:
    count = iter(range(1, 10_000))

    def counting(real: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            if next(count) == place:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **named)

        return call

    for where, name in ((os, "fsync"), (Path, "rename"), (Path, "hardlink_to"), (Path, "unlink")):
        setattr(where, name, counting(getattr(where, name)))
    with suppress(UnknownHead):  # the last one was killed after everything but the answer: it is done
        rebuild_home(home, Wish(site, accept_head=accept), None, Silent())


def places(home: Path, site: str = "site-b", accept: int = 0) -> Iterator[int]:
    """Every place at which a rebuild was killed, one after the other, until one comes to its end."""
    for place in range(1, MOST):
        ended = killed(home, place, site, accept)
        if ended == 0:
            return
        assert ended == -signal.SIGKILL
        yield place
    raise AssertionError("it never came to its end")


def test_a_killed_rebuild_leaves_a_whole_database_and_is_repeated(taken: Path) -> None:
    before = dump(taken)
    reasons = set()
    for _place in places(taken):
        assert dump(taken) == before
        reasons.add(read(taken).read_only)
    assert reasons == {"", UNDER_WAY}
    assert dump(taken) == before
    assert not read(taken).read_only
    next_batch = write_batch(taken.parent / "next", {"b.pdf": document(2)}, [row("b.pdf", category="WS")])
    assert codes(lantai(taken, "ingest", next_batch, status=0).document) == ["A014-WS·2016-Y-BGS-0002"]


@pytest.mark.long
def test_where_there_is_no_database_a_killed_rebuild_leaves_none_or_a_whole_one(
    taken: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(taken, tmp_path / "home"))
    before = dump(home)
    for path in home.glob("database.sqlite*"):
        path.unlink()
    for _place in places(home):
        assert not (home / "database.sqlite").exists() or dump(home) == before
    assert dump(home) == before
    assert [path.name for path in home.glob("database.sqlite*") if "rebuilding" in path.name] == []


@pytest.mark.long
def test_a_killed_acceptance_never_lets_the_old_name_sign(taken: Path, tmp_path: Path) -> None:
    """Between the two names nothing may be written: the settings say so before the database has the entry."""
    home = Path(shutil.copytree(taken, tmp_path / "home"))
    entries, origin = size(home), read(home).origin
    shutil.rmtree(home / "sites/site-a")
    for path in home.glob("database.sqlite*"):
        path.unlink()
    for _place in places(home, accept=entries):
        settings = read(home)
        if (home / "database.sqlite").exists():
            reopened = size(home) > entries
            assert settings.origin.startswith(f"{origin}/") if reopened else settings.read_only
    assert read(home).origin.startswith(f"{origin}/")
    assert (size(home), read(home).read_only) == (entries + 1, "")
