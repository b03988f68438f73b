"""What is lost of appraisals and appointments closes, and never opens."""

from __future__ import annotations

import pytest
from archive_samples import registered
from lost_desk import BY, OTHER, Desk, access, code, received, recoded

from archive.accounts import account, ever_appointed
from archive.database import Database
from archive.errors import StaleCorrection
from archive.events import (
    AccountAdded,
    AccountClosed,
    ItemAppraised,
    RetrievalAsked,
    RetrievalGranted,
    RetrievalRevoked,
)
from archive.ledger import Ledger
from archive.retrievals import request


@pytest.fixture
def desk(database: Database, ledger: Ledger) -> Desk:
    return Desk(database, ledger)


def appraised(number: int, old: str, status: str, holder: str = "") -> ItemAppraised:
    return ItemAppraised(f"i{number}", old, status, "", "期满", "", holder, "owner", "archivist")


def appointed(name: str) -> AccountAdded:
    return AccountAdded(name, ("researcher",), ("A014",), False, "public", "owner", "archivist")


def closed(desk: Desk, name: str) -> bool | None:
    with desk.database.read() as conn:
        found = account(conn, name)
    return None if found is None else found.closed


@pytest.mark.parametrize("lost", [2, 3])
def test_a_lost_appraisal_closes_the_item_whatever_was_decided_before_or_after(desk: Desk, lost: int) -> None:
    desk.enter(received(), registered(1), appraised(1, "unreviewed", "restricted"))
    desk.enter(appraised(1, "restricted", "open"), registered(2, access="open"))
    desk.lose(lost)
    assert desk.access(1) == "closed"
    assert desk.access(2) == "open"
    assert desk.again()


def test_an_item_that_lost_its_appraisal_is_open_again_once_that_is_decided_anew(desk: Desk) -> None:
    desk.enter(received(), registered(1), appraised(1, "unreviewed", "open", "consent"))
    desk.lose(2)
    with pytest.raises(StaleCorrection):
        desk.enter(appraised(1, "unreviewed", "open"))
    desk.enter(appraised(1, "closed", "open", "reading-room"))
    record = desk.item(1)
    assert record is not None
    assert (record.item.access, record.item.holder) == ("open", "reading-room")
    assert desk.again()


def test_a_lost_appraisal_after_a_lost_recoding_opens_nothing(desk: Desk) -> None:
    desk.enter(received(), registered(1), recoded(1, code(1), OTHER, 9), appraised(1, "unreviewed", "open"))
    desk.lose(2)
    assert desk.access(1) == "closed"
    with pytest.raises(StaleCorrection, match="recode it first"):
        desk.enter(appraised(1, "closed", "open"))
    assert desk.again()


def test_whose_appointment_is_lost_is_nobody_and_the_founder_does_not_see_all_again(desk: Desk) -> None:
    desk.enter(received(), appointed("wang"))
    desk.lose(1)
    assert closed(desk, "wang") is None
    with desk.database.read() as conn:
        assert ever_appointed(conn)
    assert desk.again()


def test_where_a_closed_appointment_is_lost_everybody_who_may_be_meant_is_closed(desk: Desk) -> None:
    desk.enter(received(), appointed("wang"), appointed("li"), AccountClosed("wang", *BY), appointed("zhao"))
    desk.lose(3)
    assert [closed(desk, name) for name in ("wang", "li", "zhao")] == [True, True, False]
    assert desk.again()


def granted(request_id: str, account_name: str) -> RetrievalGranted:
    return RetrievalGranted("i1", request_id, account_name, "view", "2999-01-01", *BY)


@pytest.mark.parametrize(
    ("lost", "states"),
    [
        (3, [None, "granted", "granted"]),
        (6, ["revoked", "granted", "granted"]),
        (7, ["revoked", "asked", "granted"]),
        (9, ["revoked", "revoked", "revoked"]),
    ],
)
def test_a_lost_grant_opens_nothing_and_a_lost_revocation_ends_every_grant(
    desk: Desk, lost: int, states: list[str | None]
) -> None:
    desk.enter(received(), registered(1), access(1, "unreviewed", "open"))
    people = ("wang", "li", "he")
    desk.enter(*(RetrievalAsked(f"r-{who}", code(1), "编史", False, who, "archivist") for who in people))
    desk.enter(*(granted(f"r-{who}", who) for who in people), RetrievalRevoked("i1", "r-wang", *BY))
    desk.lose(lost)
    with desk.database.read() as conn:
        found = [request(conn, f"r-{who}") for who in people]
    assert [one and one.state for one in found] == states
    assert desk.access(1) == "open", "whose grants these are is no matter of the item"
    assert desk.again()
