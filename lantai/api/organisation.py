"""Routes of signing in by an organisation: there, back again, and the second factor where one is enrolled.

Where the settings name no organisation these routes are as if they were not there. What a browser holds
meanwhile is one cookie: first what state, nonce and verifier are made of, then, where a code is still to be
typed, whom the organisation vouched for. Not here: OpenID Connect (`processes.people.organisation`).
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from archive.sessions import digest
from lantai.api.door import cookie_of
from lantai.api.parsing import Asked
from lantai.api.problems import problem
from lantai.api.signing import DEVICE, Hidden, signed_in
from lantai.errors import NotSignedIn
from lantai.messages import say
from lantai.wiring import Archive
from processes.people.organisation import LONGEST_WAY, Begun, Organisation
from processes.people.people_errors import SignInFailed
from processes.people.proof import asks_code
from processes.people.sign_in import Attempt, vouched

COOKIE = "__Host-lantai-organisation"
CODE_SECONDS, MOST_TRIES, MOST_WAITING = 300, 5, 10_000
RETURNED, CODE_PAGE = "/sign-in/returned", "/sign-in/code"
"""Pages of the workbench where a browser goes on."""

router = APIRouter(prefix="/session/organisation", tags=["session"])


class Returned(BaseModel):
    """What a provider sends people back with. What is not `code`, `state`, `iss` or `error` is not looked at;
    it stands here because providers send it.
    """

    model_config = ConfigDict(frozen=True)

    code: Annotated[str, Field(max_length=4096)] = ""
    state: Annotated[str, Field(max_length=200)] = ""
    iss: Annotated[str, Field(max_length=2000)] | None = None
    error: Annotated[str, Field(max_length=200)] | None = None
    error_description: str = ""
    error_uri: str = ""
    session_state: str = ""
    scope: str = ""
    authuser: str = ""
    prompt: str = ""
    hd: str = ""
    client_info: str = ""
    client_request_id: Annotated[str, Field(alias="client-request-id")] = ""


class SecondFactor(Asked):
    """The code of the second factor of whom the organisation vouched for."""

    code: Hidden


@dataclass
class _Waits:
    account: str
    until: float
    tries: int = 0


class Waiting:
    """Whom the organisation vouched for and whose code is still to be typed; in memory, by digest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, _Waits] = {}

    def put(self, account: str, now: float) -> str:
        """What the cookie is to hold."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            for name in [name for name, one in self._kept.items() if one.until < now]:
                del self._kept[name]
            if len(self._kept) >= MOST_WAITING:
                self._kept.clear()
            self._kept[digest(secret)] = _Waits(account, now + CODE_SECONDS)
        return secret

    def tried(self, secret: str, now: float) -> str:
        """Whose code is tried now. Raises `SignInFailed` after five, or after five minutes."""
        with self._lock:
            one = self._kept.get(digest(secret))
            if one is None or one.until < now or one.tries >= MOST_TRIES:
                raise SignInFailed
            one.tries += 1
            return one.account

    def done(self, secret: str) -> None:
        """The code was right: it is not to be tried again."""
        with self._lock:
            self._kept.pop(digest(secret), None)


@router.get("", status_code=303, response_class=Response)
async def go(request: Request) -> Response:
    """Go to the organisation's own sign-in."""
    ours = _organisation(request)
    begun: Begun = await request.app.state.ways.taken(partial(ours.begin, datetime.now(UTC)))
    response = Response(status_code=303, headers={"Location": begun.url})
    # Lax: the browser comes back from another site, and a strict cookie would not come along.
    _keep(response, begun.kept, LONGEST_WAY, "lax")
    return response


@router.get("/return")
async def come_back(request: Request, response: Response, query: Annotated[Returned, Query()]) -> Any:
    """Come back from it: signed in, or 401 `code-needed` where the account has a second factor. A browser
    goes on at the workbench's page instead: 303.
    """
    if not _browses(request):
        return await request.app.state.ways.taken(partial(_came_back, request, response, query))
    there = Response(status_code=303, headers={"Location": RETURNED, "Cache-Control": "no-store"})
    answer = await request.app.state.ways.taken(partial(_came_back, request, there, query))
    if isinstance(answer, Response):  # the code of the second factor is still to be typed
        there.headers["Location"] = CODE_PAGE
        there.raw_headers += [one for one in answer.raw_headers if one[0] == b"set-cookie"]
    return there


def _came_back(request: Request, response: Response, query: Returned) -> Any:
    archive: Archive = request.app.state.archive
    now, said = (
        datetime.now(UTC),
        query.model_dump(include={"code", "state", "iss", "error"}, exclude_none=True),
    )
    name = _organisation(request).returned(said, _kept(request), now)
    request.state.use = {"account": name}
    with archive.database.read() as conn:
        code_needed = asks_code(conn, name)
    if code_needed:
        secret = request.app.state.waiting.put(name, now.timestamp())
        answer = problem(401, "code-needed", say("http-code-needed"))
        _keep(answer, secret, CODE_SECONDS, "strict")
        return answer
    return _begin(request, response, name, "", now)


@router.post("", status_code=201)
def second_factor(request: Request, response: Response, asked: SecondFactor) -> dict[str, Any]:
    """Sign in with the second factor's code, after coming back from the organisation."""
    _organisation(request)
    now, secret = datetime.now(UTC), _kept(request)
    name = request.app.state.waiting.tried(secret, now.timestamp())
    request.state.use = {"account": name}
    told = _begin(request, response, name, asked.code, now)
    request.app.state.waiting.done(secret)
    return told


def _begin(request: Request, response: Response, name: str, code: str, now: datetime) -> dict[str, Any]:
    """The session of whom the organisation vouches for. Raises `SignInFailed`, `SlowDown`."""
    archive: Archive = request.app.state.archive
    device = cookie_of(request.headers.get("cookie", "").encode("latin-1"), DEVICE)
    who = vouched(archive.database, Attempt(name, "", code, request.state.address, device), now)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True)
    return signed_in(request, response, who, now)


def _organisation(request: Request) -> Organisation:
    """Raises `NotSignedIn` where there is none: what strangers are told of every path."""
    found: Organisation | None = request.app.state.organisation
    if found is None:
        raise NotSignedIn
    return found


def _browses(request: Request) -> bool:
    """Whether a browser asks, which shows what it is given, and no program."""
    return "text/html" in request.headers.get("accept", "")


def _kept(request: Request) -> str:
    return cookie_of(request.headers.get("cookie", "").encode("latin-1"), COOKIE)


def _keep(response: Response, value: str, seconds: int, site: Literal["lax", "strict"]) -> None:
    response.set_cookie(COOKIE, value, max_age=seconds, path="/", secure=True, httponly=True, samesite=site)
    response.headers["Cache-Control"] = "no-store"
