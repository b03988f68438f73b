"""The first page, for each role: what waits, what went wrong, what is due, and nothing that is not theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from batches import lantai
from doors import CSRF, Door, doors
from staff import DOCUMENTS, staffed
from starlette.testclient import TestClient

from lantai.demo_people import PEOPLE
from lantai.web.today_asked import batch_lines

API = "/api/v1"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return staffed(tmp_path_factory.mktemp("web-today"))


@pytest.fixture(scope="module")
def door(home: Path) -> Iterator[Door]:
    with doors(home) as door:
        yield door


def today(client: TestClient, language: str = "en", path: str = "/") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def lines(text: str) -> list[str]:
    """The lines of the page, as they are read."""
    found = re.findall(r'<span class="words"><a href="[^"]*">([^<]*)</a>', text)
    return [line.strip() for line in found]


@pytest.mark.parametrize("account", [one.name for one in PEOPLE])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_role_has_a_first_page_and_nothing_that_it_asked_was_refused(
    door: Door, account: str, language: str
) -> None:
    client = door.signed_in(account)
    told = lines(today(client, language))
    assert not [line for line in told if "just now" in line or "暂时" in line]
    if "sites" in client.get(f"{API}/session").json()["rights"]:
        assert "当前" not in today(client, language, "/today/sites")
    refused = door.signed_in("auditor").get(f"{API}/uses", params={"kind": "refused", "account": account})
    assert refused.json()["uses"] == []


def test_batches_that_came_back_lately_and_those_that_wait_are_told_by_name() -> None:
    now = datetime.now(UTC)
    lately, long_ago = (f"{now - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}" for days in (1, 400))
    batches = [
        {
            "batch": "b1",
            "state": "returned",
            "time": lately,
            "source": "2016",
            "registered": 0,
            "returned": 3,
        },
        {
            "batch": "b2",
            "state": "returned",
            "time": long_ago,
            "source": "old",
            "registered": 0,
            "returned": 3,
        },
        {"batch": "b3", "state": "secured", "time": lately, "source": "2017", "registered": 9, "returned": 1},
        {"batch": "b4", "state": "secured", "time": lately, "source": "2018", "registered": 9, "returned": 0},
        {"batch": "b5", "state": "waiting", "time": lately, "source": "a", "registered": 0, "returned": 0},
        {"batch": "b6", "state": "inspected", "time": lately, "source": "b", "registered": 0, "returned": 0},
    ]
    found = {one.name: one for one in batch_lines({"batches": batches})}
    assert (found["returned"].href, found["returned"].more) == ("/ingest/batches/b1", "2016")
    assert (found["partly"].href, found["partly"].count) == ("/ingest/batches/b3", 1)
    assert (found["waiting"].href, found["waiting"].more) == ("/ingest/batches", "a, b")


def test_a_batch_whose_returned_items_came_anew_waits_for_nobody() -> None:
    lately = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"

    def one(
        batch: str, state: str, registered: int, returned: int, source: str = "photos"
    ) -> dict[str, object]:
        told = {"batch": batch, "state": state, "time": lately, "source": source}
        return told | {"registered": registered, "returned": returned}

    first, again, whole = one("b1", "secured", 4, 2), one("b2", "returned", 0, 2), one("b3", "secured", 2, 0)
    assert [line.name for line in batch_lines({"batches": [again, first]})] == ["returned"]
    assert list(batch_lines({"batches": [whole, again, first]})) == []
    others = [one("b4", "secured", 2, 0, "maps"), one("b5", "secured", 9, 0), first]
    assert [line.name for line in batch_lines({"batches": others})] == ["partly"]
    assert [line.name for line in batch_lines({"batches": [first, whole]})] == ["partly"], "what came before"


def test_an_officer_sees_the_request_to_decide_and_a_researcher_that_it_waits(door: Door) -> None:
    asks = {"code": DOCUMENTS[0], "purpose": "a chronicle"}
    assert door.signed_in("researcher").post(f"{API}/retrievals", json=asks).status_code == 201
    assert "1 request to decide" in lines(today(door.signed_in("officer")))
    own = lines(today(door.signed_in("researcher")))
    assert "1 request of yours not decided yet" in own
    assert not [line for line in own if "batch" in line]
    assert not [line for line in lines(today(door.signed_in("editor"))) if "request" in line]


def test_a_granted_request_asks_for_its_passcode(door: Door) -> None:
    asks = {"code": DOCUMENTS[1], "purpose": "a chronicle"}
    request = door.signed_in("editor").post(f"{API}/retrievals", json=asks).json()["request"]
    terms = {"until": f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}", "reason": "serves"}
    granted = door.signed_in("officer").post(f"{API}/retrievals/{request}/grant", json=terms)
    assert granted.status_code == 200, granted.text
    assert "1 request of yours granted: open with your passcode" in lines(today(door.signed_in("editor")))


def test_whoever_keeps_copies_sees_that_a_drill_is_due_and_how_sites_are(door: Door) -> None:
    client = door.signed_in("operator")
    text = today(client)
    assert "Recovery is to be tried again" in lines(text)
    due = re.search(
        r'<span class="count"[^>]*>([^<]*)</span>\s*<span class="words"><a href="/vault/drill"', text
    )
    assert due and due[1] == "○", "what is not counted has no number"
    assert "All copies are to be read again" in lines(today(client))
    assert "Every site is reachable" in today(client, path="/today/sites")
    part = client.get("/today/sites", headers={"HX-Request": "true", "Accept-Language": "en"}).text
    assert "<html" not in part
    assert "Every site is reachable" in part


def test_a_site_that_lost_a_copy_is_named(home: Path, door: Door) -> None:
    lantai(home, "--as", "operator", "audit", status=0)
    copy = next(one for one in (home / "sites" / "site-b" / "objects").rglob("*") if one.is_file())
    copy.write_bytes(copy.read_bytes()[:-1])
    lantai(home, "--as", "operator", "audit", status=1)
    client = door.signed_in("operator")
    assert "1 copy damaged or missing in the last audit: repair" in lines(today(client))
    assert "All copies are to be read again" not in lines(today(client))
    assert "site-b" in today(client, path="/today/sites")


def test_an_upload_that_was_left_is_gone_on_with(door: Door) -> None:
    client = door.signed_in("scanner")
    made = client.post(f"{API}/uploads", json={"name": "2016 办公室"}).json()["upload"]
    text = today(client)
    assert "1 upload not handed in yet: go on" in lines(text)
    assert f'href="/ingest/{made}"' in text
    assert "2016 办公室" in text


def test_the_organisations_button_stands_only_where_the_settings_name_one(door: Door) -> None:
    assert "/sign-in/organisation" not in door.stranger().get("/sign-in").text
    assert door.stranger().get(f"{API}/session/ways").json() == {"organisation": False, "appointed": True}


def test_help_is_for_everybody_in_both_languages(door: Door) -> None:
    for client in (door.stranger(), door.signed_in("researcher")):
        assert "全宗" in today(client, "zh", "/help")
        assert "Fonds" in today(client, "en", "/help")


def test_signing_out_says_so(door: Door) -> None:
    client = door.signed_in("researcher")
    answer = client.post("/sign-out", data={"csrf": CSRF}, headers={"Accept-Language": "en"})
    assert "You are signed out." in answer.text
