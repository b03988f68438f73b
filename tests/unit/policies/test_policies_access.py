"""Who sees what: the decision on one record and the view of all of them say the same; default is closed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from views import FONDS, HELD, MARKED, standings, subjects, views

from policies.access import (
    CLEARED,
    DOMESTIC_MARK,
    EVERYTHING,
    HOLDERS,
    INTERNAL_MARK,
    MARKS,
    OPEN,
    STATUSES,
    Standing,
    Subject,
    View,
    Zone,
    copying,
    decide,
    handles,
    holder_kind,
    mark_kind,
    may,
    shows_all,
    view_of,
)

PLAIN = Standing("i1", "A014", OPEN)
STRANGER = Subject("stranger")


@given(subjects, standings)
def test_the_decision_and_the_view_say_the_same(subject: Subject | None, record: Standing) -> None:
    decision, view = decide(subject, record), view_of(subject)
    assert decision.allowed == may(view, record)
    assert decision.full == shows_all(view, record) == may(view.handled, record)
    assert decision.allowed or not decision.full


@given(views, standings)
def test_what_a_view_shows_in_full_it_shows(view: View, record: Standing) -> None:
    assert may(view, record) == (may(View(view.full), record) or may(View(view.partial), record))
    assert may(view, record) or not shows_all(view, record)
    assert not may(view, record) or record.access not in STATUSES or record.access in view.statuses


@given(standings)
def test_nobody_sees_nothing(record: Standing) -> None:
    assert not decide(None, record).allowed
    assert not may(View(()), record)


@given(subjects, standings)
def test_who_does_not_handle_the_fonds_sees_open_records_and_granted_ones_alone(
    subject: Subject | None, record: Standing
) -> None:
    if subject is None or handles(subject, record.fonds):
        return
    decision = decide(subject, record)
    assert not decision.full
    if record.withdrawn:
        assert not decision.allowed
    elif record.item not in subject.granted:
        assert not decision.allowed or (record.access, record.secrecy in MARKED[:3]) == (OPEN, True)


@given(subjects, standings)
def test_who_handles_a_fonds_sees_all_of_it(subject: Subject | None, record: Standing) -> None:
    if handles(subject, record.fonds):
        assert decide(subject, record).reason == "handles"
        assert shows_all(view_of(subject), record)


@given(subjects, standings, st.text(max_size=8))
def test_what_nobody_knows_is_closed(subject: Subject | None, record: Standing, unknown: str) -> None:
    if subject is None or handles(subject, record.fonds) or record.item in subject.granted:
        return
    if unknown not in STATUSES:
        assert not decide(subject, replace(record, access=unknown)).allowed
    if unknown not in ("", INTERNAL_MARK, DOMESTIC_MARK):
        assert not decide(subject, replace(record, secrecy=unknown)).allowed
        assert not decide(
            replace(subject, clearances=frozenset({unknown})), replace(record, secrecy=unknown)
        ).allowed
    if unknown not in HOLDERS:
        assert not decide(subject, replace(record, holder=unknown)).allowed


@given(standings)
def test_a_zone_that_nobody_knows_clears_nothing(record: Standing) -> None:
    somewhere = Subject("reader", zone="moon")  # type: ignore[arg-type]
    assert decide(somewhere, record).allowed == decide(STRANGER, record).allowed


@pytest.mark.parametrize(
    ("changes", "zones"),
    [
        ({}, set(Zone)),
        ({"secrecy": INTERNAL_MARK}, {Zone.GOVERNMENT, Zone.INTERNAL}),
        ({"secrecy": DOMESTIC_MARK}, {Zone.READING_ROOM, Zone.GOVERNMENT, Zone.INTERNAL}),
        ({"holder": "reading-room"}, {Zone.READING_ROOM, Zone.INTERNAL}),
        ({"holder": "consent"}, set()),
        ({"secrecy": "unknown"}, set()),
        ({"withdrawn": True}, set()),
        *(({"access": status}, set()) for status in STATUSES if status != OPEN),
    ],
)
def test_where_an_open_record_is_read(changes: dict[str, str], zones: set[Zone]) -> None:
    record = replace(PLAIN, **changes)  # type: ignore[arg-type]
    assert {zone for zone in Zone if decide(Subject("reader", zone=zone), record).allowed} == zones


def test_a_grant_opens_the_item_but_not_what_staff_alone_see_nor_what_was_withdrawn() -> None:
    granted = Subject("reader", granted=frozenset({"i1"}))
    closed = replace(PLAIN, access="closed", secrecy=INTERNAL_MARK, holder="consent")
    assert decide(granted, closed) == decide(granted, PLAIN)
    assert (decide(granted, closed).reason, decide(granted, closed).full) == ("granted", False)
    assert not decide(granted, replace(closed, withdrawn=True)).allowed
    assert not decide(granted, replace(closed, item="i2")).allowed


def test_a_subject_that_handles_nothing_by_name_handles_nothing() -> None:
    assert view_of(STRANGER).full == ()
    assert not any(handles(STRANGER, fonds) for fonds in FONDS)


@given(standings)
def test_the_archives_own_work_sees_all(record: Standing) -> None:
    assert may(EVERYTHING, record) and shows_all(EVERYTHING, record)
    assert view_of(Subject("owner", None)) == EVERYTHING


@pytest.mark.parametrize("mark", ["内部", " 内部 ", "內部", "Internal", "INTERNAL"])
def test_a_mark_is_known_however_it_is_written(mark: str) -> None:
    assert mark_kind(mark) == INTERNAL_MARK


@pytest.mark.parametrize(
    "mark", ["内部★10年", "秘密", "机密", "工作秘密", "解密", "内部 国内", "ｏｐｅｎ", "\u200b", "?"]
)
def test_a_mark_that_nobody_knows_is_none_of_the_known_ones(mark: str) -> None:
    assert mark_kind(mark) == "unknown"
    assert holder_kind(mark) == "unknown"


def test_marks_and_zones_are_spelled_as_they_are_looked_up() -> None:
    assert all(mark == mark.strip().casefold() for mark in MARKS)
    assert set(CLEARED) == set(Zone)
    assert set(HOLDERS) < set(HELD)


@given(subjects, standings, st.booleans())
def test_what_may_only_be_looked_at_is_copied_where_it_is_seen_without_the_grant(
    subject: Subject | None, record: Standing, looked: bool
) -> None:
    if subject is None:
        assert copying(None) is None
        return
    viewed = subject.granted if looked else frozenset[str]()
    bare = replace(subject, granted=frozenset())
    wanted = bare if looked else subject
    assert decide(copying(replace(subject, viewed=viewed)), record) == decide(wanted, record)
    assert decide(replace(subject, viewed=viewed), record) == decide(subject, record), (
        "to look at it is enough"
    )
