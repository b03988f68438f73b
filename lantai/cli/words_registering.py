"""What the commands of the fonds register say to people, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lantai.messages import language, retell, say
from policies.folding import visible


def of_register(found: Mapping[str, Any]) -> Iterator[str]:
    """Every fonds, a line each."""
    if not found["fonds"]:
        yield say("fonds-none")
    for one in found["fonds"]:
        yield _line(one)


def of_done(done: Mapping[str, Any]) -> Iterator[str]:
    """A fonds as it stands now, and the name of a paper that was filed."""
    yield from of_fonds(done)
    if "paper" in done:
        yield say("fonds-filed", paper=done["paper"])
    if "waiting" in done:
        yield say("pending", reason=retell(done["waiting"]))


def of_fonds(one: Mapping[str, Any]) -> Iterator[str]:
    """One fonds: names, links, guide; notes and the file where they are shown."""
    yield _line(one)
    for name in one["names"]:
        yield "  " + say("fonds-name", name=visible(name["name"]), since=name["since"] or "—")
    for kind in ("predecessors", "successors"):
        for other in one[kind]:
            told = {"fonds": other["fonds"], "name": visible(other["name"]), "since": other["since"] or "—"}
            yield "  " + say(f"fonds-{kind}", **told)
    if one["chain"]:
        yield "  " + say("fonds-chain", chain=" → ".join(line["fonds"] for line in one["chain"]))
    if one["guide"]:
        yield "  " + say("fonds-guide")
        yield from _indented(one["guide"])
    if one.get("notes"):
        yield "  " + say("fonds-notes", notes=visible(one["notes"]))
    for section in one.get("file", ()):
        if section["papers"]:
            yield "  " + section[language()]
        for paper in section["papers"]:
            yield f"    {_paper(paper)}"


def of_paper(one: Mapping[str, Any]) -> Iterator[str]:
    """One paper of a fonds file, with its text."""
    yield _paper(one)
    yield from _indented(one["text"])


def _line(one: Mapping[str, Any]) -> str:
    dates = f"{one['since']}–{one['until']}" if one["since"] or one["until"] else ""
    return say("fonds-line", fonds=one["fonds"], name=visible(one["name"]), dates=dates).rstrip()


def _paper(one: Mapping[str, Any]) -> str:
    items = "  ".join(one["items"])
    told = {"paper": one["paper"], "title": visible(one["title"]), "date": one["date"], "items": items}
    return say("fonds-paper", **told).rstrip()


def _indented(text: str) -> Iterator[str]:
    yield from (f"    {visible(line)}" for line in text.splitlines())
