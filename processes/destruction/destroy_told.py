"""Destructions as the doors tell them. Not done here: destroying (`destroy`), the certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ingest.tools import Tools
from processes.destruction.destroy import Outcome, go_on, unfinished, would_destroy
from processes.destruction.destroy_certificate import pending
from search.living import LivingIndex


def told(outcome: Outcome) -> dict[str, Any]:
    """A destruction as `destroy --json` tells it."""
    one = outcome.destruction
    return {
        "destruction": one.id,
        "time": one.time,
        "reason": one.reason,
        "account": one.account,
        "supervisors": list(one.supervisors),
        "items": [
            {"code": stone.event.codes[0], "codes": list(stone.event.codes), "entry": stone.entry}
            for stone in one.stones
        ],
        "confirmed": {site: said.time for site, said in sorted(one.confirmed.items())},
        "pending": list(pending(outcome)),
    }


def trial(tools: Tools, codes: Sequence[str]) -> dict[str, Any]:
    """The document that `destroy --dry-run --json` prints. Raises as `destroy` does; changes nothing."""
    records = would_destroy(tools, codes)
    items = [{"code": one.item.code, "title": one.item.fields.get("title", "")} for one in records]
    return {"would_destroy": items}


def waiting(tools: Tools, *, every: bool = False) -> dict[str, Any]:
    """The document that `destroy --list --json` prints: what has not ended, oldest first; or every one."""
    return {"destructions": [told_to(tools, one) for one in unfinished(tools, every=every)]}


def told_to(tools: Tools, outcome: Outcome) -> dict[str, Any]:
    """A destruction as the account is told it: whoever does not handle all that went, or keeps sites and
    handles nothing, reads how far it is, and neither items nor reasons.
    """
    if outcome.destruction.concerns(tools.subject):
        return told(outcome)
    return told(outcome) | {"items": [], "reason": ""}


def finish(tools: Tools, index: LivingIndex) -> list[dict[str, Any]]:
    """Do what is left of destructions at sites that are back; those that still wait."""
    if not unfinished(tools):
        return []
    return [told_to(tools, one) for one in go_on(tools, index) if not one.whole]
