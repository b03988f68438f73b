"""What an audit is asked, and what it counts and tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from batches import new_home
from processes_audits import at, checked, last_entry, objects

from lantai.wiring import Archive, opened
from processes.auditing.audit import Audit, Scope
from processes.auditing.audited import ScopeMistake
from processes.auditing.holdings import Draw
from processes.errors import NotFound


def test_a_whole_archive_passes_and_is_counted_as_it_was_read(archive: Archive) -> None:
    sealed = sum(path.stat().st_size for path in objects(archive.home))
    done = checked(archive)
    assert done.whole
    for site in done.sites:
        assert (site.objects, site.extra) == (3, [])
        assert site.checked == site.objects + site.files
        files = [path for path in at(archive.home, site.site).rglob("*") if path.is_file()]
        assert sealed < site.bytes < sum(path.stat().st_size for path in files)
    entered = last_entry(archive)
    assert entered.sites == tuple(site.counts() for site in done.sites)
    assert (entered.site, entered.percent, entered.since, entered.repair) == ("", "100", "", False)
    assert checked(archive).whole


def test_bytes_of_a_copy_that_is_not_read_are_not_counted(archive: Archive) -> None:
    whole = checked(archive).sites[0].bytes
    gone = objects(archive.home)[0]
    unread = gone.stat().st_size
    gone.unlink()
    site = checked(archive).sites[0]
    assert site.objects == 3
    assert site.bytes < whole + 4096 - unread  # the entry of the first audit is read as well


@pytest.mark.parametrize("since", ["yesterday", "2016-13-01", "2016-1-1", "０", "0001-01-01T00:00+23:00"])
def test_what_is_no_date_is_refused(since: str) -> None:
    with pytest.raises(ScopeMistake) as refused:
        Scope(since=since)
    assert refused.value.code == "usage"


@pytest.mark.parametrize("percent", [0.0, -1.0, 100.1, float("nan")])
def test_what_is_no_share_is_refused(percent: float) -> None:
    with pytest.raises(ScopeMistake):
        Scope(percent=percent)


@pytest.mark.parametrize(
    ("since", "earliest"),
    [
        ("", ""),
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00Z"),
        ("2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"),
        ("0987-01-01", "0987-01-01T00:00:00Z"),
    ],
)
def test_a_date_is_compared_as_the_ledger_writes_times(since: str, earliest: str) -> None:
    assert Scope(since=since).earliest == earliest


def test_a_scope_without_any_object_is_no_pass(archive: Archive) -> None:
    done = checked(archive, since="2999-01-01")
    assert (done.chosen, done.whole) == (0, False)
    assert [site.objects for site in done.sites] == [0, 0]
    assert last_entry(archive).since == "2999-01-01T00:00:00Z"
    done = checked(archive, since="2000-01-01")
    assert (done.chosen, done.whole) == (3, True)


def test_an_archive_that_holds_nothing_yet_passes(tmp_path: Path) -> None:
    with opened(new_home(tmp_path)) as archive:
        assert checked(archive).whole


def test_no_audit_at_all_is_no_pass() -> None:
    assert not Audit(()).whole


def test_a_share_always_holds_an_object(archive: Archive) -> None:
    for _ in range(5):
        done = checked(archive, percent=0.01)
        assert done.whole
        assert [site.objects for site in done.sites] == [1, 1]
    assert last_entry(archive).percent == "0.01"


@pytest.mark.parametrize(("count", "percent", "wanted"), [(0, 50, 0), (1, 1, 1), (10, 50, 5), (7, 100, 7)])
def test_exactly_the_share_is_drawn(count: int, percent: float, wanted: int) -> None:
    draw = Draw(count, percent)
    assert sum(draw() for _ in range(count)) == wanted


def test_an_unknown_site_is_refused(archive: Archive) -> None:
    with pytest.raises(NotFound):
        checked(archive, site="site-c")
