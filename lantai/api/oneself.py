"""Routes of an account for itself: its password, its second factor, its tokens, where it is signed in.

The door lets only a person who signed in come here, never a program's token (`policies/routes.toml`, own).
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field

from lantai.api.door import Caller, Door
from lantai.api.parsing import Asked
from lantai.api.signing import device_of
from lantai.wiring import Archive
from policies.access import Subject
from processes.people import credentials, own_account, own_sessions, tokens
from processes.people.proof import Secret
from processes.people.tokens import LONGEST_DAYS, USUAL_DAYS, Wanted

router = APIRouter(prefix="/account", tags=["oneself"])

Hidden = Annotated[str, Field(max_length=2000, repr=False)]


class NewToken(Asked):
    """A token that is to be."""

    name: Annotated[str, Field(max_length=200)]
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] = USUAL_DAYS
    may: Annotated[list[str], Field(max_length=100)] | None = None


class NewPassword(Asked):
    """Another password; the present one, and a code where a second factor is enrolled, prove who asks."""

    password: Hidden
    code: Hidden = ""
    new: Hidden


class FirstPassword(Asked):
    """A first password, or a new one where it was forgotten, by the one-time code that was given for it."""

    account: Hidden
    code: Hidden
    password: Hidden


class Present(Asked):
    """What proves who asks."""

    password: Hidden
    code: Hidden = ""


class Code(Asked):
    """The first code of a second factor."""

    code: Hidden


@router.get("")
def show(door: Door) -> dict[str, Any]:
    """Show the account's own offices, fonds and second factor, and what a token of it could do."""
    return own_account.told(door.archive.tools())


@router.put("/password")
def set_password(door: Door, request: Request, asked: NewPassword) -> dict[str, Any]:
    """Change the password; every other session of the account and all its tokens end."""
    tools, present = door.working().tools(), _secret(door, request, asked)
    return credentials.set_password(tools, door.account, present, asked.new, _own(door))


@router.put("/first-password")
async def first_password(request: Request, asked: FirstPassword) -> dict[str, Any]:
    """Set a password by one-time code, which is used up. Asks for no account: nobody is signed in yet."""
    told: dict[str, Any] = await request.app.state.turns.taken(partial(_first_password, request, asked))
    return told


def _first_password(request: Request, asked: FirstPassword) -> dict[str, Any]:
    archive: Archive = request.app.state.archive
    tools = archive.at_work(Subject(asked.account)).tools()
    return credentials.first_password(
        tools, asked.account, asked.code, asked.password, request.state.address, device_of(request)
    )


@router.post("/totp")
def begin_totp(door: Door, request: Request, asked: Present) -> dict[str, Any]:
    """Begin to enrol a second factor: `uri` is for an authenticator; its first code makes it count."""
    present = _secret(door, request, asked)
    return {"uri": credentials.begin_totp(door.archive.tools(), door.account, present)}


@router.put("/totp")
def confirm_totp(door: Door, request: Request, asked: Code) -> dict[str, Any]:
    """Enrol the second factor that was begun, by its first code; other sessions and all tokens end."""
    tools, device = door.working().tools(), device_of(request)
    return credentials.confirm_totp(tools, door.account, asked.code, _own(door), door.address, device)


@router.get("/tokens")
def list_tokens(door: Door) -> dict[str, Any]:
    """List the account's tokens for programs, by name, end and last use."""
    return {"tokens": tokens.listed(door.archive.tools())}


@router.post("/tokens", status_code=201)
def make_token(door: Door, asked: NewToken) -> dict[str, Any]:
    """Make a token for a program; its secret is in this one answer."""
    return tokens.make(door.archive.tools(), Wanted(asked.name, asked.days, asked.may))


@router.delete("/tokens/{token}")
def revoke_token(door: Door, token: Annotated[str, Path(description="Its id or name.")]) -> dict[str, Any]:
    """End a token of the account."""
    return tokens.revoke(door.archive.tools(), token)


@router.get("/sessions")
def list_sessions(door: Door) -> dict[str, Any]:
    """List where the account is signed in."""
    archive = door.archive
    told = own_sessions.listed(archive.database, door.account, _own(door), archive.tools().now())
    return {"sessions": told}


@router.delete("/sessions")
def end_sessions(door: Door) -> dict[str, Any]:
    """Sign the account out wherever else it is signed in."""
    return own_sessions.end_others(door.archive.database, door.account, _own(door))


def _own(door: Caller) -> str:
    """The session that asks; routes of this file are open to no other."""
    return door.session.id if door.session else ""


def _secret(door: Caller, request: Request, asked: Present | NewPassword) -> Secret:
    return Secret(asked.password, asked.code, door.address, device_of(request))
