"""The whole matrix as data: every role, every command and every route, and which may what.

Made from the tables of `policies.roles` alone, so what is shown is what is asked. Not here: the check
itself (`RoleBook.may`), words for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.roles import FOUNDER, RETIRED, STRANDED, Role, RoleBook, RouteBook

READER = "reader"
"""Stands in the matrix for everybody who has no role, or none that works where they are."""


def matrix(book: RoleBook, routes: RouteBook) -> dict[str, Any]:
    """Roles with all that they may; commands and routes with what they ask for and who may.

    A command's or route's `roles` are those that open it where they work; `reader` stands for every account
    and `founder` for the account that `init` made; `retired` is what that may once somebody else appoints,
    `stranded` what it may where nobody who appoints has credentials any more. `proven`: a person's own
    password or code is asked for at that moment. `token`: a program's token opens it.
    """
    return {
        "roles": [_role(book, routes, name, role) for name, role in book.roles.items()],
        READER: _may(book, routes, frozenset()),
        FOUNDER: _may(book, routes, frozenset({FOUNDER})),
        RETIRED: _may(book, routes, frozenset({RETIRED})),
        STRANDED: _may(book, routes, frozenset({STRANDED})),
        "commands": list(_commands(book)),
        "routes": list(_routes(book, routes)),
        "free": {"commands": sorted(book.free.commands), "routes": sorted(routes.free.routes)},
    }


def holders(book: RoleBook, action: str) -> list[str]:
    """Who may do it: `reader` alone where every account may, else the roles, and `founder` where it may."""
    everybody = book.may(frozenset(), action)
    roles = [READER] if everybody else [name for name in book.roles if book.may(frozenset({name}), action)]
    return [*roles, *([FOUNDER] if book.may(frozenset({FOUNDER}), action) else [])]


def reached(book: RoleBook, routes: RouteBook, roles: frozenset[str]) -> frozenset[str]:
    """The routes that somebody with these roles, as a subject has them, may ask."""
    return frozenset(name for name, action in routes.routes.items() if book.may(roles, action))


def opened_by_token(book: RoleBook, routes: RouteBook, roles: frozenset[str]) -> frozenset[str]:
    """The actions that a program's token does for somebody with these roles: each opens it some route."""
    return frozenset(
        action
        for name, action in routes.routes.items()
        if routes.by_token(name, None) and not asks_proof(book, name, action) and book.may(roles, action)
    )


def _role(book: RoleBook, routes: RouteBook, name: str, role: Role) -> dict[str, Any]:
    return {
        "role": name,
        "zh": role.zh,
        "en": role.en,
        "handles": role.handles,
        "two_factors": role.two_factors,
        "zones": [str(zone) for zone in role.zones],
        "excludes": list(book.excludes_of(name)),
        **_may(book, routes, frozenset({name})),
    }


def _may(book: RoleBook, routes: RouteBook, roles: frozenset[str]) -> dict[str, Any]:
    actions = {*book.commands.values(), *routes.routes.values()}
    return {
        "may": sorted(action for action in actions if book.may(roles, action)),
        "commands": sorted(name for name, action in book.commands.items() if book.may(roles, action)),
        "routes": sorted(reached(book, routes, roles)),
    }


def _commands(book: RoleBook) -> Iterator[dict[str, Any]]:
    for name, action in sorted(book.commands.items()):
        proven = action in book.proven.actions and name not in book.proven.but
        yield {"command": name, "action": action, "proven": proven, "roles": holders(book, action)}


def _routes(book: RoleBook, routes: RouteBook) -> Iterator[dict[str, Any]]:
    for name, action in sorted(routes.routes.items()):
        yield {
            "route": name,
            "action": action,
            "proven": asks_proof(book, name, action),
            "token": routes.by_token(name, None) and not asks_proof(book, name, action),
            "roles": holders(book, action),
        }


def asks_proof(book: RoleBook, route: str, action: str) -> bool:
    """Whether a route is proved at that moment: what it asks for is, and it does more than read."""
    reads = route.startswith(("GET ", "HEAD ")) or route in book.proven.but
    return action in book.proven.actions and not reads
