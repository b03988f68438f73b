"""Who signed for a log one after the other, and up to which size each is to be believed.

Values in, values out. Not here: several keys that sign together (`archive.signing`), changing keys
(`processes.custody`), following a change that only a proof shows (`processes.proving.verify_signers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.errors import NoteInvalid
from archive.events import SigningKeyChanged
from archive.notes import Checkpoint, Verifier, open_note, parse_checkpoint
from archive.signing import parse_verifiers


@dataclass(frozen=True, slots=True)
class Trusted:
    """Keys that signed together, all of which must hold; `below` is the size from which on they are not
    believed, None where they are.
    """

    verifiers: tuple[Verifier, ...]
    below: int | None = None

    def head(self, note: str, origin: str) -> Checkpoint:
        """The checkpoint that these keys signed. Raises NoteInvalid, also where it is not to be believed."""
        found = [parse_checkpoint(note, [verifier], origin) for verifier in self.verifiers]
        if not found:
            raise NoteInvalid("no key is trusted")
        if self.below is not None and found[0].size >= self.below:
            raise NoteInvalid(
                f"wrong key: it is not trusted for heads of {self.below} entries or more, "
                f"and this one has {found[0].size}"
            )
        return found[0]


def attestation(origin: str, old: str, new: str, *, compromised: bool, untrusted_from: int) -> str:
    """What old and new key sign together when one takes the place of the other: the text of a note."""
    why = "compromised" if compromised else "retired"
    return f"lantai signing-key change\n{origin}\n{why} {untrusted_from}\n{old}becomes\n{new}"


def attested(change: SigningKeyChanged, by: Iterable[Verifier], origin: str) -> bool:
    """Whether all of `by` signed that this change is so."""
    said = attestation(
        origin,
        change.old,
        change.new,
        compromised=change.compromised,
        untrusted_from=change.untrusted_from,
    )
    try:
        return all(open_note(change.attested, [key]) == said for key in by)
    except NoteInvalid:
        return False


def former(changes: Iterable[SigningKeyChanged]) -> tuple[Trusted, ...]:
    """The keys that the log's own entries say were given up, oldest first. Raises NoteInvalid."""
    return tuple(Trusted(parse_verifiers(change.old), change.untrusted_from) for change in changes)


def believed(note: str, trusted: Sequence[Trusted], origin: str) -> Checkpoint:
    """The checkpoint, by the first of `trusted` that it can be by. Raises NoteInvalid: what the last says."""
    fault = NoteInvalid("no key is trusted")
    for one in trusted:
        try:
            return one.head(note, origin)
        except NoteInvalid as refused:
            fault = refused
    raise fault
