"""Who asks: every route's one entrance. Signed in or bearing a token, allowed by the matrix, seen by a view.

    nobody                      401 on every path of the API, there or not
    not for this account        404, as if there were no such route
    else                        the archive as that account works in it

Not here: signing in (`lantai.api.signing`), what a route does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from archive import sessions
from archive.sessions import Session
from lantai.errors import NotAllowed, NotSignedIn
from lantai.wiring import Archive
from policies.roles import role_book, route_book
from processes.retrievals import granted

COOKIE = "__Host-lantai"
PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at the door: the archive as they see it, and how they came."""

    archive: Archive
    session: Session | None
    address: str

    @property
    def account(self) -> str:
        """The account's name."""
        return self.archive.subject.account

    def working(self) -> Archive:
        """The archive as they work in it: with sites of its own, for what reads or writes copies."""
        return self.archive.at_work(self.archive.subject)


def enter(request: Request) -> Caller:
    """Whoever asks, where the matrix opens this route to them. Raises `NotSignedIn`, `NotAllowed`."""
    archive: Archive = request.app.state.archive
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with archive.database.read() as conn:
        session = sessions.session(conn, request.cookies.get(COOKIE, ""))
    if session is None or session.until < now:
        raise NotSignedIn
    request.state.account = session.account  # whose use it is, also where it is refused
    subject = archive.subject_named(session.account)
    if opened := session.detail.get("opened"):
        with archive.database.read() as conn:
            subject = granted(conn, subject, opened, datetime.now(UTC).date())
    path = str(request.scope["route"].path).removeprefix(PREFIX)
    action = route_book().routes.get(f"{request.method} {path}")
    if action is None or not role_book().may(subject.roles, action):
        raise NotAllowed(subject.account, "route")
    return Caller(archive.seen_as(subject), session, request.client.host if request.client else "")


Door = Annotated[Caller, Depends(enter)]
"""What a route asks for to be let in through the matrix."""
