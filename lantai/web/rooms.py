"""The rooms of the workbench, in the order of its navigation, and the actions that open each.

A room is offered where the matrix gives the reader one of its actions; what is in it the API decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """A room: the name of its words (`room-…`), where it is, and what opens it: any one of `actions`; `also`
    are pages of it that stand elsewhere.
    """

    name: str
    path: str
    actions: tuple[str, ...]
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether the page at `path` is in this room."""
        if self.path == "/":
            return path == "/"
        return any(path == place or path.startswith(f"{place}/") for place in (self.path, *self.also))


ROOMS = (
    Room("today", "/", ("self",)),
    Room("ingest", "/ingest", ("submit", "batches")),
    Room("search", "/search", ("read",), ("/browse", "/items")),
    Room("desk", "/desk", ("read",)),
    Room("vault", "/vault", ("sites", "audit", "keys", "carriers")),
    Room("ledger", "/ledger", ("head", "prove")),
    Room("people", "/people", ("accounts", "uses")),
    Room("reports", "/reports", ("report",)),
    Room("reading-room", "/reading-room", ("visitors",)),
)


def rooms_of(may: Callable[[str], bool]) -> list[Room]:
    """The rooms that open to whoever may some of their actions."""
    return [room for room in ROOMS if any(may(action) for action in room.actions)]
