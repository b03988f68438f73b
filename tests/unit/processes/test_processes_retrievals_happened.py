"""Whatever happened to requests, a session sees what a plain model of grants says; tries at once count."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recover_homes import items
from retrieval_desk import LI, TODAY, UNTIL, Desk, officer

from archive import catalogue, retrievals
from archive.events import RetrievalAsked, RetrievalGranted, RetrievalRefused, RetrievalRevoked
from archive.retrievals import Passcode
from lantai.wiring import Archive, opened
from processes.desk import retrieval_decisions
from processes.desk.retrievals import MOST_WRONG, _mark, granted, open_request
from processes.errors import PasscodeRefused
from processes.finding.show import show

BY = ("because", "owner", "archivist")
IDS = ("r1", "r2", "r3")
DAYS = ("2026-05-31", "2026-06-01", "2026-06-02")


@pytest.fixture(scope="module")
def one_archive(taken: Path) -> Iterator[Archive]:
    """The home that took a batch in; nothing of what is tried here stays in it."""
    with opened(taken) as archive:
        yield archive


happened = st.lists(
    st.one_of(
        st.tuples(
            st.just("grant"), st.sampled_from(IDS), st.sampled_from(DAYS), st.booleans(), st.booleans()
        ),
        st.tuples(st.just("refuse"), st.sampled_from(IDS)),
        st.tuples(st.just("revoke"), st.sampled_from(IDS)),
        st.tuples(st.just("passcode"), st.sampled_from(IDS)),
        st.tuples(st.just("open"), st.sampled_from(IDS)),
    ),
    max_size=14,
)


class Undone(Exception):
    """What was tried is not kept."""


@settings(max_examples=60, deadline=None)
@given(what=happened, today=st.sampled_from(DAYS))
def test_a_session_sees_what_stands_granted_under_the_passcode_that_it_gave(
    one_archive: Archive, what: list[Any], today: str
) -> None:
    both = [record.item.id for record in items(one_archive.home)]
    model: dict[str, tuple[str, str, bool, str]] = {}
    passcodes: dict[str, str] = {}
    opened_with: dict[str, str] = {}
    tools = one_archive.seen_as(LI).tools()
    with pytest.raises(Undone), one_archive.database.write() as tx:

        def enter(*events: Any) -> None:
            catalogue.record(tx, tools.ledger, events, tools.now())

        enter(*(RetrievalAsked(one, "A014", "编史", True, "li", "root") for one in IDS))
        for at, (kind, one, *more) in enumerate(what):
            if kind == "grant":
                until, second, copy = more
                mode = "copy" if copy else "view"
                enter(RetrievalGranted(both[second], one, "li", mode, until, *BY))
                model[one] = ("granted", both[second], copy, until)
            elif kind == "refuse":
                enter(RetrievalRefused(one, *BY))
                model[one] = ("refused", "", False, "")
            elif kind == "revoke":
                enter(RetrievalRevoked(both[0], one, *BY))
                model[one] = ("revoked", "", False, "")
            elif kind == "passcode":
                passcodes[one] = f"digest {at}"
                retrievals.put_passcode(tx, one, passcodes[one], tools.now())
            elif one in passcodes:
                opened_with[one] = passcodes[one]
        marks = {one: _mark(Passcode(digest, 0)) for one, digest in opened_with.items()}
        seen = granted(tx, LI, marks, date.fromisoformat(today))
        stands = [
            (item, copy)
            for one, (state, item, copy, until) in model.items()
            if state == "granted" and until >= today and opened_with.get(one) == passcodes.get(one, "none")
        ]
        copied = {item for item, copy in stands if copy}
        assert seen.granted == {item for item, _ in stands}
        assert seen.viewed == seen.granted - copied
        raise Undone


def test_tries_at_once_are_no_more_tries_than_one_after_another(home: Path) -> None:
    with opened(home) as archive:
        desk = Desk(archive, tuple(record.item.code for record in items(home)))
        request, passcode = desk.granted()

        def wrong(_: int) -> bool:
            try:
                open_request(archive.database, "li", request, "0000000000", TODAY)
            except PasscodeRefused:
                return True
            return False

        with ThreadPoolExecutor(MOST_WRONG) as at_once:
            assert all(at_once.map(wrong, range(MOST_WRONG)))
        with archive.database.read() as conn:
            assert retrievals.passcodes(conn, [request])[request].failures == MOST_WRONG
        with pytest.raises(PasscodeRefused):
            desk.opening(request, passcode)


def test_the_history_of_an_item_tells_officers_what_was_granted(home: Path) -> None:
    with opened(home) as archive:
        desk = Desk(archive, tuple(record.item.code for record in items(home)))
        request, _ = desk.granted(copy=True)
        desk.decide(retrieval_decisions.revoke, request, "用毕")
        history = show(archive.database, archive.ledger, desk.codes[0], officer("A014"))["history"]
    lines = {one["type"]: one["changed"] for one in history}
    assert lines["retrieval.granted"] == f"li: copy until {UNTIL}, request {request} (领导批示)"
    assert lines["retrieval.revoked"] == f"request {request} (用毕)"
