"""Retrieval and the fonds register over HTTP: what a grant opens, and what asking never tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from doors import Door, doors
from media import pdf
from starlette.testclient import TestClient

from archive import catalogue
from archive.uses import unsealed
from lantai.wiring import opened
from processes.people.accounts import Appointment, appoint

API = "/api/v1"
NOWHERE = "A014-WS·1899-Y-0001"
PEOPLE = (
    ("desk", "accession-officer", ("A014",)),
    ("other", "accession-officer", ("B001",)),
    ("boss", "security-officer", ()),
    ("li", "researcher", ()),
    ("he", "researcher", ()),
)
UNTIL = (datetime.now(UTC) + timedelta(30)).date().isoformat()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A home with two items of two fonds that nobody has reviewed, and its people."""
    folder = tmp_path_factory.mktemp("retrieval")
    home = new_home(folder)
    files = {f"{name}.pdf": pdf(pages) for pages, name in enumerate("ab", start=1)}
    rows = [row("a.pdf", category="WS"), row("b.pdf", category="WS", fonds="B001")]
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    with opened(home) as archive:
        with archive.database.read() as conn:
            codes = [one.item.code for one in catalogue.all_items(conn)]
        for name, role, fonds in PEOPLE:
            appoint(archive.tools(), Appointment(name, [role], fonds), archive.settings.account)
    return home, codes


@pytest.fixture(scope="module")
def door(kept: tuple[Path, list[str]]) -> Iterator[Door]:
    with doors(kept[0]) as door:
        yield door


@pytest.fixture
def code(kept: tuple[Path, list[str]]) -> str:
    return kept[1][0]


@pytest.fixture
def desk(door: Door) -> TestClient:
    return door.signed_in("desk")


def asked(client: TestClient, code: str, **more: Any) -> str:
    answer = client.post(f"{API}/retrievals", json={"code": code, "purpose": "编史", **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["request"])


def granted(desk: TestClient, request: str, **more: str) -> str:
    terms = {"until": UNTIL, "reason": "领导批示", **more}
    answer = desk.post(f"{API}/retrievals/{request}/grant", json=terms)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["passcode"])


def opening(client: TestClient, request: str, passcode: str) -> Any:
    return client.post(f"{API}/retrievals/{request}/opening", json={"passcode": passcode})


def test_what_was_granted_is_open_in_the_session_where_its_passcode_was_given(
    door: Door, desk: TestClient, code: str
) -> None:
    li, elsewhere = door.signed_in("li"), door.signed_in("li")
    request = asked(li, code, copy=True)
    assert li.get(f"{API}/items/{code}").status_code == 404
    passcode = granted(desk, request)
    assert li.get(f"{API}/items/{code}").status_code == 404, "before the passcode"
    answer = opening(li, request, passcode)
    assert (answer.status_code, answer.json()["state"]) == (200, "granted")
    assert passcode not in answer.text
    assert li.get(f"{API}/items/{code}").json()["code"] == code
    content = li.get(f"{API}/items/{code}/components/1")
    assert (content.status_code, content.content[:5]) == (200, b"%PDF-")
    assert elsewhere.get(f"{API}/items/{code}").status_code == 404, "another session of the same account"
    assert [hit["code"] for hit in li.get(f"{API}/search", params={"query": "*"}).json()["hits"]] == [code]
    ended = desk.post(f"{API}/retrievals/{request}/revocation", json={"reason": "用毕"})
    assert ended.json()["state"] == "revoked"
    assert li.get(f"{API}/items/{code}").content == li.get(f"{API}/items/{NOWHERE}").content
    assert li.get(f"{API}/search", params={"query": "*"}).json()["hits"] == []


def test_what_may_be_looked_at_is_shown_and_not_given_away(door: Door, desk: TestClient, code: str) -> None:
    li = door.signed_in("li")
    request = asked(li, code)
    assert opening(li, request, granted(desk, request)).status_code == 200
    assert li.get(f"{API}/items/{code}").status_code == 200
    place = f"{API}/items/{code}/components/1"
    assert li.get(place).status_code == 404
    seen = li.get(place, params={"use": "view"})
    assert seen.status_code == 200
    assert seen.headers["Content-Disposition"].startswith("inline")
    assert "no-store" in seen.headers["Cache-Control"]
    listed = li.get(f"{API}/search/list", params={"query": "*"})
    assert code not in listed.text


def test_asking_is_answered_alike_whatever_is_there(door: Door, desk: TestClient, code: str) -> None:
    li = door.signed_in("li")
    answers = [li.post(f"{API}/retrievals", json={"code": one, "purpose": "编史"}) for one in (code, NOWHERE)]
    requests = [one.json()["request"] for one in answers]
    bodies = [one.text.replace(req, "R") for one, req in zip(answers, requests, strict=True)]
    told = [body.replace(one, "C") for body, one in zip(bodies, (code, NOWHERE), strict=True)]
    times = [answer.json()["asked"] for answer in answers]
    assert told[0].replace(times[0], "T") == told[1].replace(times[1], "T")
    kept_headers = [{k: v for k, v in one.headers.items() if k != "content-length"} for one in answers]
    assert kept_headers[0] == kept_headers[1]
    for request in requests:
        refused = desk.post(f"{API}/retrievals/{request}/refusal", json={"reason": "不宜"})
        assert refused.status_code == 200, refused.text
    rows = [one for one in list_of(li, every=True) if one["request"] in requests]
    assert {(one["state"], one["reason"]) for one in rows} == {("refused", "不宜")}


