"""Appointing: who works here, in which roles, for which fonds, from which zone. Each is a ledger entry.

A name is given once and for ever: also after its account is closed nobody else gets it, nor one that looks
the same but for case, width or spaces, or with letters of another alphabet, or a nought for an O. Not done
here: who may appoint (`policies.roles`), passwords (`processes.people.credentials`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from archive import accounts, answered, catalogue, jobs
from archive.accounts import Account
from archive.credentials import drop, end_everywhere
from archive.events import AccountAdded, AccountChanged, AccountClosed, Event
from ingest.publish import publish
from ingest.tools import Tools
from policies.access import Zone
from policies.findings import Severity, text
from policies.folding import fold_word, hidden_in, private_in
from policies.inspection import has_mark, judge_field
from policies.roles import RoleBook, role_book
from processes.destruction.destroy_order import need_reason
from processes.errors import NotAllowedValue, NotFound, NothingChanges
from processes.people.offices import appointers, appoints, take_office
from storage.errors import TooFewCopies

_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХЬабсԁеһіјкӏорԛѕиѵԝхуΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυχıӀ",
    "ABESIJKMHOPCTYXbabcdehijklopqsuvwxyABEZHIKMNOPTYXaikvopuxil",
)
"""Letters of other alphabets that look like Latin ones."""
_ONE = str.maketrans("01i|", "olll")
"""Figures that look like letters, in small ones: a capital I is an i to those who read, and an l to those who
look, so all of these are one.
"""

LONGEST_NAME = 64
EVERY = "all"


@dataclass(frozen=True, slots=True)
class Appointment:
    """Who is to be appointed. `fonds` are codes, or `all`; `zone` "" is where such roles usually work."""

    name: str
    roles: Sequence[str]
    fonds: Sequence[str] = ()
    zone: str = ""


def appoint(tools: Tools, wanted: Appointment, founder: str) -> dict[str, Any]:
    """Add an account; `founder` is the name of the one that `init` made, which is taken as well.

    Raises `NotAllowedValue` with the sentence. The answer's `first` says that nobody was appointed before;
    `waiting` why the entry is not at enough sites yet.
    """
    book = role_book()
    event = AccountAdded(
        name=_name(tools, wanted.name),
        roles=_roles(book, wanted.roles),
        fonds=_fonds(tools, book, wanted),
        every_fonds=_every(wanted.fonds),
        zone=_zone(book, wanted),
        account=tools.subject.account,
        os_user=tools.os_user,
    )
    with tools.database.write() as tx:
        first = not accounts.ever_appointed(tx)
        _need_free(tx, event.name, founder)
        _enter(tools, tx, event)
        made = accounts.account(tx, event.name)
    assert made is not None  # it was projected in this transaction
    return as_json(made) | {"first": first, "founder": founder} | _published(tools)


def change(tools: Tools, wanted: Appointment, reason: str) -> dict[str, Any]:
    """Give an account other roles, fonds and zone; what is wanted is all that holds from the next request on.

    Its sessions and tokens end: whoever works signs in to what they may now. Nobody changes their own.
    Raises `NotFound`, `NothingChanges`, `NotAllowedValue`.
    """
    book = role_book()
    need_reason(tools, reason)
    name = unicodedata.normalize("NFC", wanted.name)
    if name == tools.subject.account:
        raise NotAllowedValue("nobody changes their own account")
    event = AccountChanged(
        name=name,
        roles=_roles(book, wanted.roles),
        fonds=_fonds(tools, book, wanted),
        every_fonds=_every(wanted.fonds),
        zone=_zone(book, wanted),
        reason=reason,
        account=tools.subject.account,
        os_user=tools.os_user,
    )
    with tools.database.write() as tx:
        found = _open_account(tx, name)
        fonds = None if event.every_fonds else frozenset(event.fonds)
        other = replace(found, roles=event.roles, fonds=fonds, zone=event.zone)
        if other == found:
            raise NothingChanges(f"the account {name} is so already")
        if appoints(found) and not appoints(other):
            _need_appointer(tx, name)
        _enter(tools, tx, event)
        end_everywhere(tx, name)
        answered.forget_bodies(tx, name)
        jobs.wipe(tx, name)
        retired = take_office(tools, tx, name)
    return as_json(other) | {"reason": reason, "founder_retired": retired} | _published(tools)


def close(tools: Tools, name: str, reason: str) -> dict[str, Any]:
    """Close an account; its name stays its own. Raises `NotFound`, `NothingChanges`, `NotAllowedValue`."""
    need_reason(tools, reason)
    name = unicodedata.normalize("NFC", name)
    with tools.database.write() as tx:
        if appoints(_open_account(tx, name)):
            _need_appointer(tx, name)
        _enter(tools, tx, AccountClosed(name, reason, tools.subject.account, tools.os_user))
        end_everywhere(tx, name)
        answered.forget_bodies(tx, name)
        jobs.wipe(tx, name)
        drop(tx, name)
    return {"name": name, "closed": True, "reason": reason} | _published(tools)


def listed(tools: Tools) -> list[dict[str, Any]]:
    """Every account, closed ones too, in the order of appointment."""
    with tools.database.read() as conn:
        return [as_json(one) for one in accounts.accounts(conn)]


def as_json(account: Account) -> dict[str, Any]:
    """An account in the interface's shape. `handles` says of which fonds it sees everything."""
    subject = role_book().subject_of(account.name, account.roles, account.fonds, account.zone)
    return {
        "name": account.name,
        "roles": list(account.roles),
        "fonds": EVERY if account.fonds is None else sorted(account.fonds),
        "zone": account.zone,
        "works": sorted(subject.roles),
        "handles": EVERY if subject.handles is None else sorted(subject.handles),
        "closed": account.closed,
    }


