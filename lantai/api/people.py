"""Routes of whoever looks after people: accounts, and the matrix of what each role may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from lantai.api.documents import done
from lantai.api.door import Door
from lantai.api.parsing import Asked
from policies.matrix import matrix
from policies.roles import role_book, route_book
from processes.people import accounts, credentials
from processes.people.accounts import Appointment

router = APIRouter(tags=["people"])

Word = Annotated[str, Field(max_length=200)]
Words = Annotated[Sequence[Word], Field(max_length=1000)]
Why = Annotated[str, Field(max_length=10_000)]


class Office(Asked):
    """What somebody is appointed to. `fonds` are codes, or `all` alone; `zone` "" is the roles' usual one."""

    roles: Words
    fonds: Words = ()
    zone: Word = ""


class NewAccount(Office):
    """Who is to be appointed."""

    name: Word


class Change(Office):
    """What an account is to be from now on, all of it, and why."""

    reason: Why


class Closing(Asked):
    """Why an account ends."""

    reason: Why


class NewCode(Asked):
    """Whether the code ends the account's second factor as well, when it is used."""

    second_factor: bool = False


@router.get("/accounts")
def list_accounts(door: Door) -> dict[str, Any]:
    """List accounts with their roles, fonds and zones."""
    return {"accounts": accounts.listed(door.archive.tools()), "founder": door.archive.settings.account}


@router.get("/roles")
def roles(_door: Door) -> dict[str, Any]:
    """The whole matrix: each role, every command and every route, and who may what."""
    return matrix(role_book(), route_book())


@router.post("/accounts", response_class=Response)
def appoint(door: Door, asked: NewAccount) -> Response:
    """Appoint somebody; `code` is the one-time code to set a password with, in this one answer."""
    tools = door.working().tools()
    wanted = Appointment(asked.name, asked.roles, asked.fonds, asked.zone)
    made = accounts.appoint(tools, wanted, door.archive.settings.account)
    given = credentials.new_code(tools, made["name"])
    return done(made | {"code": given["code"], "until": given["until"]})


@router.put("/accounts/{name:path}", response_class=Response)
def change(door: Door, name: str, asked: Change) -> Response:
    """Say what an account's roles, fonds and zone are from now on; its next request is judged by them."""
    wanted = Appointment(name, asked.roles, asked.fonds, asked.zone)
    return done(accounts.change(door.working().tools(), wanted, asked.reason))


@router.post("/accounts/{name:path}/closing", response_class=Response)
def close(door: Door, name: str, asked: Closing) -> Response:
    """Close an account; its name is never given again."""
    return done(accounts.close(door.working().tools(), name, asked.reason))


@router.post("/accounts/{name:path}/code", response_class=Response)
def give_code(door: Door, name: str, asked: NewCode) -> Response:
    """Give an account a one-time code to set a password with, in this one answer."""
    return done(credentials.new_code(door.working().tools(), name, second_factor=asked.second_factor))
