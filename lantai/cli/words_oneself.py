"""What the commands of an account for itself say to people, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lantai.messages import retell, say


def of_password(done: Mapping[str, Any]) -> Iterator[str]:
    """That the password is set, and what that ended."""
    yield say("password-set", account=done["account"])
    yield from of_office(done)


def of_totp(done: Mapping[str, Any]) -> Iterator[str]:
    """That the second factor counts from now on."""
    yield say("totp-set", account=done["account"])
    yield from of_office(done)


def of_code(done: Mapping[str, Any]) -> Iterator[str]:
    """The one-time code, shown this once."""
    yield say("code-given", account=done["account"], code=done["code"], until=done["until"])
    if done["second_factor"]:
        yield say("code-ends-totp")
    yield from of_office(done)


def of_office(done: Mapping[str, Any]) -> Iterator[str]:
    """That the account of `init` retired by this, and what waits to be published."""
    if done.get("founder_retired"):
        yield say("founder-retired")
    if "waiting" in done:
        yield say("pending", reason=retell(done["waiting"]))
