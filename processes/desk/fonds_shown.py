"""The fonds register as it is shown: to everybody names, dates, links and guide; notes and the fonds file
to who handles the fonds.

The register is public and says nothing of records: no count, and of the records that a paper names only those
in view. Not done here: keeping it (`processes.desk.fonds_register`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from archive import catalogue
from archive import fonds as register
from archive.events import FondsFiled
from archive.fonds import Fonds
from ingest.tools import Tools
from policies.access import handles, view_of
from policies.folding import fold_code
from processes.errors import NotFound


def listed(tools: Tools) -> dict[str, Any]:
    """The whole register, by code."""
    with tools.database.read() as conn:
        return {"fonds": [_line(one) for one in register.register(conn)]}


def shown(tools: Tools, code: str, paper: str = "") -> dict[str, Any]:
    """One fonds; with `paper` that paper of its file, with its text. Raises `NotFound`: not in the register,
    or, for a paper, not there or not for this account.
    """
    code = fold_code(code)
    with tools.database.read() as conn:
        found = register.fonds(conn, code)
        if found is None:
            raise NotFound(f"fonds {code}")
        if not paper:
            return as_json(tools, conn, found)
        filed = next((one for one in found.papers if one["paper"] == paper), None)
        if filed is None or not handles(tools.subject, code):
            raise NotFound(f"paper {paper}")
        entry = tools.ledger.entry(conn, filed["entry"])
        event = entry.event() if entry.payload is not None else None
        body = event.text if isinstance(event, FondsFiled) else ""
        return {"fonds": code, **_paper(filed, _in_view(tools, conn, [filed])), "text": body}


def as_json(tools: Tools, conn: Connection, found: Fonds) -> dict[str, Any]:
    """A fonds as the account is shown it."""
    whole = register.register(conn)
    names = {one.code: one.name for one in whole}
    before = [
        {"fonds": one.code, "name": one.name, "since": link["since"]}
        for one in whole
        for link in one.successors
        if link["fonds"] == found.code
    ]
    told = _line(found) | {
        "names": [dict(name) for name in found.names],
        "guide": found.described.get("guide", ""),
        "predecessors": before,
        "successors": [{**link, "name": names.get(link["fonds"], "")} for link in found.successors],
        "chain": _chain(found.code, whole),
    }
    if not handles(tools.subject, found.code):
        return told
    visible = _in_view(tools, conn, found.papers)
    return told | {"notes": found.described.get("notes", ""), "file": _file(tools, found, visible)}


def _line(one: Fonds) -> dict[str, Any]:
    return {
        "fonds": one.code,
        "name": one.name,
        "since": one.described.get("since", ""),
        "until": one.described.get("until", ""),
        "successors": [link["fonds"] for link in one.successors],
    }


def _chain(code: str, whole: Iterable[Fonds]) -> list[dict[str, Any]]:
    """Every fonds that links join to this one, itself too, by the dates from which they exist."""
    known = {one.code: one for one in whole}
    joined: dict[str, set[str]] = {one: set() for one in known}
    for one in known.values():
        for link in one.successors:
            joined[one.code].add(link["fonds"])
            joined.setdefault(link["fonds"], set()).add(one.code)
    seen, ahead = {code}, [code]
    while ahead:
        fresh = joined.get(ahead.pop(), set()) - seen
        seen |= fresh
        ahead += sorted(fresh)
    lines = [_line(known[one]) for one in sorted(seen) if one in known]
    return sorted(lines, key=lambda line: (line["since"], line["fonds"])) if len(lines) > 1 else []


def _file(tools: Tools, found: Fonds, visible: frozenset[str]) -> list[dict[str, Any]]:
    """The papers under their sections, in the rule set's order; sections that it does not know come last."""
    known = {one.name: {"zh": one.zh, "en": one.en} for one in tools.rules.fonds_file}
    others = sorted({one["section"] for one in found.papers} - set(known))
    names = {**known, **{name: {"zh": name, "en": name} for name in others}}
    return [
        {
            "section": name,
            **called,
            "papers": [_paper(one, visible) for one in found.papers if one["section"] == name],
        }
        for name, called in names.items()
    ]


def _paper(filed: Mapping[str, Any], visible: frozenset[str]) -> dict[str, Any]:
    kept = ("paper", "section", "title", "date", "time", "account")
    told = {name: filed[name] for name in kept}
    return told | {"items": [code for code in filed["items"] if code in visible]}


def _in_view(tools: Tools, conn: Connection, papers: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The codes that papers name, of records that the account sees."""
    codes = sorted({code for one in papers for code in one["items"]})
    return frozenset(catalogue.ids_of_codes(conn, codes, view_of(tools.subject)))
