"""What falls due and what is held, over HTTP: for whoever handles it, in pages, with what is proposed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from doors import Door, doors
from media import pdf
from sqlalchemy import func, select
from starlette.testclient import TestClient

from archive.tables import use

API = "/api/v1"
COMING = datetime.now(UTC).date() + timedelta(days=40)
SOON = (
    f"{COMING.year - 25}{COMING:%m%d}" if (COMING.month, COMING.day) != (2, 29) else f"{COMING.year - 25}0228"
)
"""A record of this day is 25 years old in about 40 days."""
OLD = {"1.pdf": "19950110", "2.pdf": "1996", "3.pdf": "199703", "4.pdf": SOON, "5.pdf": "20140615"}
MORE = {"2.pdf": {"opening_opinion": "控制"}, "5.pdf": {"secrecy": "内部", "secrecy_period": "10年"}}
EXTRA = ("opening_opinion", "secrecy", "secrecy_period")
FIRST = "A014-WS·2016-Y-BGS-0001"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("due")
    home = new_home(folder)
    rows = [
        row(name, category="WS", date=day, retention="Y", office="BGS") | _more(name)
        for name, day in OLD.items()
    ]
    files = {name: pdf(place) for place, name in enumerate(OLD, 1)}
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    people = {"zhao": ("A014",), "feng": ("B001",)}
    for name, fonds in people.items():
        lantai(home, "account", "add", name, "--role", "appraisal-head", "--fonds", *fonds, status=0)
    with doors(home) as door:
        yield door


def _more(name: str) -> dict[str, str]:
    return dict.fromkeys(EXTRA, "") | MORE.get(name, {})


@pytest.fixture(scope="module")
def head(door: Door) -> TestClient:
    return door.signed_in("zhao")


def due(client: TestClient, **query: object) -> Any:
    answer = client.get(f"{API}/appraisals/due", params=query)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_25_years_old_waits_oldest_first_and_what_speaks_against_it_is_said(head: TestClient) -> None:
    told = due(head)
    assert [one["due"] for one in told["items"]] == ["2020-01-11", "2022-01-01", "2022-04-01", "2024-06-16"]
    assert [(one["proposed"], one["cautions"], one["ground"]) for one in told["items"]] == [
        ("open", [], "age"),
        ("", ["opinion"], "age"),
        ("open", [], "age"),
        ("", ["marked"], "secrecy"),
    ]
    assert (told["total"], told["fonds"]) == (4, [{"fonds": "A014", "count": 4}])


def test_a_count_alone_names_nothing_and_is_no_use_of_records(door: Door, head: TestClient) -> None:
    before = _uses(door)
    told = due(head, limit=0)
    assert (told["items"], told["cursor"], told["total"]) == ([], None, 4)
    held = head.get(f"{API}/holds", params={"limit": 0}).json()
    assert held == {"holds": [], "total": 0, "cursor": None}
    assert _uses(door) == before
    due(head, limit=1)
    assert _uses(door) == before + 1, "a page of it is"


def _uses(door: Door) -> int:
    """How many searches the journal holds."""
    with door.archive.database.read() as conn:
        return int(conn.execute(select(func.count()).where(use.c.kind == "search")).scalar_one())


def test_a_page_goes_on_where_the_last_one_ended(head: TestClient) -> None:
    first = due(head, limit=3)
    rest = due(head, limit=3, cursor=first["cursor"])
    assert [one["code"] for one in first["items"] + rest["items"]] == [
        one["code"] for one in due(head)["items"]
    ]
    assert rest["cursor"] is None
    assert head.get(f"{API}/appraisals/due", params={"cursor": "made.up"}).status_code == 400


def test_further_days_show_what_comes(head: TestClient) -> None:
    assert [due(head, within=days)["total"] for days in (0, 30, 60)] == [4, 4, 5]
    assert due(head, within=60)["items"][-1]["date"].replace("-", "") == SOON
    assert due(head, fonds="B001")["items"] == []


def test_who_handles_other_fonds_is_told_nothing(door: Door) -> None:
    told = due(door.signed_in("feng"))
    assert (told["items"], told["total"], told["fonds"]) == ([], 0, [])
    assert door.signed_in("feng").get(f"{API}/holds").json() == {"holds": [], "total": 0, "cursor": None}


def test_what_is_held_is_listed_with_its_reason(head: TestClient) -> None:
    assert head.post(f"{API}/holds", json={"codes": [FIRST], "reason": "诉讼"}).status_code == 200
    told = head.get(f"{API}/holds").json()
    held = told["holds"]
    assert told["total"] == 1
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
