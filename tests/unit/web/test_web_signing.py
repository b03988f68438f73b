"""Signing in by its page leads on to where somebody wanted to be, and never to another site."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from batches import lantai, new_home
from doors import Door, doors
from starlette.requests import Request
from starlette.types import Message

from archive.uses import unsealed
from lantai.api.faults import BadRequest
from lantai.web import forms

PASSWORD = "a quiet reading room in spring"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home = new_home(tmp_path_factory.mktemp("signing"))
    lantai(home, "account", "add", "member", "--role", "researcher", status=0)
    code = lantai(home, "account", "code", "member", status=0).document["code"]
    with doors(home) as opened:
        asked = {"account": "member", "code": code, "password": PASSWORD}
        assert opened.stranger().put("/api/v1/account/first-password", json=asked).status_code < 300
        yield opened


def test_where_nobody_is_appointed_yet_the_page_says_how_it_begins(tmp_path: Path, door: Door) -> None:
    with doors(new_home(tmp_path)) as fresh:
        text = fresh.stranger().get("/", headers={"Accept-Language": "en"}).text
    assert "Nobody is appointed yet" in text
    assert "lantai account add" in text
    assert "Nobody is appointed yet" not in door.stranger().get("/sign-in").text


def test_a_stranger_who_looks_at_pages_writes_nothing_into_the_use_journal(door: Door) -> None:
    stranger = door.stranger()
    for path in ("/sign-in", "/help", "/", "/first-password"):
        assert stranger.get(path).status_code == 200
    with door.archive.database.read() as conn:
        assert not [use for _, use in unsealed(conn) if use.kind == "refused"]


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("/search?fonds=A014&fonds=B001&self=1", "/search?fonds=A014&fonds=B001&self=1"),
        ("/items/A014-WS%C2%B72016?component=2", "/items/A014-WS·2016?component=2"),
        ("/%2Felsewhere.example/x?y=1", "/elsewhere.example/x?y=1"),
        ("/%5Celsewhere.example", "/%5Celsewhere.example"),
        ("//elsewhere.example", "/"),
    ],
)
def test_whoever_signs_in_goes_on_where_they_were_and_never_elsewhere(
    door: Door, wanted: str, there: str
) -> None:
    typed = {"account": "member", "password": PASSWORD, "next": wanted}
    answer = door.stranger().post("/sign-in", data=typed, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert unquote_dot(answer.headers["location"]) == there


def test_a_form_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "SECONDS", 0.01)
    scope = {"type": "http", "headers": [(b"content-type", forms.KIND.encode())]}

    async def nothing() -> Message:
        return await asyncio.Future()

    with pytest.raises(BadRequest):
        asyncio.run(asyncio.wait_for(forms.read(Request(scope, nothing)), 10))


def unquote_dot(location: str) -> str:
    """A location with the dot of codes as people write it."""
    return location.replace("%C2%B7", "·")


def test_whoever_sends_something_without_a_session_is_told_that_nothing_was_done(door: Door) -> None:
    stranger = door.stranger()
    sent = stranger.post("/desk/retrievals/new", data={"item": "A014-1"}, follow_redirects=False)
    assert (sent.status_code, "said=session-over" in sent.headers["location"]) == (303, True)
    assert (
        "nothing was done" in stranger.get(sent.headers["location"], headers={"accept-language": "en"}).text
    )
    assert "said" not in stranger.get("/desk", follow_redirects=False).headers["location"]
