"""Pages of the reading room: a visitor in one form, what is given, mistakes in place, certificates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from doors import CSRF, Door, doors
from sqlalchemy import delete, insert, select
from staff import DOCUMENTS, PHOTOGRAPHS, staffed
from starlette.testclient import TestClient

from archive.tables_visitors import visitor
from lantai.web.forms import new_key
from processes.reading_room.figures import visits_by_fonds, visits_by_year

CARD = "11010519491231002X"
PERSON = {"document": "identity-card", "number": CARD, "name": "王 <b>小明", "purpose": "history"}
OPEN, CLOSED = PHOTOGRAPHS[0], DOCUMENTS[0]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with doors(staffed(tmp_path_factory.mktemp("web-room"))) as door:
        yield door


@pytest.fixture(scope="module")
def desk(door: Door) -> TestClient:
    client = door.signed_in("officer")
    client.headers["Accept-Language"] = "en"
    return client


def shown(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return answer.text


def sent(client: TestClient, path: str, status: int = 303, **fields: Any) -> Any:
    """Send a form of ours."""
    answer = client.post(path, data={"csrf": CSRF, **fields}, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return answer


@pytest.fixture(scope="module")
def visit(desk: TestClient) -> str:
    there: str = sent(desk, "/reading-room/new", **PERSON, items=f"{OPEN}\n").headers["location"]
    return there.partition("?")[0]


def test_an_empty_room_says_what_to_do_first(desk: TestClient) -> None:
    page = shown(desk, "/reading-room?since=2001-01-01&until=2001-01-01")
    assert "Nobody is entered" in page
    assert "Take down whoever comes" in page


def test_a_visit_shows_its_visitor_masked_and_escaped(desk: TestClient, visit: str) -> None:
    page = shown(desk, visit)
    assert "王 &lt;b&gt;小明" in page
    assert CARD not in page
    assert "002X" in page
    assert OPEN in page
    assert CARD not in shown(desk, "/reading-room")
    whole = re.search(r'href="(/reading-room/visitors/[^"]+)"', page)
    assert whole
    assert CARD in shown(desk, whole[1])


def test_a_form_that_is_sent_twice_enters_one_visit(desk: TestClient) -> None:
    form = {**PERSON, "number": "110105194912310039", "document": "other", "key": new_key()}
    first = sent(desk, "/reading-room/new", **form).headers["location"]
    assert sent(desk, "/reading-room/new", **form).headers["location"] == first


def test_a_mistake_shows_the_form_again_with_what_was_typed(desk: TestClient) -> None:
    page = sent(desk, "/reading-room/new", 400, **(PERSON | {"number": "110105194912310021"})).text
    assert "cannot be one of this kind" in page
    assert "王 &lt;b&gt;小明" in page
    closed = sent(desk, "/reading-room/new", 404, **PERSON, items=CLOSED).text
    assert "Under this code nothing is open to the visitor" in closed
    assert CLOSED in closed


def test_what_is_closed_is_not_given_and_is_asked_for_in_place(desk: TestClient, visit: str) -> None:
    page = sent(desk, f"{visit}/items", 404, item=CLOSED, act="seen").text
    assert "Under this code nothing is open to the visitor" in page
    assert f'value="{CLOSED}"' in page
    asking = shown(desk, f"{visit}?ask={CLOSED}")
    assert f'value="{CLOSED}"' in asking
    sent(desk, f"{visit}/requests", item=CLOSED, purpose="寻亲", copy="yes")
    assert "寻亲" in shown(desk, visit)


def test_what_is_found_is_given_by_one_button(desk: TestClient, visit: str) -> None:
    page = shown(desk, f"{visit}?q=2016")
    assert f'name="item" value="{PHOTOGRAPHS[1]}"' in page
    sent(desk, f"{visit}/items", item=PHOTOGRAPHS[1], act="copied", pages="3")
    assert PHOTOGRAPHS[1] in shown(desk, visit)
    assert "Nothing was found" in shown(desk, f"{visit}?q=没有这样的档案")


def test_an_outcome_closes_the_visit_and_is_shown(desk: TestClient, visit: str) -> None:
    sent(desk, f"{visit}/outcome", 400, outcome=" ")
    sent(desk, f"{visit}/outcome", outcome="写入厂史")
    assert "写入厂史" in shown(desk, visit)


def test_a_certificate_is_issued_printed_and_voided(desk: TestClient, visit: str) -> None:
    assert OPEN in shown(desk, f"{visit}/certificate?item={OPEN}")
    refused = sent(desk, f"{visit}/certificate", 404, item=CLOSED, purpose="x", holder="y", extract="z").text
    assert "Nothing was certified" in refused
    form = {"item": OPEN, "purpose": "退休", "holder": "王小明", "extract": "一行\n二行"}
    there = sent(desk, f"{visit}/certificate", **form).headers["location"].partition("?")[0]
    page = shown(desk, there)
    assert "一行\n二行" in page
    paper = re.search(r'href="(/api/v1/certificates/[^"]+)"', page)
    assert paper
    assert desk.get(paper[1]).headers["content-type"] == "application/pdf"
    sent(desk, f"{there}/voiding", 400, reason="")
    sent(desk, f"{there}/voiding", reason="姓名有误")
    assert "姓名有误" in shown(desk, there)
    register = shown(desk, "/reading-room/certificates")
    assert "void" in register
    assert there in register


def test_pages_speak_chinese_without_a_word_missing(desk: TestClient, visit: str) -> None:
    for path in ("/reading-room", "/reading-room/new", visit, "/reading-room/certificates"):
        page = desk.get(path, headers={"Accept-Language": "zh-CN"}).text
        assert "阅览室" in page or "档案证明" in page


def test_the_room_is_for_who_keeps_its_register(door: Door, desk: TestClient, visit: str) -> None:
    assert 'href="/reading-room"' in shown(desk, "/")
    for account in ("researcher", "auditor"):
        client = door.signed_in(account)
        for path in ("/reading-room", visit, "/reading-room/certificates"):
            shown(client, path, 404)
    assert "/sign-in" in door.stranger().get(visit, follow_redirects=False).headers["location"]
    shown(desk, "/reading-room/visits/none", 404)
    shown(desk, "/reading-room/certificates/1999-0001", 404)


def test_a_copy_of_the_one_table_names_visitors_again(door: Door, desk: TestClient, visit: str) -> None:
    with door.archive.database.write() as tx:
        copied = [dict(row) for row in tx.execute(select(visitor)).mappings()]
        tx.execute(delete(visitor))
    assert "小明" not in shown(desk, visit)
    with door.archive.database.write() as tx:
        tx.execute(insert(visitor), copied)
    assert "小明" in shown(desk, visit)


def test_a_person_who_comes_twice_a_year_is_two_visits_and_one_visitor(door: Door, desk: TestClient) -> None:
    def told() -> Any:
        rows = desk.get("/api/v1/reports/statistics").json()["tables"][0]["rows"]
        return next(row for row in rows if row["fonds"] == "A014")

    before = told()
    for number, items in (("E12345678", PHOTOGRAPHS[1]), ("E12345678", PHOTOGRAPHS[1]), ("E87654321", "")):
        other = PERSON | {"document": "passport", "number": number}
        sent(desk, "/reading-room/new", **other, items=items)
    after = told()
    assert (after["visits"], after["visitors"]) == (before["visits"] + 2, before["visitors"] + 1)
    assert after["used"] >= 1
    with door.archive.database.read() as conn:
        ((visits, visitors),) = visits_by_year(conn).values()
        assert visits_by_fonds(conn, frozenset({"B001"})) == {}
    assert visits > after["visits"] and visitors > after["visitors"]
