"""The use journal in words for people, line by line, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lantai.messages import say, word
from processes.using.uses_read import COLUMNS

_SHOWN = ("code", "component", "query", "asked", "range", "address")


def of_uses(done: Mapping[str, Any]) -> Iterator[str]:
    """A page of the journal, one use a line, and what is wrong with it."""
    for use in done["uses"]:
        shown = [str(use[name]).replace("\n", " ") for name in _SHOWN if use.get(name)]
        kind = word("use-kind", use["kind"])
        told = {"number": f"{use['number']}", "time": use["time"], "kind": kind}
        yield say("use-line", **told, account=use["account"] or "—", what="  ".join(shown)).rstrip()
    if not done["uses"]:
        yield say("uses-none")
    yield from _faults(done)
    if done["cursor"]:
        yield say("uses-more", cursor=done["cursor"])


def of_list(done: Mapping[str, Any]) -> Iterator[str]:
    """A list that was written."""
    yield say("uses-written", rows=done["rows"], file=done["file"])
    yield from _faults(done)


def _faults(done: Mapping[str, Any]) -> Iterator[str]:
    for fault in done["faults"]:
        what = word("use-fault", fault["what"])
        yield say("use-fault", entry=f"{fault['entry']}", time=fault["time"], what=what)


def headings() -> list[str]:
    """Of a list, in the order of its columns."""
    return [say(f"use-{name}") for name in COLUMNS]
