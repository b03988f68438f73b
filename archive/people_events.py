"""Events of people: what was decided on a record's access, and which accounts there are.

Not here: who may decide and appoint (`policies.roles`), what an event changes (`archive.catalogue_apply`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from archive.event import Event, ItemEvent


@dataclass(frozen=True, slots=True)
class ItemAppraised(ItemEvent):
    """A decision on who may see an item. `clause` names the rule, `until` the day of its next review.

    `holder` is what the depositor asked for, `old` the status before. "" stands for nothing said.
    """

    type: ClassVar[str] = "item.appraised"
    item: str
    old: str
    status: str
    clause: str
    reason: str
    until: str
    holder: str
    account: str
    os_user: str

    def said(self) -> dict[str, str]:
        """What stands with the item from now on, without what was not said."""
        told = {"clause": self.clause, "reason": self.reason, "until": self.until, "holder": self.holder}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class AccountAdded(Event):
    """Somebody was appointed. `fonds` are those it handles; `every_fonds` where that is all there are."""

    type: ClassVar[str] = "account.added"
    name: str
    roles: tuple[str, ...]
    fonds: tuple[str, ...]
    every_fonds: bool
    zone: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class AccountClosed(Event):
    """Somebody works here no more. The name is never given to anybody else."""

    type: ClassVar[str] = "account.closed"
    name: str
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class AccountChanged(Event):
    """Somebody's roles, fonds or zone are others now; what is said here is all that holds from now on."""

    type: ClassVar[str] = "account.changed"
    name: str
    roles: tuple[str, ...]
    fonds: tuple[str, ...]
    every_fonds: bool
    zone: str
    reason: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class FounderRetired(Event):
    """The account that `init` made switched itself off: `by` took office, and appoints from now on."""

    type: ClassVar[str] = "account.founder-retired"
    by: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class CodeGiven(Event):
    """Somebody was given a one-time code to set a password with; `second_factor` says that it ends theirs."""

    type: ClassVar[str] = "account.code-given"
    name: str
    second_factor: bool
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class UsesSealed(Event):
    """A segment of the use journal: what was searched, viewed, fetched, and who signed in. `uses` are in the
    order of their numbers, the first of which is `first`.
    """

    type: ClassVar[str] = "uses.sealed"
    first: int
    count: int
    since: str
    until: str
    uses: tuple[Mapping[str, str], ...]
    account: str
    os_user: str
