"""Rights that end while a request is on its way, or between one and the next: what came is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import people
import pytest
from batches import codes as codes_of
from batches import document, lantai, new_home, row, write_batch
from doors import Door, doors
from people import PASSWORD

from archive import jobs, sessions, tables, tokens
from archive.accounts import account
from archive.answered import NOT_KEPT
from archive.credentials import credential, put
from lantai.api import signing
from lantai.wiring import opened
from processes.people.accounts import Appointment, appoint, change, close

API = "/api/v1"
JSON = {"Content-Type": "application/json"}
PEOPLE = (
    ("wang", "security-officer", ()),
    ("ling", "security-officer", ()),
    ("head", "appraisal-head", ("all",)),
    ("store", "storage-operator", ()),
    ("li", "researcher", ()),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("meanwhile")
    home = new_home(folder)
    batch = write_batch(folder / "batch", {"a.pdf": document()}, [row("a.pdf", category="WS")])
    (code,) = codes_of(lantai(home, "ingest", batch, status=0).document)
    with opened(home) as archive:
        for name, role, fonds in PEOPLE:
            appoint(archive.tools(), Appointment(name, [role], fonds), archive.settings.account)
    return home, str(code)


@pytest.fixture(scope="module")
def door(made: tuple[Path, str]) -> Iterator[Door]:
    with doors(made[0]) as door:
        yield door


def body(asked: dict[str, Any], meanwhile: Callable[[], object]) -> Iterator[bytes]:
    """A body whose second half is on its way while something happens."""
    whole = json.dumps(asked).encode()
    yield whole[:5]
    meanwhile()
    yield whole[5:]


def test_an_office_that_ends_while_the_body_is_on_its_way_appoints_nobody(door: Door) -> None:
    client, tools = door.signed_in("wang"), door.archive.tools()
    asked = {"name": "friend", "roles": ["system-administrator"]}
    ended = body(asked, lambda: change(tools, Appointment("wang", ["researcher"]), "转岗"))
    answer = client.post(f"{API}/accounts", content=ended, headers=JSON)
    assert answer.status_code == 401
    with door.archive.database.read() as conn:
        assert account(conn, "friend") is None


def test_who_is_closed_while_the_body_is_on_its_way_is_a_stranger(door: Door) -> None:
    client, tools = door.signed_in("ling"), door.archive.tools()
    ended = body({"reason": "离任"}, lambda: close(tools, "ling", "离任"))
    assert client.post(f"{API}/accounts/li/closing", content=ended, headers=JSON).status_code == 401
    with door.archive.database.read() as conn:
        found = account(conn, "li")
        assert found is not None
        assert not found.closed


def test_what_was_answered_before_an_office_ended_is_not_answered_again(
    door: Door, made: tuple[Path, str]
) -> None:
    tools, code = door.archive.tools(), made[1]
    key = {"Idempotency-Key": "once"}
    client = door.signed_in("head")
    first = client.post(f"{API}/holds", json={"codes": [code], "reason": "案件"}, headers=key)
    assert first.status_code == 200, first.text
    change(tools, Appointment("head", ["appraisal-head"], ["B001"]), "转岗")
    again = door.signed_in("head").post(f"{API}/holds", json={"codes": [code], "reason": "案件"}, headers=key)
    assert (again.status_code, again.json()["title"]) == (409, "not-kept")
    change(tools, Appointment("head", ["appraisal-head"], ["all"]), "复任")


def test_content_is_never_kept_for_a_request_that_is_sent_again(door: Door, made: tuple[Path, str]) -> None:
    asked = {"codes": [made[1]], "format": "bagit"}
    answer = door.signed_in("head").post(
        f"{API}/exports", json=asked, headers={"Idempotency-Key": "packages"}
    )
    assert answer.status_code == 200, answer.text
    with door.archive.database.read() as conn:
        kept = [one for one in conn.execute(tables.answered.select()) if one.account == "head"]
    assert all(b"PK" not in bytes(one.body) for one in kept)
    assert any(one.status == NOT_KEPT for one in kept)


def test_a_narrowed_token_reads_no_work_of_a_right_that_it_lacks(door: Door) -> None:
    with door.archive.database.write() as tx:
        job = jobs.add(tx, "store", "audit", {})
        by = {
            may: tokens.make(tx, "store", f"for {may}", "2026", "2999", [may]) for may in ("sites", "audit")
        }
    for may, status in (("audit", 200), ("sites", 404)):
        client = door.stranger()
        client.headers["Authorization"] = f"Bearer {by[may]}"
        assert client.get(f"{API}/jobs/{job}").status_code == status
        assert len(client.get(f"{API}/jobs").json()["jobs"]) == (status == 200)


def test_a_password_that_is_changed_while_somebody_signs_in_by_the_old_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, begun = door.archive.database, signing.signed_in

    def slow(*what: Any) -> Any:
        with database.write() as tx:
            put(tx, replace(credential(tx, "li"), changed="another one"))
        return begun(*what)

    people.give(database, "li")
    asked = {"account": "li", "password": PASSWORD}
    assert door.stranger().post(f"{API}/session", json=asked).status_code == 201
    with database.write() as tx:
        sessions.end_all(tx, "li")
    monkeypatch.setattr(signing, "signed_in", slow)
    assert door.stranger().post(f"{API}/session", json=asked).status_code == 401
    with database.read() as conn:
        assert sessions.of_account(conn, "li") == []
