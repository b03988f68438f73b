"""Events of the fonds register (全宗名册): fonds are named, linked and described, never recoded.

Not here: which codes are codes (the rule set), what the register shows (`processes.desk.fonds_register`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archive.event import Event


@dataclass(frozen=True, slots=True)
class FondsEntered(Event):
    """A fonds was entered in the register, under its first known name. Dates are as lists write them."""

    type: ClassVar[str] = "fonds.entered"
    fonds: str
    name: str
    since: str
    until: str
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class FondsNamed(Event):
    """The fonds-constituting unit has another name since `since`; the former names stay."""

    type: ClassVar[str] = "fonds.named"
    fonds: str
    name: str
    since: str
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class FondsLinked(Event):
    """`fonds` goes on in `successor` since `since`; `undone` where an earlier link was a mistake."""

    type: ClassVar[str] = "fonds.linked"
    fonds: str
    successor: str
    since: str
    undone: bool
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class FondsDescribed(Event):
    """A field of the register (dates, guide, notes) was set; "" stands for no value."""

    type: ClassVar[str] = "fonds.described"
    fonds: str
    field: str
    old: str
    new: str
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class FondsFiled(Event):
    """A paper was put into the fonds file (全宗卷), under one of its sections. `text` is its whole content,
    or `items` are the codes of records that hold it.
    """

    type: ClassVar[str] = "fonds.filed"
    fonds: str
    paper: str
    section: str
    title: str
    date: str
    text: str
    items: tuple[str, ...]
    account: str
    os_user: str