def test_openings_are_in_the_use_journal_with_their_request(door: Door, desk: TestClient, code: str) -> None:
    li = door.signed_in("li")
    request = asked(li, code)
    passcode = granted(desk, request)
    for typed in ("0000000000", passcode):
        opening(li, request, typed)
    with door.archive.database.read() as conn:
        noted = [(one.kind, one.detail) for _, one in unsealed(conn) if one.account == "li"][-2:]
    assert [(kind, detail["asked"], detail["status"]) for kind, detail in noted] == [
        ("opening", f"request={request}", "403"),
        ("opening", f"request={request}", "200"),
    ]
    assert noted[1][1]["code"] == code
    assert passcode not in str(noted)


def list_of(client: TestClient, **asked_for: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{API}/retrievals", params=asked_for)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["requests"]
    return found


def test_a_request_of_others_is_as_if_there_were_none(door: Door, code: str) -> None:
    request = asked(door.signed_in("li"), code)
    he, other, boss = (door.signed_in(name) for name in ("he", "other", "boss"))
    assert request not in [one["request"] for client in (he, other, boss) for one in list_of(client)]
    assert opening(he, request, "x").content == opening(he, "rnobody", "x").content
    terms = {"until": UNTIL, "reason": "x"}
    for client in (he, other, boss):
        there, nowhere = (
            client.post(f"{API}/retrievals/{one}/grant", json=terms) for one in (request, "rnobody")
        )
        assert (there.status_code, there.content) == (404, nowhere.content)
        for act in ("refusal", "revocation"):
            path = f"{API}/retrievals/{request}/{act}"
            assert client.post(path, json={"reason": "x"}).content == nowhere.content


def test_wrong_passcodes_are_one_answer_and_block(door: Door, desk: TestClient, code: str) -> None:
    li = door.signed_in("li")
    waiting, request = asked(li, code), asked(li, code)
    passcode = granted(desk, request)
    refused = [opening(li, one, "0000000000") for one in (waiting, *[request] * 5)]
    refused.append(opening(li, request, passcode))
    assert {(one.status_code, one.content) for one in refused} == {(403, refused[0].content)}
    anew = desk.post(f"{API}/retrievals/{request}/passcode")
    assert opening(li, request, anew.json()["passcode"]).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": "A014"},
        {"code": "A014", "purpose": "x", "copy": "perhaps"},
        {"code": "A014", "purpose": "x", "account": "he"},
        {"code": "x" * 201, "purpose": "x"},
        {"code": ["A014"], "purpose": "x"},
        {"code": "绝密", "purpose": "x"},
        {"code": "A014", "purpose": " "},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(door: Door, body: dict[str, Any]) -> None:
    answer = door.signed_in("li").post(f"{API}/retrievals", json=body)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_the_register_is_kept_by_who_handles_the_fonds_and_read_by_all(
    door: Door, desk: TestClient, code: str
) -> None:
    li, other = door.signed_in("li"), door.signed_in("other")
    body = {"code": "A014", "name": "某局", "since": "1950", "reason": "建册"}
    assert desk.post(f"{API}/fonds", json=body).status_code == 201
    assert other.post(f"{API}/fonds", json=body | {"code": "B001"}).status_code == 201
    for client, status in ((li, 405), (other, 404)):
        assert client.post(f"{API}/fonds", json=body).status_code == status
    named = {"name": "某委", "since": "1983-05", "reason": "改"}
    assert desk.post(f"{API}/fonds/A014/names", json=named).json()["name"] == "某委"
    guide = {"changes": {"guide": "沿革", "notes": "内情"}, "reason": "编"}
    assert desk.post(f"{API}/fonds/A014/description", json=guide).status_code == 200
    linked = desk.post(f"{API}/fonds/A014/links", json={"successor": "B001", "reason": "并"})
    assert linked.status_code == 404, "the successor is not theirs"
    paper = {"section": "use", "title": "利用统计", "text": "全文", "items": [code]}
    filed = desk.post(f"{API}/fonds/A014/file", json=paper)
    assert filed.status_code == 201, filed.text
    told = li.get(f"{API}/fonds/A014")
    assert (told.json()["name"], told.json()["guide"]) == ("某委", "沿革")
    assert "内情" not in told.text
    assert "利用统计" not in told.text
    asked_for = {"paper": filed.json()["paper"]}
    assert desk.get(f"{API}/fonds/A014", params=asked_for).json()["text"] == "全文"
    assert li.get(f"{API}/fonds/A014", params=asked_for).status_code == 404
    assert [one["fonds"] for one in li.get(f"{API}/fonds").json()["fonds"]] == ["A014", "B001"]
    unknown = guide | {"changes": {"code": "B001"}}
    assert desk.post(f"{API}/fonds/A014/description", json=unknown).status_code == 422


def test_a_stranger_and_a_program_open_nothing_by_grants(door: Door) -> None:
    stranger = door.stranger()
    for method, path in (("GET", "/retrievals"), ("POST", "/retrievals/r1/opening"), ("GET", "/fonds")):
        assert stranger.request(method, API + path).status_code == 401
