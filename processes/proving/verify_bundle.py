"""What the proved entries of one item say together: the rules by which a proof file holds as a whole.

A bundle speaks of one item, with its registration, under the code that follows from its entries, and
each entry continues the one before. Not here: single proofs (`processes.proving.verify_entry`), content and
several files together (`processes.proving.verify`). What nobody can see from a bundle is whether it is
complete; the words say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from archive.errors import ArchiveError, NoteInvalid, ProofInvalid
from archive.events import Event, ItemDescribed, ItemDestroyed, ItemRecoded, ItemRegistered
from archive.notes import Checkpoint
from archive.proofs import read_json
from processes.proving.verify_entry import Believed, Check, Proved, prove_entry, shown

FORMAT = "lantai-proof/1"
_PARTS = {"format", "code", "proofs"}
_MAY = {"signers"}
_LEAST = 200
"""So many characters at least are a proof: its head alone has as many. Strangers have files verified, and
each proof that does not hold is told.
"""
_INCOMPLETE = "that these are all its entries is not shown: ask the archive for a proof at a newer checkpoint"
_SINGLE = "a single entry: what happened to the item before and after it is not shown"


@dataclass(frozen=True, slots=True)
class Registered:
    """A content that was registered: the component in words, and its SM3 in hex, "" where it has none."""

    text: str
    sm3: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What one proof or checkpoint says: its checks, heads and entries, and the contents it speaks of."""

    file: str
    checks: tuple[Check, ...]
    heads: tuple[Checkpoint, ...] = ()
    proved: tuple[Proved, ...] = ()
    contents: Mapping[str, Registered] = field(default_factory=dict)
    """By SHA-256, in hex."""

    @property
    def ok(self) -> bool:
        """Whether all of it holds."""
        return bool(self.checks) and all(check.ok for check in self.checks)


def read_checkpoint(name: str, text: str, believed: Believed) -> Statement:
    """A checkpoint by itself."""
    try:
        head = believed(text)
    except NoteInvalid as fault:
        return _failed(name, "checkpoint", fault)
    said = f"signed head of {shown(head.origin)}: {head.size} entries"
    return Statement(name, (Check(name, "checkpoint", True, said),), (head,))


def read_single(name: str, text: str, believed: Believed) -> Statement:
    """One log proof by itself: it proves its entry, and nothing of the item's other entries."""
    try:
        proved = prove_entry(text, believed)
    except ArchiveError as fault:
        return _failed(name, "proof", fault)
    check = _entry_check(name, proved, None)
    if check.ok:
        check = Check(name, check.what, True, f"{check.text}; {_SINGLE}")
    return Statement(name, (check,), (proved.head,), (proved,), _contents([proved]))


def read_bundle(name: str, text: str, believed: Believed) -> Statement:
    """A proof file of one item."""
    try:
        code, texts, _signers = _document(text)
    except NoteInvalid as fault:
        return _failed(name, "proof", fault)
    results = [_attempt(proof, believed) for proof in texts]
    proved = tuple(result for result in results if isinstance(result, Proved))
    gone = _tombstone(proved)
    checks = [
        _entry_check(name, result, gone)
        if isinstance(result, Proved)
        else Check(name, "proof", False, f"proof {number} of {len(texts)}: {result}")
        for number, result in enumerate(results, 1)
    ]
    if all(check.ok for check in checks):
        checks.append(_item_check(name, code, proved, gone))
    else:
        bad = sum(not check.ok for check in checks)
        checks.append(
            Check(name, "item", False, f"{bad} of {len(texts)} proofs do not hold: nothing is shown")
        )
    heads = tuple(dict.fromkeys(one.head for one in proved))
    return Statement(name, tuple(checks), heads, proved, _contents(proved))


def code_of(events: Iterable[Event]) -> str:
    """The code that an item has after its `events`: its registration, then recodings in order.

    Raises ProofInvalid where the first is no registration, or one does not continue those before: a
    correction names the value that it found, so one left out between two of a field is seen.
    """
    ordered = list(events)
    first = ordered[0] if ordered else None
    if not isinstance(first, ItemRegistered):
        raise ProofInvalid("the registration of the item is missing")
    code = first.content.code
    values: dict[str, Any] = {**first.content.fields, "access": first.content.access}
    for event in ordered[1:]:
        if isinstance(event, ItemRegistered):
            raise ProofInvalid("the item is registered twice")
        if isinstance(event, ItemRecoded):
            _need_same("code", event.old, code)
            code = event.new
        elif isinstance(event, ItemDescribed):
            _need_same(event.field, event.old, values.get(event.field, ""))
            values[event.field] = event.new
    return code


def _need_same(what: str, found: str, stands: object) -> None:
    if found != stands:
        raise ProofInvalid(
            f"an entry is missing: {shown(what)} is {shown(stands)!r} so far, and the next correction "
            f"found {shown(found)!r}"
        )


def signers_in(text: str) -> list[str]:
    """The log proofs of changed signing keys that a proof file holds beside those of its item."""
    try:
        return _document(text)[2]
    except NoteInvalid:
        return []  # reading it as a proof says so


