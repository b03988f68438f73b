"""The use journal: numbered without gaps, sealed once, told as it was written, and checked as it is read."""

from __future__ import annotations

import asyncio
import csv
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from batches import new_home
from sqlalchemy import func, select, update

from archive import tables
from archive.uses import Use, sealed, waiting
from ingest.tools import Tools
from lantai.wiring import Archive, opened
from processes.errors import JournalShut, NotAllowedValue
from processes.using import uses
from processes.using.uses_read import Wanted, listed, rows, write_list
from processes.using.uses_writer import UseWriter
from search.errors import CursorMistake

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_home(tmp_path_factory.mktemp("uses"))


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(
    request: pytest.FixtureRequest, once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Archive]:
    """An empty journal, on either database."""
    if request.param == "postgresql":
        home = new_home(tmp_path, server=request.getfixturevalue("postgresql"))
    else:
        home = Path(request.getfixturevalue("copied")(once))
    monkeypatch.setattr(uses, "SEGMENT", 10)
    with opened(home) as archive:
        yield archive


@pytest.fixture
def copied(tmp_path: Path) -> Any:
    import shutil

    return lambda home: shutil.copytree(home, tmp_path / "home")


def some(count: int, start: int = 0, **detail: str) -> list[Use]:
    told = {"query": "水库", **detail}
    return [
        Use(
            f"2026-11-{1 + n // 24:02d}T{n % 24:02d}:00:00Z", f"user-{n % 3}", "search", {**told, "n": str(n)}
        )
        for n in range(start, start + count)
    ]


def at(tools: Tools, now: datetime) -> Tools:
    return replace(tools, clock=lambda: now)


def told(archive: Archive, **wanted: str) -> list[dict[str, Any]]:
    """All that is wanted, page by page, oldest first."""
    found, cursor = list[dict[str, Any]](), ""
    while True:
        page = listed(archive.database, archive.ledger, Wanted(**wanted), 7, cursor)
        assert page["faults"] == []
        found += page["uses"]
        cursor = page["cursor"]
        if cursor is None:
            return found[::-1]


def test_what_was_noted_is_told_in_order_sealed_or_not(archive: Archive) -> None:
    noted = some(27)
    uses.note(archive.database, noted)
    before = told(archive)
    assert [use["n"] for use in before] == [str(n) for n in range(27)]
    assert [use["number"] for use in before] == list(range(27))
    assert uses.seal(at(archive.tools(), NOON - timedelta(days=30)), everything=False) == 20
    half = told(archive)
    assert [use["entry"] is not None for use in half] == [True] * 20 + [False] * 7
    assert uses.seal(archive.tools(), everything=True) == 7
    after = told(archive)
    assert all(use["entry"] is not None for use in after)
    for one, other in zip(before, after, strict=True):
        assert one | {"entry": None} == other | {"entry": None}
    uses.note(archive.database, some(1, start=27))
    assert told(archive)[-1]["number"] == 27


def test_a_segment_is_made_when_a_thousand_wait_or_a_day_has_passed(archive: Archive) -> None:
    uses.note(archive.database, some(3))
    early = datetime(2026, 11, 1, 23, 59, tzinfo=UTC)
    assert uses.seal(at(archive.tools(), early)) == 0
    assert uses.seal(at(archive.tools(), early + timedelta(hours=1))) == 3
    assert uses.seal(archive.tools(), everything=True) == 0, "no empty segment"


def test_a_segment_is_cut_where_it_grows_too_large(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses, "LARGEST", 1_000)
    uses.note(archive.database, some(4, query="长" * 600))
    assert uses.seal(archive.tools(), everything=True) == 4
    assert len({use["entry"] for use in told(archive)}) == 4


def test_two_who_seal_at_once_seal_nothing_twice(archive: Archive) -> None:
    uses.note(archive.database, some(60))
    done = list[int]()
    threads = [threading.Thread(target=lambda: done.append(uses.seal(archive.tools()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 60
    assert [use["number"] for use in told(archive)] == list(range(60))


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"account": "user-1"}, range(1, 30, 3)),
        ({"since": "2026-11-02"}, range(24, 30)),
        ({"until": "2026-11-01"}, range(24)),
        ({"since": "2026-11-01T05:00:00Z", "until": "2026-11-01T07:00:00+01:00"}, [5, 6]),
        ({"kind": "search", "account": "nobody"}, []),
        ({"kind": "view"}, []),
        ({"code": "A014•X"}, range(30)),
        ({"code": "A"}, []),
    ],
)
def test_the_journal_is_narrowed(
    archive_of_30: Archive, wanted: dict[str, str], numbers: Sequence[int]
) -> None:
    assert [use["number"] for use in told(archive_of_30, **wanted)] == list(numbers)


