"""What a site lacks comes from whole copies, is read back, and counts only then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes_audits import at, checked, objects, spoil

from archive import lag, working
from lantai.replicating import terms
from lantai.wiring import Archive, opened
from processes.errors import NotFound
from processes.replicating.replicate import replicate
from processes.replicating.replicated import BrakeHeld, Replication
from processes.replicating.standing import standing
from storage.site_local import prepare


def bring(archive: Archive, **words: object) -> Replication:
    """With new sites, as every command and every round of the worker has them."""
    with opened(archive.home) as fresh:
        return replicate(fresh.tools(), terms(fresh, **words))  # type: ignore[arg-type]


def emptied(home: Path, site: str = "site-b") -> None:
    """Another disk, made ready, where the site was."""
    shutil.rmtree(at(home, site))
    prepare(at(home, site))


def held(archive: Archive) -> dict[str, int]:
    with archive.database.read() as conn:
        return {site: len(working.held_at(conn, site)) for site in archive.vault.sites}


@pytest.fixture
def in_step(archive: Archive) -> Iterator[Archive]:
    assert bring(archive).whole
    yield archive


def test_what_stands_everywhere_is_read_back_and_not_written(archive: Archive) -> None:
    before = {path: path.stat().st_mtime_ns for path in at(archive.home, "site-b").rglob("*/o*")}
    done = bring(archive)
    assert (done.whole, done.secured, done.objects) == (True, 1, 0)
    assert [site.batches for site in done.sites] == [1, 1]
    assert {path: path.stat().st_mtime_ns for path in at(archive.home, "site-b").rglob("*/o*")} == before
    assert held(archive) == {"site-a": 1, "site-b": 1}
    again = bring(archive)
    assert (again.whole, again.secured, [site.batches for site in again.sites]) == (True, 0, [0, 0])


def test_a_site_that_lost_its_disk_gets_everything(in_step: Archive) -> None:
    whole = {p.relative_to(at(in_step.home, "site-b")) for p in at(in_step.home, "site-b").rglob("*.*")}
    emptied(in_step.home)
    done = bring(in_step).sites[1]
    assert (done.whole, done.objects, done.batches) == (True, 3, 1)
    assert {p.relative_to(at(in_step.home, "site-b")) for p in at(in_step.home, "site-b").rglob("*.*")} >= {
        name for name in whole if ".p" not in str(name)
    }
    assert checked(in_step).whole


def test_a_folder_without_a_site_is_not_filled_unasked(in_step: Archive) -> None:
    shutil.rmtree(at(in_step.home, "site-b"))
    done = bring(in_step)
    assert "not mounted" in done.sites[1].unreachable
    assert not at(in_step.home, "site-b").exists()
    assert "not mounted" in bring(in_step, go_ahead=True).sites[1].unreachable  # it was not named
    assert bring(in_step, site="site-b", go_ahead=True).whole
    assert checked(in_step).whole


def test_a_folder_that_holds_something_else_is_never_made_a_site(in_step: Archive) -> None:
    shutil.rmtree(at(in_step.home, "site-b"))
    at(in_step.home, "site-b").mkdir()
    (at(in_step.home, "site-b") / "letters").write_text("mine")
    done = bring(in_step, site="site-b", go_ahead=True)
    assert "not empty" in done.sites[0].unreachable
    assert sorted(path.name for path in at(in_step.home, "site-b").iterdir()) == ["letters"]


def test_the_brake_changes_nothing_and_tells_the_figures(
    in_step: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processes.replicating.replicate.LEAST", 1)
    for path in objects(in_step.home, "site-b")[:2]:
        path.unlink()
    before = sorted(at(in_step.home, "site-b").rglob("*"))
    done = bring(in_step)
    assert sorted(at(in_step.home, "site-b").rglob("*")) == before
    assert "3 objects" in done.sites[1].braked and "--site site-b --go-ahead" in done.sites[1].braked
    with pytest.raises(BrakeHeld, match="2 of them are gone"):
        done.raise_for_brake()
    assert bring(in_step, site="site-b", go_ahead=True).sites[0].objects == 2
    assert checked(in_step).whole


def test_the_brake_remembers_what_a_site_had_though_working_state_is_lost(
    in_step: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processes.replicating.replicate.LEAST", 1)
    with in_step.database.write() as tx:
        working.forget_site(tx, "site-b")
    emptied(in_step.home)
    assert bring(in_step).sites[1].braked


def test_a_tiny_archive_is_not_always_asked(in_step: Archive) -> None:
    for path in objects(in_step.home, "site-b"):
        path.unlink()
    assert bring(in_step).sites[1].objects == 3


def test_damage_where_a_batch_was_held_is_told_and_left(in_step: Archive) -> None:
    first, second = objects(in_step.home, "site-b")[:2]
    spoil(first)
    second.unlink()
    spoilt = first.read_bytes()
    done = bring(in_step).sites[1]
    assert [copy.name for copy in done.damaged] == [first.name]
    assert (done.objects, done.batches, done.whole) == (1, 0, False)
    assert first.read_bytes() == spoilt
    assert held(in_step)["site-b"] == 0
    assert not checked(in_step, repair=True).whole
    assert bring(in_step).whole
    assert held(in_step)["site-b"] == 1


def test_damage_in_a_batch_that_was_never_held_is_an_interrupted_runs(archive: Archive) -> None:
    spoil(objects(archive.home, "site-b")[0])
    done = bring(archive).sites[1]
    assert (done.whole, done.objects, done.batches) == (True, 1, 1)
    assert checked(archive).whole


def test_no_copy_comes_from_one_that_is_not_whole(in_step: Archive) -> None:
    good = objects(in_step.home, "site-b")[0]
    spoil(objects(in_step.home, "site-a")[0])
    good.unlink()
    done = bring(in_step).sites[1]
    assert [copy.name for copy in done.lost] == [good.name]
    assert not good.exists()


def test_an_older_keyring_gives_way_and_a_newer_one_never_does(in_step: Archive) -> None:
    (batch,) = {path.parent.name for path in objects(in_step.home)}
    stale = at(in_step.home, "site-b") / f"keyrings/{batch}.json"
    old = stale.read_bytes()
    in_step.vault.put_keyring(in_step.vault.keyring(batch).without(()))
    newest = stale.read_bytes()
    stale.write_bytes(old)
    assert bring(in_step).sites[1].files == 1
    assert stale.read_bytes() == newest
    (at(in_step.home, "site-a") / f"keyrings/{batch}.json").write_bytes(old)
    assert bring(in_step, site="site-b").sites[0].files == 0
    assert stale.read_bytes() == newest


def test_lost_keyrings_and_the_recovery_file_come_back(in_step: Archive) -> None:
    folder = at(in_step.home, "site-b") / "keyrings"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    (figures,) = [one for one in standing(in_step.tools()) if one.site == "site-b"]
    assert (figures.recovery, figures.keyrings) == (True, 2)
    assert bring(in_step, everything=False).sites[1].files == 3
    assert {path.name for path in folder.iterdir()} == set(before)
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "recovery.json"} == {
        name: content for name, content in before.items() if name != "recovery.json"
    }
    assert checked(in_step).whole


def test_a_site_set_back_as_a_whole_is_in_doubt_and_catches_up(in_step: Archive, tmp_path: Path) -> None:
    backup = shutil.copytree(at(in_step.home, "site-b"), tmp_path / "earlier")
    assert checked(in_step).whole  # an entry more
    shutil.rmtree(at(in_step.home, "site-b"))
    shutil.copytree(backup, at(in_step.home, "site-b"))
    objects(in_step.home, "site-b")[0].unlink()
    with opened(in_step.home) as fresh:
        done = replicate(fresh.tools(), terms(fresh, everything=False)).sites[1]
        assert (done.objects, done.batches) == (1, 1)
        assert checked(fresh).whole


def test_figures_say_what_is_behind_and_since_when(archive: Archive) -> None:
    sealed = sum(path.stat().st_size for path in objects(archive.home))
    for one in standing(archive.tools()):
        assert (one.lag.batches, one.lag.items, one.lag.bytes) == (1, 2, sealed)
        assert one.lag.oldest and one.seconds >= 0
        assert (one.entries, one.recovery, one.audit, one.in_step) == (0, False, None, False)
    bring(archive)
    checked(archive)
    for one in standing(archive.tools()):
        assert (one.lag.batches, one.lag.bytes, one.lag.oldest, one.held) == (0, 0, "", 1)
        assert one.in_step
        assert one.audit is not None and one.audit.whole
    with archive.database.read() as conn:
        assert lag.had(conn, archive.ledger, "site-a") == lag.had(conn, archive.ledger, "site-b")


def test_a_site_nobody_knows_is_refused(archive: Archive) -> None:
    with pytest.raises(NotFound):
        bring(archive, site="site-z")


def test_a_site_that_the_brake_stopped_is_not_counted_as_holding_what_is_gone(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is brought, but a batch is not secured by copies that were just seen to be gone."""
    monkeypatch.setattr("processes.replicating.replicate.LEAST", 1)
    bring(archive, site="site-a")
    assert held(archive) == {"site-a": 1, "site-b": 0}
    for path in objects(archive.home, "site-a")[:2]:
        path.unlink()
    done = bring(archive)
    assert done.sites[0].braked
    assert (held(archive)["site-a"], done.secured) == (0, 0)
    assert bring(archive, everything=False).sites[0].braked  # the worker meets it, too
