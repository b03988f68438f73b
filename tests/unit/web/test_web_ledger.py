"""The ledger's pages: heads, entries by their envelopes, going on from a kept head, verifying by anybody."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from doors import CSRF, Door, doors
from staff import DOCUMENTS, PHOTOGRAPHS, staffed
from starlette.testclient import TestClient

API = "/api/v1"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with doors(staffed(tmp_path_factory.mktemp("ledger"))) as door:
        yield door


@pytest.fixture
def operator(door: Door) -> TestClient:
    return door.signed_in("operator")


@pytest.fixture
def officer(door: Door) -> TestClient:
    return door.signed_in("officer")


def sent(client: TestClient, path: str, **fields: Any) -> Any:
    return client.post(path, data={"csrf": CSRF, "key": "", **fields}, follow_redirects=False)


def test_entries_are_told_by_their_envelopes_and_nothing_of_records(door: Door, operator: TestClient) -> None:
    told = operator.get(f"{API}/entries", params={"limit": 500}).json()
    assert len(told["entries"]) == told["size"]
    assert [one["entry"] for one in told["entries"]] == list(range(told["size"]))[::-1]
    for one in told["entries"]:
        assert set(one) == {"entry", "time", "type", "of", "account"}
        assert not one["account"] or one["of"] == "archive"
    private = {one["type"] for one in told["entries"] if not one["account"]}
    assert {"item.registered", "item.appraised", "account.added"} <= private
    with door.archive.database.read() as conn:
        items = {entry.item for entry in door.archive.ledger.entries(conn, 0, told["size"])} - {""}
    text = json.dumps(told)
    assert items
    assert not any(item in text for item in items)


def test_who_may_see_accounts_is_told_who_appointed(door: Door) -> None:
    told = door.signed_in("auditor").get(f"{API}/entries", params={"type": "account.added"}).json()
    assert told["entries"]
    assert all(one["account"] for one in told["entries"])


def test_entries_come_page_by_page_and_of_one_kind(operator: TestClient) -> None:
    seen: list[int] = []
    cursor = ""
    while True:
        told = operator.get(f"{API}/entries", params={"limit": 3, "cursor": cursor}).json()
        seen += [one["entry"] for one in told["entries"]]
        cursor = told["cursor"]
        if not cursor:
            break
    assert seen == sorted(range(told["size"]), reverse=True)
    assert operator.get(f"{API}/entries", params={"type": "no.such"}).status_code == 400
    assert operator.get(f"{API}/entries", params={"cursor": "-1"}).status_code == 422
    page = unescape(operator.get("/ledger/entries", params={"type": "item.registered"}).text)
    assert "private" in page
    told = operator.get(f"{API}/entries", params={"type": "item.registered"}).json()["entries"]
    assert [one["type"] for one in told] == ["item.registered"] * 5


@pytest.mark.parametrize("account", ["officer", "researcher", "head"])
def test_entries_and_heads_are_not_for_who_may_not_have_the_head(door: Door, account: str) -> None:
    client = door.signed_in(account)
    for path in ("/entries", "/checkpoints"):
        assert client.get(API + path).status_code == 404
    assert client.post(f"{API}/consistency", json={"checkpoint": "x"}).status_code == 404
    assert client.get("/ledger/entries").status_code == 404


def test_a_kept_head_is_compared_with_todays_ledger(door: Door, operator: TestClient) -> None:
    heads = operator.get(f"{API}/checkpoints").json()["checkpoints"]
    newest, oldest = heads[0], heads[-1]
    assert newest["size"] > oldest["size"]

    def reason(note: str) -> str:
        return str(operator.post(f"{API}/consistency", json={"checkpoint": note}).json()["reason"])

    assert reason(newest["note"]) == "same"
    found = operator.post(f"{API}/consistency", json={"checkpoint": oldest["note"]}).json()
    assert (found["ok"], found["reason"]) == (True, "continues")
    assert reason("nothing of the kind") == "malformed"
    assert reason(oldest["note"].replace(f"\n{oldest['size']}\n", f"\n{oldest['size'] + 1}\n")) == "unsigned"
    page = unescape(sent(operator, "/ledger/consistency", checkpoint=f"  {oldest['note']}").text)
    assert f"The {oldest['size']} entries under your checkpoint stand unchanged" in page


def test_a_head_of_a_ledger_that_was_set_back_or_forked_is_told(door: Door, operator: TestClient) -> None:
    from archive.notes import checkpoint_text, sign_note

    archive = door.archive
    with archive.database.read() as conn:
        size = archive.ledger.size(conn)
        origin = archive.ledger.origin

    def asked(at: int) -> Any:
        note = sign_note(checkpoint_text(origin, at, b"\x07" * 32), [archive.tools().signer])
        return operator.post(f"{API}/consistency", json={"checkpoint": note}).json()

    assert asked(size + 5)["reason"] == "ahead"
    assert asked(size - 1)["reason"] == "forked"
    assert not asked(size - 1)["ok"]


def test_heads_and_the_key_are_files(door: Door, operator: TestClient) -> None:
    note = operator.get("/ledger/checkpoint").text
    size = int(note.split("\n")[1])
    assert operator.get("/ledger/checkpoint", params={"size": size}).text == note
    assert operator.get("/ledger/checkpoint", params={"size": size + 1000}).status_code == 404
    key = operator.get("/ledger/key")
    assert "attachment" in key.headers["content-disposition"]
    assert key.text.startswith(door.archive.ledger.origin + "+")


def test_who_may_prove_downloads_a_proof_and_is_told_where_there_is_none(officer: TestClient) -> None:
    page = officer.get("/ledger").text
    assert "/ledger/proof" in page
    assert "/ledger/entries" not in page
    proof = officer.get("/ledger/proof", params={"code": DOCUMENTS[0]})
    assert proof.json()["code"] == DOCUMENTS[0]
    assert "attachment" in proof.headers["content-disposition"]
    missing = officer.get("/ledger/proof", params={"code": "A014-WS·2016-Y-BGS-9999"})
    assert missing.status_code == 404
    assert "9999" in missing.text, "what was typed stands there again"


def papers(officer: TestClient, code: str, content: bytes) -> tuple[str, list[str]]:
    """The key, and what a browser makes of a proof and a file that are dropped."""
    proof = officer.get("/ledger/proof", params={"code": code}).text
    key = officer.get("/ledger/key").text
    digest = hashlib.sha256(content).hexdigest()
    told = [{"name": "a.proof.json", "text": proof}, {"name": "photo.jpg", "sha256": digest}]
    return key, [json.dumps(one) for one in told]


def test_a_stranger_verifies_a_proof_and_a_file_that_never_left_them(door: Door, officer: TestClient) -> None:
    content = officer.get(f"{API}/items/{PHOTOGRAPHS[0]}/components/1").content
    key, dropped = papers(officer, PHOTOGRAPHS[0], content)
    stranger = door.stranger()
    assert stranger.get("/verify").status_code == 200
    answer = stranger.post("/verify", data={"verifier": key, "paper": dropped})
    page = unescape(answer.text)
    assert "All of it holds" in page, page
    assert "photo.jpg" in page
    key, dropped = papers(officer, PHOTOGRAPHS[0], content + b".")
    page = unescape(stranger.post("/verify", data={"verifier": key, "paper": dropped}).text)
    assert "It does not hold" in page


def test_mistakes_at_verifying_keep_what_was_typed(door: Door) -> None:
    stranger = door.stranger()
    nothing = stranger.post("/verify", data={"verifier": "k"})
    assert nothing.status_code == 422
    assert "nothing to verify" in nothing.text
    wrong = stranger.post("/verify", data={"verifier": "no key", "pasted": "c2sp.org/tlog-proof@v1 nonsense"})
    assert 400 <= wrong.status_code < 500
    assert "no key" in wrong.text
    assert "nonsense" in wrong.text
    odd = {"verifier": "no key", "paper": ["[]", "{", '{"name": "x", "sha256": "zz"}']}
    assert 400 <= stranger.post("/verify", data=odd).status_code < 500


def test_content_by_digest_needs_its_sm3_where_one_was_registered(door: Door) -> None:
    from archive.errors import NoteInvalid
    from processes.proving.verify import Digested, Given, verify

    with pytest.raises(NoteInvalid):
        verify([Digested("x", "0" * 64)], Given("key", b"none"))
    given = {"name": "x", "sha256": "0" * 64, "text": "y"}
    body = {"key": str(door.archive.verifier), "files": [given]}
    assert door.stranger().post(f"{API}/verifications", json=body).status_code == 400


def test_the_ledger_page_says_what_stands_in_its_words(operator: TestClient) -> None:
    for language, said in (("en", "Newest checkpoint"), ("zh", "最新检查点")):
        page = unescape(operator.get("/ledger", headers={"Accept-Language": language}).text)
        assert said in page
        assert not re.search(r"\{\w+\}", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL))


def test_what_was_dropped_is_given_back_where_the_key_is_none(door: Door) -> None:
    papers = [{"name": 'a"<b>.jpg', "sha256": "0" * 64}, {"name": "a.proof.json", "text": '{"x": "<y>"}'}]
    fields = {"verifier": "不是公钥", "paper": [json.dumps(one) for one in papers], "pasted": "also this"}
    answer = door.stranger().post("/verify", data=fields)
    assert answer.status_code == 400
    told = re.findall(r'name="paper" value="([^"]*)"', answer.text)
    assert [json.loads(unescape(one)) for one in told] == papers
    assert "不是公钥" in answer.text and "also this" in answer.text
