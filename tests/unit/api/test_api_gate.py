"""The one entrance: strangers, other pages, roles, tokens, proofs, ends of sessions, requests of odd form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home
from doors import BASE, CSRF, Door, doors
from starlette.testclient import TestClient

from archive import sessions, tokens
from lantai.api.door import COOKIE, utc
from lantai.api.limits import Limits

API = "/api/v1"
STRANGE = (
    "/account/totp", "/search?query=*", "/accounts", "/nothing", "/items/A014-WS·2016-Y-BGS-0001", "", "/",
    "//session", "/search/", "/openapi.json/", "/sites/%00/retirement", "/Search",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = new_home(tmp_path_factory.mktemp("gate"))
    for name, role in (("li", "researcher"), ("wang", "security-officer"), ("zhao", "system-administrator")):
        lantai(made, "account", "add", name, "--role", role, status=0)
    return made


@pytest.fixture(scope="module")
def door(home: Path) -> Iterator[Door]:
    with doors(home) as door:
        yield door


def headers_of(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


@pytest.mark.parametrize("method", METHODS)
def test_a_stranger_gets_one_answer_on_every_path(door: Door, method: str) -> None:
    client = door.stranger()
    answers = [client.request(method, API + path) for path in STRANGE]
    assert {one.status_code for one in answers} == {401}
    assert len({one.content for one in answers}) == 1
    assert all(headers_of(one) == headers_of(answers[0]) for one in answers)


def test_what_is_free_is_open_to_strangers(door: Door) -> None:
    assert door.stranger().get(f"{API}/openapi.json").status_code == 200
    assert door.stranger().post(f"{API}/session", json={"account": "li", "password": "x"}).status_code == 401


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_what_is_not_for_an_account_is_as_if_it_were_not_there(door: Door, method: str) -> None:
    client = door.signed_in("li")
    absent = client.request(method, f"{API}/nothing")
    assert absent.status_code == 404
    for path in (
        "/accounts",
        "/accounts?x=1",
        "/keys/rotations",
        "/uses",
        "/sites/a/retirement",
        "/destructions",
    ):
        refused = client.request(method, API + path)
        assert (refused.status_code, refused.content) == (404, absent.content)
        assert headers_of(refused) == headers_of(absent)


def test_a_path_of_ones_own_tells_which_methods_it_takes(door: Door) -> None:
    client = door.signed_in("li")
    refused = client.put(f"{API}/search")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert client.request("OPTIONS", f"{API}/session").headers["allow"] == "DELETE, GET, HEAD, POST"
    assert client.post(f"{API}/accounts").status_code == 404
    officer = door.signed_in("wang")
    assert officer.request("OPTIONS", f"{API}/accounts").headers["allow"] == "GET, HEAD, POST"


def test_method_overrides_are_not_read(door: Door) -> None:
    client = door.signed_in("li")
    for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        assert client.get(f"{API}/session", headers={name: "DELETE"}).status_code == 200
    assert client.get(f"{API}/session?_method=DELETE").status_code == 422
    assert client.get(f"{API}/session").status_code == 200


def test_head_says_what_get_would_without_a_body(door: Door) -> None:
    client = door.signed_in("li")
    whole, head = client.get(f"{API}/session"), client.head(f"{API}/session")
    assert head.status_code == 200
    assert head.content == b""
    assert headers_of(head) == headers_of(whole)


def test_a_session_ends_by_its_time_and_when_nobody_uses_it(door: Door) -> None:
    now = datetime.now(UTC)

    def at(seen: datetime, until: datetime) -> int:
        client = door.signed_in("li")
        with door.archive.database.write() as tx:
            own = sessions.digest(client.cookies[COOKIE])
            secret = sessions.begin(tx, "li", utc(seen), utc(until), {"csrf": CSRF})
            sessions.end(tx, own)
        client.cookies.set(COOKIE, secret)
        return client.get(f"{API}/session").status_code

    hour = timedelta(hours=1)
    assert at(now, now + hour) == 200
    assert at(now - timedelta(minutes=29), now + hour) == 200
    assert at(now - timedelta(minutes=31), now + hour) == 401
    assert at(now, now - timedelta(seconds=2)) == 401


def test_an_ended_session_is_not_had_back(door: Door) -> None:
    client = door.signed_in("li")
    secret = client.cookies[COOKIE]
    assert client.delete(f"{API}/session").status_code == 204
    client.cookies.set(COOKIE, secret)
    assert client.get(f"{API}/session").status_code == 401


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "a" * 300, "{0}x", "{0}; __Host-lantai=x", "x; __Host-lantai={0}", "\xff", '"{0}"'],
)
def test_cookies_of_nobody_are_nobodys(door: Door, cookie: str) -> None:
    secret = door.signed_in("li").cookies[COOKIE]
    header = f"{COOKIE}={cookie.format(secret)}".encode("latin-1")
    assert door.stranger().get(f"{API}/session", headers={"Cookie": header}).status_code == 401


def test_whoever_reads_the_database_cannot_take_a_session_over(door: Door) -> None:
    stolen = sessions.digest(door.signed_in("li").cookies[COOKIE])
    assert door.stranger().get(f"{API}/session", headers={"Cookie": f"{COOKIE}={stolen}"}).status_code == 401


def test_a_change_needs_the_sessions_token_and_our_own_page(door: Door) -> None:
    client = door.signed_in("li", proves=False)
    put = f"{API}/searches/mine"
    good = {"query": "*"}
    assert client.put(put, json=good).status_code < 300
    for headers in (
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": ""},
    ):  # fmt: skip
        refused = client.put(put, json=good, headers=headers)
        assert (refused.status_code, refused.json()["title"]) == (403, "forgery")
    other = f"{API}/searches/other"
    assert client.put(other, json=good, headers={"Origin": BASE, "Sec-Fetch-Site": "same-origin"}).is_success
    crossed = door.stranger().post(
        f"{API}/session", json={"account": "li", "password": "x"}, headers={"Origin": "https://evil.example"}
    )
    assert crossed.status_code == 403  # nor is anybody signed in by another page


def bearing(
    door: Door, account: str, may: list[str] | None = None, until: str = "2999-01-01T00:00:00Z"
) -> TestClient:
    with door.archive.database.write() as tx:
        secret = tokens.make(tx, account, "t", utc(datetime.now(UTC)), until, may)
    client = door.stranger()
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


def test_a_token_opens_what_its_account_may_and_nothing_of_a_person(door: Door) -> None:
    client = bearing(door, "li")
    assert client.get(f"{API}/search?query=*").status_code == 200
    assert client.put(f"{API}/searches/by-token", json={"query": "*"}).is_success  # no cookie, no CSRF
    assert client.get(f"{API}/accounts").status_code == 404
    for method, path in (("DELETE", "/session"), ("POST", "/session/proof"), ("POST", "/account/tokens")):
        assert client.request(method, API + path, json={}).status_code in (404, 405)
    assert bearing(door, "wang", ["read"]).get(f"{API}/accounts").status_code == 404
    assert bearing(door, "wang", ["accounts"]).get(f"{API}/search?query=*").status_code == 404
    assert bearing(door, "li", until="2026-01-01T00:00:00Z").get(f"{API}/session").status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic bGk6eA==", "bearer lantai_x", "Bearer " + "a" * 999]
)
def test_a_token_of_nobody_hides_the_cookie_behind_it(door: Door, header: str) -> None:
    client = door.signed_in("li")
    assert client.get(f"{API}/session", headers={"Authorization": header}).status_code == 401


def test_what_asks_for_proof_is_not_done_without_one(door: Door) -> None:
    client = door.signed_in("wang", proves=False)
    body = {"name": "sun", "roles": ["researcher"]}
    refused = client.post(f"{API}/accounts", json=body)
    assert (refused.status_code, refused.json()["action"]) == (403, "appoint")
    own = sessions.digest(client.cookies[COOKIE])
    proofs = door.app.state.proofs
    for wrong in (proofs.make(own, "keys"), proofs.make("another", "appoint"), "x", ""):
        assert client.post(f"{API}/accounts", json=body, headers={"Lantai-Proof": wrong}).status_code == 403
    proof = {"Lantai-Proof": proofs.make(own, "appoint")}
    assert client.post(f"{API}/accounts", json=body, headers=proof).is_success
    again = client.post(f"{API}/accounts", json={**body, "name": "qian"}, headers=proof)
    assert again.status_code == 403
    assert client.get(f"{API}/accounts").status_code == 200  # looking asks for none
    assert bearing(door, "wang").post(f"{API}/accounts", json=body).status_code in (403, 404)


def test_who_lost_an_office_has_lost_it_with_the_next_request(door: Door, home: Path) -> None:
    lantai(home, "account", "add", "zhou", "--role", "storage-operator", status=0)
    client = door.signed_in("zhou")
    assert client.get(f"{API}/sites").status_code == 200
    lantai(home, "account", "close", "zhou", "--reason", "left", status=0)
    assert client.get(f"{API}/sites").status_code == 401
    assert bearing(door, "zhou").get(f"{API}/session").status_code == 401


def test_an_administrator_without_a_second_factor_may_do_nothing_but_enrol_one(door: Door) -> None:
    from archive.credentials import drop

    client = door.signed_in("zhao")
    assert client.get(f"{API}/sites").status_code == 200
    with door.archive.database.write() as tx:
        drop(tx, "zhao")
    assert client.get(f"{API}/sites").status_code == client.get(f"{API}/search?query=*").status_code == 404
    assert client.get(f"{API}/session").json()["rights"] == ["self"]


def test_an_account_works_from_its_zone_only_in_its_networks(home: Path) -> None:
    settings = home / "lantai.toml"
    before = settings.read_text("utf-8")
    settings.write_text(
        before + '\n[http]\nbehind_proxy = ["127.0.0.1/32"]\n[http.zones]\ninternal = ["10.0.0.0/8"]\n',
        "utf-8",
    )
    try:
        with doors(home) as door:
            client = door.signed_in("wang")
            cookie = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
            near = TestClient(door.app, base_url=BASE, client=("127.0.0.1", 1), headers=cookie)

            def roles(**headers: str) -> Any:
                told = near.get(
                    f"{API}/session", headers={name.replace("_", "-"): v for name, v in headers.items()}
                )
                return told.json()["zone"], told.json()["roles"]

            assert roles(x_forwarded_for="10.9.9.9") == ("internal", ["security-officer"])
            assert roles(x_forwarded_for="203.0.113.1") == ("public", [])
            assert roles(x_forwarded_for="10.9.9.9, 203.0.113.1") == ("public", [])
            assert roles(forwarded="for=10.9.9.9") == ("public", [])
            far = TestClient(door.app, base_url=BASE, client=("203.0.113.1", 1), headers=cookie)
            forged = far.get(f"{API}/session", headers={"X-Forwarded-For": "10.9.9.9"})
            assert forged.json()["zone"] == "public"
            assert far.get(f"{API}/accounts").status_code == 404
    finally:
        settings.write_text(before, "utf-8")


def test_whoever_asks_too_often_waits_and_others_do_not(door: Door) -> None:
    door.app.state.limits = Limits({"account": 5, "sign_ins": 2})
    try:
        client = door.signed_in("li")
        answers = [client.get(f"{API}/session") for _ in range(6)]
        assert [one.status_code for one in answers] == [200] * 5 + [429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert door.signed_in("wang").get(f"{API}/session").status_code == 200
        tries = [door.stranger().post(f"{API}/session", json={}).status_code for _ in range(3)]
        assert tries == [422, 422, 429]
    finally:
        door.app.state.limits = Limits({})
