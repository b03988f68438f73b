"""The one entrance: everything that is asked of a request before any route sees it, in this order.

     1  headers       not too many, none twice where it matters              400, 431
     2  address       asked too often from there                             429
     3  site          another page's request that would change something     403
     4  who           nobody: the same on every path, there or not           401
     5  account       asked too often by it                                  429
     6  matrix        no such route, or not for this account: the same       404, 405
     7  token         the session's own, where something would change        403
     8  query, body   as the route takes them; then 4 and 6 anew             413, 415, 422
     9  sent again    answered as before (`lantai.api.repeating`)            the former answer, 409, 422
    10  proof         the person's own, where the matrix asks for it         403

Routes that are free end at 3 and go on at 8. Not here: what the matrix says (`policies.roles`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lantai.api import csrf
from lantai.api.door import Caller, action_of, admitted, allowed, may
from lantai.api.faults import BadRequest, Malformed, ProofNeeded, TooLarge, WrongMethod
from lantai.api.limits import SEARCHES, SIGN_INS, Limits
from lantai.api.matching import PREFIX, Place, Places, chosen
from lantai.api.networks import address_of, scheme_of
from lantai.api.parsing import MOST_BODY_BYTES, MOST_VALUES, need_headers, need_json, need_query
from lantai.api.problems import of_error
from lantai.api.proofs import HEADER as PROOF_HEADER
from lantai.api.proofs import Proofs
from lantai.api.repeating import KEY_HEADER, answered_once
from lantai.errors import NotAllowed
from lantai.wiring import Archive
from policies.errors import LantaiError
from policies.lockout import network_of
from policies.matrix import asks_proof
from policies.roles import role_book, route_book

Headers = Mapping[bytes, bytes]
BODY_SECONDS = 60
"""A JSON body comes within this time; a stream has the time that its route gives it."""
MOST_SIGN_IN_BYTES = 16 * 1024
MOST_FREE_VALUES = 1_000
"""What strangers may have read and looked at before anybody knows who they are."""
_PROOF, _CSRF = PROOF_HEADER.lower().encode(), csrf.HEADER.lower().encode()
_network_of = lru_cache(maxsize=4096)(network_of)
MOST_INLINE_BYTES = 32 * 1024
"""A longer body is looked at in a thread: nobody else waits for it."""


class Gate:
    """ASGI middleware around the routes. `request.state` has what it found: `caller`, `place`, `address`."""

    def __init__(self, app: ASGIApp, places: Places) -> None:
        self._app = app
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or answer it here."""
        if scope["type"] != "http" or not _is_ours(scope["path"]):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        try:
            answer = await self._entered(scope, receive, send)
        except LantaiError as error:
            answer = of_error(error)
        if answer is not None:
            await answer(scope, receive, send)

    async def _entered(self, scope: Scope, receive: Receive, send: Send) -> Response | None:
        """The answer, where the door itself has one; else the route has given it."""
        headers, state = need_headers(scope["headers"]), scope["state"]
        parts = scope["app"].state
        archive: Archive = parts.archive
        state["address"] = address = _address(scope, archive)
        scope["scheme"] = _scheme(scope, archive)
        path, method = scope["path"].removeprefix(PREFIX), scope["method"]
        places = self._places.at(path) if "\0" not in path else []
        place = chosen(places, method)
        if place is not None:  # for whoever notes refusals; the router says the same anew
            scope["route"], scope["path_params"] = place, place.params(path)
        _limit_address(parts.limits, place, address)
        if b"authorization" not in headers and method not in csrf.SAFE:
            _need_own_site(headers, archive)
        free = place is not None and place.name in route_book().free.routes
        if not free:
            _limit_account(parts.limits, place, _known(scope, headers).account)
        if place is None or not (free or _is_theirs(scope, headers, place)):
            return _elsewhere(state["caller"], places, method)
        state["place"] = place
        need_query(place, scope["query_string"])
        receive, body = await _received(place, headers, receive)
        if body and not free:  # it may have come slowly: what was taken from them meanwhile is gone
            _known(scope, headers)
            if not _is_theirs(scope, headers, place):
                return _elsewhere(state["caller"], places, method)
        return await self._worked(scope, receive, send, headers, body)

    async def _worked(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, body: bytes
    ) -> Response | None:
        """The route at work, once for all requests with the same key."""
        caller: Caller | None = scope["state"].get("caller")
        place: Place = scope["state"]["place"]
        key = headers.get(KEY_HEADER, b"")

        async def work(send: Send) -> None:
            if caller is not None:
                _need_proof(scope["app"].state.proofs, caller, place, headers)
            way = scope["app"].state.straight.to(place) or self._app
            await way(*_as_get(scope, receive, send))

        if caller is None or place.method != "POST" or not key:
            await work(send)
            return None
        return await answered_once(caller, place, (scope, key, body), work, send)


def _is_ours(path: str) -> bool:
    return path == PREFIX or path.startswith(PREFIX + "/")


def _known(scope: Scope, headers: Headers) -> Caller:
    """Who asks, as they stand now. Raises `NotSignedIn`."""
    parts, state = scope["app"].state, scope["state"]
    caller = admitted(parts.archive, headers, state["address"], datetime.now(UTC))
    state["caller"], state["account"] = caller, caller.account
    parts.seen.note(caller.session or caller.token)
    return caller


