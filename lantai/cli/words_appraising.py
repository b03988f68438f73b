"""What a decision on access says to people, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lantai.messages import language, retell, say, word
from policies.folding import visible


def of_preview(shown: Mapping[str, Any]) -> Iterator[str]:
    """What would be decided, and how to confirm just that."""
    yield say("appraise-would", count=shown["changes"], status=word("access", shown["status"]))
    yield from _items(shown)
    yield say("appraise-confirm", token=shown["token"])


def of_decided(done: Mapping[str, Any]) -> Iterator[str]:
    """What was decided."""
    yield say("appraised", count=done["decided"], status=word("access", done["status"]))
    yield from _items(done)
    if "waiting" in done:
        yield say("pending", reason=retell(done["waiting"]))


def _items(told: Mapping[str, Any]) -> Iterator[str]:
    counts = (f"{word('access', one['access'])} {one['count']}" for one in told["from"])
    yield "  " + say("appraise-from", counts=("、" if language() == "zh" else ", ").join(counts))
    for one in told["items"]:
        yield f"  {one['code']}  {visible(one['title'])}  [{word('access', one['access'])}]"
    if left := told["changes"] - len(told["items"]):
        yield "  " + say("appraise-more", count=left)
    if told["unchanged"]:
        yield "  " + say("appraise-unchanged", count=told["unchanged"])
