"""The whole matrix, walked: every route as everybody, and whoever the table does not let in is told 404.

Each route is asked at the door as it is, with the work behind it taken out: in its place stands a mark that
somebody reached it. Instead of the mark comes 403 `proof-needed` where the table says that it is proved.
Whoever is not let in gets what a path that is not there gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from batches import new_home
from doors import Door, doors
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from archive import catalogue, tokens
from archive.credentials import credential, put
from archive.events import AccountAdded, FounderRetired
from lantai.api.app import ROUTERS
from lantai.api.door import _enter as door_of_a_route
from lantai.api.gate import Gate
from lantai.api.matching import PREFIX
from lantai.wiring import opened
from policies.matrix import READER, asks_proof, matrix, opened_by_token, reached
from policies.roles import ALONE, FOUNDER, RETIRED, role_book, route_book

BOOK, ROUTES = role_book(), route_book()
SHOWN = matrix(BOOK, ROUTES)
REACHED = 299
NOW, LATER = "2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
DRAWN = {"number": "1", "path:path": "a/b.pdf"}


async def _mark(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=REACHED)(scope, receive, send)


def without_work(door: Door) -> Door:
    """The same door with its own gate, and a mark behind it in the place of every route."""
    at: Any = door.app.middleware_stack
    while not isinstance(at, Gate):
        at = getattr(at, "app", None) or at._app
    at._app = _mark
    door.app.state.straight = SimpleNamespace(to=lambda _: None)
    return door


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A home with an account of every role, and one of them away; behind its gate stands a mark alone."""
    home = new_home(tmp_path_factory.mktemp("matrix"))
    added = [(name, name, role.handles, str(role.zones[0])) for name, role in BOOK.roles.items()]
    added.append(("away", "accession-officer", True, "public"))
    with opened(home) as archive, archive.database.write() as tx:
        who = ("keeper", "root")
        events = [AccountAdded(name, (role,), (), every, zone, *who) for name, role, every, zone in added]
        catalogue.record(tx, archive.ledger, events, NOW)
    with doors(home) as door:
        yield without_work(door)


def routes() -> Iterator[tuple[str, APIRoute]]:
    """Every route that the application is made of, by its lines in the matrix."""
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield f"{method} {route.path}", route


def needs_door(dependant: Dependant) -> bool:
    """Whether a route asks the door for whoever comes."""
    return any(one.call is door_of_a_route or needs_door(one) for one in dependant.dependencies)


def asked(client: TestClient, name: str, **headers: str) -> Any:
    """Ask for a route with something in the place of each of its parameters."""
    method, _, path = name.partition(" ")
    path = re.sub(r"\{(\w+(?::\w+)?)\}", lambda found: DRAWN.get(found[1], "x"), path)
    return client.request(method, f"{PREFIX}{path}", headers=headers, follow_redirects=False)


def let_in(answer: Any, name: str) -> bool:
    """Whether the door let somebody through to the route, with the right answer where it did not."""
    if answer.status_code == REACHED:
        return True
    if answer.status_code == 403:
        assert answer.json()["title"] == "proof-needed", name
        assert asks_proof(BOOK, name, ROUTES.routes[name]), name
        return True
    return False


def as_nothing(answer: Any, nothing: Any, name: str, may: frozenset[str]) -> None:
    """A refusal is what a path that is not there gives; where another method of the path is theirs, 405."""
    path = name.partition(" ")[2]
    others = {one for one in {*may, *ROUTES.free.routes} if one.partition(" ")[2] == path}
    assert answer.status_code in ((404, 405) if others else (404,)), name
    if not others:
        assert answer.content == nothing.content, name
        assert headers_of(answer) == headers_of(nothing), name


def headers_of(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in ("date", "content-length")}


def walk(client: TestClient, may: frozenset[str], **headers: str) -> None:
    """Ask for every route: those of `may` let in, all others are as if they were not there."""
    nothing = {
        method: client.request(method, f"{PREFIX}/there/is/no/such/path", headers=headers)
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    }
    for name in ROUTES.routes:
        answer = asked(client, name, **headers)
        assert let_in(answer, name) == (name in may), f"{name}: {answer.status_code} {answer.text[:200]}"
        if name not in may:
            as_nothing(answer, nothing[name.partition(" ")[0]], name, may)


def test_the_application_has_the_routes_of_the_matrix_and_no_others() -> None:
    assert {name for name, _ in routes()} == {*ROUTES.routes, *ROUTES.free.routes} - {"GET /openapi.json"}


def test_every_route_that_is_not_free_asks_the_door_who_comes() -> None:
    for name, route in routes():
        assert needs_door(route.dependant) == (name not in ROUTES.free.routes), name


