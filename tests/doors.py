"""The HTTP door over a home, asked in this process; accounts signed in without typing passwords.

`doors(home)` gives the application started; `door.signed_in("li")` a client whose cookie is a session of that
account, put into the database as signing in would. Whoever tests signing in itself uses `door.stranger()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from archive import sessions
from lantai.api.app import application
from lantai.api.door import COOKIE, utc
from lantai.api.limits import Limits
from lantai.wiring import Archive

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
        return TestClient(self.app, base_url=BASE, raise_server_exceptions=False)

    def signed_in(self, account: str, **detail: object) -> TestClient:
        """A client with a session of `account`, as signing in leaves it, its CSRF token among its headers."""
        with self.archive.database.write() as tx:
            told = {"csrf": CSRF, "address": "testclient", **detail}
            now = utc(datetime.now(UTC))
            secret = sessions.begin(tx, account, now, "2999-01-01T00:00:00Z", told)
        client = self.stranger()
        client.cookies.set(COOKIE, secret)
        client.headers["X-CSRF-Token"] = CSRF
        return client


@contextmanager
def doors(home: Path) -> Iterator[Door]:
    """The door of the archive at `home`, open meanwhile."""
    app = application(home)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        app.state.limits = Limits({})  # tests ask faster than people
        yield Door(app, client)
