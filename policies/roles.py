"""What a role may do: the roles, what each command asks for, and the subject that an account is.

The tables stand in `roles.toml`, read as strictly as a rule set. What is not named is refused: an account
whose roles nobody knows is an ordinary reader, a command that nobody named is for nobody. Not done here:
which accounts there are (`archive.accounts`), who sees which record (`policies.access`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Annotated

import msgspec

from policies.access import DOMESTIC_MARK, INTERNAL_MARK, Subject, Zone
from policies.errors import LantaiError
from policies.uses import UseKind

SELF = "self"
"""The action that every account does for itself."""
FOUNDER, ALONE = "founder", "alone"
"""What the account that `init` made is in place of a role: once somebody was appointed, and until then."""
RETIRED, STRANDED = "retired", "stranded"
"""What it is once somebody else appoints; and where nobody who appoints has credentials any more."""

Text = Annotated[str, msgspec.Meta(min_length=1)]
Action = Annotated[str, msgspec.Meta(pattern=r"\A[a-z]+\Z")]


class MalformedRoles(LantaiError):
    """The table of roles contradicts itself; the text names the place."""

    code = "roles-malformed"


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: frozen, and refusing keys that it does not know."""


class Role(_Table, frozen=True):
    """One role. `zones` are where its rights work, the usual one first."""

    zh: Text
    en: Text
    handles: bool
    zones: tuple[Zone, ...]
    may: tuple[Action, ...]
    clearances: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    two_factors: bool = False


class Rights(_Table, frozen=True):
    """What somebody without a role may."""

    may: tuple[Action, ...]


class Free(_Table, frozen=True):
    """Commands that ask for no account."""

    commands: tuple[str, ...]


class Proven(_Table, frozen=True):
    """What is proved at that moment, `but` for these commands and routes."""

    actions: tuple[Action, ...]
    but: tuple[str, ...] = ()


class FreeRoutes(_Table, frozen=True):
    """Routes that ask for no account."""

    routes: tuple[str, ...]


class OwnRoutes(_Table, frozen=True):
    """Routes that open to nobody but a person who signed in."""

    routes: tuple[str, ...]


class Routes(_Table, frozen=True):
    """Routes of which something special is true."""

    routes: tuple[str, ...]


class RouteBook(_Table, frozen=True):
    """What every route of the HTTP door asks for; paths are below the API's own.

    `streams` read their body themselves, piece by piece; the answers of `secrets` hold what is told once.
    """

    routes: dict[str, Action]
    free: FreeRoutes
    own: OwnRoutes
    streams: Routes
    secrets: Routes
    uses: dict[str, UseKind] = {}

    def by_token(self, route: str, may: frozenset[str] | None) -> bool:
        """Whether a program's token opens the route where its account may do what the route asks for.

        `may` are the actions that the token was narrowed to, None for all that its account may. What an
        account does for itself (its jobs, who it is) stays open to a narrowed one.
        """
        action = self.routes.get(route)
        if action is None or route in self.own.routes:
            return False
        return by_narrowed(may, action)


def by_narrowed(may: frozenset[str] | None, action: str) -> bool:
    """Whether a token that was narrowed to the actions `may` (None: to nothing) is good for an action."""
    return may is None or action == SELF or action in may


