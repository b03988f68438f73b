"""A database made again from a site: equal where everything is there, closed where something is not."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
from recover_homes import (
    SITES,
    at,
    described,
    dump,
    enter,
    found,
    items,
    lose_database,
    next_code,
    rebuilt,
    size,
    spoil_payload,
)

from archive import catalogue
from archive.errors import ReadOnly
from archive.events import LogReopened
from ingest.former_logs import reopenings
from lantai.errors import HomeBusy
from lantai.settings import read
from lantai.using import in_use
from lantai.wiring import opened
from processes.auditing.audit import Scope, audit
from processes.errors import NotFound
from processes.recovery.recover_heads import State, Verdict
from processes.recovery.recovered import ForeignCheckpoint, NothingToRecover, UnknownHead
from storage.errors import SiteUnavailable


@pytest.mark.parametrize("site", SITES)
def test_what_is_had_back_equals_what_was_lost(lived: Path, site: str, tmp_path: Path) -> None:
    before, hits, entries = dump(lived), found(lived), size(lived)
    lose_database(lived)
    done = rebuilt(lived, site)
    assert (done.ledger.verdict, done.ledger.evidence) == (Verdict.PROVEN, "sites")
    assert done.whole and not done.ledger.set_aside and not done.read_only
    assert (dump(lived), found(lived), size(lived)) == (before, hits, entries)
    with opened(lived) as archive:
        assert audit(archive.tools(), Scope(), repair=False).whole
    assert next_code(lived, tmp_path).endswith("0003")


def test_a_database_that_is_there_is_set_aside_with_its_mode(lived: Path) -> None:
    before = dump(lived)
    (lived / "database.sqlite").chmod(0o640)
    done = rebuilt(lived)
    aside = Path(done.ledger.set_aside)
    assert aside.parent == lived
    assert stat.S_IMODE(aside.stat().st_mode) == 0o640
    assert stat.S_IMODE((lived / "database.sqlite").stat().st_mode) == 0o600
    assert dump(lived) == before
    aside.rename(lived / "database.sqlite")
    assert dump(lived) == before


def test_a_damaged_database_is_replaced(lived: Path) -> None:
    before = dump(lived)
    (lived / "database.sqlite").write_bytes(b"damaged" * 5000)
    assert rebuilt(lived).whole
    assert dump(lived) == before


def test_keys_are_all_that_is_needed_and_no_other_file(lived: Path) -> None:
    before = dump(lived)
    lose_database(lived)
    shutil.rmtree(lived / "work")
    assert rebuilt(lived).whole
    assert dump(lived) == before


def test_files_damaged_at_one_site_are_taken_from_the_other(lived: Path) -> None:
    before = dump(lived)
    lose_database(lived)
    for number, path in enumerate(sorted(at(lived, "site-a").rglob("ledger/*/**/*"))):
        other = at(lived, "site-b") / path.relative_to(at(lived, "site-a"))
        if path.is_file() and "payloads" not in path.parts:
            (path if number % 2 else other).write_bytes(b"nonsense")
    for site in SITES:
        spoil_payload(lived, site, 2 if site == "site-a" else 3)
    done = rebuilt(lived)
    assert done.whole, done.as_json()
    assert dump(lived) == before


def test_a_keyring_damaged_at_one_site_is_read_from_the_other(lived: Path) -> None:
    before = dump(lived)
    lose_database(lived)
    for path in at(lived, "site-b").glob("keyrings/*.json"):
        path.write_bytes(b"{}")
    assert rebuilt(lived).whole
    assert dump(lived) == before


def test_a_site_that_is_away_leaves_the_head_unproven_and_the_home_read_only(lived: Path) -> None:
    before = dump(lived)
    lose_database(lived)
    at(lived, "site-a").rename(lived / "away")
    done = rebuilt(lived)
    assert (done.ledger.verdict, done.whole) == (Verdict.UNPROVEN, False)
    assert done.read_only == read(lived).read_only == f"head: unproven ({size(lived)} entries)"
    assert dump(lived) == before
    assert found(lived) == 1
    with opened(lived) as archive, pytest.raises(ReadOnly):
        audit(archive.tools(), Scope(), repair=False)
    (lived / "away").rename(at(lived, "site-a"))
    again = rebuilt(lived)
    assert again.whole and not read(lived).read_only
    with opened(lived) as archive:
        assert audit(archive.tools(), Scope(), repair=False).whole


def test_a_checkpoint_from_elsewhere_is_evidence(lived: Path) -> None:
    note = enter(lived)
    lose_database(lived)
    shutil.rmtree(at(lived, "site-a"))
    done = rebuilt(lived, checkpoint=note)
    assert (done.ledger.verdict, done.ledger.evidence) == (Verdict.PROVEN, "checkpoint")
    assert not done.read_only


def test_a_site_set_back_as_a_whole_is_refused_where_a_checkpoint_is_newer(lived: Path) -> None:
    shutil.copytree(at(lived, "site-b"), lived / "older")
    note = enter(lived, described(items(lived)[0].item.id, "第一", "第二"))
    lose_database(lived)
    shutil.rmtree(at(lived, "site-a"))
    shutil.rmtree(at(lived, "site-b"))
    (lived / "older").rename(at(lived, "site-b"))
    settings = (lived / "lantai.toml").read_bytes()
    done = rebuilt(lived, checkpoint=note)
    assert done.ledger.verdict is Verdict.ROLLED_BACK
    assert not done.ledger.made
    assert not (lived / "database.sqlite").exists()
    assert (lived / "lantai.toml").read_bytes() == settings


def test_a_database_that_knows_more_than_the_sites_is_not_replaced(lived: Path) -> None:
    for site in SITES:
        shutil.copytree(at(lived, site), lived / f"older-{site}")
    enter(lived, described(items(lived)[0].item.id, "第一", "第二"))
    before = dump(lived)
    for site in SITES:
        shutil.rmtree(at(lived, site))
        (lived / f"older-{site}").rename(at(lived, site))
    done = rebuilt(lived)
    assert done.ledger.verdict is Verdict.ROLLED_BACK
    assert dump(lived) == before


def test_entries_that_reached_no_site_are_left_behind_and_told(lived: Path) -> None:
    with opened(lived) as archive:
        tools = archive.tools()
        with archive.database.write() as tx:
            event = described(items(lived)[0].item.id, "第一", "第二")
            catalogue.record(tx, archive.ledger, [event], tools.now())
    done = rebuilt(lived)
    assert (done.ledger.verdict, done.ledger.left_behind, done.whole) == (Verdict.PROVEN, 1, False)
    assert items(lived)[0].item.fields["notes"] == "第一"


def two_histories(home: Path) -> None:
    """Site A has one history and site B another, both signed by the archive's key."""
    item = items(home)[0].item.id
    aside = home.with_name("aside")
    shutil.copytree(home, aside)
    for number in range(3):
        enter(home, described(item, "第一" if not number else str(number - 1), str(number)))
    enter(aside, described(item, "第一", "另"))
    shutil.rmtree(at(home, "site-b"))
    at(aside, "site-b").rename(at(home, "site-b"))


