"""Routes of signing in and out, and of proving at this moment that it is still the same person.

Who signs in gets a session of its own, whatever the browser held before. Not here: passwords and codes
(`processes.people.sign_in`, `processes.people.proof`), an organisation's sign-in (`lantai.api.organisation`).
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from archive import sessions
from archive.accounts import accounts
from lantai.api.door import COOKIE, Caller, Door, admitted, cookie_of, roles_may, utc
from lantai.api.parsing import Asked
from lantai.api.proofs import SECONDS
from lantai.wiring import Archive
from policies.roles import role_book, route_book
from processes.errors import NotAllowedValue
from processes.people.proof import Secret, prove
from processes.people.sign_in import Attempt, SignedIn, need_unchanged, sign_in

DEVICE = "__Host-lantai-device"
DEVICE_SECONDS = 400 * 86_400
"""The longest that browsers keep a cookie (RFC 6265bis, 5.5)."""

router = APIRouter(tags=["session"])

Hidden = Annotated[str, Field(max_length=2000, repr=False)]


class Credentials(Asked):
    """Who signs in. `code` is that of the second factor, where one is enrolled."""

    account: Annotated[str, Field(min_length=1, max_length=200)]
    password: Hidden
    code: Hidden = ""


class Proof(Asked):
    """What proves who asks, and the action that it is for, as a 403 names it."""

    action: Annotated[str, Field(min_length=1, max_length=64)]
    password: Hidden
    code: Hidden = ""


@router.post("/session", status_code=201)
async def begin(request: Request, response: Response, asked: Credentials) -> dict[str, Any]:
    """Sign in: the cookie is the session; `csrf` goes with whatever changes something."""
    told: dict[str, Any] = await request.app.state.turns.taken(partial(_begun, request, response, asked))
    return told


def _begun(request: Request, response: Response, asked: Credentials) -> dict[str, Any]:
    archive: Archive = request.app.state.archive
    request.state.use = {"account": asked.account}
    who = Attempt(asked.account, asked.password, asked.code, request.state.address, device_of(request))
    now = datetime.now(UTC)
    return signed_in(request, response, sign_in(archive.database, who, now), now)


@router.get("/session")
async def show(door: Door) -> dict[str, Any]:
    """Who is signed in, in which zone, and what they may from there."""
    return told(door, str(door.session.detail.get("csrf", "")) if door.session else "")


@router.get("/session/ways")
def ways(request: Request) -> dict[str, bool]:
    """Which ways to sign in there are besides a password: whether an organisation's own sign-in is one; and
    whether anybody is `appointed` yet, who could come in.
    """
    with request.app.state.archive.database.read() as conn:
        appointed = bool(accounts(conn))
    return {"organisation": request.app.state.organisation is not None, "appointed": appointed}


@router.delete("/session", status_code=204)
def end(door: Door, response: Response) -> None:
    """Sign out."""
    assert door.session is not None  # the matrix lets no token come here
    with door.archive.database.write() as tx:
        sessions.end(tx, door.session.id)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@router.post("/session/proof", status_code=201)
def prove_it(door: Door, request: Request, asked: Proof) -> dict[str, Any]:
    """Prove who asks by their own password and code: for one request of this action within two minutes."""
    assert door.session is not None  # the matrix lets no token come here
    if asked.action not in role_book().proven.actions:
        raise NotAllowedValue("no route asks for a proof of this action")
    secret = Secret(asked.password, asked.code, door.address, device_of(request))
    prove(door.archive.database, door.account, secret, datetime.now(UTC))
    proof = request.app.state.proofs.make(door.session.id, asked.action)
    return {"proof": proof, "action": asked.action, "seconds": SECONDS}


def signed_in(request: Request, response: Response, who: SignedIn, now: datetime) -> dict[str, Any]:
    """Begin the session of somebody whose sign-in was good, and set its cookies. Raises `NotSignedIn` where
    the account was closed meanwhile, `SignInFailed` where its password was changed, `ReadOnly`.
    """
    archive: Archive = request.app.state.archive
    http, csrf = archive.settings.http, secrets.token_urlsafe(24)
    until = utc(now + timedelta(hours=http.session_hours))
    detail = {"csrf": csrf, "address": request.state.address, "only_self": who.only_self}
    former = cookie_of(request.headers.get("cookie", "").encode("latin-1"), COOKIE)
    with archive.database.write() as tx:
        need_unchanged(tx, who)
        if former:
            sessions.end(tx, sessions.digest(former))
        secret = sessions.begin(tx, who.account, utc(now), until, detail)
    request.state.account = who.account
    _set(response, COOKIE, secret, None)
    _set(response, DEVICE, who.device, DEVICE_SECONDS)
    caller = _seen(request, secret, now)
    return told(caller, csrf) | {"until": until}


def told(caller: Caller, csrf: str) -> dict[str, Any]:
    """What an account is told of itself."""
    subject, actions = caller.archive.subject, set(route_book().routes.values())
    rights = {action for action in actions if roles_may(subject.roles, action)}
    if caller.token is not None and caller.token.may is not None:
        rights &= caller.token.may | {"self"}
    return {
        "account": subject.account,
        "roles": sorted(subject.roles),
        "zone": subject.zone.value,
        "rights": ["self"] if caller.only_self else sorted(rights),
        "only_self": caller.only_self,
        "csrf": csrf,
    }


def _seen(request: Request, secret: str, now: datetime) -> Caller:
    """The session that has just begun, as the door will see it. Raises `NotSignedIn`."""
    cookie = {b"cookie": f"{COOKIE}={secret}".encode()}
    return admitted(request.app.state.archive, cookie, request.state.address, now)


def device_of(request: Request) -> str:
    """What the cookie of a known device holds, "" where there is none."""
    return cookie_of(request.headers.get("cookie", "").encode("latin-1"), DEVICE)


def _set(response: Response, name: str, value: str, seconds: int | None) -> None:
    """A cookie that goes to this host alone, by TLS alone, from its own pages alone, and to no script."""
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict")
