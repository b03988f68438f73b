"""What the commands of the reading room say to people, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lantai.messages import language, retell, say, word
from policies.folding import visible
from policies.visitors import book


def of_visits(found: Mapping[str, Any]) -> Iterator[str]:
    """Every visit of a list, a line each."""
    if not found["visits"]:
        yield say("room-nobody")
    for one in found["visits"]:
        yield _line(one)
    if found["cursor"]:
        yield say("visits-more", cursor=found["cursor"])


def of_visit(one: Mapping[str, Any]) -> Iterator[str]:
    """One visit, with what was given, asked for and certified."""
    yield _line(one)
    for part in one["items"]:
        how = say(f"room-{part['act']}")
        pages = say("visit-pages", n=part["pages"]) if part["pages"] else ""
        yield f"  {part['code']}  {visible(part['title'])}  {how} {pages}".rstrip()
    for asked in one["requests"]:
        yield f"  {asked['request']}  {visible(asked['code'])}  {word('retrieval-state', asked['state'])}"
    for issued in one["certificates"]:
        yield f"  {issued['certificate']}  {say('certificate-' + issued['state'])}"
    if one["outcome"]:
        yield "  " + say("visit-outcome", outcome=visible(one["outcome"]))
    yield from _waiting(one)


def of_register(found: Mapping[str, Any]) -> Iterator[str]:
    """Every number of a year."""
    if not found["certificates"]:
        yield say("room-certificates-none")
    for one in found["certificates"]:
        yield _issued(one)


def of_certificate(one: Mapping[str, Any]) -> Iterator[str]:
    """One certificate."""
    yield _issued(one)
    if one["extract"]:
        yield from (f"  {visible(line)}" for line in one["extract"].splitlines())
    for part in one["files"]:
        yield f"  {part['file']}  {part['digest']}"
    if one["void_reason"]:
        yield "  " + visible(one["void_reason"])
    yield from _waiting(one)


def of_forgotten(done: Mapping[str, Any]) -> Iterator[str]:
    """How many visitors were forgotten."""
    yield say("visitors-forgotten", n=done["forgotten"], known=done["known"])
    yield from _waiting(done)


def _line(one: Mapping[str, Any]) -> str:
    who = one["visitor"]
    name = say("room-forgotten") if who["forgotten"] else visible(who["name"])
    known = book().purposes.get(one["purpose"])
    purpose = getattr(known, language()) if known else one["purpose"]
    return f"{one['visit']}  {one['time'][:10]}  {name}  {purpose}  {say('visit-' + one['state'])}"


def _issued(one: Mapping[str, Any]) -> str:
    state = say("certificate-" + one["state"])
    parts = (one["number"][language()], state, one["code"], visible(one["title"]), visible(one["holder"]))
    return "  ".join(part for part in parts if part)


def _waiting(done: Mapping[str, Any]) -> Iterator[str]:
    if "waiting" in done:
        yield say("pending", reason=retell(done["waiting"]))
