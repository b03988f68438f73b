"""Signing in by an organisation over HTTP: with a provider made by others, and with one that means harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import oidc_provider_mock
import pyotp
import pytest
import urllib3
from batches import new_home
from doors import BASE, Door, doors
from hostile_provider import CLIENT, SECRET, Provider, provider
from starlette.testclient import TestClient

from archive.credentials import credential, put
from lantai.api.organisation import COOKIE, MOST_TRIES
from lantai.wiring import opened
from processes.people.accounts import Appointment, appoint, close

API = "/api/v1"
HERE = f"{API}/session/organisation"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the provider made by others
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with accounts and no word of an organisation."""
    home = new_home(tmp_path_factory.mktemp("organisation"))
    with opened(home) as archive:
        tools, founder = archive.tools(), archive.settings.account
        for name, role in (("li", "researcher"), ("admin", "system-administrator"), ("left", "editor")):
            appoint(tools, Appointment(name, [role]), founder)
        appoint(tools, Appointment("enrolled", ["security-auditor"]), founder)
        close(tools, "left", "left")
        with archive.database.write() as tx:
            put(tx, replace(credential(tx, "enrolled"), totp=TOTP))
    return home


def settings_for(home: Path, issuer: str, claim: str = "sub", *, secret: bool = True) -> str:
    (home / "organisation.secret").write_text(SECRET + "\n", "utf-8")
    (home / "organisation.secret").chmod(0o600)
    told = f'[http]\norigins = ["{BASE}"]\n[http.organisation]\nissuer = "{issuer}"\nclient_id = "{CLIENT}"\n'
    told += f'claim = "{claim}"\n'
    return told + ('client_secret_file = "organisation.secret"\n' if secret else "")


@pytest.fixture(scope="module")
def hostile(base: Path) -> Iterator[tuple[Door, Provider]]:
    before = (base / "lantai.toml").read_text("utf-8")
    with provider() as made:
        (base / "lantai.toml").write_text(before + settings_for(base, made.issuer), "utf-8")
        with doors(base) as door:
            yield door, made
    (base / "lantai.toml").write_text(before, "utf-8")


