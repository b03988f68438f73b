"""What the commands of retrieval say to people, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lantai.messages import retell, say, word
from policies.folding import visible


def of_request(done: Mapping[str, Any]) -> Iterator[str]:
    """One request, and its passcode where one was made."""
    yield from _told(done)
    if "passcode" in done:
        yield say("retrieval-passcode", passcode=done["passcode"])
    if "waiting" in done:
        yield say("pending", reason=retell(done["waiting"]))


def of_requests(found: Mapping[str, Any]) -> Iterator[str]:
    """Every request of a list."""
    if not found["requests"]:
        yield say("retrievals-none")
    for one in found["requests"]:
        yield from _told(one)
    if found["cursor"]:
        yield say("retrievals-more", cursor=found["cursor"])


def _told(one: Mapping[str, Any]) -> Iterator[str]:
    state = word("retrieval-state", one["state"])
    yield say("retrieval-line", request=one["request"], code=visible(one["code"]), state=state)
    if one["mode"]:
        yield "  " + say("retrieval-open", mode=word("retrieval-mode", one["mode"]), until=one["until"])
    yield "  " + say("retrieval-asked", account=one["account"], time=one["asked"][:10])
    yield "  " + say("retrieval-purpose", purpose=visible(one["purpose"]))
    if one["copy"]:
        yield "  " + say("retrieval-copy-asked")
    if "item" in one:
        yield "  " + _item(one["item"])
    if one["reason"]:
        yield "  " + say("retrieval-reason", reason=visible(one["reason"]))
    if one.get("passcode_state") in ("blocked", "none"):
        yield "  " + say(f"retrieval-passcode-{one['passcode_state']}", request=one["request"])


def _item(item: Mapping[str, Any] | None) -> str:
    if item is None:
        return say("retrieval-no-item")
    access = word("access", item["access"])
    return say("retrieval-item", code=item["code"], title=visible(item["title"]), access=access)
