"""Retrieval: what a grant opens and for how long, and what nobody learns by asking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from recover_homes import enter, items
from retrieval_desk import HE, LI, TODAY, UNTIL, Desk, officer

from archive import catalogue, retrievals, sessions
from archive.events import ItemDestroyed, ItemWithdrawn
from lantai.wiring import opened
from policies.access import Subject, copying
from processes.desk import retrieval_decisions
from processes.desk.retrievals import MOST_OPEN, MOST_WRONG, granted, open_in_session
from processes.errors import NotAllowedValue, NotFound, NothingChanges, PasscodeRefused, RequestsWaiting
from processes.finding.show import show
from search.errors import CursorMistake

refuse, revoke = retrieval_decisions.refuse, retrieval_decisions.revoke
renew_passcode = retrieval_decisions.renew_passcode
NOWHERE = "A014-WS·1899-Y-0001"
"""A code that nothing has."""


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    with opened(home) as archive:
        yield Desk(archive, tuple(record.item.code for record in items(home)))


def told(desk: Desk, subject: Subject, code: str = "") -> Any:
    return show(desk.archive.database, desk.archive.ledger, code or desk.codes[0], subject)


def test_a_grant_opens_its_item_to_whom_it_was_granted_and_to_nobody_else(desk: Desk) -> None:
    request, passcode = desk.granted(copy=True)
    reader = desk.opening(request, passcode)
    shown = told(desk, reader)
    assert shown["code"] == desk.codes[0]
    assert "history" not in shown, "its public side alone"
    assert (reader.granted, reader.viewed) == (frozenset({desk.item()}), frozenset())
    for subject, code in ((LI, desk.codes[0]), (HE, desk.codes[0]), (reader, desk.codes[1])):
        with pytest.raises(NotFound):
            told(desk, subject, code)
    with pytest.raises(NotFound):
        desk.opening(request, passcode, who=HE)


def test_who_may_look_may_not_copy_unless_another_grant_says_so(desk: Desk) -> None:
    first, look = desk.granted(copy=True, mode="view")
    second, take = desk.granted(copy=True)
    item = frozenset({desk.item()})
    looking = desk.opening(first, look)
    assert (looking.granted, looking.viewed) == (item, item)
    assert copying(looking) == LI
    opened_both = {}
    for request, passcode in ((first, look), (second, take)):
        opened_both |= open_both(desk, request, passcode)
    with desk.archive.database.read() as conn:
        both = granted(conn, LI, opened_both, TODAY.date())
    assert (both.granted, both.viewed) == (item, frozenset())


def open_both(desk: Desk, request: str, passcode: str) -> dict[str, str]:
    from processes.desk.retrievals import open_request

    return open_request(desk.archive.database, "li", request, passcode, TODAY)


def test_a_grant_ends_with_its_last_day_by_revocation_and_with_its_passcode(desk: Desk) -> None:
    request, passcode = desk.granted(until="2026-06-02")
    known = open_both(desk, request, passcode)

    def now_open(days: int = 0) -> bool:
        with desk.archive.database.read() as conn:
            return bool(granted(conn, LI, known, TODAY.date() + timedelta(days)).granted)

    assert [now_open(days) for days in (0, 1, 2)] == [True, True, False]
    with pytest.raises(PasscodeRefused):
        desk.opening(request, passcode, now=TODAY + timedelta(2))
    other = desk.decide(renew_passcode, request)["passcode"]
    assert not now_open(), "whoever opened it with the former one"
    with pytest.raises(PasscodeRefused):
        desk.opening(request, passcode)
    known = open_both(desk, request, other)
    assert now_open()
    desk.decide(revoke, request, "用毕")
    assert not now_open()
    with pytest.raises(PasscodeRefused):
        desk.opening(request, other)
    assert desk.listed(LI)[0] | {"asked": ""} == {
        "request": request,
        "account": "li",
        "code": desk.codes[0],
        "purpose": "编史",
        "copy": False,
        "asked": "",
        "state": "revoked",
        "mode": "view",
        "until": "2026-06-02",
        "reason": "用毕",
    }


def test_five_wrong_passcodes_block_it_until_there_is_another(desk: Desk) -> None:
    request, passcode = desk.granted()
    for wrong in ("", "7K3QF-M0ZXA", "x" * 10_000, "\ud800"):
        with pytest.raises(PasscodeRefused):
            desk.opening(request, wrong)
    for nobodys in ("", "\x00", "\ud800", request + "\n"):
        with pytest.raises(NotFound):
            desk.opening(nobodys, passcode)
    misread = passcode.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert desk.opening(request, misread).granted, "a right one begins the count anew"
    for _ in range(MOST_WRONG):
        with pytest.raises(PasscodeRefused):
            desk.opening(request, "7K3QF-M0ZXA")
    with pytest.raises(PasscodeRefused):
        desk.opening(request, passcode)
    assert desk.listed(officer("A014"))[0]["passcode_state"] == "blocked"
    other = desk.decide(renew_passcode, request)["passcode"]
    assert desk.opening(request, other).granted


def test_a_session_keeps_what_was_opened_in_it(desk: Desk) -> None:
    request, passcode = desk.granted()
    secret = desk.session("li")
    with desk.archive.database.read() as conn:
        found = sessions.session(conn, secret)
    assert found is not None
    answer = open_in_session(desk.archive.database, found.id, "li", request, passcode, TODAY)
    assert (answer["state"], answer["until"]) == ("granted", UNTIL)
    with desk.archive.database.read() as conn:
        again = sessions.session(conn, secret)
        assert again is not None
        assert passcode not in str(again.detail)
        assert granted(conn, LI, again.detail["opened"], TODAY.date()).granted
        assert granted(conn, HE, again.detail["opened"], TODAY.date()) == HE


def test_asking_says_nothing_of_what_is_there(desk: Desk) -> None:
    there, absent = (desk.ask(code) for code in (desk.codes[0], NOWHERE))
    assert list(there) == list(absent)
    assert blank(there) == blank(absent)
    for request in (there["request"], absent["request"]):
        desk.decide(refuse, request, "不宜提供")
    assert [blank(one) for one in desk.listed(LI)] == [blank(desk.listed(LI)[0])] * 2


def blank(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"request": "", "code": ""}


def test_an_officer_sees_requests_by_the_fonds_that_they_name(desk: Desk) -> None:
    desk.ask(desk.codes[0])
    desk.ask(NOWHERE)
    desk.ask("Z999-WS·2016-Y-0001")
    desk.ask("随便什么")
    rows = desk.listed(officer("A014"))
    assert [(row["code"], bool(row["item"])) for row in rows] == [(NOWHERE, False), (desk.codes[0], True)]
    assert [row["code"] for row in desk.listed(officer("Z999"))] == ["Z999-WS·2016-Y-0001"]
    everywhere = replace(officer(), handles=None)
    assert len(desk.listed(everywhere)) == 4
    assert desk.listed(HE) == []
    assert {row["code"] for row in desk.listed(LI)} >= {NOWHERE, "随便什么"}


def test_of_an_item_that_went_to_another_fonds_the_former_officer_learns_nothing_more(desk: Desk) -> None:
    from processes.desk.correct import recode

    new = desk.codes[0].replace("A014", "B020", 1)
    tools = desk.tools(officer("A014", "B020", name="gao"))
    recode(tools, desk.archive.index, desk.codes[0], new, "更正")
    request = desk.ask()["request"]
    (seen,) = desk.listed(officer("A014"))
    assert (seen["code"], seen["item"]) == (desk.codes[0], None)
    with pytest.raises(NotFound):
        desk.grant(request)
    assert desk.grant(request, who=officer("B020"))["item"]["code"] == new
    (seen,) = desk.listed(officer("A014"))
    assert (seen["state"], seen["by"], seen["until"]) == ("decided", "", "")
    for act in (revoke, refuse):
        with pytest.raises((NotFound, NothingChanges)):
            desk.decide(act, request, "不")
    with pytest.raises(NotFound):
        desk.decide(renew_passcode, request)


def test_what_is_not_there_is_not_granted_and_officers_of_other_fonds_decide_nothing(desk: Desk) -> None:
    there, absent = (desk.ask(code)["request"] for code in (desk.codes[0], NOWHERE))
    with pytest.raises(NotFound, match="there is no item"):
        desk.grant(absent)
    for act in (lambda: desk.grant(there, who=officer("B020")), lambda: desk.grant("rnobody")):
        with pytest.raises(NotFound, match="there is no request"):
            act()
    with pytest.raises(NotFound):
        desk.decide(refuse, there, "不", who=officer("B020"))


def test_nobody_grants_their_own_request_nor_more_than_was_asked_nor_for_longer(desk: Desk) -> None:
    own = desk.ask(who=officer("A014"))["request"]
    with pytest.raises(NotAllowedValue, match="their own"):
        desk.grant(own)
    request = desk.ask()["request"]
    with pytest.raises(NotAllowedValue, match="not asked for"):
        desk.grant(request, mode="copy")
    for until in ("2026-05-31", "2027-06-03", "tomorrow", "", "2026-6-1"):
        with pytest.raises(NotAllowedValue):
            desk.grant(request, until=until)
    assert desk.grant(request, until="2026-06-01")["until"] == "2026-06-01"
    for act in (lambda: desk.grant(request), lambda: desk.decide(refuse, request, "不")):
        with pytest.raises(NothingChanges):
            act()


@pytest.mark.parametrize(
    ("code", "purpose"),
    [("", "编史"), ("A014", " "), ("A014", "机密★10年"), ("绝密", "编史"), ("a\x00b", "c"), ("x" * 201, "c")],
)
def test_a_request_says_what_for_and_holds_no_secrets(desk: Desk, code: str, purpose: str) -> None:
    from processes.desk.retrievals import Wanted, ask

    with pytest.raises(NotAllowedValue):
        ask(desk.tools(LI), Wanted(code, purpose))


def test_so_many_requests_wait_at_once_and_lapse_by_their_day(desk: Desk) -> None:
    codes = [f"A014-WS·2016-Y-{number:04}" for number in range(MOST_OPEN)]
    tools = replace(desk.tools(LI))
    from archive.events import RetrievalAsked

    with desk.archive.database.write() as tx:
        events = [
            RetrievalAsked(f"r{at:03}", code, "编史", False, "li", "root") for at, code in enumerate(codes)
        ]
        catalogue.record(tx, tools.ledger, events, tools.now())
    with pytest.raises(RequestsWaiting):
        desk.ask()
    assert desk.ask(who=HE)["state"] == "asked"
    later = TODAY + timedelta(91)
    assert desk.ask(now=later)["state"] == "asked"
    assert [row["state"] for row in desk.listed(LI, every=False, now=later)] == ["asked"]
    assert {row["state"] for row in desk.listed(LI, now=later)} == {"asked", "lapsed"}


def test_a_list_goes_on_at_its_cursor_which_is_nobody_elses(desk: Desk) -> None:
    mine = [desk.ask()["request"] for _ in range(5)]
    theirs = desk.ask(who=HE)["request"]
    first = desk.listed(LI, limit=2)
    second = desk.listed(LI, limit=3, cursor=first["cursor"])
    got = [row["request"] for page in (first, second) for row in page["requests"]]
    assert (got, second["cursor"]) == (mine[::-1], None)
    for cursor in (theirs, "7", "rnobody"):
        with pytest.raises(CursorMistake):
            desk.listed(LI, limit=2, cursor=cursor)
    assert desk.listed(officer("A014"), limit=50, cursor=theirs)["requests"]


def test_a_withdrawn_item_is_granted_to_nobody_and_a_grant_does_not_outlive_withdrawing(desk: Desk) -> None:
    request, passcode = desk.granted()
    waiting = desk.ask()["request"]
    enter(desk.archive.home, ItemWithdrawn(desk.item(), "误移交", "keeper", "root"))
    with pytest.raises(NotAllowedValue, match="withdrawn"):
        desk.grant(waiting)
    with pytest.raises(NotFound):
        told(desk, desk.opening(request, passcode))


def test_a_destroyed_item_takes_its_grants_along_and_a_rebuild_says_the_same(desk: Desk) -> None:
    request, _ = desk.granted()
    item, code = desk.item(), desk.codes[0]
    refused = desk.ask()["request"]
    desk.decide(refuse, refused, "不宜")
    database, ledger = desk.archive.database, desk.archive.ledger
    with database.write() as tx:
        stone = ItemDestroyed(item, (code,), (), "期满", "keeper", "root", "A014")
        catalogue.record(tx, ledger, [stone], desk.tools(LI).now())
        ledger.destroy_payloads(tx, item)
        before = catalogue.dump(tx)
        left = retrievals.request(tx, request)
    assert left is not None
    assert (left.state, left.item, left.told("by")) == ("asked", "", "")
    catalogue.rebuild(database, ledger)
    with database.read() as conn:
        assert catalogue.dump(conn) == before
    with pytest.raises(NotFound):
        desk.grant(request)
