"""What the command about tokens says to people, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lantai.messages import language, say, word


def of_made(made: Mapping[str, Any]) -> Iterator[str]:
    """The secret, this once, and what the token is good for."""
    yield say("token-made", name=made["name"], until=made["until"])
    yield made["token"]
    yield say("token-once")
    yield "  " + _may(made)


def of_tokens(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The account's tokens."""
    if not told:
        yield say("tokens-none")
    for one in told:
        yield say("token-line", name=one["name"], id=one["id"])
        seen = one["seen"] or say("token-unseen")
        yield "  " + say("token-told", made=one["made"], until=one["until"], seen=seen)
        yield "  " + _may(one)


def of_revoked(done: Mapping[str, Any]) -> Iterator[str]:
    """Which token opens nothing any more."""
    yield say("token-revoked", name=done["name"])


def _may(one: Mapping[str, Any]) -> str:
    if one["may"] is None:
        return say("token-may-all")
    actions = ("、" if language() == "zh" else ", ").join(word("action", name) for name in one["may"])
    return say("role-may", actions=actions or "—")
