"""What destroy and hold say to people, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lantai.messages import retell, say, word
from policies.retention import NO_END

_MOST = 20


def of_trial(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What would be destroyed."""
    yield say("destroy-would", count=len(items))
    for one in items:
        runs = one["still_runs"]
        kept = f"  ({say('still-no-end' if runs == NO_END else 'still-runs', year=runs)})" if runs else ""
        yield f"  {one['code']}  {one['title']}{kept}"


def of_list(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is pending, by destruction and site."""
    for one in found:
        yield from _destruction(one)


def of_outcomes(found: Sequence[Mapping[str, Any]], paper: Mapping[str, Any] | None) -> Iterator[str]:
    """How far each destruction came, and what its certificate says that people must do."""
    if not found and not paper:
        yield say("destroy-none-pending")
    for one in found:
        yield from _destruction(one)
    if not paper:
        return
    yield say("destroy-certificate", file=paper["file"])
    for one in paper["by_hand"]:
        kind = word("destroy", one["kind"])
        yield "  " + say("destroy-by-hand", kind=kind, name=one["name"], kept_at=one.get("kept_at") or "—")
    yield say("destroy-defeats")
    for name in paper["defeats"]:
        yield "  · " + say(f"defeat-{name}")


def _destruction(one: Mapping[str, Any]) -> Iterator[str]:
    codes = [item["code"] for item in one["items"]]
    named = "  ".join(codes[:_MOST]) + (" …" if len(codes) > _MOST else "")
    yield say("destroyed", id=one["destruction"], count=len(codes), codes=named)
    if one["supervisors"]:
        yield "  " + say("destroy-supervised", names="  ".join(one["supervisors"]))
    for site in one["confirmed"]:
        yield "  " + say("destroy-confirmed", site=site)
    for left in one["pending"]:
        if left["kind"] == "lock":
            yield "  " + say(
                "destroy-locked", site=left["name"], objects=int(left["objects"]), until=left["until"]
            )
        else:
            name = left["name"] if left["kind"] == "site" else word("destroy", "home")
            yield "  " + say("destroy-pending", name=name, reason=retell(left["reason"]))
    if one["pending"]:
        yield say("destroy-continue")


def of_hold(done: Mapping[str, Any]) -> Iterator[str]:
    """What is held now, or no longer."""
    yield say("held" if done["held"] else "hold-lifted", codes="  ".join(done["codes"]))
    if "waiting" in done:
        yield say("pending", reason=retell(done["waiting"]))
