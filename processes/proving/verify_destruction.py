"""Checking a certificate of destruction: who signed it, and that the tombstones say what it says.

Not here: writing one (`destroy_certificate`), files (`verify`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from archive.errors import ArchiveError, NoteInvalid
from archive.events import ItemDestroyed
from archive.proofs import read_json
from policies.canonical import canonical
from processes.proving.verify_bundle import Statement
from processes.proving.verify_entry import Check, Proved, prove_entry, shown
from processes.proving.verify_signers import Trust

FORMAT = "lantai-destruction/1"
_HEADING = "lantai destruction certificate"
_PARTS = {"format", "statement", "note"}


def certificate_text(origin: str, statement: Mapping[str, Any]) -> str:
    """What the archive signs: the text of the certificate's note."""
    digest = hashlib.sha256(canonical(statement)).hexdigest()
    return f"{_HEADING}\n{origin}\n{statement['destruction']}\nsha256:{digest}\n"


def read_certificate(name: str, text: str, trust: Trust) -> Statement:
    """What a certificate states, and whether it holds: signed by the archive, and each item proved."""
    try:
        document = _document(text)
        statement = document["statement"]
        said = trust.note(document["note"], int(statement["ledger_size"]))
        if said != certificate_text(statement["origin"], statement):
            raise NoteInvalid("altered: the statement is not the one that was signed")
        proved = [_proved(one, statement, trust) for one in statement["items"]]
        check = Check(name, "destruction", True, _says(statement))
    except ArchiveError as fault:
        return Statement(name, (Check(name, "destruction", False, str(fault)),))
    except (KeyError, TypeError, ValueError, AttributeError):
        return Statement(name, (Check(name, "destruction", False, "not a certificate: its parts are odd"),))
    checks = [Check(name, one.entry.type, True, f"{one.place}: {_stone(one)}") for one in proved]
    return Statement(name, (*checks, check), tuple({one.head for one in proved}), tuple(proved))


def _document(text: str) -> dict[str, Any]:
    try:
        document = read_json(text)
    except ValueError as error:
        raise NoteInvalid(f"not a certificate: damaged JSON: {shown(error)}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.keys() != _PARTS:
        raise NoteInvalid(f"not a certificate: it has format ({FORMAT}), statement and note, each once")
    if not document["statement"]["items"]:
        raise NoteInvalid("not a certificate: it names no item")
    return document


def _proved(told: Mapping[str, Any], statement: Mapping[str, Any], trust: Trust) -> Proved:
    """One item's tombstone, which must say what the certificate says of it."""
    proved = prove_entry(told["proof"], trust.head)
    event = proved.event
    if not isinstance(event, ItemDestroyed):
        raise NoteInvalid(f"altered: entry {proved.entry.index} is no tombstone")
    witnesses = statement.get("supervision", {}).get("supervisors", [])
    place = (proved.entry.index, proved.head.origin)
    said = (list(event.codes), event.item, *place, event.destruction, list(event.supervisors))
    where = (told["entry"], statement["origin"])
    stands = (told["codes"], told["item"], *where, statement["destruction"], witnesses)
    if said != stands:
        raise NoteInvalid(f"altered: the tombstone in entry {proved.entry.index} says something else")
    return proved


def _stone(proved: Proved) -> str:
    event = proved.event
    assert isinstance(event, ItemDestroyed)  # `_proved` saw to it
    return shown(f"{', '.join(event.codes)} destroyed: {event.reason}")


def _says(statement: Mapping[str, Any]) -> str:
    waits = len(statement["pending"])
    left = f"{waits} pending when it was written" if waits else "nothing pending when it was written"
    hand = sum(one["must"] == "destroy" for one in statement["by_hand"])
    by_hand = f", {hand} to be destroyed by hand" if hand else ""
    return f"{len(statement['items'])} items, {shown(statement['written'])}: {left}{by_hand}"
