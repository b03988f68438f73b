"""What was tried against the door and got further than it should: bodies that cost more than they weigh,
strangers who come from everywhere, and rights that were taken while something of them was under way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from batches import lantai, new_home
from doors import Door, doors

from archive import sessions
from lantai.api.door import COOKIE
from lantai.api.faults import Malformed
from lantai.api.gate import MOST_SIGN_IN_BYTES
from lantai.api.parsing import MOST_NAMES, MOST_VALUES, need_json

API = "/api/v1"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home = new_home(tmp_path_factory.mktemp("hostile"))
    lantai(home, "account", "add", "li", "--role", "researcher", status=0)
    with doors(home) as door:
        yield door


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
