"""The use journal's rules (利用登记): which kinds of use there are, what of a request is written, and how
much strangers may have written.

What is searched is written as it was asked, unless it holds a secrecy mark: then it is withheld, wholly. What
is written is bounded, so that nobody fills the ledger with one request. Not here: writing
(`processes.using`), which command and route is a use (`roles.toml`, `routes.toml`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from policies.secrecy import Marks, has_mark

UseKind = Literal["sign-in", "search", "view", "download", "list", "export", "opening", "journal", "refused"]
KINDS: tuple[str, ...] = (
    "sign-in", "search", "view", "download", "list", "export", "opening", "journal", "refused",
)  # fmt: skip
"""`refused` is what was asked for and not given, absent or forbidden; `journal` is reading this one."""

WITHHELD = "withheld"
LONGEST = 2_000
"""So many characters of one value are written; what is longer ends in `…`."""

_NO_TEXT = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ud800-\udfff]")


def written(detail: Mapping[str, str], marks: Marks) -> dict[str, str]:
    """What of a request is written: no empty values, none that is longer than `LONGEST`, no character that is
    none, and `withheld` in place of each value that holds a secrecy mark.
    """
    return {name: _value(value, marks) for name, value in sorted(detail.items()) if value}


def _value(value: str, marks: Marks) -> str:
    kept = _NO_TEXT.sub("\ufffd", value)
    if has_mark(kept, marks):
        return WITHHELD
    return kept if len(kept) <= LONGEST else kept[: LONGEST - 1] + "…"


@dataclass(slots=True)
class Flood:
    """How many lines of the journal strangers may cause: `each` an address and `every` all together, in
    `seconds`. What comes beyond is counted, and the count stands in the next line that is written.

    A stranger can ask as often as they like; the ledger keeps what is written for ever.
    """

    each: int = 30
    every: int = 600
    seconds: float = 60.0
    _since: float = float("-inf")
    _seen: dict[str, int] = field(default_factory=dict)
    _written: int = 0
    _more: int = 0

    def admit(self, address: str, now: float) -> int | None:
        """How many were left out since the last line, where this one is to be written; else None.

        `now` are seconds of a clock that never goes back.
        """
        if now - self._since >= self.seconds:
            self._since, self._seen, self._written = now, {}, 0
        if self._written >= self.every or self._seen.get(address, 0) >= self.each:
            self._more += 1
            return None
        self._seen[address] = self._seen.get(address, 0) + 1
        self._written += 1
        left, self._more = self._more, 0
        return left
