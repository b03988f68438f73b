"""Following changes of the signing key: which keys a stranger may believe who holds one of them.

A change is believed where the old key signed that the new one follows it, and where the entry that says so
stands in the log under a head by the new one. From the new key the way leads back to the old one too, up to
the size at which it was given up. Over a compromised key no way leads forward: whoever has it can sign
anything, and the new key must come to the reader in another way. A key has one successor: from one that is
known to be given up no other way leads on, or the thief of a former one could lead its later readers away.

Not done here: reading files (`processes.proving`), the entries themselves (`processes.proving.verify_entry`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from archive.errors import ArchiveError, NoteInvalid
from archive.events import SigningKeyChanged
from archive.notes import Checkpoint, Verifier, open_note
from archive.proofs import disclosed, parse_proof
from archive.signers import Trusted, attested
from archive.signing import parse_verifiers
from processes.proving.verify_entry import Check, prove_entry, shown, signed_head

WHAT = SigningKeyChanged.type


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys that may be believed, those that were given first, and what was found on the way to them."""

    trusted: tuple[Trusted, ...]
    checks: tuple[Check, ...] = ()

    def head(self, note: str) -> Checkpoint:
        """The head in a signed note, by any of the keys up to its end. Raises NoteInvalid that begins with
        what is wrong with it.
        """
        given, *others = self.trusted
        try:
            return _head(note, given)
        except NoteInvalid as refused:
            fault = refused
        for other in others:
            try:
                return _head(note, other)
            except NoteInvalid as refused:
                fault = refused if "is not trusted for" in str(refused) else fault
        raise fault

    def note(self, note: str, size: int) -> str:
        """The text of a signed note that was written at a ledger of `size` entries, by any of the keys up to
        its end. Raises NoteInvalid.
        """
        for one in self.trusted:
            with suppress(NoteInvalid):
                texts = {open_note(note, [key]) for key in one.verifiers}
                if len(texts) == 1 and (one.below is None or size < one.below):
                    return texts.pop()
        raise NoteInvalid("wrong key: it is not signed by the archive's key, or was altered")


def _head(note: str, trusted: Trusted) -> Checkpoint:
    found = signed_head(note, trusted.verifiers)
    return found if trusted.below is None else trusted.head(note, found.origin)


def follow(keys: Sequence[Verifier], proofs: Iterable[tuple[str, str]]) -> Trust:
    """What `keys` lead to over the changes that `proofs` (file and log proof) show. A change that nothing
    leads to, or that the old key did not sign, adds nothing; proofs of other entries are passed over. Of two
    changes of one key the one that says it was compromised counts.
    """
    kinds = {key.algorithm for key in keys}
    changes = [found for file, text in dict.fromkeys(proofs) if (found := _change(file, text, kinds))]
    changes.sort(key=lambda one: not one.event.compromised)
    known: dict[frozenset[Verifier], int | None] = {frozenset(keys): None}
    used: list[_Change] = []
    while step := next((one for one in changes if one.new in known or known.get(one.old, 0) is None), None):
        changes.remove(step)
        used.append(step)
        forward = known.get(step.old, 0) is None
        before = known.get(step.old)
        known[step.old] = step.ends if before is None else min(before, step.ends)
        if not (forward and step.event.compromised):
            known.setdefault(step.new, None)
    order = sorted(known, key=lambda one: one != frozenset(keys))
    trust = Trust(tuple(Trusted(tuple(sorted(one, key=str)), known[one]) for one in order))
    return Trust(trust.trusted, tuple(_said(one, trust, known) for one in used))


@dataclass(frozen=True, slots=True)
class _Change:
    """A change that both keys signed, of the keys that count here."""

    file: str
    text: str
    event: SigningKeyChanged
    old: frozenset[Verifier]
    new: frozenset[Verifier]

    @property
    def ends(self) -> int:
        """The size from which on the old one is not believed."""
        return self.event.untrusted_from


def _change(file: str, text: str, kinds: set[str]) -> _Change | None:
    """The change that a log proof shows, signed by both; None where it shows none."""
    event = peek(text)
    if event is None:
        return None
    try:
        old, new = parse_verifiers(event.old), parse_verifiers(event.new)
    except ArchiveError:
        return None
    if {key.name for key in (*old, *new)} != {old[0].name} or not attested(event, (*old, *new), old[0].name):
        return None
    chosen = [frozenset(key for key in keys if key.algorithm in kinds) for keys in (old, new)]
    return _Change(file, text, event, *chosen) if all(chosen) else None


def _said(change: _Change, trust: Trust, known: Mapping[frozenset[Verifier], int | None]) -> Check:
    """What a change means here: which key follows or went before, or why no way leads on."""
    why = shown(change.event.reason) or "no reason given"
    if change.new not in known:
        said = f"the key given was compromised ({why}): the one after it must come to you in another way"
        return Check(change.file, WHAT, False, said)
    try:
        proved = prove_entry(change.text, trust.head)
    except ArchiveError as fault:
        return Check(change.file, WHAT, False, str(fault))
    names = [" ".join(sorted(key.key_id.hex() for key in keys)) for keys in (change.old, change.new)]
    said = f"{proved.place}: key {names[1]} signs in the place of {names[0]} ({why}), and both attest it; "
    return Check(change.file, WHAT, True, f"{said}the former is believed for less than {change.ends} entries")


def peek(text: str) -> SigningKeyChanged | None:
    """The change that a log proof discloses, with nothing verified but that it is what was committed to."""
    try:
        entry = disclosed(parse_proof(text))
        event = entry.event() if entry.type == WHAT and entry.commitment_holds() else None
    except (ArchiveError, RecursionError):
        return None
    return event if isinstance(event, SigningKeyChanged) else None