def goes(client: TestClient) -> str:
    """Go to the organisation; where that is."""
    answer = client.get(HERE, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    cookie = answer.headers["set-cookie"]
    assert re.search(
        r"^__Host-lantai-organisation=\S+; HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure$", cookie
    )
    assert answer.headers["cache-control"] == "no-store"
    return answer.headers["location"]


def comes_back(door: Door, made: Provider, name: str) -> tuple[TestClient, Any]:
    made.behave()
    made.name = name
    client = door.stranger()
    back = made.visit(goes(client))
    return client, client.get(f"{HERE}/return", params=back)


def test_a_provider_made_by_others_signs_in_an_account_that_is_there(base: Path) -> None:
    before = (base / "lantai.toml").read_text("utf-8")
    people = [
        oidc_provider_mock.User(sub="7f3a", claims={"preferred_username": name}) for name in ("li", "nobody")
    ]
    people[1] = oidc_provider_mock.User(sub="8c21", claims={"preferred_username": "nobody"})
    with oidc_provider_mock.run_server_in_thread(require_nonce=True, user_claims=people) as server:
        issuer = f"http://localhost:{server.server_port}"
        (base / "lantai.toml").write_text(before + settings_for(base, issuer, "preferred_username"), "utf-8")
        try:
            with doors(base) as door:
                client = door.stranger()
                assert _signs_in_there(client, "7f3a").json()["account"] == "li"
                assert client.get(f"{API}/session").json()["account"] == "li"
                assert _signs_in_there(door.stranger(), "8c21").status_code == 401
        finally:
            (base / "lantai.toml").write_text(before, "utf-8")


def _signs_in_there(client: TestClient, sub: str) -> Any:
    pool = urllib3.PoolManager()
    sent = pool.request("POST", goes(client), fields={"sub": sub}, encode_multipart=False, redirect=False)
    place = urlsplit(sent.headers["Location"])
    assert f"{place.scheme}://{place.netloc}" == BASE
    return client.get(place.path, params=dict(parse_qsl(place.query)))


def test_whoever_comes_back_vouched_for_has_a_session_and_the_way_is_forgotten(
    hostile: tuple[Door, Provider],
) -> None:
    client, answer = comes_back(*hostile, "li")
    assert answer.json()["account"] == "li"
    assert COOKIE not in client.cookies
    assert client.get(f"{API}/session").json()["csrf"] == answer.json()["csrf"]
    assert client.get(f"{API}/searches").status_code == 200


@pytest.mark.parametrize("name", ["nobody", "left", "keeper", "LI", "li ", "", "\u200bli", "x" * 5000])
def test_it_makes_no_account_and_opens_none_that_is_closed_or_nobodys(
    hostile: tuple[Door, Provider], name: str
) -> None:
    client, answer = comes_back(*hostile, name)
    other = comes_back(*hostile, f"nobody like {name[:20]}")[1]
    assert answer.status_code == 401
    assert (answer.content, answer.headers.get("set-cookie")) == (
        other.content,
        other.headers.get("set-cookie"),
    )
    assert client.get(f"{API}/session").status_code == 401


def test_an_administrator_without_a_second_factor_may_only_enrol_one(hostile: tuple[Door, Provider]) -> None:
    client, answer = comes_back(*hostile, "admin")
    assert answer.json()["only_self"]
    assert client.get(f"{API}/sites").status_code == 404


def test_a_second_factor_that_is_enrolled_is_asked_for_here_as_well(hostile: tuple[Door, Provider]) -> None:
    client, answer = comes_back(*hostile, "enrolled")
    assert (answer.status_code, answer.json()["title"]) == (401, "code-needed")
    assert client.get(f"{API}/session").status_code == 401
    assert client.post(HERE, json={"code": "000000"}).status_code == 401
    assert client.get(f"{API}/session").status_code == 401
    code = pyotp.TOTP(TOTP).now()
    assert hostile[0].stranger().post(HERE, json={"code": code}).status_code == 401, "somebody else's browser"
    signed = client.post(HERE, json={"code": code})
    assert signed.status_code == 201, signed.text
    assert "uses" in client.get(f"{API}/session").json()["rights"]
    assert client.post(HERE, json={"code": code}).status_code == 401, "each code once, each way once"


def test_codes_are_not_to_be_guessed_on_one_way(hostile: tuple[Door, Provider]) -> None:
    client, _ = comes_back(*hostile, "enrolled")
    for _ in range(MOST_TRIES):
        assert client.post(HERE, json={"code": "000000"}).status_code in (401, 429)
    later = datetime.now(UTC) + timedelta(seconds=30)
    assert client.post(HERE, json={"code": pyotp.TOTP(TOTP).at(later)}).status_code in (401, 429)
    assert client.get(f"{API}/session").status_code == 401


@pytest.mark.parametrize("misdeed", ["unsigned", "signed with the shared secret", "signed by another"])
def test_a_token_that_is_none_signs_nobody_in(hostile: tuple[Door, Provider], misdeed: str) -> None:
    door, made = hostile
    made.behave(misdeed)
    made.name = "li"
    client = door.stranger()
    assert client.get(f"{HERE}/return", params=made.visit(goes(client))).status_code == 401
    assert client.get(f"{API}/session").status_code == 401


def test_a_way_that_another_browser_went_is_nobody_elses(hostile: tuple[Door, Provider]) -> None:
    door, made = hostile
    made.behave()
    made.name = "li"
    victim, thief = door.stranger(), door.stranger()
    back = made.visit(goes(victim))
    goes(thief)
    for client in (thief, door.stranger()):
        refused = client.get(f"{HERE}/return", params=back)
        assert refused.status_code == 401
        assert client.get(f"{API}/session").status_code == 401
    assert victim.get(f"{HERE}/return", params=back).status_code == 200
    assert victim.get(f"{HERE}/return", params=back).status_code == 401, "once"


def test_a_provider_that_is_away_is_told_and_tells_nothing(hostile: tuple[Door, Provider]) -> None:
    door, made = hostile
    made.behave("breaks")
    client = door.stranger()
    answer = client.get(f"{HERE}/return", params=made.visit(goes(client)))
    assert (answer.status_code, answer.json()["title"]) == (503, "organisation-away")
    assert SECRET not in answer.text


def test_where_no_organisation_is_named_its_routes_are_as_if_they_were_not_there(base: Path) -> None:
    text = (base / "lantai.toml").read_text("utf-8")
    (base / "lantai.toml").write_text(text.partition("[http]")[0], "utf-8")
    with doors(base) as door:
        (base / "lantai.toml").write_text(text, "utf-8")
        nowhere = door.stranger().get(f"{API}/nowhere")
        for path in (HERE, f"{HERE}/return?{urlencode({'code': 'x', 'state': 'y'})}"):
            answer = door.stranger().get(path, follow_redirects=False)
            assert (answer.status_code, answer.content) == (nowhere.status_code, nowhere.content)
        answer = door.stranger().post(HERE, json={"code": "1"})
        assert (answer.status_code, answer.content) == (nowhere.status_code, nowhere.content)
