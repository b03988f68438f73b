"""What the commands about accounts say to people, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lantai.cli.words_oneself import of_office
from lantai.messages import language, say, word
from policies.folding import visible
from policies.roles import role_book


def of_added(done: Mapping[str, Any]) -> Iterator[str]:
    """Who was appointed, and what the first appointment means for the account that `init` made."""
    yield say("account-added", name=done["name"])
    yield from _told(done)
    if idle := sorted(set(done["roles"]) - set(done["works"])):
        yield say("account-idle", roles=_roles(idle), zone=word("zone", done["zone"]))
    if done["first"]:
        yield say("account-first", founder=done["founder"])
    if "code" in done:
        yield say("code-given", account=done["name"], code=done["code"], until=done["until"])
    yield from of_office(done)


def of_accounts(found: Sequence[Mapping[str, Any]], founder: str) -> Iterator[str]:
    """Every account; where there is none, that the account of `init` may all."""
    if not found:
        yield say("accounts-none", founder=founder)
    for one in found:
        yield say("account-closed-line" if one["closed"] else "account-line", name=one["name"])
        yield from _told(one)


def of_roles(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Every role with what it may, where, and what excludes it."""
    for one in told:
        yield f"{one['role']}  {one[language()]}"
        actions = "、" if language() == "zh" else ", "
        yield "  " + say("role-may", actions=actions.join(word("action", name) for name in one["may"]))
        yield "  " + say("role-zones", zones="  ".join(word("zone", zone) for zone in one["zones"]))
        yield "  " + say("role-handles" if one["handles"] else "role-handles-none")
        if one["excludes"]:
            yield "  " + say("role-excludes", roles=_roles(one["excludes"]))


def of_matrix(told: Mapping[str, Any]) -> Iterator[str]:
    """The whole matrix: the roles, then every action with who may, by which commands and routes."""
    yield from of_roles(told["roles"])
    for action in sorted({*(one["action"] for one in told["commands"] + told["routes"])}):
        yield ""
        yield from _asked(told, action)
    yield ""
    yield say("matrix-free")
    yield "  " + say("matrix-commands", commands=_listed(told["free"]["commands"]))
    yield "  " + say("matrix-routes", routes=_listed(told["free"]["routes"]))


def _asked(told: Mapping[str, Any], action: str) -> Iterator[str]:
    commands = [one for one in told["commands"] if one["action"] == action]
    routes = [one for one in told["routes"] if one["action"] == action]
    yield say("matrix-action", action=word("action", action), id=action)
    if any(one["proven"] for one in commands + routes):
        yield "  " + say("matrix-proven")
    yield "  " + say("matrix-who", roles=_who((commands + routes)[0]["roles"]))
    if commands:
        yield "  " + say("matrix-commands", commands=_listed(one["command"] for one in commands))
    if routes:
        yield "  " + say("matrix-routes", routes=_listed(one["route"] for one in routes))


def _who(holders: Sequence[str]) -> str:
    groups = {"reader": say("matrix-everybody"), "founder": say("matrix-founder")}
    named = [groups.get(name) or _roles([name]) for name in holders]
    return _listed(named) or say("matrix-nobody")


def _listed(names: Iterable[str]) -> str:
    return ("、" if language() == "zh" else ", ").join(names)


def of_changed(done: Mapping[str, Any]) -> Iterator[str]:
    """What the account is from now on."""
    yield say("account-changed", name=done["name"])
    yield from _told(done)
    yield from of_office(done)


def of_closed(done: Mapping[str, Any]) -> Iterator[str]:
    """Whose account is closed."""
    yield say("account-closed", name=done["name"])
    yield from of_office(done)


def _told(one: Mapping[str, Any]) -> Iterator[str]:
    fonds = word("fonds", one["fonds"]) if isinstance(one["fonds"], str) else "  ".join(one["fonds"])
    zone = word("zone", one["zone"])
    yield "  " + say("account-told", roles=_roles(one["roles"]), fonds=fonds or "—", zone=zone)


def _roles(names: Sequence[str]) -> str:
    known = role_book().roles
    named = [getattr(known[name], language()) if name in known else visible(name) for name in names]
    return ("、" if language() == "zh" else ", ").join(named)
