"""Destruction over HTTP: proposed, witnessed by two others, carried out; alone while nobody was appointed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from doors import Door, doors
from media import pdf
from starlette.testclient import TestClient

from archive import jobs
from archive.uses import unsealed
from processes.destruction.destroy import outcome_of
from processes.destruction.destroy_told import told_to

BASE = "/api/v1"
NOTHING: dict[str, Any] = {"items": [], "count": 0, "reason": ""}
"""What whoever does not handle all of it is told of what went."""
FIRST, SECOND, THIRD = (f"A014-WS·2016-Y-BGS-000{number}" for number in (1, 2, 3))
PEOPLE = {
    "zhao": ("appraisal-head", "--fonds", "all"),
    "qian": ("appraisal-member", "--fonds", "A014"),
    "sun": ("accession-officer", "--fonds", "all"),
    "wu": ("accession-officer", "--fonds", "B001"),
    "feng": ("appraisal-head", "--fonds", "B001"),
    "li": ("researcher",),
}


def new(folder: Path, files: int) -> Path:
    home = new_home(folder)
    names = {f"{n}.pdf": pdf(n) for n in range(1, files + 1)}
    lantai(
        home, "ingest", write_batch(folder / "batch", names, [row(n, category="WS") for n in names]), status=0
    )
    return home


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home = new(tmp_path_factory.mktemp("destroying"), 3)
    for name, (role, *fonds) in PEOPLE.items():
        lantai(home, "account", "add", name, "--role", role, *fonds, status=0)
    with doors(home) as door:
        yield door


def done(client: TestClient, answer: Any) -> Any:
    """What a job that a route started tells once it has ended."""
    assert answer.status_code == 202, answer.text
    for _ in range(1500):
        told = client.get(answer.headers["Location"]).json()
        if told["state"] in ("done", "failed"):
            return told
        threading.Event().wait(0.02)
    raise AssertionError(told)


def propose(door: Door, *codes: str, account: str = "zhao") -> Any:
    return door.signed_in(account).post(f"{BASE}/destructions", json={"codes": codes, "reason": "到期"})


def test_what_is_told_again_stands_in_the_use_journal_with_its_codes(door: Door) -> None:
    orderer, asked = door.signed_in("zhao"), {"codes": [FIRST, SECOND]}
    answers = [
        orderer.post(f"{BASE}/destructions/trial", json=asked, headers={"Idempotency-Key": "one"})
        for _ in range(2)
    ]
    assert answers[1].headers["lantai-repeated"] == "true" and "lantai-use" not in answers[1].headers
    assert answers[0].json() == answers[1].json()
    with door.archive.database.read() as conn:
        codes = [use.told()["code"] for _, use in unsealed(conn) if use.kind == "view"]
    assert codes[-2:] == [f"{FIRST}\n{SECOND}"] * 2


def test_two_others_witness_it_and_the_second_carries_it_out(door: Door, tmp_path: Path) -> None:
    orderer, first, second = (door.signed_in(name) for name in ("zhao", "qian", "sun"))
    answer = orderer.post(f"{BASE}/destructions/trial", json={"codes": [FIRST]})
    assert answer.status_code == 200, answer.text
    trial = answer.json()
    assert [(one["code"], one["still_runs"]) for one in trial["would_destroy"]] == [(FIRST, "no-end")]
    made = propose(door, FIRST)
    assert made.status_code == 201, made.text
    place = f"{BASE}/supervisions/{made.json()['proposal']}"
    assert orderer.get(f"{BASE}/destructions").json()["proposals"] == [made.json()]
    assert first.get(f"{BASE}/supervisions").json()["proposals"] == [made.json()]

    assert orderer.post(place).status_code == 404 or done(orderer, orderer.post(place))["state"] == "failed"
    once = done(first, first.post(place))
    assert once["result"]["destruction"] is None and once["result"]["proposal"]["supervisors"] == ["qian"]
    again = done(first, first.post(place))
    assert again["result"]["destruction"] is None  # one person is not two
    assert orderer.get(f"{BASE}/items/{FIRST}").status_code == 200

    carried = done(second, second.post(place))
    assert carried["state"] == "done", carried
    title = trial["would_destroy"][0]["title"]
    assert title and title not in json.dumps([once, carried], ensure_ascii=False), "works are told for days"
    destruction = carried["result"]["destruction"]
    assert destruction["items"][0]["code"] == FIRST and destruction["account"] == "zhao"
    assert first.get(f"{BASE}/supervisions").json()["proposals"] == []

    paper = orderer.get(f"{BASE}/destructions/{destruction['destruction']}/certificate")
    assert paper.status_code == 200 and paper.headers["content-disposition"].startswith("attachment")
    assert {"qian", "sun"} <= set(json.dumps(paper.json(), ensure_ascii=False).replace('"', " ").split())
    key = orderer.get(f"{BASE}/checkpoint/key").json()["key"]
    files = [{"name": "certificate.json", "text": paper.text}]
    assert door.stranger().post(f"{BASE}/verifications", json={"key": key, "files": files}).json()["ok"]
    other = door.signed_in("feng")  # who destroys in another fonds
    theirs = other.get(f"{BASE}/destructions/{destruction['destruction']}/certificate")
    none = other.get(f"{BASE}/destructions/d0/certificate")
    assert (theirs.status_code, theirs.content) == (404, none.content)
    tools = {one: door.archive.at_work(door.archive.subject_named(one)).tools() for one in ("zhao", "feng")}
    ended = outcome_of(tools["zhao"])
    assert told_to(tools["zhao"], ended)["items"][0]["code"] == FIRST
    assert told_to(tools["feng"], ended) == told_to(tools["zhao"], ended) | NOTHING
    told_in_pages(orderer, other)
    with door.archive.database.read() as conn:  # what works told before it is forgotten
        assert jobs.job(conn, once["job"], "qian") is None


def told_in_pages(head: TestClient, other: TestClient) -> None:
    """Destructions are listed from the newest, with as many items as asked for; each whole by its name."""
    every = f"{BASE}/destructions?every=true"
    known = head.get(every).json()["destructions"]
    one = head.get(f"{every}&limit=1&items=0").json()
    assert [(it["destruction"], it["items"]) for it in one["destructions"]] == [
        (known[-1]["destruction"], [])
    ]
    assert one["destructions"][0]["count"] == len(known[-1]["items"])
    older = head.get(f"{every}&before={known[0]['destruction']}").json()
    assert (older["destructions"], older["cursor"]) == ([], None)
    assert head.get(f"{every}&before=d0").status_code == 400
    path = f"{BASE}/destructions/{known[0]['destruction']}"
    assert head.get(path).json() == known[0]
    assert other.get(path).content == other.get(f"{BASE}/destructions/d0").content


def test_whoever_may_not_supervise_it_does_not_see_it(door: Door) -> None:
    made = propose(door, SECOND).json()["proposal"]
    other = door.signed_in("wu")
    assert other.get(f"{BASE}/supervisions").json() == {"proposals": []}
    theirs = done(other, other.post(f"{BASE}/supervisions/{made}"))
    nothing = done(other, other.post(f"{BASE}/supervisions/p0"))
    assert theirs["problem"] == nothing["problem"] and theirs["problem"]["status"] == 404
    assert door.signed_in("li").get(f"{BASE}/supervisions").status_code == 404
    assert propose(door, SECOND, account="qian").status_code == 404
    assert door.signed_in("sun").delete(f"{BASE}/destructions/{made}").status_code == 404
    assert door.signed_in("zhao").delete(f"{BASE}/destructions/{made}").status_code == 204
    assert door.signed_in("zhao").get(f"{BASE}/destructions").json()["proposals"] == []


def test_long_lists_are_told_by_their_first_items_and_each_whole_by_its_name(door: Door) -> None:
    made = propose(door, SECOND, THIRD).json()
    head, member, other = (door.signed_in(name) for name in ("zhao", "qian", "feng"))
    for client, path in ((head, "destructions"), (member, "supervisions")):
        first = client.get(f"{BASE}/{path}", params={"items": 1}).json()["proposals"][-1]
        assert ([one["code"] for one in first["items"]], first["count"]) == ([SECOND], 2)
    whole = member.get(f"{BASE}/supervisions/{made['proposal']}")
    assert whole.json() == made and [one["code"] for one in made["items"]] == [SECOND, THIRD]
    assert set(made["items"][0]) == {"code", "title", "year", "retention", "pages", "still_runs"}
    assert other.get(f"{BASE}/supervisions/{made['proposal']}").status_code == 404
    assert head.delete(f"{BASE}/destructions/{made['proposal']}").status_code == 204


def test_it_is_proved_at_that_moment(door: Door) -> None:
    asked = {"codes": [SECOND], "reason": "到期"}
    unproved = door.signed_in("zhao", proves=False).post(f"{BASE}/destructions", json=asked)
    assert unproved.status_code == 403
    made = propose(door, SECOND).json()["proposal"]
    witness = door.signed_in("qian", proves=False).post(f"{BASE}/supervisions/{made}")
    assert witness.status_code == 403
    assert door.signed_in("qian").get(f"{BASE}/supervisions").json()["proposals"][0]["supervisors"] == []
    door.signed_in("zhao").delete(f"{BASE}/destructions/{made}")


def test_items_that_are_absent_held_or_named_without_reason_are_not_proposed(door: Door) -> None:
    absent = propose(door, "A014-WS·2016-Y-BGS-0999")
    assert absent.status_code == 404
    lantai(door.archive.home, "--as", "sun", "hold", SECOND, "--reason", "诉讼", status=0)
    held = propose(door, SECOND)
    assert held.status_code == 409
    lantai(door.archive.home, "--as", "sun", "hold", SECOND, "--lift", "--reason", "结束", status=0)
    client = door.signed_in("zhao")
    for odd in ({"codes": [], "reason": "x"}, {"codes": [SECOND], "reason": ""}, {"codes": [SECOND]}):
        assert client.post(f"{BASE}/destructions", json=odd).status_code == 422, odd
    assert client.get(f"{BASE}/destructions/d0/certificate").status_code == 404


def test_what_is_left_is_gone_on_with(door: Door) -> None:
    client = door.signed_in("zhao")
    told = done(client, client.post(f"{BASE}/destructions/continuing"))
    assert told["state"] == "done" and told["result"]["certificate"] is None


def test_alone_one_destroys_without_witnesses(tmp_path: Path) -> None:
    with doors(new(tmp_path, 1)) as door:
        founder = door.archive.settings.account
        client = door.signed_in(founder)
        told = done(client, propose(door, FIRST, account=founder))
        assert told["state"] == "done", told
        assert told["result"]["destructions"][0]["items"][0]["code"] == FIRST
        assert client.get(f"{BASE}/items/{FIRST}").status_code in (200, 404, 410)