def _is_theirs(scope: Scope, headers: Headers, place: Place) -> bool:
    """Whether the matrix opens the place to whoever asks. Raises `Forgery` where it is not their own page."""
    caller: Caller = scope["state"]["caller"]
    if not may(caller, place):
        return False
    if caller.session is not None and scope["method"] not in csrf.SAFE:
        given = headers.get(_CSRF, b"").decode("latin-1")
        csrf.need_token(str(caller.session.detail.get("csrf", "")), given)
    return True


def _elsewhere(caller: Caller, places: list[Place], method: str) -> Response:
    """The answer where the matrix has no such route for them. Raises `NotAllowed`, `WrongMethod`."""
    open_here = allowed(caller, places)
    if not open_here or method in open_here:
        raise NotAllowed(caller.account, "route")
    if method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": ", ".join(open_here)})
    raise WrongMethod(open_here)


def _need_own_site(headers: Headers, archive: Archive) -> None:
    site, origin, host = (
        headers.get(name, b"").decode("latin-1") for name in (b"sec-fetch-site", b"origin", b"host")
    )
    csrf.need_own_site(site, origin, host, archive.settings.http.origins)


def _need_proof(proofs: Proofs, caller: Caller, place: Place, headers: Headers) -> None:
    """Use the proof up, where the route asks for one. Raises `ProofNeeded`."""
    action = action_of(place)
    if not asks_proof(role_book(), place.name, action):
        return
    given = headers.get(_PROOF, b"").decode("latin-1")
    if caller.session is None or not proofs.use(given, caller.session.id, action):
        raise ProofNeeded(action)


def _limit_address(limits: Limits, place: Place | None, address: str) -> None:
    network = _network_of(address)  # of IPv6 whoever has one address has more of them than there are buckets
    limits.take("address", network)
    if place is not None and place.name in SEARCHES:
        limits.take("address_searches", network)
    if place is not None and place.name in SIGN_INS:
        limits.take("sign_ins", network)


def _limit_account(limits: Limits, place: Place | None, account: str) -> None:
    if place is not None and place.name in route_book().streams.routes:
        return  # files of an upload: so many at once, and so many bytes, are what bounds these
    limits.take("account", account)
    if place is not None and place.name in SEARCHES:
        limits.take("account_searches", account)


async def _received(place: Place, headers: Headers, receive: Receive) -> tuple[Receive, bytes]:
    """The body as the route takes it, read whole and looked at, and given to it again.

    Raises `TooLarge`, `WrongType`, `Malformed`. A route that takes a stream reads it itself.
    """
    if place.name in route_book().streams.routes:
        return receive, b""
    if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
        return receive, b""  # there is none to wait for
    body = await _whole(headers, receive, MOST_SIGN_IN_BYTES if place.name in SIGN_INS else MOST_BODY_BYTES)
    if body and not place.takes_json:
        raise Malformed([("body", "this route takes none")])
    if body:
        kind = headers.get(b"content-type", b"")
        most = MOST_FREE_VALUES if place.name in route_book().free.routes else MOST_VALUES
        if len(body) > MOST_INLINE_BYTES:
            await run_in_threadpool(need_json, kind, body, most)
        else:
            need_json(kind, body, most)
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again, body


async def _whole(headers: Headers, receive: Receive, most: int) -> bytes:
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > most:
        raise TooLarge(most)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _joined(receive, most)
    except TimeoutError:
        raise BadRequest(f"the body did not come within {BODY_SECONDS} s") from None


async def _joined(receive: Receive, most: int) -> bytes:
    held, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed([("body", "it broke off")])
        held += message.get("body", b"")
        if len(held) > most:
            raise TooLarge(most)
        more = message.get("more_body", False)
    return bytes(held)


def _as_get(scope: Scope, receive: Receive, send: Send) -> tuple[Scope, Receive, Send]:
    """A request for the head alone of a route that has none of its own: as one for all of it, without body.

    `state.head` tells the route that the body is not wanted. The method is put back for the server, which
    lets an answer to HEAD have a length and no body.
    """
    place: Place = scope["state"]["place"]
    if scope["method"] != "HEAD" or place.method == "HEAD":
        return scope, receive, send
    scope["state"]["head"], scope["method"] = True, "GET"

    async def headless(message: Message) -> None:
        scope["method"] = "HEAD"
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return scope, receive, headless


def _address(scope: Scope, archive: Archive) -> str:
    peer = scope["client"][0] if scope.get("client") else ""
    return address_of(peer, archive.settings.http, _values(scope))


def _scheme(scope: Scope, archive: Archive) -> str:
    peer = scope["client"][0] if scope.get("client") else ""
    return scheme_of(peer, scope["scheme"], archive.settings.http, _values(scope))


def _values(scope: Scope) -> Any:
    """The values of a header by its name, in the order of the request."""
    raw: list[tuple[bytes, bytes]] = scope["headers"]
    return lambda name: [value.decode("latin-1") for key, value in raw if key == name.encode()]
