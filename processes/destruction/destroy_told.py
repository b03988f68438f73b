"""Destructions as the doors tell them, whole or, where there are many, with the first of their items alone.

Not done here: destroying (`destroy`), the certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archive.model import Item
from ingest.tools import Tools
from policies.retention import still_runs
from processes.destruction.destroy import Outcome, go_on, unfinished, would_destroy
from processes.destruction.destroy_certificate import pending
from search.errors import CursorMistake
from search.living import LivingIndex


@dataclass(frozen=True, slots=True)
class Shown:
    """How much of what is known is told: `limit` destructions, the newest before the one named `before`, each
    with its first `items`; None for all.
    """

    limit: int | None = None
    before: str = ""
    items: int | None = None


WHOLE = Shown()
DESCRIBED = ("code", "title", "year", "retention", "pages")
"""What of an item stands on a list that is to be approved and witnessed (domain reference, 7)."""


def told(outcome: Outcome, items: int | None = None) -> dict[str, Any]:
    """A destruction as `destroy --json` tells it: its first `items`, None for all, and their `count`."""
    one = outcome.destruction
    return {
        "destruction": one.id,
        "time": one.time,
        "reason": one.reason,
        "account": one.account,
        "supervisors": list(one.supervisors),
        "items": [
            {"code": stone.event.codes[0], "codes": list(stone.event.codes), "entry": stone.entry}
            for stone in one.stones[:items]
        ],
        "count": len(one.stones),
        "confirmed": {site: said.time for site, said in sorted(one.confirmed.items())},
        "pending": list(pending(outcome)),
    }


def trial(tools: Tools, codes: Sequence[str]) -> dict[str, Any]:
    """The document that `destroy --dry-run --json` prints. Raises as `destroy` does; changes nothing."""
    records = would_destroy(tools, codes)
    return {"would_destroy": [described(tools, one.item) for one in records]}


def described(tools: Tools, item: Item) -> dict[str, str]:
    """An item as it stands on such a list; `still_runs` warns of a period that is not over
    (`policies.retention`): what is decided on is told to whoever decides, and refused to nobody.
    """
    own = {"code": item.code, "year": item.year, "retention": item.retention}
    runs = still_runs(tools.rules, item.year, item.retention, tools.clock().date())
    return {name: own.get(name) or item.fields.get(name, "") for name in DESCRIBED} | {"still_runs": runs}


def waiting(tools: Tools, *, every: bool = False, shown: Shown = WHOLE) -> dict[str, Any]:
    """The document that `destroy --list --json` prints: what has not ended, oldest first; or every one. Of a
    part of them `cursor` is what older ones stand before, None where there are none. Raises `CursorMistake`.
    """
    known = unfinished(tools, every=every)
    if shown.before:
        names = [one.destruction.id for one in known]
        if shown.before not in names:
            raise CursorMistake
        known = known[: names.index(shown.before)]
    some = known if shown.limit is None else known[max(0, len(known) - shown.limit) :]
    told_ = [told_to(tools, one, shown.items) for one in some]
    return {"destructions": told_, "cursor": told_[0]["destruction"] if len(some) < len(known) else None}


def told_to(tools: Tools, outcome: Outcome, items: int | None = None) -> dict[str, Any]:
    """A destruction as the account is told it: whoever does not handle all that went, or keeps sites and
    handles nothing, reads how far it is, and neither items nor reasons.
    """
    if outcome.destruction.concerns(tools.subject):
        return told(outcome, items)
    return told(outcome, 0) | {"count": 0, "reason": ""}


def finish(tools: Tools, index: LivingIndex) -> list[dict[str, Any]]:
    """Do what is left of destructions at sites that are back; those that still wait."""
    if not unfinished(tools):
        return []
    return [told_to(tools, one) for one in go_on(tools, index) if not one.whole]
