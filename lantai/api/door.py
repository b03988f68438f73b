"""Who asks: a session's cookie or a program's token, the account behind it, and what it may here and now.

    nobody                      401 on every path of the API, there or not
    not for this account        404, as if there were no such route
    else                        the archive as that account works in it

All of it is read in one snapshot for each request: what was taken from an account counts for its next one.
Not here: the order in which the door asks (`lantai.api.gate`), signing in (`lantai.api.signing`), what a
route does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection

from archive import sessions, tokens
from archive.asking import Ask, within
from archive.sessions import Session
from archive.standing import Standing, by_session, by_token
from archive.tokens import Token
from lantai.api.matching import PREFIX, Place
from lantai.api.networks import zone_at
from lantai.errors import NoSuchAccount, NotAllowed, NotSignedIn
from lantai.settings_http import HttpSettings
from lantai.wiring import Archive, appointed, subject_within
from policies.access import Subject
from policies.roles import SELF, by_narrowed, role_book, route_book
from processes.desk.retrievals import granted

__all__ = ["COOKIE", "PREFIX", "Caller", "Door", "action_of", "admitted", "allowed", "may", "standing", "utc"]

COOKIE = "__Host-lantai"
BEARER = "bearer "
LONGEST_SECRET = 256


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at the door: the archive as they see it, and how they came: by a session or a token.

    `only_self` is true where the account's roles need a second factor that it has not enrolled.
    """

    archive: Archive
    session: Session | None
    address: str
    token: Token | None = None
    only_self: bool = False

    @property
    def account(self) -> str:
        """The account's name."""
        return self.archive.subject.account

    def may(self, action: str) -> bool:
        """Whether the matrix lets them do it, however they came: a token does what it was made for."""
        if self.only_self and action != SELF:
            return False
        narrowed = self.token is not None and not by_narrowed(self.token.may, action)
        return not narrowed and roles_may(self.archive.subject.roles, action)

    def working(self) -> Archive:
        """The archive as they work in it: with sites of its own, for what reads or writes copies."""
        return self.archive.at_work(self.archive.subject)


def admitted(archive: Archive, headers: Mapping[bytes, bytes], address: str, now: datetime) -> Caller:
    """Who these headers belong to. Raises `NotSignedIn`, the same for whatever is missing or has ended.

    Where there is an `Authorization` the cookie does not count: nobody else's page can send one.
    """
    found = _found(archive.database.asked, archive.settings.http, headers, now)
    if found.own.account != archive.settings.account and not _opened(found.own):
        return _caller(archive, found, _appointed(archive, found, address), address)
    with archive.database.read() as conn:  # more has to be read, and all of it in one snapshot
        found = _found(within(conn), archive.settings.http, headers, now)
        subject = _subject(conn, archive, found.own, address, now)
    return _caller(archive, found, subject, address)


def standing(caller: Caller, now: datetime) -> Subject:
    """Whoever asked some time ago as they stand now, for an answer that takes long. Raises `NotSignedIn`
    where their session or token is no more; that nobody used it meanwhile does not count.
    """
    archive, own = caller.archive, caller.token or caller.session
    of_account = tokens.of_account if caller.token is not None else sessions.of_account
    with archive.database.read() as conn:
        there: Iterable[Session | Token] = of_account(conn, caller.account)
        known = next((one for one in there if own is not None and one.id == own.id), None)
        if known is None or known.until < utc(now):
            raise NotSignedIn
        return _subject(conn, archive, known, caller.address, now)


def may(caller: Caller, place: Place) -> bool:
    """Whether the matrix opens the place to them; what is free is open to everybody."""
    if place.name in route_book().free.routes:
        return True
    if caller.token is not None and place.name in route_book().own.routes:
        return False
    return caller.may(action_of(place))


@lru_cache(maxsize=4096)
def roles_may(roles: frozenset[str], action: str) -> bool:
    """Whether the matrix lets these roles, as a subject has them, do it: it is read once, and stands."""
    return role_book().may(roles, action)


def allowed(caller: Caller, places: list[Place]) -> list[str]:
    """The methods of a path that are open to them, as `Allow` tells them."""
    methods = {place.method for place in places if may(caller, place)}
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


