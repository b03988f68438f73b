"""Appointing somebody together with how they first come in: a password that they typed, or a one-time code.

Not here: what an appointment has to be (`processes.people.accounts`), credentials themselves.
"""

from __future__ import annotations

from typing import Any

from ingest.tools import Tools
from policies.passwords import need_good
from processes.people.accounts import Appointment, appoint
from processes.people.credentials import context_of, give_code, initial_password


def admit(tools: Tools, wanted: Appointment, password: str = "") -> dict[str, Any]:
    """Appoint, and set `password`, or else give a one-time code: `code` and `until`, told this once.

    A password that is refused keeps the account from being appointed. Raises `PasswordRefused`, and as
    `appoint` does.
    """
    if password:
        need_good(password, context_of(tools, wanted.name))
    done = appoint(tools, wanted, tools.founder)
    if password:
        return done | initial_password(tools, done["name"], password)
    code, until = give_code(tools, done["name"])
    return done | {"code": code, "until": until}
