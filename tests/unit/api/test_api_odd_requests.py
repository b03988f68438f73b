"""Requests of odd form, and what every answer has whoever gives it."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator

import pytest
from batches import lantai, new_home
from doors import Door, doors

from lantai.api.door import COOKIE

API = "/api/v1"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home = new_home(tmp_path_factory.mktemp("odd"))
    lantai(home, "account", "add", "li", "--role", "researcher", status=0)
    with doors(home) as door:
        yield door


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"query": "*", "query": "x"}', "application/json", 422),
        (b'{"query": "*", "more": 1}', "application/json", 422),
        (b'{"query": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 422),
        (b'{"query": "\\u0000"}', "application/json", 422),
        (b'{"query": "\\ud800"}', "application/json", 422),
        (b'{"query": 1e999}', "application/json", 422),
        (b"", "application/json", 422),
        (b"query=*", "application/x-www-form-urlencoded", 415),
        (b'{"query": "*"}', "text/plain", 415),
        (b'{"query": "*"}', "", 415),
        (b'{"query": "' + b"a" * (1 << 20) + b'"}', "application/json", 413),
    ],
)
def test_bodies_of_odd_form_are_refused(door: Door, content: bytes, kind: str, status: int) -> None:
    client = door.signed_in("li")
    refused = client.put(
        f"{API}/searches/odd", content=content, headers={"Content-Type": kind} if kind else {}
    )
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    if status == 422:
        assert refused.json()["mistakes"]


def test_a_body_without_a_length_ends_at_the_same_bound(door: Door) -> None:
    client = door.signed_in("li")
    pieces = (b"a" * 65_536 for _ in range(17))
    refused = client.put(f"{API}/searches/odd", content=pieces, headers={"Content-Type": "application/json"})
    assert refused.status_code == 413


def test_a_body_where_none_is_taken_is_refused(door: Door) -> None:
    client = door.signed_in("li")
    refused = client.request(
        "GET", f"{API}/session", content=b"{}", headers={"Content-Type": "application/json"}
    )
    assert refused.status_code == 422


def test_headers_that_are_too_many_or_stand_twice_are_refused(door: Door) -> None:
    client = door.signed_in("li")
    assert client.get(f"{API}/session", headers={"X-Long": "a" * 20_000}).status_code == 431
    twice = [("Cookie", f"{COOKIE}={client.cookies[COOKIE]}"), ("Cookie", f"{COOKIE}=x")]
    bare = door.stranger()
    assert bare.get(f"{API}/session", headers=twice).status_code == 400  # type: ignore[arg-type]


def test_every_answer_has_the_headers_of_the_house(door: Door) -> None:
    client = door.signed_in("li")
    for answer in (
        client.get(f"{API}/session"),
        client.get(f"{API}/nothing"),
        door.stranger().get("/healthz"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["strict-transport-security"]
        assert "server" not in answer.headers


def test_answers_are_in_the_readers_language(door: Door) -> None:
    for wanted, chinese in (
        ("zh-CN,zh;q=0.9", True),
        ("en, zh;q=0.5", False),
        ("fr", False),
        ("zh;q=x,en", False),
    ):
        told = door.stranger().get(f"{API}/x", headers={"Accept-Language": wanted}).json()["detail"]
        assert ("登录" in told) is chinese


def test_what_nobody_foresaw_tells_nothing_of_itself(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("the title of a record")

    monkeypatch.setattr("lantai.api.signing.told", broken)
    answer = door.signed_in("li").get(f"{API}/session")
    assert (answer.status_code, answer.json()["title"]) == (500, "broken")
    assert "record" not in json.dumps(answer.json())
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_full_disk_is_told_as_one_in_the_readers_words(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/lantai/keys")

    monkeypatch.setattr("lantai.api.signing.told", full)
    li = door.signed_in("li")
    for language, words in (("en", "the disk of the archive is full"), ("zh", "档案系统磁盘已满")):
        answer = li.get(f"{API}/session", headers={"Accept-Language": language})
        assert (answer.status_code, answer.json()["title"]) == (507, "disk-full")
        assert words in answer.json()["detail"] and "/srv" not in answer.text


def test_every_route_is_in_the_matrix_and_every_model_forbids_unknown_names(door: Door) -> None:
    from pydantic import BaseModel

    from lantai.api.app import ROUTERS

    places = list(door.app.state.places.every())
    assert len({place.name for place in places}) == len(places)
    loose = []
    for router in ROUTERS:
        for route in router.routes:
            field = getattr(route, "body_field", None)
            model = field.field_info.annotation if field else None
            if isinstance(model, type) and issubclass(model, BaseModel):
                loose += [route.path] if model.model_config.get("extra") != "forbid" else []
    assert not loose
