"""What nobody will ever ask for goes after a day; whatever anybody may still need stays, however old."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from batches import lantai, row, write_batch
from media import pdf
from sqlalchemy import delete, insert

from archive import tables, working
from archive.errors import LedgerSetBack
from ingest.identifiers import new_id
from lantai.backoff import Backoff
from lantai.behind import do_what_waits
from lantai.wiring import Archive, opened
from processes.auditing.audit import Scope, audit
from processes.auditing.orphans import FILE, Swept, sweep_orphans, sweep_when_due

SITES = ("site-a", "site-b")
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def swept(archive: Archive, hours: float) -> Swept:
    """A look so many hours after the first one."""
    return sweep_orphans(replace(archive.tools(), clock=lambda: NOW + timedelta(hours=hours)))


def leave(home: Path, name: str, *sites: str) -> list[tuple[str, str]]:
    """Something under `name`, as an interrupted run left it."""
    for site in sites or SITES:
        path = home / "sites" / site / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(b"sealed once")
    return [(site, name) for site in sites or SITES]


def stranger() -> str:
    return f"objects/{new_id('b')}/{new_id('o')}"


def known_batch(home: Path) -> str:
    folders = (home / "sites/site-a/objects").iterdir()
    (known,) = (folder.name for folder in folders if len(list(folder.iterdir())) == 3)
    return known


def everything(home: Path) -> dict[Path, bytes]:
    files = [path for site in SITES for path in (home / "sites" / site).rglob("*") if path.is_file()]
    return {path: path.read_bytes() for path in files}


def whole(archive: Archive) -> bool:
    return audit(archive.tools(), Scope(), repair=False).whole


def in_hand(archive: Archive, batch: str, state: str) -> None:
    with archive.database.write() as tx:
        working.put_intent(tx, working.Intent(batch, "d", "s", state, "2026-10-01T00:00:00Z", "{}"))


def test_an_orphan_is_seen_twice_a_day_apart_and_then_removed(archive: Archive) -> None:
    home = archive.home
    before = everything(home)
    name = stranger()
    left = leave(home, name)
    left += leave(home, f"objects/{known_batch(home)}/{new_id('o')}", "site-b")
    assert sorted(swept(archive, 0).waiting) == sorted(left)
    assert swept(archive, 23.9).removed == ()
    assert sorted(swept(archive, 24).removed) == sorted(left)
    assert everything(home) == before
    assert swept(archive, 48) == Swept()
    assert whole(archive)


def test_a_keyring_goes_after_the_objects_of_its_batch(archive: Archive) -> None:
    batch = new_id("b")
    objects = leave(archive.home, f"objects/{batch}/{new_id('o')}", "site-b")
    ring = leave(archive.home, f"keyrings/{batch}.json")
    assert swept(archive, 0).waiting == tuple(objects)
    assert swept(archive, 25).removed == tuple(objects)
    assert swept(archive, 26).waiting == tuple(ring)
    assert swept(archive, 51).removed == tuple(ring)


def test_one_look_is_never_enough_however_old_a_thing_is(archive: Archive) -> None:
    swept(archive, 0)
    leave(archive.home, stranger())
    assert swept(archive, 1000).removed == ()


@pytest.mark.parametrize("state", ["working", "waiting"])
def test_a_batch_in_hand_loses_nothing(archive: Archive, state: str) -> None:
    batch = new_id("b")
    leave(archive.home, f"objects/{batch}/{new_id('o')}")
    leave(archive.home, f"keyrings/{batch}.json")
    in_hand(archive, batch, state)
    known = known_batch(archive.home)
    leave(archive.home, f"objects/{known}/{new_id('o')}")
    in_hand(archive, known, state)
    before = everything(archive.home)
    assert [swept(archive, hours) for hours in (0, 30, 900)] == [Swept()] * 3
    assert everything(archive.home) == before


def test_what_was_taken_up_again_meanwhile_has_its_day_anew(archive: Archive) -> None:
    name = stranger()
    left = leave(archive.home, name)
    assert swept(archive, 0).waiting == tuple(left)
    in_hand(archive, name.split("/")[1], "working")
    assert swept(archive, 20) == Swept()
    with archive.database.write() as tx:
        working.drop_intent(tx, name.split("/")[1])
    assert swept(archive, 30).removed == ()
    assert swept(archive, 54).removed == tuple(left)


def test_what_has_a_key_stays_though_the_catalogue_forgot_it(archive: Archive) -> None:
    with archive.database.write() as tx:
        tx.execute(delete(tables.component))
    before = everything(archive.home)
    assert [swept(archive, hours) for hours in (0, 30)] == [Swept()] * 2
    assert everything(archive.home) == before


def test_what_the_ledger_speaks_of_stays_though_the_catalogue_forgot_it(archive: Archive) -> None:
    with archive.database.write() as tx:
        for table in (tables.component, tables.item, tables.batch):
            tx.execute(delete(table))
    before = everything(archive.home)
    assert [swept(archive, hours) for hours in (0, 30)] == [Swept()] * 2
    assert everything(archive.home) == before


def test_nothing_goes_when_the_database_was_set_back(home: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.sqlite"
    shutil.copy(home / "database.sqlite", old)
    rows = [row("later.pdf", category="WS")]
    lantai(home, "ingest", write_batch(tmp_path / "later", {"later.pdf": pdf(9)}, rows), status=0)
    shutil.copy(old, home / "database.sqlite")
    for end in ("-wal", "-shm"):
        (home / f"database.sqlite{end}").unlink(missing_ok=True)
    before = everything(home)
    with opened(home) as archive:
        for hours in (0, 30):
            with pytest.raises(LedgerSetBack):
                swept(archive, hours)
        (home / "sites/site-a/ledger/checkpoint").write_bytes(b"")  # only the other knows how far it went
        for hours in (0, 30):
            assert swept(archive, hours).refused
        (home / "sites/site-b").rename(home / "sites/away")
        for hours in (0, 30):
            assert swept(archive, hours).refused
        (home / "sites/away").rename(home / "sites/site-b")
        (home / "sites/site-b/ledger/checkpoint").write_bytes(b"none that anybody signed\n")
        assert swept(archive, 60).refused
    before[home / "sites/site-a/ledger/checkpoint"] = b""
    before[home / "sites/site-b/ledger/checkpoint"] = b"none that anybody signed\n"
    assert everything(home) == before


def test_nothing_goes_while_a_site_is_away(archive: Archive) -> None:
    left = leave(archive.home, stranger())
    swept(archive, 0)
    hidden = (archive.home / "sites/site-b").rename(archive.home / "sites/away")
    assert "site-b" in swept(archive, 30).refused
    hidden.rename(archive.home / "sites/site-b")
    assert swept(archive, 31).removed == tuple(left)


def test_nothing_goes_while_payloads_are_lost(archive: Archive) -> None:
    leave(archive.home, stranger())
    swept(archive, 0)
    with archive.database.write() as tx:
        tx.execute(insert(tables.lost).values(entry=0, type="batch.received", item="", uncounted=False))
    assert "lost" in swept(archive, 30).refused


def test_nothing_goes_from_a_home_that_is_read_only(archive: Archive) -> None:
    leave(archive.home, stranger())
    swept(archive, 0)
    archive.database.read_only = "its head is unproven"
    assert swept(archive, 30) == Swept(refused="its head is unproven")


def test_what_has_no_name_of_ours_stays(archive: Archive) -> None:
    for name in ("objects/photographs/holiday.jpg", f"objects/{new_id('b')}/notes.txt", "keyrings/mine.json"):
        leave(archive.home, name, "site-a")
    before = everything(archive.home)
    assert [swept(archive, hours) for hours in (0, 30, 60)] == [Swept()] * 3
    assert everything(archive.home) == before


def test_a_clock_that_goes_back_has_the_day_begin_anew(archive: Archive) -> None:
    left = leave(archive.home, stranger())
    assert [swept(archive, hours).removed for hours in (1000, 0, 23)] == [()] * 3
    assert swept(archive, 24).removed == tuple(left)


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"looked": 1}', b'{"looked": "x", "seen": [[1]]}'])
def test_a_memory_that_is_lost_has_the_day_begin_anew(archive: Archive, damage: bytes) -> None:
    left = leave(archive.home, stranger())
    swept(archive, 0)
    (archive.home / "work" / FILE).write_bytes(damage)
    assert swept(archive, 30).removed == ()
    assert swept(archive, 54).removed == tuple(left)


def test_a_removal_that_was_cut_short_is_ended_by_the_next_look(archive: Archive) -> None:
    left = leave(archive.home, stranger())
    swept(archive, 0)
    memory = (archive.home / "work" / FILE).read_bytes()
    assert swept(archive, 30).removed == tuple(left)
    (archive.home / "work" / FILE).write_bytes(memory)
    assert swept(archive, 31) == Swept()
    assert json.loads((archive.home / "work" / FILE).read_bytes())["seen"] == []


def test_the_worker_looks_every_six_hours(archive: Archive) -> None:
    def at(hours: float) -> Swept:
        return sweep_when_due(replace(archive.tools(), clock=lambda: NOW + timedelta(hours=hours)))

    left = leave(archive.home, stranger())
    assert at(0).waiting == tuple(left)
    assert at(5.9).refused == "not due"
    assert at(6).waiting == tuple(left)
    assert at(-40).waiting == tuple(left)


def test_a_worker_removes_what_was_seen_a_day_ago(archive: Archive) -> None:
    ((_, name), _) = left = leave(archive.home, stranger())
    assert do_what_waits(archive, Backoff())["orphans"] == 0
    seen = [[site, name, "2026-01-01T00:00:00Z"] for site, _ in left]
    memory = {"looked": "2026-01-01T00:00:00Z", "seen": seen}
    (archive.home / "work" / FILE).write_text(json.dumps(memory))
    assert do_what_waits(archive, Backoff())["orphans"] == 2
    assert whole(archive)


def test_what_a_rebuilt_home_forgot_is_swept_and_taken_in_anew(home: Path, tmp_path: Path) -> None:
    """The database was lost with a batch in hand: its objects are orphans, the batch comes again."""
    batch = write_batch(tmp_path / "later", {"x.pdf": pdf(7)}, [row("x.pdf", category="WS")])
    left = leave(home, stranger())
    (home / "database.sqlite").unlink()
    lantai(home, "rebuild", "--from", "site-a", status=0)
    with opened(home) as archive:
        assert swept(archive, 0).waiting == tuple(left)
    lantai(home, "ingest", batch, status=0)
    with opened(home) as archive:
        assert swept(archive, 25).removed == tuple(left)
        assert whole(archive)