@pytest.fixture(scope="module")
def archive_of_30(once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    import shutil

    home = shutil.copytree(once, tmp_path_factory.mktemp("thirty") / "home")
    with opened(Path(home)) as archive:
        uses.note(archive.database, some(20, code="A014·X\nB"))
        uses.seal(archive.tools(), everything=True)
        uses.note(archive.database, some(10, start=20, code="B\nA014·X"))
        yield archive


@pytest.mark.parametrize("wrong", [{"kind": "other"}, {"since": "yesterday"}, {"until": "2026-13-01"}])
def test_what_cannot_be_asked_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(NotAllowedValue):
        Wanted(**wrong)


@pytest.mark.parametrize("cursor", ["x", "-1", "1-", "1-x", "9" * 16, "１", "1-2-3", " 1"])
def test_a_made_up_cursor_is_refused(archive_of_30: Archive, cursor: str) -> None:
    with pytest.raises(CursorMistake):
        listed(archive_of_30.database, archive_of_30.ledger, Wanted(), 5, cursor)


def test_a_use_that_comes_between_two_pages_shifts_nothing(archive: Archive) -> None:
    uses.note(archive.database, some(12))
    first = listed(archive.database, archive.ledger, Wanted(), 5)
    uses.note(archive.database, some(3, start=12))
    uses.seal(archive.tools(), everything=True)
    second = listed(archive.database, archive.ledger, Wanted(), 5, first["cursor"])
    numbers = [use["number"] for use in first["uses"] + second["uses"]]
    assert numbers == list(range(11, 1, -1))


def test_a_segment_that_was_changed_is_told_and_hides_nothing_else(archive: Archive) -> None:
    for start in (0, 10, 20):
        uses.note(archive.database, some(10, start=start))
        uses.seal(archive.tools(), everything=True)
    column = tables.entry.c
    with archive.database.write() as tx:
        found = tx.scalars(
            select(column.index).where(column.type == "uses.sealed").order_by(column.index)
        ).all()
        payload = tx.scalar(select(column.payload).where(column.index == found[1]))
        changed = bytes(payload).replace(b"user-1", b"user-2", 1)
        tx.execute(update(tables.entry).where(column.index == found[1]).values(payload=changed))
        tx.execute(update(tables.entry).where(column.index == found[0]).values(payload=None, salt=None))
    page = listed(archive.database, archive.ledger, Wanted(), 100)
    assert [use["number"] for use in page["uses"]] == list(range(29, 19, -1))
    assert [(fault["entry"], fault["what"]) for fault in page["faults"]] == [
        (found[1], "altered"),
        (found[0], "lost"),
    ]
    lines = list(rows(archive.database, archive.ledger, Wanted()))
    assert [line[3] for line in lines[10:]] == ["segment altered", "segment lost"]


def test_a_list_holds_every_use_once_and_no_formula(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processes.using.uses_read.CSV_PAGE", 4)
    uses.note(archive.database, some(25, query="=HYPERLINK(1)"))
    uses.seal(at(archive.tools(), NOON - timedelta(days=60)))
    target = tmp_path / "uses.csv"
    headings = [str(n) for n in range(16)]
    done = write_list(archive.database, archive.ledger, Wanted(), target, headings, False)
    with target.open(encoding="utf-8-sig", newline="") as file:
        _, *lines = csv.reader(file)
    assert done["rows"] == len(lines) == 25
    assert [int(line[0]) for line in lines] == list(range(24, -1, -1))
    assert {line[7] for line in lines} == {"'=HYPERLINK(1)"}


def test_a_read_only_home_notes_nothing(archive: Archive) -> None:
    archive.database.read_only = "a copy"
    uses.note(archive.database, some(1))
    assert uses.seal(archive.tools(), everything=True) == 0
    with archive.database.read() as conn:
        assert waiting(conn) == (0, "")
        assert sealed(conn, archive.ledger) == 0


def test_many_at_once_are_written_in_few_transactions_each_before_it_returns(archive: Archive) -> None:
    commits = list[int]()

    def write(noted: Sequence[Use]) -> None:
        uses.note(archive.database, noted)
        commits.append(len(noted))

    def there(n: str) -> bool:
        with archive.database.read() as conn:
            query = select(func.count()).select_from(tables.use)
            return bool(conn.scalar(query.where(tables.use.c.detail.contains(f'"n": "{n}"'))))

    async def one(writer: UseWriter, use: Use) -> bool:
        await writer.noted(use)
        return there(use.detail["n"])

    async def all_of_them() -> list[bool]:
        return list(await asyncio.gather(*(one(writer, use) for use in some(200))))

    with UseWriter(write) as writer:
        assert all(asyncio.run(all_of_them()))
    assert sum(commits) == 200
    assert len(commits) < 100
    with pytest.raises(JournalShut):
        asyncio.run(writer.noted(some(1)[0]))


def test_whoever_waits_is_told_of_a_failure_and_the_next_is_tried() -> None:
    faults = [JournalShut("disk full"), RuntimeError("broken")]

    def write(_noted: Sequence[Use]) -> None:
        if faults:
            raise faults.pop(0)

    async def three() -> list[bool]:
        well = list[bool]()
        for use in some(3):
            try:
                await writer.noted(use)
                well.append(True)
            except JournalShut:
                well.append(False)
        return well

    with UseWriter(write) as writer:
        assert asyncio.run(three()) == [False, False, True]


def test_a_journal_that_cannot_be_written_says_so(archive: Archive) -> None:
    with archive.database.write() as tx:
        tx.exec_driver_sql('ALTER TABLE "use" RENAME TO gone')
    with pytest.raises(JournalShut):
        uses.note(archive.database, some(1))
