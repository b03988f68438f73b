"""One log proof of one entry: signature, inclusion, commitment, and what the entry then says.

Each refusal begins with what is wrong, in words that differ: `not a proof`, `not a checkpoint`,
`wrong key`, `another archive`, `altered`. Not here: what the entries of an item say together
(`processes.proving.verify_bundle`), files (`processes.proving.verify`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from archive.entries import Entry
from archive.errors import ArchiveError, NoteInvalid, ProofInvalid
from archive.events import Event, ItemDescribed, ItemRecoded, ItemRegistered
from archive.merkle import leaf_hash, verify_inclusion
from archive.notes import Checkpoint, Verifier, parse_checkpoint, unverified_checkpoint
from archive.proofs import disclosed, parse_proof

_LONGEST = 200

Believed = Callable[[str], Checkpoint]
"""The head in a signed note that may be believed; raises NoteInvalid that begins with what is wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked, and whether it holds."""

    file: str
    what: str
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Proved:
    """An entry that stands in the log under a signed head; `event` is None where it is not disclosed."""

    head: Checkpoint
    entry: Entry
    event: Event | None

    @property
    def place(self) -> str:
        """Where and when it was entered."""
        return f"entry {self.entry.index} of {self.head.size}, {self.entry.time}"

    def says(self) -> str:
        """What the entry says, in a few words."""
        event = self.event
        if isinstance(event, ItemRegistered):
            return shown(f"{event.content.code}, {event.content.fields.get('title', '')}")
        if isinstance(event, ItemDescribed):
            return f"{shown(event.field)}: {shown(event.old) or '—'} → {shown(event.new) or '—'}"
        if isinstance(event, ItemRecoded):
            return f"{shown(event.old)} → {shown(event.new)}"
        return shown(getattr(event, "reason", "") or self.entry.item or self.entry.batch)


def shown(text: object) -> str:
    """Text from outside, made short, with control and bidi characters to be seen and not obeyed."""
    whole = str(text)
    short = whole if len(whole) <= _LONGEST else f"{whole[:_LONGEST]}…"
    return "".join(c if c.isprintable() or c == "\u3000" else f"\\u{ord(c):04x}" for c in short)


def prove_entry(text: str, believed: Believed) -> Proved:
    """What the log proof `text` proves. Raises ArchiveError that begins with what is wrong."""
    try:
        proof = parse_proof(text)
        entry = disclosed(proof)
    except NoteInvalid as error:
        raise NoteInvalid(f"not a proof: {error}") from error
    head = believed(proof.checkpoint)
    try:
        verify_inclusion(proof.index, head.size, leaf_hash(entry.envelope), proof.hashes, head.root)
    except ProofInvalid as error:
        raise ProofInvalid(f"altered: entry {proof.index} does not stand so in the log: {error}") from error
    if entry.payload is None:
        return Proved(head, entry, None)
    if not entry.commitment_holds():
        raise ProofInvalid(f"altered: entry {proof.index}: the content is not what was committed to")
    return Proved(head, entry, _event(entry))


def signed_head(note: str, keys: Sequence[Verifier]) -> Checkpoint:
    """The head in a signed note of the keys' own log: each of `keys` signed it, and there is one at least.

    Raises NoteInvalid that begins with what is wrong.
    """
    heads = [_signed_by(note, key) for key in keys]
    if not heads:
        raise NoteInvalid("no key was given to check it with")
    return heads[0]


@lru_cache(maxsize=4)  # every entry of a proof file is proved against one head
def _signed_by(note: str, verifier: Verifier) -> Checkpoint:
    try:
        return parse_checkpoint(note, [verifier], verifier.name)
    except NoteInvalid as error:
        raise NoteInvalid(_why_not(note, verifier, error)) from error


def _why_not(note: str, verifier: Verifier, error: NoteInvalid) -> str:
    try:
        head = unverified_checkpoint(note)
    except NoteInvalid:
        return f"not a checkpoint: {error}"
    signers = list(_signers(note))
    if (verifier.name, verifier.key_id.hex()) in signers and not _signed(note, verifier):
        return f"altered: the head is not what {verifier.name} signed"
    if head.origin != verifier.name:
        return f"another archive: the head is of {shown(head.origin)}, the key of {verifier.name}"
    signed_by = ", ".join(f"{shown(name)} with key {key_id}" for name, key_id in signers)
    return f"wrong key: the head is signed by {signed_by}; the key given is {verifier.key_id.hex()}"


def _signed(note: str, verifier: Verifier) -> bool:
    try:
        parse_checkpoint(note, [verifier])
    except NoteInvalid:
        return False
    return True


def _signers(note: str) -> Iterator[tuple[str, str]]:
    """Name and key id of each signature of a well-formed note."""
    for line in note.rpartition("\n\n")[2].removesuffix("\n").split("\n"):
        name, _, signature = line.removeprefix("— ").rpartition(" ")
        yield name, base64.b64decode(signature)[:4].hex()


def _event(entry: Entry) -> Event:
    """What the entry says. The archive wrote it, but the archive is not trusted to write it well."""
    try:
        event = entry.event()
    except (ArchiveError, RecursionError) as error:
        raise ProofInvalid(f"entry {entry.index} cannot be read by this program: {shown(error)}") from error
    if not _well_typed(event) or (event.item_id, event.batch_id) != (entry.item, entry.batch):
        raise ProofInvalid(f"entry {entry.index} contradicts itself: content and envelope do not fit")
    return event


def _well_typed(event: Event) -> bool:
    parts: list[Any] = [event]
    if isinstance(event, ItemRegistered):
        if not isinstance(event.content.fields, Mapping):
            return False
        parts = [event.content, *event.content.components]
    return all(
        isinstance(getattr(part, field.name), str)
        for part in parts
        for field in fields(part)
        if field.type == "str"
    )
