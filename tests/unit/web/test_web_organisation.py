"""A browser that comes back from an organisation's sign-in: on to a page, with what the answer was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from batches import new_home
from doors import BASE, Door, doors
from hostile_provider import CLIENT, SECRET, Provider, provider
from starlette.testclient import TestClient

from archive.credentials import credential, put
from lantai.wiring import opened
from processes.people.accounts import Appointment, appoint

HERE = "/api/v1/session/organisation"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9", "Accept-Language": "en"}


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Door, Provider]]:
    home = new_home(tmp_path_factory.mktemp("web-organisation"))
    with opened(home) as archive:
        appoint(archive.tools(), Appointment("li", ["researcher"]), archive.settings.account)
        appoint(archive.tools(), Appointment("wang", ["security-auditor"]), archive.settings.account)
        with archive.database.write() as tx:
            put(tx, replace(credential(tx, "wang"), totp=TOTP))
    with provider() as made:
        _name(home, made.issuer)
        with doors(home) as door:
            yield door, made


def _name(home: Path, issuer: str) -> None:
    (home / "organisation.secret").write_text(SECRET + "\n", "utf-8")
    (home / "organisation.secret").chmod(0o600)
    told = (
        f'\n[http]\norigins = ["{BASE}"]\n[http.organisation]\nissuer = "{issuer}"\nclient_id = "{CLIENT}"\n'
    )
    told += 'claim = "sub"\nclient_secret_file = "organisation.secret"\n'
    settings = home / "lantai.toml"
    settings.write_text(settings.read_text("utf-8") + told, "utf-8")


def comes_back(organisation: tuple[Door, Provider], name: str) -> tuple[TestClient, Any]:
    door, made = organisation
    made.behave()
    made.name = name
    client = door.stranger()
    client.headers.update(BROWSER)
    there = client.get("/sign-in/organisation", follow_redirects=False).headers["location"]
    return client, client.get(f"{HERE}/return", params=made.visit(there), follow_redirects=False)


def test_its_button_stands_on_the_page_of_signing_in(organisation: tuple[Door, Provider]) -> None:
    text = organisation[0].stranger().get("/sign-in", headers=BROWSER).text
    assert 'href="/sign-in/organisation"' in text


def test_whoever_is_vouched_for_goes_on_by_a_page_of_ours(organisation: tuple[Door, Provider]) -> None:
    client, answer = comes_back(organisation, "li")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/returned")
    assert 'content="0;url=/"' in client.get("/sign-in/returned").text
    assert "Today" in client.get("/").text


def test_whoever_has_a_second_factor_types_its_code_on_a_page(organisation: tuple[Door, Provider]) -> None:
    client, answer = comes_back(organisation, "wang")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/code")
    assert client.get("/", follow_redirects=False).status_code == 303
    wrong = client.post("/sign-in/code", data={"code": "000000", "next": "/"})
    assert wrong.status_code == 401
    assert 'role="alert"' in wrong.text
    right = client.post("/sign-in/code", data={"code": pyotp.TOTP(TOTP).now(), "next": "/"})
    assert "Today" in right.text


def test_whoever_is_not_known_reads_a_page_and_no_document(organisation: tuple[Door, Provider]) -> None:
    _, answer = comes_back(organisation, "nobody")
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert 'href="/sign-in">Sign in</a>' in re.split("<main|</main>", answer.text)[1]


def test_whoever_cannot_go_there_reads_it_on_the_page_of_signing_in(
    organisation: tuple[Door, Provider],
) -> None:
    door, made = organisation
    made.behave("no JSON")
    ours = door.app.state.organisation
    ours._found = None  # as after a day
    answer = door.stranger().get("/sign-in/organisation", headers=BROWSER)
    made.behave()
    ours._failed = 0
    assert answer.status_code == 503
    assert 'role="alert"' in answer.text
    assert 'name="password"' in answer.text
    assert 'href="/sign-in/organisation"' in answer.text