def _open_account(tx: Connection, name: str) -> Account:
    found = accounts.account(tx, name)
    if found is None:
        raise NotFound(f"account {name}")
    if found.closed:
        raise NothingChanges(f"the account {name} is closed already")
    return found


def _need_appointer(tx: Connection, name: str) -> None:
    """Somebody else must be left who appoints, once the account of `init` does no more."""
    if accounts.founder_retired(tx) and not appointers(tx, but=name):
        raise NotAllowedValue("nobody would be left who appoints: appoint another one first")


def _name(tools: Tools, name: str) -> str:
    """A name as it is kept. Raises `NotAllowedValue`."""
    name = unicodedata.normalize("NFC", name)
    unseen = hidden_in(name) or private_in(name) or not all(c.isprintable() for c in name)
    if unseen or name != name.strip() or not 1 <= len(name) <= LONGEST_NAME or name.startswith("-"):
        raise NotAllowedValue(f"an account's name has 1 to {LONGEST_NAME} characters that can be seen")
    if has_mark(name, tools.rules):
        raise NotAllowedValue("the name holds a secrecy mark; nothing was entered")
    return name


def _need_free(tx: Connection, name: str, founder: str) -> None:
    for former in (*(one.name for one in accounts.accounts(tx)), founder):
        if fold_word(former) == fold_word(name) or _looks(former) == _looks(name):
            raise NotAllowedValue(f"the name {name} is taken by {former}, for ever")


def _looks(name: str) -> str:
    return fold_word(unicodedata.normalize("NFKC", name).translate(_ALIKE)).translate(_ONE)


def _roles(book: RoleBook, wanted: Iterable[str]) -> tuple[str, ...]:
    """The roles, each once and in order. Raises `NotAllowedValue`."""
    roles = tuple(sorted(set(wanted)))
    if not roles:
        raise NotAllowedValue("an account needs a role")
    for role in roles:
        if role not in book.roles:
            raise NotAllowedValue(f"there is no role {role}; there are: {', '.join(sorted(book.roles))}")
    if pair := book.excluded(roles):
        raise NotAllowedValue(f"nobody is both {pair[0]} and {pair[1]}")
    return roles


def _every(fonds: Sequence[str]) -> bool:
    return list(fonds) == [EVERY]


def _fonds(tools: Tools, book: RoleBook, wanted: Appointment) -> tuple[str, ...]:
    """The codes of the fonds, each once and in order. Raises `NotAllowedValue`."""
    handling = any(book.roles[role].handles for role in wanted.roles if role in book.roles)
    if wanted.fonds and not handling:
        raise NotAllowedValue(f"{', '.join(sorted(set(wanted.roles)))} handles no fonds: leave out --fonds")
    if handling and not wanted.fonds:
        raise NotAllowedValue("which fonds it handles must be said: --fonds CODE, or --fonds all")
    if _every(wanted.fonds):
        return ()
    codes: set[str] = set()
    for code in wanted.fonds:
        normal, findings = judge_field("fonds", code, tools.rules, today=tools.clock().date())
        for note in findings:
            if note.severity is Severity.FAIL:
                raise NotAllowedValue(text(note, "en"))
        codes.add(normal)
    return tuple(sorted(codes))


def _zone(book: RoleBook, wanted: Appointment) -> str:
    zones = [str(zone) for zone in Zone]
    if wanted.zone and wanted.zone not in zones:
        raise NotAllowedValue(f"there is no zone {wanted.zone}; there are: {', '.join(zones)}")
    return wanted.zone or str(book.usual_zone(wanted.roles))


def _enter(tools: Tools, tx: Connection, event: Event) -> None:
    catalogue.record(tx, tools.ledger, [event], tools.now())


def _published(tools: Tools) -> dict[str, str]:
    """Publish what was entered; why it has to wait, or nothing."""
    try:
        publish(tools)
    except TooFewCopies as fault:
        return {"waiting": str(fault)}
    return {}
