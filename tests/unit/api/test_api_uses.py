"""The use journal through HTTP: written before the first byte, told to the auditor, bounded for strangers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from doors import Door, doors
from media import pdf
from sqlalchemy import delete, text

from archive import tables
from archive.uses import unsealed
from lantai.api import journal
from policies.uses import Flood
from processes.errors import JournalShut
from processes.people.accounts import Appointment, appoint
from processes.using.uses import seal

CODE = "A014-WS·2016-Y-BGS-0001"
API = "/api/v1"


@pytest.fixture(scope="module")
def opened_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("uses")
    home = new_home(folder)
    batch = write_batch(folder / "batch", {"a.pdf": pdf(1)}, [row("a.pdf", category="WS", access="开放")])
    lantai(home, "ingest", batch, status=0)
    lantai(home, "worker", "--once", status=0)
    with doors(home) as door:
        tools, founder = door.archive.tools(), door.archive.settings.account
        zone = {"zone": "internal"}
        appoint(tools, Appointment("lin", ["researcher"], **zone), founder)
        appoint(tools, Appointment("chen", ["accession-officer"], ["all"], **zone), founder)
        appoint(tools, Appointment("shen", ["security-auditor"], **zone), founder)
        appoint(tools, Appointment("zhou", ["appraisal-head"], ["all"], **zone), founder)
        yield door


@pytest.fixture
def door(opened_door: Door) -> Door:
    """The same door with an empty journal, and strangers that have asked for nothing."""
    with opened_door.archive.database.write() as tx:
        tx.execute(delete(tables.use))
    opened_door.app.state.journal.flood = Flood()
    return opened_door


def noted(door: Door) -> list[dict[str, Any]]:
    with door.archive.database.read() as conn:
        return [use.told() for _, use in unsealed(conn)]


def test_each_use_is_written_with_who_what_and_whence(door: Door) -> None:
    chen = door.signed_in("chen")
    assert chen.get(f"{API}/search", params={"query": "报告", "limit": 5}).status_code == 200
    assert chen.get(f"{API}/items/{CODE}").status_code == 200
    content = chen.get(f"{API}/items/{CODE}/components/1", headers={"Range": "bytes=2-9"})
    assert content.status_code == 206
    assert chen.get(f"{API}/suggestions", params={"text": "报"}).status_code == 200
    search, view, download = noted(door)
    assert (search["kind"], search["query"], search["asked"]) == ("search", "报告", "limit=5")
    assert (view["kind"], view["code"], view["account"]) == ("view", CODE, "chen")
    assert view["address"]
    assert (download["kind"], download["component"], download["bytes"]) == ("download", "1", "8")
    assert download["range"].startswith("bytes 2-9/")
    assert download["request"] == "GET /items/{code}/components/{number}"


def test_what_is_seen_before_a_decision_is_a_use_too(door: Door) -> None:
    zhou = door.signed_in("zhou")
    terms = {"status": "closed", "reason": "个人信息"}
    seen = zhou.post(f"{API}/appraisals", json={"query": "报告", **terms})
    assert seen.status_code == 200, seen.text
    assert zhou.post(f"{API}/destructions/trial", json={"codes": [CODE]}).status_code == 200
    search, view = noted(door)
    assert (search["kind"], search["query"], search["account"]) == ("search", "报告", "zhou")
    assert (view["kind"], view["code"], view["account"]) == ("view", CODE, "zhou")


def test_absent_and_forbidden_are_written_alike(door: Door) -> None:
    lin = door.signed_in("lin")
    for path in ("/items/A014-WS·2016-Y-BGS-9999", "/audits", "/no/such/path", "/uses"):
        assert lin.get(f"{API}{path}").status_code == 404
    told = noted(door)
    assert [(use["kind"], use["account"], use["status"]) for use in told] == [("refused", "lin", "404")] * 4
    assert told[0]["code"] == "A014-WS·2016-Y-BGS-9999"
    assert [use["request"] for use in told[1:]] == ["GET /audits", "GET /no/such/path", "GET /uses"]


def test_what_a_stranger_causes_is_bounded_and_counted(door: Door) -> None:
    door.app.state.journal.flood = Flood(each=3)
    stranger = door.stranger()
    for _ in range(20):
        assert stranger.get(f"{API}/search", params={"query": "x"}).status_code in (401, 429)
    told = noted(door)
    assert [use["account"] for use in told] == [""] * 3
    door.app.state.journal.flood.each = 4
    stranger.get(f"{API}/search")
    assert noted(door)[3]["more"] == "17"


def test_a_marked_query_is_withheld_wherever_it_stands(door: Door) -> None:
    chen = door.signed_in("chen")
    chen.get(f"{API}/search", params={"query": "绝密水库计划"})
    chen.get(f"{API}/items/绝密水库计划")
    chen.get(f"{API}/绝密水库计划")
    assert "水库" not in str(noted(door))
    assert "withheld" in noted(door)[0]["query"]


def test_somebody_is_named_who_failed_to_sign_in_and_a_password_in_the_wrong_place_is_not(door: Door) -> None:
    for typed in ("chen", "correct horse battery staple"):
        answer = door.stranger().post(f"{API}/session", json={"account": typed, "password": "wrong" * 4})
        assert answer.status_code == 401
    told = noted(door)
    assert [(use["kind"], use["account"], use["status"]) for use in told] == [
        ("sign-in", "chen", "401"),
        ("sign-in", "", "401"),
    ]
    assert "horse" not in str(told)


def test_where_the_journal_cannot_be_written_not_a_byte_leaves(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen = door.signed_in("chen")

    def shut(_noted: object) -> None:
        raise JournalShut("disk full")

    monkeypatch.setattr(door.app.state.journal.writer, "_write", shut)
    for path in ("/search?query=*", f"/items/{CODE}", f"/items/{CODE}/components/1", "/items/absent"):
        answer = chen.get(f"{API}{path}")
        assert (answer.status_code, answer.json()["title"]) == (503, "journal-shut"), path
        assert "etag" not in answer.headers
    assert chen.get(f"{API}/suggestions", params={"text": "报"}).status_code == 200, "no use"


def test_the_auditor_reads_page_by_page_and_is_written_down_for_it(door: Door) -> None:
    chen, shen = door.signed_in("chen"), door.signed_in("shen")
    for n in range(5):
        chen.get(f"{API}/search", params={"query": f"水库{n}"})
    with door.archive.database.write() as tx:
        tx.execute(text("UPDATE \"use\" SET time = '2020-01-01T00:00:00Z'"))
    assert seal(door.archive.tools()) == 5
    first = shen.get(f"{API}/uses", params={"limit": 3, "kind": "search"}).json()
    second = shen.get(f"{API}/uses", params={"limit": 3, "kind": "search", "cursor": first["cursor"]}).json()
    assert [use["query"] for use in first["uses"] + second["uses"]] == [f"水库{n}" for n in (4, 3, 2, 1, 0)]
    assert (first["faults"], second["cursor"]) == ([], None)
    assert [use["kind"] for use in noted(door)] == ["journal", "journal"]
    listed = shen.get(f"{API}/uses/list", params={"account": "chen"})
    assert listed.headers["content-type"].startswith("text/csv")
    assert len(listed.text.splitlines()) == 6


@pytest.mark.parametrize(
    "wrong", [{"kind": "x"}, {"since": "x"}, {"cursor": "x"}, {"limit": "0"}, {"more": "x"}]
)
def test_what_cannot_be_asked_is_refused(door: Door, wrong: dict[str, str]) -> None:
    answer = door.signed_in("shen").get(f"{API}/uses", params=wrong)
    assert answer.status_code in (400, 422)


def test_every_use_is_in_the_database_before_the_answer_begins(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first message of an answer goes out only when a reader of its own sees the use."""
    seen = list[bool]()
    noting = journal.Journal.noted

    async def watched(self: journal.Journal, scope: Any, answer: Any) -> None:
        before = len(noted(door))
        await noting(self, scope, answer)
        seen.append(len(noted(door)) == before + 1)

    monkeypatch.setattr(journal.Journal, "noted", watched)
    door.signed_in("chen").get(f"{API}/items/{CODE}")
    assert seen == [True]


def test_the_path_of_a_home_is_nothing_the_journal_tells(door: Door) -> None:
    chen = door.signed_in("chen")
    chen.get(f"{API}/items/{CODE}")
    assert str(Path(door.archive.home)) not in str(noted(door))
