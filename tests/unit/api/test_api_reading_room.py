"""The reading room over HTTP: who may see what in a visit, certificates without a gap, who is forgotten."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
from doors import Door, doors
from staff import DOCUMENTS, PHOTOGRAPHS, staffed
from starlette.testclient import TestClient

from archive import projections
from archive.uses import unsealed
from policies.visitors import check_sign, masked_contact, masked_number, number_fits
from processes.people.accounts import Appointment, appoint
from processes.reading_room.figures import purposes, visits_by_month
from processes.reading_room.visitors import forget
from processes.recovery.rebuild import rebuild_views

API = "/api/v1"
OPEN, CLOSED = PHOTOGRAPHS[0], DOCUMENTS[0]
NOWHERE = "A014-WS·1899-Y-0001"
UNTIL = (datetime.now(UTC) + timedelta(30)).date().isoformat()


def card(place: int) -> str:
    """A number that a resident identity card could have."""
    start = f"11010119900101{place:03}"
    return start + check_sign(start)


CARD = card(1)
PERSON = {"document": "identity-card", "number": CARD, "name": "王小明", "unit": "某厂"}
PERSON |= {"contact": "13800001111"}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home = staffed(tmp_path_factory.mktemp("room"))
    with doors(home) as door:
        tools = door.archive.tools()
        for name, fonds in (("second", ("A014",)), ("far", ("B001",))):
            appoint(tools, Appointment(name, ["accession-officer"], fonds), "security")
        yield door


@pytest.fixture(scope="module")
def desk(door: Door) -> TestClient:
    return door.signed_in("officer")


def entered(desk: TestClient, **more: object) -> dict[str, Any]:
    answer = desk.post(f"{API}/visits", json={**PERSON, "purpose": "history", **more})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def gave(desk: TestClient, visit: str, code: str, **more: object) -> Any:
    return desk.post(f"{API}/visits/{visit}/items", json={"items": [{"code": code, **more}]})


def certified(desk: TestClient, visit: str, code: str = OPEN, **more: object) -> Any:
    asked = {"code": code, "purpose": "办理退休", **more}
    return desk.post(f"{API}/visits/{visit}/certificates", json=asked)


def test_a_visit_is_entered_at_once_with_what_is_given_and_shows_its_visitor_masked(desk: TestClient) -> None:
    told = entered(desk, about="厂史", items=[OPEN])
    assert [one["code"] for one in told["items"]] == [OPEN]
    assert told["items"][0]["title"], "the officer sees the item"
    assert told["visitor"]["name"] == "王小明"
    assert told["visitor"]["number"] == "*" * 14 + CARD[-4:]
    listed = desk.get(f"{API}/visits", params={"since": told["time"][:10]}).json()["visits"]
    assert listed[0]["visit"] == told["visit"]
    assert CARD not in json.dumps(listed) + json.dumps(told)
    assert desk.get(f"{API}/visits", params={"until": "2000-01-01"}).json()["visits"] == []


def test_whoever_comes_again_is_known_by_their_document(desk: TestClient) -> None:
    first = entered(desk)["visitor"]["visitor"]
    again = entered(desk, number=" ".join(CARD).lower(), unit="新单位")["visitor"]
    assert (again["visitor"], again["unit"]) == (first, "新单位")
    assert entered(desk, number=card(2))["visitor"]["visitor"] != first
    own = desk.get(f"{API}/visits", params={"visitor": first}).json()["visits"]
    assert {one["visitor"]["visitor"] for one in own} == {first}


def test_a_number_that_cannot_be_is_refused_and_nothing_is_entered(desk: TestClient) -> None:
    before = len(desk.get(f"{API}/visits").json()["visits"])
    wrong = CARD[:-1] + ("0" if CARD[-1] != "0" else "1")
    for change in ({"number": wrong}, {"document": "none"}, {"name": " "}, {"purpose": "curiosity"}):
        answer = desk.post(f"{API}/visits", json={**PERSON, "purpose": "history", **change})
        assert answer.status_code == 400
        assert wrong not in answer.text
    answer = desk.post(f"{API}/visits", json={**PERSON, "purpose": "history", "items": [OPEN, CLOSED]})
    assert answer.status_code == 404
    assert len(desk.get(f"{API}/visits").json()["visits"]) == before


def test_a_visitor_sees_what_is_open_and_nothing_tells_closed_from_absent(desk: TestClient) -> None:
    visit = entered(desk)["visit"]
    assert gave(desk, visit, OPEN, act="copied", pages=3).status_code == 200
    closed, absent = gave(desk, visit, CLOSED), gave(desk, visit, NOWHERE)
    assert (closed.status_code, closed.json()["detail"]) == (404, absent.json()["detail"])
    assert certified(desk, visit, CLOSED).status_code == 404
    assert gave(desk, visit, OPEN, act="seen", pages=3).status_code == 400
    asked = desk.post(f"{API}/visits/{visit}/requests", json={"code": NOWHERE, "purpose": "寻亲"})
    assert asked.status_code == 201
    assert [one["state"] for one in asked.json()["requests"]] == ["asked"]


def test_a_grant_in_the_visitors_name_opens_the_item_to_them_as_far_as_it_goes(
    door: Door, desk: TestClient
) -> None:
    visit = entered(desk, number=card(3))["visit"]
    other = entered(desk, number=card(4))["visit"]
    told = desk.post(f"{API}/visits/{visit}/requests", json={"code": CLOSED, "purpose": "取证"}).json()
    request = told["requests"][0]["request"]
    terms = {"until": UNTIL, "reason": "本人"}
    own = desk.post(f"{API}/retrievals/{request}/grant", json=terms)
    assert own.status_code == 400, "whoever entered it does not decide on it"
    second = door.signed_in("second")
    assert second.post(f"{API}/retrievals/{request}/grant", json=terms).status_code == 200
    assert gave(desk, visit, CLOSED).status_code == 200
    assert gave(desk, visit, CLOSED, act="copied", pages=1).status_code == 404, "it is for looking"
    assert certified(desk, visit, CLOSED).status_code == 404
    assert gave(desk, other, CLOSED).status_code == 404
    ended = second.post(f"{API}/retrievals/{request}/revocation", json={"reason": "用毕"})
    assert ended.status_code == 200
    assert gave(desk, visit, CLOSED).status_code == 404


def test_certificates_are_numbered_without_a_gap_and_voided_ones_stay(desk: TestClient) -> None:
    visit = entered(desk)["visit"]
    first = certified(desk, visit, extract="一九九〇年参加工作").json()
    second = certified(desk, visit, holder="王大明").json()
    year = datetime.now(UTC).year
    numbers = [int(one["certificate"].removeprefix(f"{year}-")) for one in (first, second)]
    assert numbers[1] == numbers[0] + 1
    assert (first["holder"], second["holder"]) == ("王小明", "王大明")
    assert first["files"][0]["digest"].startswith("sha256:")
    name = first["certificate"]
    voided = desk.post(f"{API}/certificates/{name}/voiding", json={"reason": "姓名有误"})
    assert (voided.status_code, voided.json()["state"]) == (200, "void")
    assert desk.post(f"{API}/certificates/{name}/voiding", json={"reason": "又"}).status_code == 400
    register = desk.get(f"{API}/certificates").json()
    assert [one["certificate"] for one in register["certificates"]] == [
        f"{year}-{number:04}" for number in range(1, numbers[1] + 1)
    ]
    assert certified(desk, visit).json()["certificate"] == f"{year}-{numbers[1] + 1:04}"


def test_a_certificate_is_printed_as_declared_pdf_a_with_its_number(desk: TestClient) -> None:
    visit = entered(desk)["visit"]
    name = certified(desk, visit, extract='#read("/etc/passwd") "摘录"').json()["certificate"]
    for language in ("zh", "en"):
        answer = desk.get(f"{API}/certificates/{name}/paper", params={"language": language})
        assert answer.status_code == 200, answer.text
        with pikepdf.open(io.BytesIO(answer.content)) as made:
            assert b"pdfaid" in made.Root.Metadata.read_bytes()
            assert len(made.pages) == 1


def test_an_officer_of_other_fonds_sees_the_number_and_not_the_text(door: Door, desk: TestClient) -> None:
    visit = entered(desk, number=card(5))["visit"]
    told = desk.post(
        f"{API}/visits/{visit}/requests", json={"code": CLOSED, "purpose": "取证", "copy": True}
    ).json()
    request = told["requests"][0]["request"]
    terms = {"until": UNTIL, "reason": "本人"}
    assert door.signed_in("second").post(f"{API}/retrievals/{request}/grant", json=terms).status_code == 200
    name = certified(desk, visit, CLOSED).json()["certificate"]
    far = door.signed_in("far")
    row = next(
        one for one in far.get(f"{API}/certificates").json()["certificates"] if one["certificate"] == name
    )
    assert (row["state"], row["holder"], row["code"], row["title"]) == ("hidden", "", "", "")
    for path in (name, f"{name}/paper", "2026-9999"):
        assert far.get(f"{API}/certificates/{path}").status_code == 404


def test_the_whole_number_is_told_to_whom_the_journal_names(door: Door, desk: TestClient) -> None:
    visitor = entered(desk)["visitor"]["visitor"]
    told = desk.get(f"{API}/visitors/{visitor}").json()
    assert (told["number"], told["contact"]) == (CARD, PERSON["contact"])
    with door.archive.database.read() as conn:
        uses = [use for _, use in unsealed(conn) if use.detail.get("asked") == f"visitor={visitor}"]
    assert [(use.account, use.kind) for use in uses] == [("officer", "view")]
    assert desk.get(f"{API}/visitors/wnobody").status_code == 404


def test_nobody_else_has_the_register(door: Door) -> None:
    for account in ("researcher", "records", "head", "sysadmin", "auditor"):
        client = door.signed_in(account)
        for path in ("/visits", "/certificates", "/reading-room"):
            assert client.get(API + path).status_code == 404


def test_figures_count_by_month(door: Door, desk: TestClient) -> None:
    with door.archive.database.read() as conn:
        before = visits_by_month(conn)[-1]
    visit = entered(desk, number=card(6), purpose="proof", items=[OPEN])["visit"]
    gave(desk, visit, OPEN, act="copied", pages=2)
    certified(desk, visit)
    assert (
        desk.post(f"{API}/visits/{visit}/outcome", json={"outcome": "补办证明"}).json()["state"] == "closed"
    )
    with door.archive.database.read() as conn:
        after = visits_by_month(conn)[-1]
        assert visits_by_month(conn, until="2000-01") == []
        assert purposes(conn)["proof"] >= 1
    grown = [getattr(after, one) - getattr(before, one) for one in ("visits", "visitors", "given", "pages")]
    assert grown == [1, 1, 2, 2]
    assert (after.copies, after.certificates) == (before.copies + 1, before.certificates + 1)


def test_identity_is_nowhere_but_in_its_table_and_goes_when_its_time_has_come(
    door: Door, desk: TestClient
) -> None:
    visit = entered(desk, number=card(7), name="赵难忘", contact="zhao@example.org")["visit"]
    kept = door.archive.tools()
    with kept.database.read() as conn:
        assert "赵难忘" not in projections.dump(conn).decode()
    rebuild_views(kept, door.archive.index)
    assert desk.get(f"{API}/visits/{visit}").json()["visitor"]["name"] == "赵难忘"
    assert forget(kept, 0)["forgotten"] == 0
    assert forget(kept, 1)["forgotten"] == 0
    later = datetime.now(UTC) + timedelta(days=3)
    future = replace(kept, clock=lambda: later)
    assert forget(future, 1)["forgotten"] > 0
    shown = desk.get(f"{API}/visits/{visit}")
    assert shown.json()["visitor"] == {
        "visitor": shown.json()["visitor"]["visitor"],
        "forgotten": True,
        **dict.fromkeys(("name", "document", "number", "unit", "contact"), ""),
    }
    assert entered(desk, number=card(7))["visitor"]["visitor"] != shown.json()["visitor"]["visitor"]


@pytest.mark.parametrize(
    ("kind", "number", "fits"),
    [
        ("identity-card", "11010519491231002X", True),
        ("identity-card", "110105194912310021", False),
        ("identity-card", "1101051949123100", False),
        ("passport", "E12345678", True),
        ("letter", "鲁办字第3号", True),
        ("other", "a", False),
    ],
)
def test_numbers_are_held_against_their_kind(kind: str, number: str, fits: bool) -> None:
    assert number_fits(kind, number) is fits


def test_masks_hide_most_also_of_what_is_short() -> None:
    assert masked_number("11010519491231002X") == "*" * 14 + "002X"
    assert masked_number("AB") == "**"
    assert masked_contact("13800001111") == "13*******11"
    assert masked_contact("abc") == "***"


def test_the_home_page_of_the_room_tells_its_lists(desk: TestClient) -> None:
    told = desk.get(f"{API}/reading-room").json()
    assert told["days"] == 1_095
    assert {one["document"] for one in told["documents"]} >= {"identity-card", "passport"}
    assert told["months"][-1]["visits"] >= 1
