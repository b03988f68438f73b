"""What of a use is a line of its own in the use journal, and what belongs to a line that stands there.

    a thumb             belongs to the account's search or browsing that named its item, or to its last view
                        or download of that item, for SECONDS
    a screen, tiles,    belong to the account's last view or download of this item, for SECONDS
    peaks, what plays

Twenty small pictures beside twenty hits are one search, and a thousand tiles one look at a photograph; a line
for each would bury the journal's readers. Where nothing stands there to belong to, as for a program that
fetches pictures alone, each item is written as a view, once every SECONDS. Kept in memory: a server that was
begun anew writes a line more. Not here: writing (`lantai.api.journal`).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from fastapi import Request

Whole = Literal["search", "view"]
SECONDS = 3600.0
MOST = 50_000
VIEW = "view"
_SEARCHES = frozenset({"search"})
_VIEWS = frozenset({"view", "download"})


def part_of(request: Request, whole: Whole) -> None:
    """What is asked for here is part of a larger use; where it stands alone it is a view."""
    request.state.part_of, request.state.use_kind = whole, VIEW


def names(request: Request, codes: Iterable[str]) -> None:
    """The answer names these items: their small pictures belong to it."""
    request.state.named = tuple(codes)


def not_given(request: Request) -> None:
    """Nothing is given this time, or a count alone, and nothing is to be written."""
    request.state.use_kind = ""


def kind_of(state: Mapping[str, Any], kind: str | None) -> str | None:
    """The kind of use a request is, `kind` where its route did not say otherwise; None for no use."""
    return state.get("use_kind", kind) or None


class Belonging:
    """The last uses of accounts, for whatever belongs to them. Used by one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: OrderedDict[tuple[Whole, str, str], float] = OrderedDict()

    def covers(self, whole: Whole | None, account: str, code: str) -> bool:
        """Whether a part of this use belongs to one that was written."""
        if whole is None:
            return False
        wholes: tuple[Whole, ...] = ("search", "view") if whole == "search" else ("view",)
        return any(self._clock() - self._last.get((one, account, code), -SECONDS) < SECONDS for one in wholes)

    def note(
        self, kind: str, account: str, code: str, whole: Whole | None, named: Iterable[str] = ()
    ) -> None:
        """A use was written, whose answer names these items."""
        if whole is None and kind in _SEARCHES:
            for one in named:
                self._note("search", account, one)
        if kind in _VIEWS and code:
            self._note("view", account, code)

    def _note(self, whole: Whole, account: str, code: str) -> None:
        self._last[whole, account, code] = self._clock()
        self._last.move_to_end((whole, account, code))
        while len(self._last) > MOST:
            self._last.popitem(last=False)