class RoleBook(_Table, frozen=True):
    """All roles, and what every command asks for."""

    roles: dict[str, Role]
    reader: Rights
    founder: Rights
    retired: Rights
    stranded: Rights
    proven: Proven
    commands: dict[str, Action]
    free: Free
    uses: dict[str, UseKind] = {}

    def subject_of(self, name: str, roles: Iterable[str], fonds: frozenset[str] | None, zone: str) -> Subject:
        """An account as it works from its zone: there only those of its roles count that work there.

        `fonds` None means every fonds. A zone that nobody knows is the public network.
        """
        where = Zone(zone) if zone in set(Zone) else Zone.PUBLIC
        active = {role: known for role, known in self._known(roles) if where in known.zones}
        handling = any(known.handles for known in active.values())
        cleared = frozenset(mark for known in active.values() for mark in known.clearances)
        return Subject(
            account=name,
            handles=fonds if handling else frozenset(),
            zone=where,
            clearances=cleared,
            roles=frozenset(active),
        )

    def founder_of(self, name: str, *, alone: bool, standing: str = FOUNDER) -> Subject:
        """The account that `init` made: it sees all while it is alone, and nothing once it is not.

        `standing` is FOUNDER, RETIRED or STRANDED once somebody was appointed.
        """
        if alone:
            return Subject(account=name, handles=None, roles=frozenset({ALONE}))
        return Subject(account=name, roles=frozenset({standing}))

    def may(self, roles: frozenset[str], action: str) -> bool:
        """Whether somebody with these roles, as a subject has them, may do it."""
        if ALONE in roles:
            return True
        for standing, rights in ((RETIRED, self.retired), (STRANDED, self.stranded), (FOUNDER, self.founder)):
            if standing in roles:
                return action in rights.may
        return action in self.reader.may or any(action in role.may for _, role in self._known(roles))

    def actions_of(self, command: str, given: Iterable[str] = ()) -> frozenset[str] | None:
        """What a command asks for, with the words and options that were `given`: all of it is needed.

        None where nobody named the command: it is refused. Nothing where it is free.
        """
        told = {self.commands[f"{command} {one}"] for one in given if f"{command} {one}" in self.commands}
        if told:
            return frozenset(told)
        if command in self.commands:
            return frozenset({self.commands[command]})
        return frozenset() if command in self.free.commands else None

    def use_of(self, command: str, given: Iterable[str] = ()) -> UseKind | None:
        """The kind of use that a command is, with the words and options `given`; None for no use."""
        named = (self.uses.get(f"{command} {one}") for one in given)
        return next((kind for kind in named if kind), self.uses.get(command))

    def asks_proof(self, command: str, given: Iterable[str] = ()) -> bool:
        """Whether a command asks for the person's own password at that moment."""
        words = list(given)
        asked = self.actions_of(command, words) or frozenset()
        named = {command, *(f"{command} {one}" for one in words)}
        return bool(asked & set(self.proven.actions)) and not named & set(self.proven.but)

    def two_factors(self, roles: Iterable[str]) -> bool:
        """Whether one of these roles, wherever it works, is held with a second factor only."""
        return any(role.two_factors for _, role in self._known(roles))

    def excludes_of(self, role: str) -> tuple[str, ...]:
        """The roles that no account holds together with this one, whichever of the two says so."""
        own = self.roles[role].excludes
        return tuple(other for other, one in self.roles.items() if other in own or role in one.excludes)

    def excluded(self, roles: Iterable[str]) -> tuple[str, str] | None:
        """Two of these roles that one account never holds together, if there are such."""
        pairs = ((one, other) for one in sorted(set(roles)) for other in self.excludes_of(one))
        return next((pair for pair in pairs if pair[1] in set(roles)), None)

    def usual_zone(self, roles: Iterable[str]) -> Zone:
        """Where accounts with these roles work unless told otherwise: where most of their rights do."""
        known = [role for _, role in self._known(roles)]
        places = [zone for role in known for zone in role.zones]
        return max(places, key=lambda zone: sum(zone in role.zones for role in known), default=Zone.PUBLIC)

    def _known(self, roles: Iterable[str]) -> Iterator[tuple[str, Role]]:
        return ((role, self.roles[role]) for role in roles if role in self.roles)


@cache
def route_book() -> RouteBook:
    """The routes that come with the program. Raises `MalformedRoles` for one that is both free and not."""
    text = resources.files("policies").joinpath("routes.toml").read_text("utf-8")
    try:
        book = msgspec.convert(tomllib.loads(text), RouteBook)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise MalformedRoles(f"the table of routes: {fault}") from None
    if both := sorted(set(book.routes) & set(book.free.routes)):
        raise MalformedRoles(f"the table of routes: {both[0]} is both free and not")
    special = {*book.streams.routes, *book.secrets.routes}
    if astray := sorted(special - {*book.routes, *book.free.routes}):
        raise MalformedRoles(f"the table of routes: {astray[0]} is something special and is not there")
    if astray := sorted(set(book.own.routes) - set(book.routes)):
        raise MalformedRoles(f"the table of routes: {astray[0]} is to be one's own and is not there")
    if astray := sorted(set(book.uses) - {*book.routes, *book.free.routes}):
        raise MalformedRoles(f"the table of routes: {astray[0]} is a use and is not there")
    return book


@cache
def role_book() -> RoleBook:
    """The roles that come with the program."""
    return parse(resources.files("policies").joinpath("roles.toml").read_text("utf-8"))


def parse(text: str) -> RoleBook:
    """A table of roles. Raises `MalformedRoles` with the place."""
    try:
        book = msgspec.convert(tomllib.loads(text), RoleBook)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise MalformedRoles(f"the table of roles: {fault}") from None
    mistake = next(_faults(book), "")
    if mistake:
        raise MalformedRoles(f"the table of roles: {mistake}")
    return book


def _faults(book: RoleBook) -> Iterator[str]:
    """What is wrong although each value by itself could be right."""
    asked = {*book.commands.values(), *route_book().routes.values()}
    grants: Mapping[str, tuple[str, ...]] = {name: role.may for name, role in book.roles.items()}
    others = {name: getattr(book, name).may for name in ("reader", FOUNDER, RETIRED, STRANDED)}
    for holder, actions in {**grants, **others}.items():
        for action in sorted(set(actions) - asked):
            yield f"{holder} may {action}, which no command asks for"
    for command in sorted(set(book.uses) - set(book.commands)):
        if command.partition(" --")[0] not in book.commands:
            yield f"{command} is a use and no command"
    for name, role in book.roles.items():
        yield from _faults_of(book, name, role)
    for action in sorted(set(book.proven.actions) - asked):
        yield f"{action} is proven, and nothing asks for it"
    for command in sorted(set(book.free.commands) & set(book.commands)):
        yield f"{command} is free and asks for {book.commands[command]}"


def _faults_of(book: RoleBook, name: str, role: Role) -> Iterator[str]:
    if name in (FOUNDER, ALONE):
        yield f"{name} is no name for a role"
    if not role.zones:
        yield f"{name} works nowhere"
    for other in role.excludes:
        if other == name or other not in book.roles:
            yield f"{name} excludes {other}"
    for mark in sorted(set(role.clearances) - {DOMESTIC_MARK, INTERNAL_MARK}):
        yield f"{name} has the clearance {mark}, which no record asks for"
