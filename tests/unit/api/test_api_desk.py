"""The desk over HTTP: corrections, decisions, holds and proofs, as the command line does them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from doors import Door, doors
from starlette.testclient import TestClient
from twin_homes import Homes, TwinHomes

API = "/api/v1"


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return TwinHomes(tmp_path_factory.mktemp("homes"))["desk"]


@pytest.fixture(scope="module")
def door(homes: Homes) -> Iterator[Door]:
    with doors(homes.full) as door:
        yield door


@pytest.fixture(scope="module")
def desk(door: Door) -> TestClient:
    return door.signed_in("desk")


@pytest.fixture(scope="module")
def handled(homes: Homes) -> list[str]:
    """Codes of items of the fonds that the desk handles, whatever their access."""
    return [one.code for one in homes.visible if one.fonds == "B002"]


def item(code: str) -> str:
    return f"{API}/items/{quote(code, safe='')}"


def test_a_description_is_corrected_and_its_history_says_so(desk: TestClient, handled: list[str]) -> None:
    told = {"changes": {"题名": "关于更正的通知"}, "reason": "写错"}
    done = desk.post(f"{item(handled[0])}/description", json=told)
    assert (done.status_code, done.json()["changes"][0]["field"]) == (200, "title")
    shown = desk.get(item(handled[0])).json()
    assert shown["title"] == "关于更正的通知"
    assert shown["history"][-1]["reason"] == "写错"
    assert desk.post(f"{item(handled[0])}/description", json=told).status_code == 400


def test_a_code_is_given_anew_and_the_former_one_still_finds_it(desk: TestClient, handled: list[str]) -> None:
    new = "B002-WS·2003-Y-BGS-4711"
    assert desk.post(f"{item(handled[1])}/code", json={"code": new, "reason": "x"}).status_code == 200
    assert desk.get(item(handled[1])).json()["code"] == new
    taken = desk.post(f"{item(handled[2])}/code", json={"code": new, "reason": "x"})
    assert (taken.status_code, taken.json()["title"]) == (409, "code-taken")


def test_an_item_is_withdrawn_and_held(desk: TestClient, handled: list[str]) -> None:
    held = desk.post(f"{API}/holds", json={"codes": handled[3:5], "reason": "诉讼"})
    assert held.json()["held"] is True
    lifted = desk.post(f"{API}/holds/lifting", json={"codes": handled[3:5], "reason": "结案"})
    assert lifted.json()["held"] is False
    assert desk.post(f"{API}/holds/lifting", json={"codes": handled[3:4], "reason": "x"}).status_code == 400
    gone = desk.post(f"{item(handled[4])}/withdrawal", json={"reason": "重复"})
    assert gone.status_code == 200
    assert desk.get(item(handled[4])).json()["withdrawn"] is True


def test_a_decision_is_in_force_for_the_next_request(
    door: Door, desk: TestClient, handled: list[str]
) -> None:
    reader, code = door.signed_in("r"), handled[5]
    said = {"status": "closed", "reason": "x", "codes": [code]}
    desk.post(f"{API}/appraisals", json=said)
    assert reader.get(item(code)).status_code == 404
    opened = desk.post(f"{API}/appraisals", json={**said, "status": "open"})
    assert opened.status_code == 200, opened.text


def test_a_set_is_previewed_and_confirmed_as_it_was(desk: TestClient) -> None:
    asked = {"status": "closed", "reason": "x", "query": "*", "fonds": "B002"}
    shown = desk.post(f"{API}/appraisals", json=asked).json()
    assert shown["decided"] == 0
    assert shown["changes"] > 0
    other = desk.post(f"{API}/appraisals", json={**asked, "confirm": shown["token"], "reason": "y"})
    assert (other.status_code, other.json()["title"]) == (409, "set-changed")
    done = desk.post(f"{API}/appraisals", json={**asked, "confirm": shown["token"]})
    assert done.json()["decided"] == shown["changes"]


@pytest.mark.parametrize(
    "body",
    [
        {"status": "open", "reason": "x"},
        {"status": "open", "reason": "x", "codes": ["a"], "query": "*"},
        {"status": "open", "reason": "x", "codes": ["a"], "fonds": "B002"},
        {"status": "open", "reason": "x", "codes": ["a"], "confirm": "t"},
    ],
)
def test_words_that_do_not_fit_together_are_refused(desk: TestClient, body: dict[str, object]) -> None:
    assert desk.post(f"{API}/appraisals", json=body).status_code == 400


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": 1}, {"reason": "x", "more": 1}, {"reason": "x" * 10_001}, [], {"reason": None}],
)
def test_bodies_that_a_route_does_not_take_are_refused(
    desk: TestClient, handled: list[str], body: object
) -> None:
    answer = desk.post(f"{item(handled[0])}/withdrawal", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_proof_is_a_file_that_tells_of_one_item(desk: TestClient, homes: Homes, handled: list[str]) -> None:
    answer = desk.get(f"{item(handled[0])}/proof")
    assert answer.status_code == 200, answer.text
    assert answer.json()["code"] == handled[0]
    assert answer.headers["content-disposition"].startswith("attachment;")
    hidden = next(one.code for one in homes.hidden)
    assert desk.get(f"{item(hidden)}/proof").status_code == 404


def test_what_is_entered_while_sites_are_away_says_that_it_waits(
    desk: TestClient, homes: Homes, handled: list[str]
) -> None:
    site = homes.full / "sites/site-b"
    away = shutil.move(site, site.with_name("away"))
    try:
        told = {"changes": {"title": "等候"}, "reason": "x"}
        done = desk.post(f"{item(handled[0])}/description", json=told)
    finally:
        shutil.move(away, site)
    assert done.status_code == 202, done.text
    assert "waiting" in json.loads(done.content)
    assert desk.get(item(handled[0])).json()["title"] == "等候"
