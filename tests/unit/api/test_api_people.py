"""Accounts over HTTP: appointed, changed and closed by whoever may; each looks after its own credentials."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from batches import new_home
from doors import Door, doors
from starlette.testclient import TestClient

from lantai.wiring import opened
from processes.people.accounts import Appointment, appoint

API = "/api/v1"
GOOD, BETTER = "correct horse battery staple", "another long and quiet evening"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home = new_home(tmp_path_factory.mktemp("people"))
    with opened(home) as archive:
        for name, role, fonds in (
            ("officer", "security-officer", ()),
            ("admin", "system-administrator", ()),
            ("desk", "accession-officer", ("all",)),
            ("reader", "researcher", ()),
        ):
            appoint(archive.tools(), Appointment(name, [role], fonds), archive.settings.account)
    with doors(home) as door:
        yield door


def added(door: Door, name: str, *roles: str, **more: Any) -> dict[str, Any]:
    """Appoint over HTTP; what was answered."""
    office = {"name": name, "roles": list(roles or ("researcher",)), **more}
    answer = door.signed_in("officer").post(f"{API}/accounts", json=office)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def with_password(door: Door, name: str, *roles: str, **more: Any) -> TestClient:
    """Somebody appointed, with a password, signed in by it."""
    code = added(door, name, *roles, **more)["code"]
    client = door.stranger()
    first = {"account": name, "code": code, "password": GOOD}
    assert client.put(f"{API}/account/first-password", json=first).status_code == 200
    return signs_in(client, name, GOOD)


def signs_in(client: TestClient, name: str, password: str, code: str = "") -> TestClient:
    answer = client.post(f"{API}/session", json={"account": name, "password": password, "code": code})
    assert answer.status_code == 201, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return client


def test_who_is_appointed_sets_a_password_by_a_code_that_is_told_once(door: Door) -> None:
    told = added(door, "lin", "records-officer", fonds=["A014"])
    assert (told["name"], told["roles"], told["fonds"]) == ("lin", ["records-officer"], ["A014"])
    client, first = door.stranger(), {"account": "lin", "code": told["code"], "password": GOOD}
    weak = client.put(f"{API}/account/first-password", json=first | {"password": "password1"})
    assert weak.status_code in (400, 422)
    assert client.put(f"{API}/account/first-password", json=first).status_code == 200
    again = client.put(f"{API}/account/first-password", json=first)
    nobody = client.put(f"{API}/account/first-password", json=first | {"account": "nobody at all"})
    assert (again.status_code, again.json()) == (nobody.status_code, nobody.json())
    assert again.status_code == 401
    shown = signs_in(client, "lin", GOOD).get(f"{API}/session").json()
    assert (shown["account"], shown["roles"]) == ("lin", ["records-officer"])
    listed = door.signed_in("officer").get(f"{API}/accounts").json()
    assert told["code"] not in str(listed)
    assert "lin" in [one["name"] for one in listed["accounts"]]


def test_a_code_is_not_told_again_for_a_request_that_is_sent_again(door: Door) -> None:
    officer, body = door.signed_in("officer"), {"name": "once", "roles": ["researcher"]}
    key = {"Idempotency-Key": "appoint-once"}
    assert officer.post(f"{API}/accounts", json=body, headers=key).status_code == 200
    again = officer.post(f"{API}/accounts", json=body, headers=key)
    assert again.status_code == 409
    assert "code" not in again.json()


def test_what_appointing_asks_for_is_the_persons_own_proof(door: Door) -> None:
    officer = door.signed_in("officer", proves=False)
    for method, path, body in (
        ("POST", "/accounts", {"name": "unproven", "roles": ["researcher"]}),
        ("PUT", "/accounts/reader", {"roles": ["editor"], "reason": "x"}),
        ("POST", "/accounts/reader/closing", {"reason": "x"}),
        ("POST", "/accounts/reader/code", {}),
    ):
        refused = officer.request(method, f"{API}{path}", json=body)
        assert (refused.status_code, refused.json()["title"]) == (403, "proof-needed"), path
    assert "unproven" not in officer.get(f"{API}/accounts").text


def test_another_office_counts_from_the_next_request_on(door: Door) -> None:
    added(door, "zhou", "accession-officer", fonds=["A014"])
    zhou = door.signed_in("zhou")
    assert zhou.get(f"{API}/batches").status_code != 404
    office = {"roles": ["researcher"], "reason": "moved to another office"}
    told = door.signed_in("officer").put(f"{API}/accounts/zhou", json=office)
    assert (told.status_code, told.json()["roles"]) == (200, ["researcher"])
    assert zhou.get(f"{API}/batches").status_code == 401, "its sessions have ended"
    assert door.signed_in("zhou").get(f"{API}/batches").status_code == 404


def test_an_account_that_was_closed_is_out_at_once_with_session_and_token(door: Door) -> None:
    added(door, "gone")
    gone = door.signed_in("gone")
    token = gone.post(f"{API}/account/tokens", json={"name": "nightly"}).json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert door.stranger().get(f"{API}/session", headers=bearer).status_code == 200
    closing = door.signed_in("officer").post(f"{API}/accounts/gone/closing", json={"reason": "left"})
    assert closing.status_code == 200
    for answer in (gone.get(f"{API}/session"), door.stranger().get(f"{API}/session", headers=bearer)):
        assert answer.status_code == 401
    again = door.signed_in("officer").post(f"{API}/accounts", json={"name": "gone", "roles": ["editor"]})
    assert again.status_code in (400, 422), "a name is given once and for ever"


@pytest.mark.parametrize(
    "office",
    [
        {"name": "two offices", "roles": ["security-officer", "security-auditor"]},
        {"name": "no office", "roles": []},
        {"name": "unknown", "roles": ["emperor"]},
        {"name": "officer", "roles": ["researcher"]},
        {"name": "0fficer", "roles": ["researcher"]},
        {"name": "", "roles": ["researcher"]},
        {"name": "x" * 300, "roles": ["researcher"]},
        {"name": "fonds", "roles": ["accession-officer"]},
        {"name": "zone", "roles": ["researcher"], "zone": "moon"},
        {"name": "more", "roles": ["researcher"], "admin": True},
        {"name": "kind", "roles": "researcher"},
        {"name": 7, "roles": ["researcher"]},
        {"roles": ["researcher"]},
        [],
        "officer",
    ],
    ids=str,
)
def test_an_appointment_that_cannot_be_is_refused(door: Door, office: Any) -> None:
    before = door.signed_in("officer").get(f"{API}/accounts").json()
    answer = door.signed_in("officer").post(f"{API}/accounts", json=office)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert door.signed_in("officer").get(f"{API}/accounts").json() == before


def test_accounts_are_listed_and_the_matrix_is_shown_to_administrators_alone(door: Door) -> None:
    for name in ("officer", "admin"):
        shown = door.signed_in(name).get(f"{API}/roles").json()
        assert {"roles", "commands", "routes", "free", "reader", "founder"} <= set(shown)
        assert door.signed_in(name).get(f"{API}/accounts").json()["founder"] == "keeper"
    for name in ("desk", "reader"):
        assert door.signed_in(name).get(f"{API}/roles").status_code == 404
        assert door.signed_in(name).get(f"{API}/accounts").status_code == 404


def test_a_password_is_changed_by_the_present_one_and_ends_whatever_else_is_open(door: Door) -> None:
    here = with_password(door, "chen")
    elsewhere = signs_in(door.stranger(), "chen", GOOD)
    proof = here.post(f"{API}/session/proof", json={"action": "tokens", "password": GOOD}).json()["proof"]
    made = here.post(f"{API}/account/tokens", json={"name": "x"}, headers={"Lantai-Proof": proof})
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    wrong = here.put(f"{API}/account/password", json={"password": "wrong", "new": BETTER})
    assert wrong.status_code in (401, 403)
    assert elsewhere.get(f"{API}/session").status_code == 200
    right = here.put(f"{API}/account/password", json={"password": GOOD, "new": BETTER})
    assert right.status_code == 200, right.text
    assert here.get(f"{API}/session").status_code == 200, "the session that changed it goes on"
    assert elsewhere.get(f"{API}/session").status_code == 401
    assert door.stranger().get(f"{API}/session", headers=bearer).status_code == 401
    signs_in(door.stranger(), "chen", BETTER)


def test_an_administrator_may_do_nothing_but_enrol_before_there_is_a_second_factor(door: Door) -> None:
    admin = with_password(door, "newadmin", "system-administrator")
    assert admin.get(f"{API}/session").json()["rights"] == ["self"]
    for path in ("/sites", "/search?query=*", "/doctor", "/roles"):
        assert admin.get(f"{API}{path}").status_code == 404
    assert admin.post(f"{API}/account/tokens", json={"name": "around"}).status_code == 405
    begun = admin.post(f"{API}/account/totp", json={"password": GOOD})
    assert begun.status_code == 200, begun.text
    totp = pyotp.parse_uri(begun.json()["uri"])
    assert isinstance(totp, pyotp.TOTP)
    assert admin.put(f"{API}/account/totp", json={"code": "000000"}).status_code in (401, 403)
    moment = datetime.now(UTC)
    confirmed = admin.put(f"{API}/account/totp", json={"code": totp.at(moment)})
    assert confirmed.status_code == 200, confirmed.text
    body = {"account": "newadmin", "password": GOOD}
    for code in ("", totp.at(moment), "000000"):
        refused = door.stranger().post(f"{API}/session", json=body | {"code": code})
        assert refused.status_code == 401, "no code, one that was used, a wrong one"
    signed = signs_in(door.stranger(), "newadmin", GOOD, totp.at(moment + timedelta(seconds=30)))
    assert "sites" in signed.get(f"{API}/session").json()["rights"]


def test_a_token_does_what_its_account_may_and_no_more_and_nothing_of_ones_own(door: Door) -> None:
    desk = door.signed_in("desk")
    made = desk.post(f"{API}/account/tokens", json={"name": "feeder", "days": 7, "may": ["read"]})
    assert made.status_code == 201, made.text
    everything = desk.post(f"{API}/account/tokens", json={"name": "all"}).json()["token"]
    narrow, wide = ({"Authorization": f"Bearer {one}"} for one in (made.json()["token"], everything))
    program = door.stranger()
    assert program.get(f"{API}/searches", headers=narrow).status_code == 200
    assert program.get(f"{API}/batches", headers=narrow).status_code == 404
    assert program.get(f"{API}/batches", headers=wide).status_code == 200
    assert program.get(f"{API}/roles", headers=wide).status_code == 404
    for headers in (narrow, wide):
        for method, path in (
            ("GET", "/account/tokens"),
            ("POST", "/account/tokens"),
            ("PUT", "/account/password"),
            ("POST", "/account/totp"),
            ("PUT", "/account/totp"),
            ("GET", "/account/sessions"),
            ("DELETE", "/account/sessions"),
            ("POST", "/session/proof"),
            ("DELETE", "/session"),
        ):
            refused = program.request(method, f"{API}{path}", headers=headers).status_code
            assert refused == (405 if path == "/session" else 404), path
    shown = program.get(f"{API}/session", headers=narrow).json()
    assert shown["rights"] == ["read", "self"]
    listed = desk.get(f"{API}/account/tokens").json()["tokens"]
    assert {one["name"] for one in listed} == {"feeder", "all"}
    assert made.json()["token"] not in str(listed)
    assert desk.delete(f"{API}/account/tokens/feeder").status_code == 200
    assert program.get(f"{API}/searches", headers=narrow).status_code == 401
    assert desk.delete(f"{API}/account/tokens/feeder").status_code == 404
    assert door.signed_in("reader").delete(f"{API}/account/tokens/all").status_code == 404


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x", "Basic bGk6eA==", "lantai_x", "Bearer lantai_" + "x" * 300],
)
def test_what_is_no_token_is_a_stranger_whatever_the_cookie_says(door: Door, header: str) -> None:
    reader = door.signed_in("reader")
    assert reader.get(f"{API}/session").status_code == 200
    refused = reader.get(f"{API}/session", headers={"Authorization": header})
    assert refused.status_code == 401
    stranger = door.stranger().get(f"{API}/nothing-of-the-kind")
    assert (refused.status_code, refused.content) == (stranger.status_code, stranger.content)


def test_somebody_sees_where_they_are_signed_in_and_ends_the_others(door: Door) -> None:
    added(door, "many")
    clients = [door.signed_in("many") for _ in range(3)]
    told = clients[0].get(f"{API}/account/sessions").json()["sessions"]
    assert (len(told), sum(one["current"] for one in told)) == (3, 1)
    assert clients[0].delete(f"{API}/account/sessions").json() == {"ended": 2}
    assert [one.get(f"{API}/session").status_code for one in clients] == [200, 401, 401]