def test_two_histories_are_a_split_view_and_nothing_is_made(lived: Path) -> None:
    two_histories(lived)
    lose_database(lived)
    for site in SITES:
        done = rebuilt(lived, site)
        assert (done.ledger.verdict, done.ledger.made) == (Verdict.SPLIT, False)
        assert {one.source: one.state for one in done.ledger.heads} == {
            "site-a": State.SAME,
            "site-b": State.FORK,
        }
    assert not (lived / "database.sqlite").exists()
    with pytest.raises(UnknownHead, match="no head has the size 3"):
        rebuilt(lived, accept_head=3)


def test_an_accepted_head_goes_on_under_a_new_origin_and_the_other_history_is_left_alone(
    lived: Path, tmp_path: Path
) -> None:
    two_histories(lived)
    origin = read(lived).origin
    lose_database(lived)
    heads = {one.source: one.head for one in rebuilt(lived).ledger.heads if one.head}
    given_up = (at(lived, "site-a") / "ledger/checkpoint").read_bytes()
    done = rebuilt(lived, "site-b", accept_head=heads["site-b"].size)
    assert done.ledger.reopened and not done.read_only
    assert "site-a" in done.pending  # two sites are wanted, and one holds a history that was given up
    assert read(lived).origin == done.ledger.origin == f"{origin}/2"
    with opened(lived) as archive, archive.database.read() as conn:
        (event,) = reopenings(archive.tools(), conn)
        assert (event.former, event.size) == (origin, heads["site-b"].size)
        assert event.head == heads["site-b"].note
        assert event.given_up == (heads["site-a"].note,)
        assert archive.ledger.entry(conn, event.size).type == LogReopened.type
    assert (at(lived, "site-a") / "ledger/checkpoint").read_bytes() == given_up
    assert (at(lived, "site-b") / "ledger/checkpoint").read_text().startswith(f"{origin}/2\n")
    shutil.rmtree(at(lived, "site-a"))
    for area in ("objects", "keyrings", "ledger"):
        (at(lived, "site-a") / area).mkdir(parents=True)
    enter(lived)
    assert (at(lived, "site-a") / "ledger/checkpoint").read_text().startswith(f"{origin}/2\n")
    lose_database(lived)
    assert rebuilt(lived, "site-a").whole
    with opened(lived) as archive:
        assert audit(archive.tools(), Scope(), repair=True).sites
    assert read(lived).origin == f"{origin}/2"


