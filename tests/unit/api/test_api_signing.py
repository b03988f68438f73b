"""Signing in and out, proving, and requests that are sent again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest
from batches import lantai, new_home
from doors import Door, doors
from starlette.testclient import TestClient

from archive import answered, sessions
from archive.credentials import credential, put
from lantai.api.door import COOKIE, utc
from lantai.api.signing import DEVICE
from policies.passwords import as_kept
from processes.people.hashing import hashed

API = "/api/v1"
PASSWORD = "vier schwarze Pferde ziehen"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = new_home(tmp_path_factory.mktemp("signing"))
    for name, role in (("li", "researcher"), ("wang", "security-officer")):
        lantai(made, "account", "add", name, "--role", role, status=0)
    return made


@pytest.fixture(scope="module")
def door(home: Path) -> Iterator[Door]:
    with doors(home) as door:
        with door.archive.database.write() as tx:
            secret = hashed(as_kept(PASSWORD))
            put(tx, replace(credential(tx, "li"), password=secret))
            put(tx, replace(credential(tx, "wang"), password=secret, totp=TOTP))
        yield door


def sign_in(client: TestClient, account: str = "li", **more: str) -> Any:
    answer = client.post(f"{API}/session", json={"account": account, "password": PASSWORD, **more})
    client.headers["X-CSRF-Token"] = answer.json().get("csrf", "")
    return answer


def code() -> str:
    """A code of the second factor that was not used yet: of this step, or the one after it."""
    return pyotp.TOTP(TOTP).now()


def test_who_signs_in_gets_a_cookie_that_only_this_host_gets_back(door: Door) -> None:
    client = door.stranger()
    answer = sign_in(client)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["account"], told["roles"], told["zone"]) == ("li", ["researcher"], "public")
    assert "read" in told["rights"] and "appoint" not in told["rights"]
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-lantai")
        assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert client.get(f"{API}/session").json()["csrf"] == told["csrf"]


def test_signing_in_begins_another_session_and_ends_the_one_before(door: Door) -> None:
    client = door.stranger()
    sign_in(client)
    first, device = client.cookies[COOKIE], client.cookies[DEVICE]
    sign_in(client)
    assert client.cookies[COOKIE] != first
    assert client.cookies[DEVICE] == device
    old = door.stranger().get(f"{API}/session", headers={"Cookie": f"{COOKIE}={first}"})
    assert old.status_code == 401


def test_a_session_that_somebody_else_chose_is_nobodys(door: Door) -> None:
    client = door.stranger()
    client.headers["Cookie"] = f"{COOKIE}=chosen-by-another"
    assert f"{COOKIE}=" in sign_in(client).headers["set-cookie"]
    assert client.get(f"{API}/session").status_code == 401


def test_what_was_wrong_is_told_to_nobody(door: Door) -> None:
    answers = [
        door.stranger().post(f"{API}/session", json={"account": account, "password": password, "code": code})
        for account, password, code in (
            ("li", "wrong", ""), ("nobody", PASSWORD, ""), ("wang", PASSWORD, ""),
            ("wang", PASSWORD, "000000"), ("keeper", "", ""),
        )
    ]  # fmt: skip
    assert {one.status_code for one in answers} == {401}
    assert len({one.content for one in answers}) == 1
    assert not [one for one in answers if "set-cookie" in one.headers]


def test_an_administrator_signs_in_with_both_factors_and_proves_with_both(door: Door) -> None:
    client = door.stranger()
    used = code()
    assert sign_in(client, "wang", code=used).status_code == 201
    asked = {"action": "appoint", "password": PASSWORD, "code": used}
    assert client.post(f"{API}/session/proof", json=asked).status_code == 403  # each code holds once
    with door.archive.database.write() as tx:
        put(tx, replace(credential(tx, "wang"), totp_step=0))
    proof = client.post(f"{API}/session/proof", json={**asked, "code": code()}).json()["proof"]
    made = client.post(
        f"{API}/accounts", json={"name": "sun", "roles": ["researcher"]}, headers={"Lantai-Proof": proof}
    )
    assert made.is_success


def test_a_proof_asks_for_the_password_and_for_an_action_that_needs_one(door: Door) -> None:
    client = door.stranger()
    sign_in(client)
    wrong = client.post(f"{API}/session/proof", json={"action": "tokens", "password": "wrong"})
    assert (wrong.status_code, wrong.json()["title"]) == (403, "proof-refused")
    useless = client.post(f"{API}/session/proof", json={"action": "read", "password": PASSWORD})
    assert useless.status_code == 400


def test_signing_out_ends_the_session(door: Door) -> None:
    client = door.stranger()
    sign_in(client)
    kept = client.cookies[COOKIE]
    assert client.delete(f"{API}/session").status_code == 204
    assert door.stranger().get(f"{API}/session", headers={"Cookie": f"{COOKIE}={kept}"}).status_code == 401


def test_a_session_in_use_is_noted_behind(door: Door) -> None:
    client = door.signed_in("li")
    own = sessions.digest(client.cookies[COOKIE])
    with door.archive.database.write() as tx:
        sessions.saw(tx, own, utc(datetime.fromtimestamp(time.time() - 600, UTC)))
    client.get(f"{API}/session")
    door.app.state.seen._behind.submit(int).result()  # what was handed in before is done
    with door.archive.database.read() as conn:
        kept = sessions.session(conn, client.cookies[COOKIE])
    assert kept is not None
    assert kept.seen > utc(datetime.fromtimestamp(time.time() - 300, UTC))


ASKED = {"code": "A014-WS·2016-Y-BGS-0001", "purpose": "a thesis"}


def requests_of(client: TestClient) -> int:
    return len(client.get(f"{API}/retrievals").json()["requests"])


def test_a_request_that_is_sent_again_is_done_once(door: Door) -> None:
    client = door.signed_in("li")
    before = requests_of(client)
    key = {"Idempotency-Key": "one"}
    first = client.post(f"{API}/retrievals", json=ASKED, headers=key)
    again = client.post(f"{API}/retrievals", json=ASKED, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content) and first.is_success
    assert again.headers["lantai-repeated"] == "true"
    assert requests_of(client) == before + 1
    other = client.post(f"{API}/retrievals", json={**ASKED, "purpose": "another"}, headers=key)
    assert (other.status_code, other.json()["title"]) == (422, "key-reused")
    assert requests_of(client) == before + 1


def test_a_key_is_its_accounts_own(door: Door) -> None:
    key = {"Idempotency-Key": "shared"}
    first = door.signed_in("li").post(f"{API}/retrievals", json=ASKED, headers=key)
    other = door.signed_in("wang").post(f"{API}/retrievals", json=ASKED, headers=key)
    assert first.is_success and "lantai-repeated" not in other.headers


def test_what_was_refused_may_be_sent_again(door: Door) -> None:
    client = door.signed_in("li")
    key = {"Idempotency-Key": "mended"}
    assert client.post(f"{API}/retrievals", json={"code": "x"}, headers=key).status_code == 422
    assert client.post(f"{API}/retrievals", json=ASKED, headers=key).is_success


def test_a_request_that_is_being_worked_on_is_not_begun_again(door: Door) -> None:
    client = door.signed_in("li")
    key = {"Idempotency-Key": "slow"}
    client.post(f"{API}/retrievals", json=ASKED, headers=key)
    name = hashlib.sha256(b"slow").hexdigest()
    before = requests_of(client)
    with door.archive.database.write() as tx:
        answered.end(tx, "li", name, answered.RUNNING)
    door.app.state.started, began = "2000-01-01T00:00:00Z", door.app.state.started
    try:
        running = client.post(f"{API}/retrievals", json=ASKED, headers=key)
        assert (running.status_code, running.json()["title"]) == (409, "still-running")
        door.app.state.started = "2999-01-01T00:00:00Z"  # it is from before the server began
        lost = client.post(f"{API}/retrievals", json=ASKED, headers=key)
        assert (lost.status_code, lost.json()["title"]) == (409, "not-kept")
    finally:
        door.app.state.started = began
    assert requests_of(client) == before


def test_an_answer_with_a_secret_is_not_kept_and_its_act_not_repeated(door: Door) -> None:
    client = door.signed_in("wang")
    body, key = {"name": "qian", "roles": ["researcher"]}, {"Idempotency-Key": "appoint"}
    first = client.post(f"{API}/accounts", json=body, headers=key)
    assert first.is_success
    again = client.post(f"{API}/accounts", json=body, headers=key)
    assert (again.status_code, again.json()["title"]) == (409, "not-kept")
    with door.archive.database.read() as conn:
        rows = conn.exec_driver_sql("SELECT body FROM answered WHERE account = 'wang'").all()
    assert all(bytes(row[0]) == b"" or first.content not in bytes(row[0]) for row in rows)


def test_keys_of_odd_length_are_refused(door: Door) -> None:
    client = door.signed_in("li")
    assert (
        client.post(f"{API}/retrievals", json=ASKED, headers={"Idempotency-Key": "a" * 300}).status_code
        == 422
    )


def test_answers_are_forgotten_after_a_day(door: Door) -> None:
    with door.archive.database.write() as tx:
        assert answered.begin(tx, "x", "k", "r", "2026-01-01T00:00:00Z") is None
        answered.end(tx, "x", "k", 201, [("content-type", "a")], b"b")
        kept = answered.begin(tx, "x", "k", "r", "2026-01-01T23:59:59Z")
        assert kept is not None and (kept.status, kept.body) == (201, b"b")
        answered.forget_bodies(tx)
        kept = answered.begin(tx, "x", "k", "r", "2026-01-01T23:59:59Z")
        assert kept is not None and (kept.status, kept.body) == (answered.NOT_KEPT, b"")
        assert answered.begin(tx, "x", "k", "r", "2026-01-02T00:00:01Z") is None
        answered.sweep(tx, "2999-01-01T00:00:00Z")