def _document(text: str) -> tuple[str, list[str], list[str]]:
    """Code, proofs and signers of a proof file. Raises NoteInvalid."""
    try:
        document = read_json(text)
    except ValueError as error:
        raise NoteInvalid(f"not a proof: damaged JSON: {shown(error)}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NoteInvalid(f"not a proof: a proof file says that it is {FORMAT}")
    if document.keys() - _MAY != _PARTS:
        odd = shown(", ".join(sorted(map(repr, (document.keys() - _MAY) ^ _PARTS))))
        raise NoteInvalid(f"not a proof: a proof file has format, code and proofs, each once; see {odd}")
    code, proofs, signers = document["code"], document["proofs"], document.get("signers", [])
    if not isinstance(code, str) or not isinstance(proofs, list) or not isinstance(signers, list):
        raise NoteInvalid("not a proof: code and proofs are of another kind")
    if not proofs or not all(isinstance(proof, str) for proof in (*proofs, *signers)):
        raise NoteInvalid("not a proof: there are no proofs in it")
    if len(proofs) + len(signers) > 1 + len(text) // _LEAST:
        raise NoteInvalid("not a proof: what stands in it is too short to be proofs")
    return code, proofs, signers


def _attempt(text: str, believed: Believed) -> Proved | str:
    try:
        return prove_entry(text, believed)
    except ArchiveError as fault:
        return str(fault)


def _tombstone(proved: Iterable[Proved]) -> Proved | None:
    return next((one for one in proved if isinstance(one.event, ItemDestroyed)), None)


def _entry_check(name: str, proved: Proved, gone: Proved | None) -> Check:
    kind = shown(proved.entry.type)
    if proved.event is not None:
        return Check(name, kind, True, f"{proved.place}: {proved.says()}")
    if gone and gone.entry.item == proved.entry.item and proved.entry.index < gone.entry.index:
        said = f"its content was destroyed, as entry {gone.entry.index} records"
        return Check(name, kind, True, f"{proved.place}: {said}")
    return Check(name, kind, False, f"{proved.place}: not disclosed: the file does not say what was entered")


def _item_check(name: str, code: str, proved: Sequence[Proved], gone: Proved | None) -> Check:
    try:
        _need_one_history(proved)
        _need_code(code, proved, gone)
    except ProofInvalid as fault:
        return Check(name, "item", False, str(fault))
    item, size = proved[0].entry.item, proved[0].head.size
    entries = ", ".join(str(one.entry.index) for one in proved)
    states = {"item.withdrawn": "withdrawn", "item.destroyed": "destroyed"}
    state = "".join(f", {states[one.entry.type]}" for one in proved if one.entry.type in states)
    said = (
        f"{shown(code)} is item {item}{state}: entries {shown(entries)} of a ledger of {size}; {_INCOMPLETE}"
    )
    return Check(name, "item", True, said)


def _need_one_history(proved: Sequence[Proved]) -> None:
    """Entries of one item, in order, under one head, from its registration on."""
    first = proved[0]
    for one in proved:
        if not one.entry.item or one.entry.item != first.entry.item:
            raise ProofInvalid(
                f"entries of more than one item: {one.entry.index} is not of item {first.entry.item or '—'}"
            )
        if (one.head.size, one.head.root) != (first.head.size, first.head.root):
            raise ProofInvalid("the proofs are against different heads; one proof file has one")
    if any(later.entry.index <= former.entry.index for former, later in pairwise(proved)):
        raise ProofInvalid("the entries are not in order, or one stands twice")
    registrations = [one.entry.index for one in proved if one.entry.type == ItemRegistered.type]
    if registrations != [first.entry.index]:
        raise ProofInvalid("the registration of the item is missing, or is not the one first entry")


def _need_code(code: str, proved: Sequence[Proved], gone: Proved | None) -> None:
    """The file's code is the one that follows; of a destroyed item, one that its tombstone names."""
    events = [one.event for one in proved if one.event is not None]
    if len(events) == len(proved):
        follows = code_of(events)
        if code != follows:
            raise ProofInvalid(
                f"the file says {shown(code)!r}; by its entries the code is {shown(follows)!r}"
            )
    elif gone is None or not isinstance(gone.event, ItemDestroyed) or code not in gone.event.codes:
        raise ProofInvalid(f"the file says {shown(code)!r}, which its entries do not show")


def _contents(proved: Iterable[Proved]) -> dict[str, Registered]:
    return dict(_components(proved))


def _components(proved: Iterable[Proved]) -> Iterator[tuple[str, Registered]]:
    for one in proved:
        if isinstance(one.event, ItemRegistered):
            item = one.event.content
            for part in item.components:
                said = f"{shown(part.file)} ({shown(part.role)}) of item {item.id}, registered as "
                yield part.sha256, Registered(f"{said}{shown(item.code)} by {one.place}", part.sm3)


def _failed(name: str, what: str, fault: ArchiveError) -> Statement:
    return Statement(name, (Check(name, what, False, str(fault)),))
