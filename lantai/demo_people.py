"""People of the demonstration: an account for each role, one password for all, so that each can be tried.

Three of them are administrators and need a second factor: its secret is told, for an authenticator. That is
for a demonstration only; anywhere else nobody learns another's password (`account add`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp

from lantai.messages import language
from lantai.wiring import Archive
from policies.roles import role_book
from processes.people.accounts import Appointment
from processes.people.admit import admit
from processes.people.credentials import begin_totp, confirm_totp
from processes.people.proof import Secret

FONDS = ("A014",)
WORDS = ("paper", "cedar", "ink", "seal", "shelf", "lamp", "brush", "scroll", "pine", "river", "bamboo")


@dataclass(frozen=True, slots=True)
class Sample:
    """Somebody of the demonstration: an account's name, its role, and whether it handles fonds."""

    name: str
    role: str
    fonds: Sequence[str] = ()


PEOPLE = (
    Sample("officer", "accession-officer", FONDS),
    Sample("records", "records-officer", FONDS),
    Sample("member", "appraisal-member", FONDS),
    Sample("head", "appraisal-head", ("all",)),
    Sample("scanner", "digitization-operator", FONDS),
    Sample("editor", "editor"),
    Sample("researcher", "researcher"),
    Sample("operator", "storage-operator"),
    Sample("sysadmin", "system-administrator"),
    Sample("auditor", "security-auditor"),
    Sample("security", "security-officer"),
)
"""The security officer is the last: who appoints takes office, and the account that `init` made retires."""


def employ(archive: Archive) -> list[dict[str, Any]]:
    """Appoint them all; each as `account`, `role`, `password`, and `secret` of a second factor or ""."""
    password = " ".join(secrets.choice(WORDS) for _ in range(5))
    tools, told = archive.tools(), []
    for one in PEOPLE:
        admit(tools, Appointment(one.name, (one.role,), one.fonds), password)
        needs = role_book().two_factors(frozenset({one.role}))
        secret = _second_factor(archive, one.name, password) if needs else ""
        told.append({"account": one.name, "role": one.role, "password": password, "secret": secret})
    return told


def named(role: str) -> str:
    """What the role is called in the reader's language."""
    known = role_book().roles[role]
    return known.zh if language() == "zh" else known.en


def _second_factor(archive: Archive, account: str, password: str) -> str:
    """Enrol one; the secret, as authenticators take it."""
    tools = archive.tools()
    uri = begin_totp(tools, account, Secret(password))
    secret = parse_qs(urlsplit(uri).query)["secret"][0]
    code = pyotp.TOTP(secret).at(datetime.now(UTC))
    confirm_totp(tools, account, code, archive.settings.account)
    return secret
