"""Pages of key custody and of carriers: each key changed by its own form, a new one shown once; carriers
written, read again and given up by pages alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pyotp
import pytest
from doors import CSRF, Door, doors, ended
from people import PASSWORD, give
from staff import staffed
from starlette.testclient import TestClient

from archive.credentials import credential, put
from archive.uses import unsealed
from lantai.wiring import opened
from processes.people.accounts import Appointment, appoint
from storage.recovery import recovery_bytes
from storage.recovery_box import RecoveryPart

TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SECRET = re.compile(r'class="secret"[^>]*><code>([^<]+)<')
ONE_KEY = "one form is sent twice"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home = staffed(tmp_path_factory.mktemp("custody"))
    (home / "exchange").mkdir()
    settings = home / "lantai.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[http]\nexchange = "exchange"\n', "utf-8")
    with opened(home) as archive:
        give(archive.database, "security", totp=TOTP)
        tools = archive.tools()
        appoint(tools, Appointment("keeper2", ["accession-officer"], ["all"]), archive.settings.account)
        give(archive.database, "keeper2")
    with doors(home) as door:
        yield door


@pytest.fixture
def security(door: Door) -> TestClient:
    return door.signed_in("security")


@pytest.fixture
def keeper(door: Door) -> TestClient:
    return door.signed_in("keeper2")


def sent(client: TestClient, path: str, /, **fields: str) -> Any:
    return client.post(path, data={"csrf": CSRF, "key": "", **fields}, follow_redirects=False)


def proof(door: Door) -> dict[str, str]:
    """What the security officer types to prove themselves: each code counts once."""
    with door.archive.database.write() as tx:
        put(tx, replace(credential(tx, "security"), totp_step=0))
    return {"password": PASSWORD, "code": pyotp.TOTP(TOTP).at(datetime.now(UTC))}


def test_custody_names_each_key_and_what_stays_at_the_machine(security: TestClient) -> None:
    page = unescape(security.get("/vault/keys").text)
    state = security.get("/api/v1/keys").json()
    assert state["key_encryption_key"] in page and state["signing_key"] in page
    for which in ("encryption", "signing", "recovery"):
        assert f'href="/vault/keys/{which}"' in page
    for command in ("lantai keys split", "lantai keys join", "lantai keys seal", "lantai restore"):
        assert command in page
    assert security.get("/vault/keys/another").status_code == 404


def test_no_key_is_changed_without_ones_own_password(door: Door, security: TestClient) -> None:
    before = security.get("/api/v1/keys").json()
    for which in ("encryption", "signing", "recovery"):
        answer = sent(security, f"/vault/keys/{which}", reason="a year has passed", password="not this one")
        assert 400 <= answer.status_code < 500
        assert 'role="alert"' in answer.text and "not this one" not in answer.text
        assert not SECRET.search(answer.text)
    assert security.get("/api/v1/keys").json() == before
    assert "a year has passed" in sent(security, "/vault/keys/signing", reason="a year has passed").text


def test_a_new_recovery_key_stands_on_one_page_and_no_second(door: Door, security: TestClient) -> None:
    first = sent(security, "/vault/keys/recovery", **proof(door), key=ONE_KEY)
    assert first.status_code == 200, first.text
    assert first.headers["Cache-Control"] == "no-store"
    shown = SECRET.search(first.text)
    assert shown
    part = RecoveryPart.of(recovery_bytes(shown[1].strip()))
    assert part.id == door.archive.keychain.part.id, "it is the one that opens the recovery files"
    second = sent(security, "/vault/keys/recovery", **proof(door), key=ONE_KEY)
    assert second.status_code == 409
    assert "was sent before" in second.text and not SECRET.search(second.text)
    assert part.id == door.archive.keychain.part.id
    for page in ("/vault/keys", "/vault/keys/recovery", "/jobs"):
        assert shown[1] not in security.get(page).text


def test_the_key_encryption_key_is_changed_by_a_work_that_tells_old_and_new(
    door: Door, security: TestClient
) -> None:
    old = security.get("/api/v1/keys").json()["key_encryption_key"]
    begun = sent(security, "/vault/keys/encryption", **proof(door), key=ONE_KEY + "!")
    page = ended(security, begun)
    new = security.get("/api/v1/keys").json()["key_encryption_key"]
    assert old != new and old in page and new in page and "site-b" in page
    again = sent(security, "/vault/keys/encryption", **proof(door), key=ONE_KEY + "!")
    assert (again.status_code, again.headers["Location"]) == (303, "/jobs")
    assert security.get("/api/v1/keys").json()["key_encryption_key"] == new


def test_the_signing_key_is_changed_with_a_reason_and_strangers_are_to_be_told(
    door: Door, security: TestClient
) -> None:
    size = {"untrusted_from": "many", "compromised": "1"}
    mistaken = sent(security, "/vault/keys/signing", **proof(door), reason="lost machine", **size)
    assert 400 <= mistaken.status_code < 500
    assert "lost machine" in mistaken.text and 'value="many"' in mistaken.text and " checked" in mistaken.text
    old = security.get("/api/v1/keys").json()["signing_key"]
    page = unescape(sent(security, "/vault/keys/signing", **proof(door), reason="a year has passed").text)
    new = security.get("/api/v1/keys").json()["signing_key"]
    assert old != new and old in page and new in page
    assert "another way than the proofs come" in page


@pytest.mark.parametrize("account", ["operator", "auditor", "sysadmin", "officer", "researcher"])
def test_keys_are_for_the_security_officer_alone(door: Door, account: str) -> None:
    client = door.signed_in(account)
    assert client.get("/vault/keys/recovery").status_code == 404
    assert sent(client, "/vault/keys/recovery", password=PASSWORD).status_code in (403, 404, 422)


def test_carriers_are_written_read_again_and_given_up_by_pages(door: Door, keeper: TestClient) -> None:
    fields = {"set": "preservation", "how": "sealed", "form": "folder", "size": "25GB", "to": "safe"}
    begun = sent(keeper, "/vault/carriers/new", **fields, kept_at="岱崮地下库")
    page = ended(keeper, begun)
    assert "PR0001" in page and "safe/PR0001" in page and str(door.archive.home) not in page
    register = unescape(keeper.get("/vault/carriers", headers={"Accept-Language": "zh"}).text)
    for told in ("PR0001", "封存保管", "磁性载体", "加密", "完好", "岱崮地下库"):
        assert told in register
    label = next((door.archive.home / "exchange").rglob("label.txt"))
    label.write_text("another", "utf-8")
    read = ended(keeper, sent(keeper, "/vault/carriers/checks", path="safe/PR0001"))
    assert "damaged" in read and "label.txt" in read and "Write it anew" in read
    assert "to be written anew" in keeper.get("/vault/carriers").text
    absent = ended(keeper, sent(keeper, "/vault/carriers/checks", path="elsewhere"))
    assert "did not succeed" in absent and "Nothing that this archive wrote was found there" in absent
    assert str(door.archive.home) not in absent
    lost = sent(keeper, "/vault/carriers/losses", lost="PR0001", reason="burnt")
    assert lost.headers["Location"] == "/vault/carriers?said=carrier-lost"
    after = keeper.get("/vault/carriers").text
    assert "burnt" in after and "<option>PR0001" not in after


def test_what_was_typed_stands_again_where_carriers_are_refused(keeper: TestClient) -> None:
    for fields in ({"to": "../x"}, {"to": "a", "size": "some"}, {"to": "a", "since": "lately"}):
        answer = sent(keeper, "/vault/carriers/new", **{"set": "use", "how": "open", "size": "1GB", **fields})
        assert 400 <= answer.status_code < 500
        assert 'role="alert"' in answer.text
        assert f'value="{list(fields.values())[-1]}"' in answer.text
        assert '<option value="use" selected' in answer.text
    read = sent(keeper, "/vault/carriers/checks", path="/etc", number="PR0009")
    assert 'value="/etc"' in read.text and 'value="PR0009"' in read.text


def refusals(door: Door) -> int:
    with door.archive.database.read() as conn:
        return sum(use.kind == "refused" for _, use in unsealed(conn))


def test_whoever_handles_some_fonds_is_told_that_carriers_are_of_all(door: Door) -> None:
    officer = door.signed_in("officer")
    before = refusals(door)
    assert "whoever handles every fonds" in officer.get("/vault/carriers").text
    assert refusals(door) == before, "nobody tried anything that was not for them"
    assert officer.get("/vault/carriers/new").status_code == 404
    assert "job" not in sent(officer, "/vault/carriers/new", set="use", size="1GB", to="x").headers.get(
        "Location", ""
    )


def test_nobody_is_refused_anything_for_opening_the_vault(door: Door) -> None:
    before = _refusals(door, "researcher")
    assert door.signed_in("researcher").get("/api/v1/audits").status_code == 404
    assert _refusals(door, "researcher") == before + 1, "a refusal is seen where there is one"
    for account in ("operator", "auditor", "sysadmin", "security", "keeper2"):
        client = door.signed_in(account)
        before = _refusals(door, account)
        assert client.get("/vault").status_code == 200
        assert client.get("/ledger").status_code == 200
        assert _refusals(door, account) == before, account


def test_a_link_with_a_name_that_tells_nothing_breaks_no_page(keeper: TestClient) -> None:
    for said in ("no-key", "shown-entry-single", "x", "%00"):
        answer = keeper.get(f"/vault/carriers?said={said}", headers={"Accept-Language": "zh"})
        assert answer.status_code == 200
        assert 'class="said"' not in answer.text


def _refusals(door: Door, account: str) -> int:
    told = door.signed_in("auditor").get("/api/v1/uses", params={"account": account, "limit": 1000}).json()
    return sum(use["kind"] == "refused" for use in told["uses"])
