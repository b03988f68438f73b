"""What an audit finds at the sites, and what it mends."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from processes_audits import SITES, at, checked, kinds, last_entry, names, objects, spoil

from archive import catalogue, working
from archive.errors import LedgerSetBack
from archive.events import AuditCompleted
from ingest.publish import publish
from lantai.wiring import Archive, opened
from processes.auditing.audit import Audit, Scope, SiteAudit, audit
from storage import records


@pytest.mark.parametrize("site", ["", "site-a"])
def test_a_site_that_is_away_leaves_a_result_and_an_entry_that_waits(archive: Archive, site: str) -> None:
    away = at(archive.home, "site-b")
    spoil(objects(archive.home)[0])
    away.rename(away.with_name("elsewhere"))
    done = checked(archive, site=site)
    assert not done.whole
    assert "site-b" in done.pending
    told = {each.site: each for each in done.sites}
    assert names(told["site-a"].damaged) == [objects(archive.home)[0].name]
    assert told["site-a"].lost == []  # the site that is away may hold it
    assert ("site-b" in told) == (site == "")
    if not site:
        assert told["site-b"].unreachable
        assert told["site-b"].checked == 0
    assert last_entry(archive).sites[0]["damaged"] == 1
    away.with_name("elsewhere").rename(away)
    with opened(archive.home) as again:
        mended = checked(again, repair=True)
        assert mended.pending == ""
        assert names(mended.sites[0].repaired) == [objects(archive.home)[0].name]
        assert checked(again).whole


def test_a_site_that_lags_is_whole_as_far_as_it_has_the_ledger(archive: Archive) -> None:
    away = at(archive.home, "site-b")
    away.rename(away.with_name("elsewhere"))
    checked(archive)
    checked(archive)
    away.with_name("elsewhere").rename(away)
    with opened(archive.home) as again:
        assert checked(again).whole


def test_every_site_away_is_told(archive: Archive) -> None:
    (archive.home / "sites").rename(archive.home / "away")
    done = checked(archive)
    assert all(site.unreachable for site in done.sites)
    assert not done.whole


def test_recovery_files_that_the_home_did_not_make_are_replaced_even_at_every_site(archive: Archive) -> None:
    spoilt = {"site-a": ("archive", "a-of-others", "swapped"), "site-b": ("sealed", "AAAA", "altered")}
    for site, (field, value, _) in spoilt.items():
        path = at(archive.home, site) / "keyrings/recovery.json"
        fields = records.load("recovery/2", path.read_bytes())
        path.write_bytes(records.dump("recovery/2", {**fields, field: value}))
    done = checked(archive, repair=True)
    for site_done in done.sites:
        (copy,) = site_done.damaged
        assert (copy.name, copy.kind.value) == ("keyrings/recovery.json", spoilt[site_done.site][2])
        assert site_done.repaired == site_done.damaged
        assert site_done.lost == []
    assert checked(archive).whole


@pytest.fixture
def first_form(archive: Archive) -> Archive:
    """A home from before rotations: its recovery file says little, and it cannot make another one."""
    (archive.home / "keys/recovery").unlink()
    for site in SITES:
        path = at(archive.home, site) / "keyrings/recovery.json"
        sealed = {"archive": archive.settings.archive, "algorithm": "cobblestone-256", "sealed": "AAAA"}
        path.write_bytes(records.dump("recovery/1", sealed))
    return archive


def test_in_an_old_home_two_recovery_files_that_differ_are_both_in_doubt(first_form: Archive) -> None:
    path = at(first_form.home, "site-b") / "keyrings/recovery.json"
    fields = records.load("recovery/1", path.read_bytes())
    path.write_bytes(records.dump("recovery/1", {**fields, "sealed": records.to_text(b"another")}))
    before = [(at(first_form.home, site) / "keyrings/recovery.json").read_bytes() for site in SITES]
    done = checked(first_form, repair=True)
    assert [names(site.damaged) for site in done.sites] == [["keyrings/recovery.json"]] * 2
    assert before == [(at(first_form.home, site) / "keyrings/recovery.json").read_bytes() for site in SITES]


def test_a_recovery_file_of_the_first_form_is_old_where_the_home_makes_newer_ones(archive: Archive) -> None:
    path = at(archive.home, "site-b") / "keyrings/recovery.json"
    sealed = {"archive": archive.settings.archive, "algorithm": "cobblestone-256", "sealed": "AAAA"}
    path.write_bytes(records.dump("recovery/1", sealed))
    assert kinds(checked(archive, repair=True).sites[1].repaired) == {"keyrings/recovery.json": "old"}
    assert checked(archive).whole


@pytest.mark.parametrize("away", [False, True])
def test_in_an_old_home_a_damaged_recovery_file_is_mended_from_a_sound_one(
    first_form: Archive, away: bool
) -> None:
    archive = first_form
    path = at(archive.home, "site-a") / "keyrings/recovery.json"
    sound = path.read_bytes()
    spoil(path)
    if away:
        at(archive.home, "site-b").rename(archive.home / "sites/elsewhere")
    site = checked(archive, site="site-a", repair=True).sites[0]
    assert site.unreachable == ""  # another site's absence is not this one's
    assert (names(site.repaired) == ["keyrings/recovery.json"]) is not away
    assert (path.read_bytes() == sound) is not away
    assert site.lost == []


@pytest.mark.parametrize("repair", [False, True])
@pytest.mark.parametrize("scope", [{}, {"site": "site-b"}])
def test_what_no_site_holds_whole_is_lost(archive: Archive, repair: bool, scope: dict[str, Any]) -> None:
    gone, spoilt = (at(archive.home, "site-b") / p.relative_to(at(archive.home, "site-a"))
                    for p in objects(archive.home)[:2])  # fmt: skip
    for path in objects(archive.home)[:2]:
        path.unlink()
    gone.unlink()
    spoil(spoilt)
    done = checked(archive, repair=repair, **scope)
    for site in done.sites:
        assert sorted(names(site.lost)) == sorted([gone.name, spoilt.name])
        assert len(site.damaged) + len(site.missing) == 2
        assert site.repaired == []


def test_what_another_site_holds_is_not_lost_and_listed_once(archive: Archive) -> None:
    gone = objects(archive.home)[0]
    gone.unlink()
    site = checked(archive, site="site-a").sites[0]
    assert (names(site.missing), site.damaged, site.lost) == ([gone.name], [], [])


def test_damage_is_no_pass_even_where_it_was_mended(archive: Archive) -> None:
    spoil(objects(archive.home)[0])
    done = checked(archive, repair=True)
    assert len(done.sites[0].repaired) == 1
    assert not done.whole
    assert checked(archive).whole


@pytest.mark.parametrize("repair", [False, True])
def test_the_public_ledger_is_never_lost_while_the_database_stands(archive: Archive, repair: bool) -> None:
    for site in SITES:
        shutil.rmtree(at(archive.home, site) / "ledger/tile")
    done = checked(archive, repair=repair)
    for site_done in done.sites:
        assert names(site_done.missing)
        assert names(site_done.repaired) == (names(site_done.missing) if repair else [])
        assert site_done.lost == []


def test_keys_that_are_gone_everywhere_are_told_and_end_nothing(archive: Archive) -> None:
    for site in SITES:
        for path in (at(archive.home, site) / "keyrings").glob("b*.json"):
            path.unlink()
    done = checked(archive, repair=True)
    keyring, *rest = done.sites[0].lost
    assert keyring.name.startswith("keyrings/b")
    assert sorted(names(rest)) == [path.name for path in objects(archive.home)]
    assert {copy.kind.value for copy in rest} == {"unopenable"}
    assert all(copy.code for copy in rest)
    assert any("payloads" in name for name in names(done.sites[0].damaged))


def test_the_archives_own_key_gone_everywhere_leaves_the_result(archive: Archive) -> None:
    for site in SITES:
        (at(archive.home, site) / "keyrings/archive.json").unlink()
    done = checked(archive)
    assert "keyrings/archive.json" in names(done.sites[0].lost)
    assert done.pending


def test_objects_that_the_ledger_does_not_know_are_told_and_kept(archive: Archive) -> None:
    folder = objects(archive.home)[0].parent
    strays = [folder / "o-stray", folder.parent / "b-gone" / "o1", folder.parent / "loose"]
    for path in strays:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"left behind")
    done = checked(archive)
    assert done.whole
    root = at(archive.home, "site-a")
    assert sorted(names(done.sites[0].extra)) == sorted(str(path.relative_to(root)) for path in strays)
    assert done.sites[1].extra == []
    assert all(path.is_file() for path in strays)


def test_objects_of_a_batch_in_hand_are_not_extra(archive: Archive) -> None:
    stray = at(archive.home, "site-a") / "objects/b-in-hand/o1"
    stray.parent.mkdir()
    stray.write_bytes(b"being taken in")
    intent = working.Intent("b-in-hand", "digest", "folder", "sealing", "2026-01-01T00:00:00Z", "")
    with archive.database.write() as tx:
        working.put_intent(tx, intent)
    assert checked(archive).sites[0].extra == []


def test_nothing_is_mended_from_a_database_that_was_set_back(home: Path) -> None:
    kept = home.with_name("older.sqlite")
    shutil.copy(home / "database.sqlite", kept)
    with opened(home) as archive:
        checked(archive)
    shutil.copy(kept, home / "database.sqlite")
    before = {path: path.read_bytes() for path in (home / "sites").rglob("*") if path.is_file()}
    with opened(home) as archive, pytest.raises(LedgerSetBack):
        checked(archive, repair=True)
    assert before == {path: path.read_bytes() for path in (home / "sites").rglob("*") if path.is_file()}


def test_a_site_that_was_set_back_is_found(home: Path) -> None:
    older = home / "older"
    shutil.copytree(at(home, "site-b"), older)
    with opened(home) as archive:
        checked(archive)
    shutil.rmtree(at(home, "site-b"))
    older.rename(at(home, "site-b"))
    with opened(home) as archive:
        site = checked(archive, repair=True).sites[1]
        assert "ledger/checkpoint" in names(site.damaged)
        assert checked(archive).whole


def test_entries_made_meanwhile_are_no_damage(archive: Archive) -> None:
    """The ledger's last files are replaced while an audit reads the objects."""
    tools = archive.tools()

    class Busy:
        """Progress during which another process publishes entries."""

        def begin(self, what: str, files: int, total_bytes: int) -> None:
            event = AuditCompleted(account="keeper", os_user="other", sites=())
            with tools.database.write() as tx:
                catalogue.record(tx, tools.ledger, [event], tools.now())
            publish(tools)

        def advance(self, files: int, done_bytes: int) -> None: ...

        def end(self) -> None: ...

    assert audit(archive.tools(Busy()), Scope(), repair=False).whole


def test_the_document_says_what_was_asked_and_each_number(archive: Archive) -> None:
    told = checked(archive, percent=50).as_json()
    assert told["pending"] == ""
    assert told["scope"] == {"site": "", "percent": 50, "since": "", "repair": False, "objects": 2}
    keys = {"site", "checked", "objects", "files", "bytes", "damaged", "missing", "repaired", "lost", "extra"}
    assert (told["interrupted"], told["resumed"], told["outcome"], told["beside"]) == (False, 0, "whole", [])
    assert [set(site) for site in told["sites"]] == [keys, keys]  # type: ignore[attr-defined]


def test_a_site_that_takes_no_repair_is_no_pass() -> None:
    assert not Audit((SiteAudit("site-a", objects=1, refused="no room"),)).whole
