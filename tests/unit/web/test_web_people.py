"""Pages of people: accounts, exclusions told before anything is sent, the use journal, one's own account."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyotp
import pytest
from batches import new_home
from doors import CSRF, Door, doors
from people import PASSWORD, give
from starlette.testclient import TestClient

from archive.credentials import credential, put
from lantai.wiring import opened
from processes.people.accounts import Appointment, appoint

TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PEOPLE = (
    ("officer", "security-officer", ()),
    ("admin", "system-administrator", ()),
    ("auditor", "security-auditor", ()),
    ("desk", "accession-officer", ("A014",)),
    ("reader", "researcher", ()),
)
BETTER = "another long and quiet evening"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home = new_home(tmp_path_factory.mktemp("web-people"))
    with opened(home) as archive:
        for name, role, fonds in PEOPLE:
            appoint(archive.tools(), Appointment(name, [role], fonds), archive.settings.account)
        give(archive.database, "desk", "reader")
        give(archive.database, "officer", totp=TOTP)
    with doors(home) as door:
        yield door


def at(door: Door, account: str, language: str = "en", **detail: object) -> TestClient:
    client = door.signed_in(account, **detail)
    client.headers["Accept-Language"] = language
    return client


def shown(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return answer.text


def sent(client: TestClient, path: str, status: int = 200, **fields: Any) -> Any:
    """Send a form of ours."""
    form = {"csrf": CSRF, **fields}
    answer = client.post(path, data=form, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return answer


def proof(door: Door) -> dict[str, str]:
    """What the security officer types to prove themselves: each code counts once."""
    with door.archive.database.write() as tx:
        put(tx, replace(credential(tx, "officer"), totp_step=0))
    return {"password": PASSWORD, "code": pyotp.TOTP(TOTP).at(datetime.now(UTC))}


def test_the_list_names_offices_in_words_and_offers_appointing_to_whoever_may(door: Door) -> None:
    text = shown(at(door, "officer"), "/people")
    assert "accession officer" in text
    assert "/people/appoint" in text
    assert "接收人员" in shown(at(door, "officer", "zh"), "/people")
    assert "/people/appoint" not in shown(at(door, "admin"), "/people")


def test_exclusions_stand_on_the_page_before_anything_is_sent(door: Door) -> None:
    client = at(door, "officer")
    text = shown(client, "/people/appoint")
    auditor = text.split('data-role="security-auditor"')[1].split('data-role="')[0]
    assert "Never together with" in auditor
    assert "storage operator" in auditor
    wanted = ["security-auditor", "storage-operator"]
    answer = sent(client, "/people/appoint", 400, name="both", roles=wanted, zone="", **proof(door))
    assert "nobody is both" in answer.text
    assert 'value="both"' in answer.text
    assert re.search(r'value="storage-operator" checked', answer.text)


def test_who_is_appointed_has_a_code_that_stands_on_one_page_alone(door: Door) -> None:
    client = at(door, "officer")
    fields: dict[str, Any] = {
        "name": "lin",
        "roles": ["records-officer"],
        "fonds": "A014、A015",
        "zone": "",
        "key": "k1",
    }
    text = sent(client, "/people/appoint", **fields, **proof(door)).text
    assert "One-time code for lin" in text
    again = sent(client, "/people/appoint", 409, **fields, **proof(door)).text
    assert "One-time code for lin" not in again
    assert "its answer was not kept: it held a secret" in again
    account = shown(client, "/people/account?name=lin")
    assert "A014, A015" in account


def test_an_account_is_changed_given_a_code_and_closed_from_its_page(door: Door) -> None:
    client = at(door, "officer")
    wanted: dict[str, Any] = {"name": "mo", "roles": ["editor"], "zone": "", **proof(door)}
    sent(client, "/people/appoint", **wanted)
    page, of_mo = "/people/account", "?name=mo"
    changed: dict[str, Any] = {
        "roles": ["editor", "researcher"],
        "zone": "internal",
        "reason": "also reads",
        **proof(door),
    }
    done = sent(client, f"{page}{of_mo}", 303, **changed).headers["location"]
    assert done == f"{page}{of_mo}&said=account-changed"
    wrong = sent(client, f"{page}{of_mo}", 400, **changed | proof(door)).text
    assert "is so already" in wrong
    assert "One-time code for mo" in sent(client, f"{page}/code{of_mo}", **proof(door)).text
    refused = sent(client, f"{page}/close{of_mo}", 403, reason="left", password="wrong", code="000000").text
    assert 'value="left"' in refused
    sent(client, f"{page}/close{of_mo}", 303, reason="left", **proof(door))
    assert "mo" not in re.sub("<[^>]+>", " ", shown(client, "/people").split("<tbody>")[1]).split()
    assert "closed" in shown(client, "/people?closed=true")


@pytest.mark.parametrize(
    "name", ["李/四", "..", "a/../b", "x?y#z%2F&=+", 'o\'neil "q" <b>', "ئەركىن", "c/code"]
)
def test_every_name_that_an_account_may_have_leads_to_its_page(door: Door, name: str) -> None:
    client = at(door, "officer")
    sent(client, "/people/appoint", name=name, roles=["editor"], zone="", **proof(door))
    links = re.findall(r'<td><a href="(/people/account[^"]*)"', shown(client, "/people"))
    (page,) = [html.unescape(one) for one in links if named(html.unescape(one)) == name]
    told = shown(client, page)
    assert f"<bdi>{html.escape(name).replace('&#x27;', '&#39;').replace('&quot;', '&#34;')}</bdi>" in told
    ways = [html.unescape(one) for one in re.findall(r'action="(/people/account[^"]+)"', told)]
    assert {named(one) for one in ways} == {name}
    change, code, close = sorted(ways, key=lambda one: ("/code?" in one) + 2 * ("/close?" in one))
    changed: dict[str, Any] = {"roles": ["researcher"], "zone": "", "reason": "reads", **proof(door)}
    assert named(sent(client, change, 303, **changed).headers["location"]) == name
    assert "to be used at" in sent(client, code, **proof(door)).text.lower()
    assert sent(client, close, 303, reason="left", **proof(door)).headers["location"].startswith("/people?")


def named(link: str) -> str:
    """The account that a link of a page names."""
    return dict(parse_qsl(urlsplit(link).query)).get("name", "")


def test_an_answer_to_a_form_that_is_loaded_again_leads_to_the_form(door: Door) -> None:
    client = at(door, "officer")
    answer = client.get("/people/account/close?name=auditor", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/people/account?name=auditor")
    assert client.get("/oneself/tokens/x/end").url.path == "/oneself"


def test_an_address_that_no_link_of_ours_has_is_a_page_that_says_so(door: Door) -> None:
    for path in ("/theme/pink", "/language/xx", "/people/nobody"):
        text = shown(at(door, "reader"), path, 404)
        assert "<h1>Not found</h1>" in text
        assert "pink" not in re.split("<main|</main>", text)[1]


def test_paper_is_chosen_and_given_back_to_the_device(door: Door) -> None:
    client = at(door, "reader")
    answer = client.get("/theme/dark?next=/oneself", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/oneself")
    assert 'data-theme="dark"' in shown(client, "/help")
    client.get("/theme/auto")
    assert "data-theme" not in shown(client, "/help")
    client.cookies.set("lantai-theme", "pink")
    assert "data-theme" not in shown(client, "/help"), "whatever a cookie says"


def test_an_account_that_is_not_there_and_a_room_that_is_not_ones_own_look_alike(door: Door) -> None:
    absent = re.search(
        "<main.*</main>", shown(at(door, "officer"), "/people/account?name=nobody", 404), re.DOTALL
    )
    closed = re.search("<main.*</main>", shown(at(door, "reader"), "/people", 404), re.DOTALL)
    assert absent and closed and absent[0] == closed[0]


def test_the_matrix_shows_who_never_goes_with_whom(door: Door) -> None:
    text = shown(at(door, "auditor"), "/people/roles")
    row = text.split('<th scope="row"><span>security officer</span></th>')[1].split("</tr>")[0]
    assert row.count("never together") == 7


def test_the_use_journal_is_filtered_and_keeps_what_was_asked(door: Door) -> None:
    at(door, "reader").get("/people")
    client = at(door, "auditor")
    text = shown(client, "/people/uses?kind=refused&account=reader")
    assert "GET /accounts" in text
    assert 'value="reader"' in text
    assert "/api/v1/uses/list?account=reader&amp;kind=refused" in text
    assert "Nothing of that was used" in shown(client, "/people/uses?account=nobody")
    assert 'role="alert"' in shown(client, "/people/uses?since=2016-99-99", 400)
    shown(at(door, "officer"), "/people/uses", 404)


def test_ones_own_page_tells_offices_and_rights_in_words(door: Door) -> None:
    text = shown(at(door, "desk"), "/oneself")
    assert "accession officer" in text
    assert "hand in batches" in text
    assert "A014" in text
    assert "not enrolled" in text
    assert "移交" in shown(at(door, "desk", "zh"), "/help")


def test_a_password_is_changed_and_a_mistake_shows_the_form_again(door: Door) -> None:
    client = at(door, "reader")
    fields = {"password": PASSWORD, "new": BETTER, "again": "not the same"}
    assert "The two passwords differ" in sent(client, "/oneself/password", 422, **fields).text
    wrong = sent(client, "/oneself/password", 403, **fields | {"password": "wrong", "again": BETTER}).text
    assert 'role="alert"' in wrong
    assert BETTER not in wrong
    done = sent(client, "/oneself/password", 303, **fields | {"again": BETTER})
    assert done.headers["location"] == "/oneself?said=password"
    give(door.archive.database, "reader")


def test_a_second_factor_is_enrolled_by_a_picture_made_here_or_by_its_secret_in_text(door: Door) -> None:
    client = at(door, "desk")
    begun = sent(client, "/oneself/second-factor", password=PASSWORD).text
    assert "<svg" in begun
    secret = re.search(r'class="secret"><code>([A-Z2-7 ]+)</code>', begun)
    uri = re.search(r'name="uri" value="([^"]+)"', begun)
    assert secret and uri
    uri_text = uri[1].replace("&amp;", "&")
    assert f"secret={secret[1].replace(' ', '')}" in uri_text
    wrong = sent(client, "/oneself/second-factor/first-code", 403, code="000000", uri=uri_text).text
    assert "<svg" in wrong
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(datetime.now(UTC))
    done = sent(client, "/oneself/second-factor/first-code", 303, code=code, uri=uri_text)
    assert done.headers["location"] == "/oneself?said=second-factor"
    assert "not enrolled" not in shown(client, "/oneself")
    give(door.archive.database, "desk")


def test_whoever_needs_a_second_factor_and_has_none_is_sent_to_enrol_it(door: Door) -> None:
    client = at(door, "admin", only_self=True)
    with door.archive.database.write() as tx:
        put(tx, replace(credential(tx, "admin"), totp=""))
    answer = client.get("/", follow_redirects=False)
    assert answer.headers["location"] == "/oneself/second-factor"
    assert "Your role asks for a second factor" in shown(client, "/oneself/second-factor")
    assert "system administrator" in shown(client, "/oneself")


def test_a_token_is_made_narrowed_shown_once_and_ended(door: Door) -> None:
    client = at(door, "reader")
    fields = {"name": "nightly", "days": "30", "narrow": "yes", "may": ["read"], "password": PASSWORD}
    secret = re.search(r"<code>(lantai_\S+)</code>", sent(client, "/oneself/tokens", **fields).text)
    assert secret
    listed = shown(client, "/oneself")
    assert secret[1] not in listed
    assert "nightly" in listed
    wrong = sent(client, "/oneself/tokens", 422, **fields | {"name": "other", "days": "many"}).text
    assert 'value="other"' in wrong
    ends = re.search(r'action="(/oneself/tokens/[^"]+/end)"', listed)
    assert ends
    sent(client, ends[1], 303)
    assert "nightly" not in shown(client, "/oneself")


def test_signing_out_everywhere_else_leaves_this_one(door: Door) -> None:
    here, there = at(door, "reader"), at(door, "reader")
    sent(here, "/oneself/sessions/end", 303)
    assert there.get("/oneself", follow_redirects=False).status_code == 303
    shown(here, "/oneself")


def test_a_form_without_its_csrf_changes_nothing(door: Door) -> None:
    client = at(door, "reader")
    answer = client.post("/oneself/sessions/end", data={"csrf": "another"}, follow_redirects=False)
    assert answer.status_code == 403