def action_of(place: Place) -> str:
    """The action that a place asks for, "" for a free one."""
    return route_book().routes.get(place.name, "")


def enter(request: Request) -> Caller:
    """Whoever asks, as the gate let them in. Raises `NotAllowed` where the gate saw another route or none."""
    caller, place = getattr(request.state, "caller", None), getattr(request.state, "place", None)
    path = str(request.scope["route"].path).removeprefix(PREFIX)
    if not isinstance(caller, Caller) or place is None or place.path != path:
        raise NotAllowed("", "route")
    return caller


async def _enter(request: Request) -> Caller:
    return enter(request)  # on the loop's own thread: there is nothing to wait for


Door = Annotated[Caller, Depends(_enter)]
"""What a route asks for to be let in through the matrix."""


def utc(now: datetime) -> str:
    """A time as the ledger writes it."""
    return now.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"


def cookie_of(header: bytes, name: str) -> str:
    """What the cookie holds; "" where it is not there, or there twice."""
    held = [
        value
        for one in header.decode("latin-1").split(";")
        for key, _, value in [one.strip().partition("=")]
        if key == name
    ]
    return held[0] if len(held) == 1 and len(held[0]) <= LONGEST_SECRET else ""


def _found(ask: Ask, http: HttpSettings, headers: Mapping[bytes, bytes], now: datetime) -> Standing:
    """How whoever these headers belong to stands. Raises `NotSignedIn` for nobody, and where a session or
    token has ended: by its time, or a session because nobody used it.
    """
    if b"authorization" in headers:
        secret = _token_of(headers[b"authorization"])
        found = by_token(ask, secret) if secret else None
    else:
        secret = cookie_of(headers.get(b"cookie", b""), COOKIE)
        found = by_session(ask, secret) if secret else None
    if found is None or found.own.until < utc(now):
        raise NotSignedIn
    if isinstance(found.own, Session) and found.own.seen < utc(now - timedelta(minutes=http.idle_minutes)):
        raise NotSignedIn
    return found


def _opened(own: Session | Token) -> Mapping[str, str]:
    """The grants that were opened in a session."""
    opened: Mapping[str, str] = own.detail.get("opened", {}) if isinstance(own, Session) else {}
    return opened


def _appointed(archive: Archive, found: Standing, address: str) -> Subject:
    """Whoever it is as they work at this address, where nothing is left to be read. Raises `NotSignedIn`."""
    try:
        return appointed(found.account, found.own.account, zone_at(address, archive.settings.http.zones))
    except NoSuchAccount:
        raise NotSignedIn from None


def _caller(archive: Archive, found: Standing, subject: Subject, address: str) -> Caller:
    own = found.own
    session, token = (own, None) if isinstance(own, Session) else (None, own)
    flagged = session is not None and bool(session.detail.get("only_self"))
    return Caller(archive.seen_as(subject), session, address, token, _lacks(found, subject, flagged))


def _subject(
    conn: Connection, archive: Archive, known: Session | Token, address: str, now: datetime
) -> Subject:
    """Whose it is, as they work at this address, with what was opened in a session. Raises `NotSignedIn`."""
    zone = zone_at(address, archive.settings.http.zones)
    try:
        subject = subject_within(conn, archive.settings.account, known.account, zone)
    except NoSuchAccount:
        raise NotSignedIn from None
    return granted(conn, subject, _opened(known), now.date())


def _token_of(header: bytes) -> str:
    """The secret that a program shows, "" for none."""
    text = header.decode("latin-1")
    secret = text[len(BEARER) :].strip()
    return secret if text.lower().startswith(BEARER) and len(secret) <= LONGEST_SECRET else ""


def _lacks(found: Standing, subject: Subject, flagged: bool) -> bool:
    """Whether a second factor is needed and none enrolled: by a role that works here, or already when they
    signed in; the roles of an account count wherever it works.
    """
    if found.enrolled or found.account is None:
        return False
    needs = flagged or role_book().two_factors(subject.roles)
    return needs and role_book().two_factors(found.account.roles)
