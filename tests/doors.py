"""The HTTP door over a home, asked in this process; accounts signed in without typing passwords.

`doors(home)` gives the application started; `door.signed_in("li")` a client whose cookie is a session of that
account, put into the database as signing in would. Whoever tests signing in itself uses `door.stranger()`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from archive import sessions
from archive.credentials import credential, put
from lantai.api.app import application
from lantai.api.csrf import SAFE
from lantai.api.door import COOKIE, action_of, utc
from lantai.api.limits import Limits
from lantai.api.matching import PREFIX, chosen
from lantai.api.proofs import HEADER
from lantai.wiring import Archive
from processes.people.sign_in import lacks_second_factor

BASE = "https://archive.example"
CSRF = "csrf-of-a-test"


@dataclass
class Door:
    """One started application and the clients at it."""

    app: FastAPI
    client: TestClient

    @property
    def archive(self) -> Archive:
        """The archive behind it."""
        opened: Archive = self.app.state.archive
        return opened

    def stranger(self) -> TestClient:
        """A client that nobody is signed in at; its own cookies."""
        return self._on_its_loop(TestClient(self.app, base_url=BASE, raise_server_exceptions=False))

    def _on_its_loop(self, client: TestClient) -> TestClient:
        """`client`, on the loop that the application was started in: else each request makes one."""
        client.portal = self.client.portal
        return client

    def signed_in(self, account: str, *, proves: bool = True, **detail: object) -> TestClient:
        """A client with a session of `account`, as signing in leaves it, its CSRF token among its headers.

        The account has the second factor that its roles ask for. Where a route asks for a proof the client
        sends one, unless `proves` is false.
        """
        with self.archive.database.write() as tx:
            if lacks_second_factor(tx, account):
                put(tx, replace(credential(tx, account), totp="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"))
            told = {"csrf": CSRF, "address": "testclient", **detail}
            secret = sessions.begin(tx, account, utc(datetime.now(UTC)), "2999-01-01T00:00:00Z", told)
        proving = _Proving(self, sessions.digest(secret)) if proves else self.stranger()
        client = self._on_its_loop(proving)
        client.cookies.set(COOKIE, secret)
        client.headers["X-CSRF-Token"] = CSRF
        return client


class _Proving(TestClient):
    """A client of somebody who gives their password whenever a route asks for it."""

    def __init__(self, door: Door, session: str) -> None:
        super().__init__(door.app, base_url=BASE, raise_server_exceptions=False)
        self._door = door
        self._session = session

    def send(self, request: Any, **options: Any) -> Any:
        """Send a request, with a proof where one is asked for."""
        state = self._door.app.state
        place = chosen(state.places.at(request.url.path.removeprefix(PREFIX)), request.method)
        if place is not None and place.method not in SAFE and HEADER not in request.headers:
            request.headers[HEADER] = state.proofs.make(self._session, action_of(place))
        return super().send(request, **options)


@contextmanager
def doors(home: Path) -> Iterator[Door]:
    """The door of the archive at `home`, open meanwhile."""
    app = application(home)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        app.state.limits = Limits({})  # tests ask faster than people
        yield Door(app, client)


def ended(client: TestClient, answer: Any) -> str:
    """The page of a work that a form of the workbench began, once the work has ended."""
    assert answer.status_code == 303, answer.text
    for _ in range(1000):
        page = client.get(answer.headers["Location"]).text
        if "every 2s" not in page:
            return unescape(page)
        time.sleep(0.02)
    raise AssertionError(page)
