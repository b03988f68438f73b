"""What was tried against the door and got further than it should: bodies that cost more than they weigh,
strangers who come from everywhere, and rights that were taken while something of them was under way.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import anyio
import pytest
from batches import lantai, new_home
from doors import BASE, Door, doors
from people import PASSWORD, give
from starlette.testclient import TestClient

from archive import jobs, sessions
from lantai.api import finding, turns
from lantai.api.door import COOKIE
from lantai.api.faults import Malformed
from lantai.api.gate import MOST_SIGN_IN_BYTES
from lantai.api.limits import Limits
from lantai.api.parsing import MOST_NAMES, MOST_VALUES, need_json
from lantai.api.parts import THREADS
from policies.uses import Flood
from processes.people import hashing
from processes.people.accounts import Appointment, appoint, change
from processes.people.people_errors import SignInFailed, SlowDown

API = "/api/v1"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home = new_home(tmp_path_factory.mktemp("hostile"))
    lantai(home, "account", "add", "li", "--role", "researcher", status=0)
    with doors(home) as door:
        yield door


def from_address(door: Door, address: str) -> TestClient:
    """A stranger who comes from there."""
    client = TestClient(door.app, base_url=BASE, client=(address, 1))
    client.portal = door.client.portal
    return client


def test_a_name_among_a_hundred_thousand_is_found_twice_in_one_look() -> None:
    names = ",".join(f'"{number:x}":0' for number in range(100_000))
    with pytest.raises(
        Malformed, match=r"body\.1869f: it stands there twice"
    ):  # comparing each with each: minutes
        need_json(b"application/json", f'{{{names},"1869f":0}}'.encode())


@pytest.mark.parametrize("body", ["[" + "0," * MOST_VALUES + "0]", "[" + "[]," * MOST_VALUES + "0]"])
def test_a_body_holds_so_many_values(body: str) -> None:
    with pytest.raises(Malformed, match="too many values"):
        need_json(b"application/json", body.encode())


def test_what_a_route_does_not_know_is_not_told_without_end(door: Door) -> None:
    many = {f"{number:x}": 0 for number in range(MOST_NAMES + 1)}
    assert len(door.signed_in("li").post(f"{API}/retrievals", json=many).content) < 1_000
    papers = [{"name": "a", "text": "a", **{f"{n:x}": 0 for n in range(900)}} for _ in range(50)]
    refused = door.stranger().post(f"{API}/verifications", json={"key": "k", "files": papers})
    assert (refused.status_code, len(refused.content) < 1_000) == (422, True)


def test_a_proof_of_nothings_costs_nothing(door: Door) -> None:
    key = door.signed_in("li").get(f"{API}/checkpoint/key").json()["key"]
    empty = json.dumps({"format": "lantai-proof/1", "code": "x", "proofs": [""] * 100_000})
    asked = {"key": key, "files": [{"name": "a", "text": empty}]}
    answer = door.stranger().post(f"{API}/verifications", json=asked)
    assert (answer.status_code, answer.json()["ok"], len(answer.content) < 1_000) == (200, False, True)


@pytest.mark.parametrize("path", ["/session", "/session/organisation"])
def test_strangers_who_sign_in_send_little(door: Door, path: str) -> None:
    body = json.dumps({"account": "li", "password": "x" * MOST_SIGN_IN_BYTES}).encode()
    assert door.stranger().post(API + path, content=body, headers=JSON).status_code == 413


def while_sent(body: bytes, meanwhile: Callable[[], None]) -> Iterator[bytes]:
    """A body during whose sending something happens."""
    yield body[:1]
    meanwhile()
    yield body[1:]


def test_a_session_that_ends_while_a_body_is_sent_does_nothing(door: Door) -> None:
    client = door.signed_in("li")

    def signed_out() -> None:
        with door.archive.database.write() as tx:
            sessions.end(tx, sessions.digest(client.cookies[COOKIE]))

    body = json.dumps({"code": "A014-WS·2016-Y-BGS-0001", "purpose": "a book", "copy": True}).encode()
    late = client.post(f"{API}/retrievals", content=while_sent(body, signed_out), headers=JSON)
    assert late.status_code == 401
    assert door.signed_in("li").get(f"{API}/retrievals").json()["requests"] == []


def test_whoever_floods_the_sign_in_takes_nobody_elses_thread(door: Door) -> None:
    li, ended = door.signed_in("li"), list[int]()
    asked = {"account": "nobody", "password": "something that takes long"}

    def floods() -> None:
        ended.append(door.stranger().post(f"{API}/session", json=asked).status_code)

    crowd = [threading.Thread(target=floods) for _ in range(THREADS + turns.THREADS + 2)]
    with hashing._turn(), hashing._turn():  # whoever hashes now waits
        for one in crowd:
            one.start()
        while door.app.state.turns.waiting < len(crowd) - turns.THREADS:
            assert not ended
            time.sleep(0.01)
        assert li.get(f"{API}/account/sessions").status_code == 200
        assert not ended
    for one in crowd:
        one.join()
    assert set(ended) <= {401, 429}


def test_a_crowd_of_strangers_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 0)

    async def asked() -> int:
        return await turns.Turns().taken(lambda: 1)

    with pytest.raises(SlowDown):
        anyio.run(asked)


def test_a_stranger_at_the_same_address_keeps_nobody_from_their_own_password(door: Door) -> None:
    give(door.archive.database, "li")
    li = door.stranger()
    signed = li.post(f"{API}/session", json={"account": "li", "password": PASSWORD})
    li.headers["X-CSRF-Token"] = signed.json()["csrf"]
    guess = {"account": "li", "password": "guessed"}
    assert 429 in [door.stranger().post(f"{API}/session", json=guess).status_code for _ in range(9)]
    assert li.post(f"{API}/account/totp", json={"password": PASSWORD}).status_code == 200
    assert li.put(f"{API}/account/totp", json={"code": "000000"}).status_code == 403
    other = {"password": PASSWORD, "new": "another long enough phrase"}
    assert li.put(f"{API}/account/password", json=other).status_code == 200


def test_one_network_of_a_stranger_is_one_stranger(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(door.app.state._state, "limits", Limits({"sign_ins": 5}))
    journal = door.app.state.journal
    monkeypatch.setattr(journal, "flood", Flood(each=3))
    asked = {"account": "nobody", "password": "guessed"}
    codes = [
        from_address(door, f"2001:db8:1:2::{n:x}").post(f"{API}/session", json=asked).status_code
        for n in range(9)
    ]
    assert from_address(door, "2001:db8:1:3::1").post(f"{API}/session", json=asked).status_code == 401
    assert codes == [401] * 5 + [429] * 4
    assert journal.flood._seen == {"2001:db8:1:2::/64": 3, "2001:db8:1:3::/64": 1}


def test_who_gets_another_office_reads_no_work_of_the_former(door: Door) -> None:
    tools = door.archive.tools()
    appoint(tools, Appointment("store", ["storage-operator"]), door.archive.settings.account)
    with door.archive.database.write() as tx:
        name = jobs.add(tx, "store", "audit", {})
        work = jobs.job(tx, name, "store")
        assert work is not None
        jobs.tell(tx, work, {"result": {"title": "of a record"}}, jobs.DONE, "2999")
    assert door.signed_in("store").get(f"{API}/jobs/{name}").json()["result"]
    change(tools, Appointment("store", ["storage-operator", "researcher"]), "转岗")
    assert door.signed_in("store").get(f"{API}/jobs/{name}").status_code == 404


def test_long_pages_are_read_in_a_thread(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []

    def found(*_: object, **_waiting: object) -> bytes:
        threads.append(threading.current_thread().name)
        return b'{"hits": []}'

    monkeypatch.setattr(finding, "find", found)
    li = door.signed_in("li")
    for limit in (20, 1000):
        assert li.get(f"{API}/search", params={"query": "*", "limit": limit}).status_code == 200
    assert "worker" not in threads[0]
    assert "worker" in threads[1]


def test_an_organisation_that_is_slow_takes_nobodys_thread(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, ended = threading.Event(), list[int]()

    class Slow:
        def returned(self, *_: object) -> str:
            answers.wait(30)
            raise SignInFailed

    monkeypatch.setitem(door.app.state._state, "organisation", Slow())
    li, path = door.signed_in("li"), f"{API}/session/organisation/return?code=x&state=y"
    crowd = [
        threading.Thread(target=lambda: ended.append(door.stranger().get(path).status_code))
        for _ in range(THREADS + turns.THREADS + 2)
    ]
    for one in crowd:
        one.start()
    while door.app.state.ways.waiting < len(crowd) - turns.THREADS:
        time.sleep(0.01)
    assert li.get(f"{API}/account/sessions").status_code == 200
    assert not ended
    answers.set()
    for one in crowd:
        one.join()
    assert set(ended) == {401}