def test_a_site_that_lags_in_the_former_log_is_brought_on(lived: Path) -> None:
    away = lived / "away"
    at(lived, "site-a").rename(away)
    lose_database(lived)
    head = rebuilt(lived).ledger.head
    assert head is not None
    assert rebuilt(lived, accept_head=head.size).ledger.reopened
    away.rename(at(lived, "site-a"))
    enter(lived)
    notes = {(at(lived, site) / "ledger/checkpoint").read_bytes() for site in SITES}
    assert len(notes) == 1
    lose_database(lived)
    assert rebuilt(lived).whole


def test_accepting_a_head_that_is_proven_changes_no_name(lived: Path) -> None:
    entries, origin = size(lived), read(lived).origin
    lose_database(lived)
    done = rebuilt(lived, accept_head=entries)
    assert done.whole and not done.ledger.reopened
    assert read(lived).origin == origin


def test_objects_that_no_site_has_are_named(lived: Path) -> None:
    names = sorted(path.relative_to(at(lived, "site-a")) for path in at(lived, "site-a").rglob("objects/*/*"))
    (at(lived, "site-a") / names[0]).unlink()
    for site in SITES:
        (at(lived, site) / names[1]).unlink()
    done = rebuilt(lived)
    assert done.absent == [str(names[1])]
    assert not done.whole


def test_where_nothing_can_be_had_back_nothing_is_touched(lived: Path) -> None:
    before = dump(lived)
    for site in SITES:
        (at(lived, site) / "ledger/checkpoint").unlink()
    (lived / "database.sqlite").rename(lived / "kept")
    with pytest.raises(NothingToRecover):
        rebuilt(lived)
    with pytest.raises(NotFound):
        rebuilt(lived, "site-c")
    at(lived, "site-b").rename(lived / "away")
    with pytest.raises(SiteUnavailable):
        rebuilt(lived)
    (lived / "away").rename(at(lived, "site-b"))
    (lived / "kept").rename(lived / "database.sqlite")
    assert dump(lived) == before


def test_a_checkpoint_is_a_head_to_go_by_where_the_sites_lost_theirs(lived: Path) -> None:
    note, before = enter(lived), dump(lived)
    for site in SITES:
        (at(lived, site) / "ledger/checkpoint").unlink()
    lose_database(lived)
    assert rebuilt(lived, checkpoint=note).whole
    assert dump(lived) == before


def test_a_checkpoint_of_another_archive_is_refused(lived: Path) -> None:
    note = enter(lived)
    for other in ("nonsense", note.replace("lantai/", "lantai/x"), note.replace("=\n\n", "A\n\n")):
        with pytest.raises(ForeignCheckpoint):
            rebuilt(lived, checkpoint=other)


def test_nobody_rebuilds_a_home_that_others_work_in(lived: Path) -> None:
    with in_use(lived), pytest.raises(HomeBusy):
        rebuilt(lived)