@pytest.mark.parametrize("role", sorted(BOOK.roles))
def test_a_role_reaches_the_routes_of_the_table_and_no_others(door: Door, role: str) -> None:
    (row,) = [one for one in SHOWN["roles"] if one["role"] == role]
    walk(door.signed_in(role, proves=False), frozenset(row["routes"]))


def test_an_office_is_nothing_outside_its_zones(door: Door) -> None:
    walk(door.signed_in("away", proves=False), frozenset(SHOWN[READER]["routes"]))


def test_the_account_of_init_reaches_what_is_left_to_it_and_nothing_once_it_retired(door: Door) -> None:
    founder = door.archive.settings.account
    client = door.signed_in(founder, proves=False)
    walk(client, frozenset(SHOWN[FOUNDER]["routes"]))
    with door.archive.database.write() as tx:
        kept = replace(credential(tx, "security-officer"), password="its hash", totp="JBSWY3DPEHPK3PXP")
        put(tx, kept)
        retired = FounderRetired("security-officer", founder, "root")
        catalogue.record(tx, door.archive.ledger, [retired], NOW)
    left = reached(BOOK, ROUTES, frozenset({RETIRED}))
    assert {ROUTES.routes[name] for name in left} <= {"work"}
    for name in ROUTES.routes:
        assert let_in(asked(client, name), name) == (name in left), name


def test_a_stranger_is_told_the_same_on_every_path(door: Door) -> None:
    client = door.stranger()
    nothing = client.get(f"{PREFIX}/there/is/no/such/path")
    assert nothing.status_code == 401
    for name in ROUTES.routes:
        answer = asked(client, name)
        assert answer.status_code == 401, name
        if not name.startswith("HEAD "):
            assert answer.content == nothing.content, name


def test_what_is_free_is_free_to_strangers(door: Door) -> None:
    for name in set(ROUTES.free.routes) - {"GET /openapi.json"}:
        assert asked(door.stranger(), name).status_code == REACHED, name


@pytest.mark.parametrize("role", ["accession-officer", "appraisal-head", "security-auditor"])
def test_a_token_reaches_what_its_account_may_but_for_what_is_ones_own(door: Door, role: str) -> None:
    (row,) = [one for one in SHOWN["roles"] if one["role"] == role]
    everything = frozenset(name for name in row["routes"] if name not in ROUTES.own.routes)
    door.signed_in(role)  # which gives it the second factor that its role asks for
    walk(door.stranger(), everything, **bearer(door, role, None))


def test_a_token_that_was_narrowed_reaches_that_alone(door: Door) -> None:
    (row,) = [one for one in SHOWN["roles"] if one["role"] == "accession-officer"]
    assert {"read", "submit"} < opened_by_token(BOOK, ROUTES, frozenset({"accession-officer"}))
    for action in ("read", "submit"):
        narrow = frozenset(name for name in row["routes"] if ROUTES.routes[name] in (action, "self"))
        narrow -= set(ROUTES.own.routes)
        walk_few(door.stranger(), narrow, **bearer(door, "accession-officer", [action]))


def walk_few(client: TestClient, may: frozenset[str], **headers: str) -> None:
    """Every route that is let in, and of the others one for each action."""
    others = {ROUTES.routes[name]: name for name in ROUTES.routes if name not in may}
    for name in [*may, *others.values()]:
        assert let_in(asked(client, name, **headers), name) == (name in may), name


def bearer(door: Door, account: str, may: list[str] | None) -> dict[str, str]:
    with door.archive.database.write() as tx:
        secret = tokens.make(tx, account, "a test's", NOW, LATER, may)
    return {"Authorization": f"Bearer {secret}"}


def test_nothing_that_is_proved_is_done_by_a_token(door: Door) -> None:
    for name, action in ROUTES.routes.items():
        if asks_proof(BOOK, name, action):
            for role in SHOWN["roles"]:
                if name in role["routes"]:
                    door.signed_in(role["role"])
                    answer = asked(door.stranger(), name, **bearer(door, role["role"], None))
                    assert answer.status_code in (403, 404, 405, 422), name
                    assert answer.status_code != REACHED, name


def test_while_it_is_alone_the_account_of_init_may_all(tmp_path_factory: pytest.TempPathFactory) -> None:
    with doors(new_home(tmp_path_factory.mktemp("alone"))) as door:
        without_work(door)
        assert reached(BOOK, ROUTES, frozenset({ALONE})) == frozenset(ROUTES.routes)
        client = door.signed_in(door.archive.settings.account, proves=False)
        for name in ROUTES.routes:
            assert let_in(asked(client, name), name), name
