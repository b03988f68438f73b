"""The reading room's rules: what a visitor shows, what they come for, how much of a number is shown.

The lists are data (`visitors.toml`). A visitor is a public reader who stands in the reading room: what is
open there is open to them, and what was granted in their name. Not here: who keeps the register
(`policies.roles`), the register itself (`processes.reading_room`).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import date, timedelta
from functools import cache
from importlib import resources

import msgspec

from policies.access import Subject, Zone

PREFIX = "visitor:"
"""What a visitor's name among accounts begins with: no account can be called so."""

SEEN, COPIED = "seen", "copied"
ACTS = (SEEN, COPIED)
"""What becomes of an item that a visitor asks for."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SHOWN = 4


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What something is called."""

    zh: str
    en: str


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of document: its names, how its number looks, whether the number proves itself."""

    zh: str
    en: str
    pattern: str
    checked: bool = False


class Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All lists of the reading room."""

    documents: dict[str, Document]
    purposes: dict[str, Named]
    certificate: Named


@cache
def book() -> Book:
    """The lists that come with the program."""
    text = resources.files("policies").joinpath("visitors.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Book)


def plain_number(written: str) -> str:
    """The number of a document as it is kept and found again: one form, capitals, no blanks within."""
    return "".join(unicodedata.normalize("NFKC", written).split()).upper()


def number_fits(kind: str, number: str) -> bool:
    """Whether a plain number can be one of this kind of document."""
    document = book().documents[kind]
    fits = re.fullmatch(document.pattern, number) is not None
    return fits and (not document.checked or check_sign(number) == number[-1])


def check_sign(number: str) -> str:
    """The last sign of a resident identity card's number. Source: GB 11643-1999, ISO 7064 MOD 11-2."""
    return _CHECKS[sum(int(sign) * weight for sign, weight in zip(number, _WEIGHTS, strict=False)) % 11]


def masked_number(number: str) -> str:
    """As much of a number as tells two visitors apart at the desk: its last signs, of a short one fewer."""
    shown = min(_SHOWN, len(number) // 3)
    return "*" * (len(number) - shown) + number[len(number) - shown :]


def masked_contact(contact: str) -> str:
    """A contact with its middle hidden: enough to see that there is one, and whose."""
    edge = len(contact) // 4
    return contact[:edge] + "*" * (len(contact) - 2 * edge) + contact[len(contact) - edge :]


def visiting(
    visitor: str, granted: frozenset[str] = frozenset(), viewed: frozenset[str] = frozenset()
) -> Subject:
    """A visitor as a reader: without a role, in the reading room, with what was granted in their name."""
    return Subject(account=PREFIX + visitor, zone=Zone.READING_ROOM, granted=granted, viewed=viewed)


def erased_before(today: date, days: int) -> str:
    """Whoever came last before this day is forgotten; "" where nobody is (0 days)."""
    return (today - timedelta(days=days)).isoformat() if days else ""


def certificate_name(year: int, number: int) -> str:
    """The name of a certificate: `2026-0001`."""
    return f"{year}-{number:04}"


def certificate_title(name: str, language: str) -> str:
    """A certificate's number as it stands on paper. `name` is as `certificate_name` gave it."""
    year, _, number = name.partition("-")
    form = getattr(book().certificate, language)
    return str(form).format(year=int(year), number=int(number))
