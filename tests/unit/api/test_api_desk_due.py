"""What falls due and what is held, over HTTP: for whoever handles it, in pages, with what is proposed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from doors import Door, doors
from media import pdf
from starlette.testclient import TestClient

API = "/api/v1"
OLD = {"1.pdf": "19950110", "2.pdf": "1996", "3.pdf": "199703", "4.pdf": "20160615"}
OPINION = {"2.pdf": "控制"}
FIRST = "A014-WS·2016-Y-BGS-0001"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("due")
    home = new_home(folder)
    rows = [
        row(
            name, category="WS", date=date, retention="Y", office="BGS", opening_opinion=OPINION.get(name, "")
        )
        for name, date in OLD.items()
    ]
    files = {name: pdf(place) for place, name in enumerate(OLD, 1)}
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    people = {"zhao": ("A014",), "feng": ("B001",)}
    for name, fonds in people.items():
        lantai(home, "account", "add", name, "--role", "appraisal-head", "--fonds", *fonds, status=0)
    with doors(home) as door:
        yield door


@pytest.fixture(scope="module")
def head(door: Door) -> TestClient:
    return door.signed_in("zhao")


def due(client: TestClient, **query: object) -> Any:
    answer = client.get(f"{API}/appraisals/due", params=query)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_25_years_old_waits_oldest_first_and_what_speaks_against_it_is_said(head: TestClient) -> None:
    told = due(head)
    assert [one["due"] for one in told["items"]] == ["2020-01-11", "2022-01-01", "2022-04-01"]
    assert [(one["proposed"], one["cautions"]) for one in told["items"]] == [
        ("open", []),
        ("", ["opinion"]),
        ("open", []),
    ]
    assert (told["total"], told["fonds"]) == (3, [{"fonds": "A014", "count": 3}])


def test_a_page_goes_on_where_the_last_one_ended(head: TestClient) -> None:
    first = due(head, limit=2)
    rest = due(head, limit=2, cursor=first["cursor"])
    assert [one["code"] for one in first["items"] + rest["items"]] == [
        one["code"] for one in due(head)["items"]
    ]
    assert rest["cursor"] is None
    assert head.get(f"{API}/appraisals/due", params={"cursor": "made.up"}).status_code == 400


def test_further_days_show_what_comes(head: TestClient) -> None:
    assert due(head, within=3660)["total"] == 3, "2016 falls due in 2041"
    assert due(head, fonds="B001")["items"] == []


def test_who_handles_other_fonds_is_told_nothing(door: Door) -> None:
    told = due(door.signed_in("feng"))
    assert (told["items"], told["total"], told["fonds"]) == ([], 0, [])
    assert door.signed_in("feng").get(f"{API}/holds").json() == {"holds": [], "cursor": None}


def test_what_is_held_is_listed_with_its_reason(head: TestClient) -> None:
    assert head.post(f"{API}/holds", json={"codes": [FIRST], "reason": "诉讼"}).status_code == 200
    held = head.get(f"{API}/holds").json()["holds"]
    assert [(one["code"], one["reason"]) for one in held] == [(FIRST, "诉讼")]
    assert head.get(f"{API}/holds", params={"cursor": "x"}).status_code == 400


def test_what_was_decided_on_waits_no_more_or_until_its_day(head: TestClient) -> None:
    told = {"status": "postponed", "reason": "涉及个人", "clause": "条例 30", "until": "2031-01-01"}
    done = head.post(f"{API}/appraisals", json={**told, "codes": [FIRST]})
    assert done.status_code == 200, done.text
    assert FIRST not in [one["code"] for one in due(head)["items"]]
    later = due(head, within=3660)["items"]
    assert [(one["due"], one["appraisal"]["clause"]) for one in later if one["code"] == FIRST] == [
        ("2031-01-01", "条例 30")
    ]
