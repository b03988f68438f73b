"""Former audits, and when the next one is due."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from processes_audits import checked, objects, spoil

from archive import catalogue
from archive.events import AuditCompleted, decode
from lantai.doctor_audits import audits as doctor
from lantai.wiring import Archive
from processes.auditing.audit import Scope, audit, due, history
from processes.auditing.audit_history import days_since, last_everywhere

FIRST_VERSION = {
    "account": "keeper",
    "os_user": "root",
    "sites": [
        {"site": "site-a", "checked": 9, "objects": 3, "files": 6, "bytes": 900, "damaged": 1, "missing": 0}
        | {"repaired": 0, "lost": 0, "extra": 0, "unreachable": ""}
    ],
    "site": "",
    "percent": "100",
    "since": "",
    "repair": False,
}


def test_an_entry_of_the_first_version_is_read_for_ever(archive: Archive) -> None:
    event = decode("audit.completed", 1, json.loads(json.dumps(FIRST_VERSION)))
    assert isinstance(event, AuditCompleted)
    assert (event.run, event.objects, event.outcome) == ("", -1, "")
    with archive.database.write() as tx:
        catalogue.record(tx, archive.ledger, [event], "2026-11-01T00:00:00Z")
    (past,) = history(archive.tools()).audits
    told = past.as_json()
    assert (told["outcome"], told["time"]) == ("damaged", "2026-11-01T00:00:00Z")
    assert told["scope"] == {"site": "", "percent": 100.0, "since": "", "repair": False, "objects": None}


def test_every_run_is_a_line_of_history(archive: Archive) -> None:
    spoil(objects(archive.home)[0])
    runs = [checked(archive, percent=50), checked(archive, repair=True), checked(archive, site="site-b")]
    past = history(archive.tools())
    assert [one.event.run for one in past.audits] == [run.run for run in runs]
    assert past.audits[1].outcome == "repaired"
    assert [one.event.objects for one in past.audits] == [2, 3, 3]
    assert past.unfinished == ()
    line = past.audits[2].as_json()
    assert (line["account"], line["started"], line["resumed"]) == ("keeper", runs[2].started, 0)
    assert line["scope"]["site"] == "site-b"  # type: ignore[index]


@pytest.mark.parametrize(
    ("site", "gone", "outcome"),
    [("", "sites/site-b", "unchecked"), ("site-a", "", "whole"), ("site-b", "sites/site-b", "unchecked")],
)
def test_what_was_not_checked_is_never_whole(archive: Archive, site: str, gone: str, outcome: str) -> None:
    if gone:
        (archive.home / gone).rename(archive.home / "elsewhere")
    done = checked(archive, site=site)
    assert (done.outcome, history(archive.tools()).audits[-1].outcome) == (outcome, outcome)


def in_days(archive: Archive, days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "every", "percent", "wanted"),
    [
        (1, 90, 100, False),
        (91, 90, 100, True),
        (91, 0, 100, False),
        (91, 100, 100, False),
        (91, 90, 10, True),
    ],
)
def test_an_audit_is_due_when_the_last_of_everything_is_old(
    archive: Archive, days: float, every: int, percent: float, wanted: bool
) -> None:
    checked(archive)
    later = in_days(archive, days)
    scope = due(replace(archive.tools(), clock=lambda: later), every, percent)
    assert scope == (Scope(percent=percent) if wanted else None)


@pytest.mark.parametrize("narrow", [{"site": "site-a"}, {"since": "2000-01-01"}, {"percent": 50}])
def test_a_narrow_audit_puts_off_no_wide_one(archive: Archive, narrow: dict[str, object]) -> None:
    later = replace(archive.tools(), clock=lambda: in_days(archive, 91))
    audit(later, Scope(**narrow), repair=False)  # type: ignore[arg-type]
    assert due(later, 90) == Scope()
    assert last_everywhere(later) is None


def test_one_that_did_not_see_everything_is_tried_again_a_day_later(archive: Archive) -> None:
    (archive.home / "sites/site-b").rename(archive.home / "elsewhere")
    now = in_days(archive, 91)
    tools = replace(archive.tools(), clock=lambda: now)
    assert due(tools, 90) == Scope()
    assert not audit(tools, Scope(), repair=False).whole
    assert due(tools, 90) is None
    assert due(replace(tools, clock=lambda: now + timedelta(days=1.1)), 90) == Scope()
    assert round(days_since(tools, last_everywhere(tools))) == 91


def test_the_doctor_asks_for_an_audit_that_is_overdue_and_for_damage_that_waits(archive: Archive) -> None:
    assert [check.ok for check in doctor(archive)] == [True]
    with archive.database.write() as tx:
        tx.exec_driver_sql("UPDATE entry SET time = '2020-01-01T00:00:00Z' WHERE \"index\" = 0")
    assert [(check.ok, check.severity) for check in doctor(archive)] == [(False, "warn")]
    spoil(objects(archive.home)[0])
    checked(archive)
    assert {check.name: check.ok for check in doctor(archive)} == {"audit": True, "audit result": False}
    checked(archive, repair=True)
    assert {check.name: check.ok for check in doctor(archive)} == {"audit": True}
