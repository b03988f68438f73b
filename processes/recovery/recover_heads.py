"""Which heads of the ledger are known, which of them is to be had back, and what shows that none is newer.

A site can be rolled back as a whole and be consistent in itself. So every head that can be asked for is held
against the one that is chosen: the sites', a checkpoint kept elsewhere, an old database's. Values in, values
out, but for reading a site's checkpoint. Not done here: reading the tree (`recover_tree`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from archive.errors import NoteInvalid, ProofInvalid
from archive.merkle import verify_consistency
from archive.notes import Checkpoint, Ed25519Signer, Verifier, parse_checkpoint, unverified_checkpoint
from ingest.publish import CHECKPOINT
from storage.errors import ObjectError, ObjectMissing, SiteError
from storage.site import Site

FILE, DATABASE = "checkpoint", "database"
"""Where heads are known from beside the sites. No site has such a name here (see `Found.kind`)."""

LEAST_SITES = 2
"""Fewer heads than these show nothing of one another."""


class State(StrEnum):
    """What a head is to the chosen one."""

    SAME = "same"
    OLDER = "older"  # the chosen one continues it
    NEWER = "newer"  # and its entries are nowhere whole
    FORK = "fork"  # signed, and neither continues the other
    GIVEN_UP = "given-up"  # of a former log, beyond where this one was reopened
    FOREIGN = "foreign"  # not signed by a key of this archive
    NONE = "none"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Log:
    """The archive's logs: the first has the origin `base`, those that were reopened `base/2` and so on; all
    are signed with the keys whose 32-byte public halves these are.
    """

    base: str
    keys: tuple[bytes, ...]

    @classmethod
    def of(cls, origin: str, archive: str, seeds: Iterable[bytes]) -> Log:
        """The logs of `archive` that the one named `origin` belongs to."""
        usual = re.fullmatch(rf"(lantai/{re.escape(archive)})(/[0-9]+)?", origin)
        base = usual[1] if usual else re.sub(r"/[1-9][0-9]{0,8}\Z", "", origin)
        return cls(base, tuple(Ed25519Signer(base, seed).verifier.public_key for seed in seeds))

    def generation(self, origin: str) -> int:
        """1 for the first log, n for the n-th, 0 for a log that is none of ours."""
        if origin == self.base:
            return 1
        found = re.fullmatch(re.escape(self.base) + r"/([1-9][0-9]{0,8})", origin)
        return int(found[1]) if found and found[1] != "1" else 0

    def origin(self, generation: int) -> str:
        """The origin of the n-th log."""
        return self.base if generation == 1 else f"{self.base}/{generation}"

    def read(self, source: str, kind: str, note: str) -> Found:
        """What a note is to us. Never fails: a note that is not ours is found as that."""
        try:
            claim = unverified_checkpoint(note)
        except NoteInvalid as fault:
            return Found(source, kind, None, State.FOREIGN, str(fault))
        if not self.generation(claim.origin):
            return Found(source, kind, None, State.FOREIGN, f"of another log: {claim.origin}")
        try:
            verifiers = [Verifier(claim.origin, key) for key in self.keys]
            return Found(source, kind, parse_checkpoint(note, verifiers, claim.origin))
        except NoteInvalid as fault:
            return Found(source, kind, None, State.FOREIGN, str(fault), claim)


@dataclass(frozen=True, slots=True)
class Found:
    """A head of `source` (a site's name, or `kind`), or why there is none.

    `claim` is a head of ours by its name that no key at hand signed: a former key may have.
    """

    source: str
    kind: str
    head: Checkpoint | None
    state: State = State.NONE
    reason: str = ""
    claim: Checkpoint | None = None

    def as_json(self) -> dict[str, object]:
        """As `rebuild --json` tells it."""
        head = self.head
        told = {"size": head.size, "origin": head.origin, "root": head.root.hex()} if head else {}
        return {"source": self.source, "kind": self.kind, "state": str(self.state), **told} | (
            {"reason": self.reason} if self.reason else {}
        )


SITE = "site"


def head_of(site: Site, log: Log) -> Found:
    """The head that a site has."""
    try:
        note = site.read(CHECKPOINT).decode("utf-8")
    except ObjectMissing:
        return Found(site.name, SITE, None, State.NONE, "it holds no checkpoint")
    except (ObjectError, UnicodeDecodeError) as fault:
        return Found(site.name, SITE, None, State.FOREIGN, f"its checkpoint cannot be read: {fault}")
    except SiteError as fault:
        return Found(site.name, SITE, None, State.AWAY, fault.reason)
    return log.read(site.name, SITE, note)


def newest_first(found: Iterable[Found], log: Log) -> list[Checkpoint]:
    """Every head that is ours, the newest first, each once; of two of one size the first found."""
    heads: dict[tuple[int, int, bytes], Checkpoint] = {}
    for one in found:
        if one.head is not None and one.head.size > 0:
            heads.setdefault((-log.generation(one.head.origin), -one.head.size, one.head.root), one.head)
    order = {key: place for place, key in enumerate(heads)}
    return [heads[key] for key in sorted(heads, key=lambda key: (key[:2], order[key]))]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The head to be had back, and consistency proofs from the tree behind it."""

    head: Checkpoint
    proof: Callable[[int, int], tuple[bytes, ...]]


def judge(found: Iterable[Found], chosen: Chosen, log: Log) -> tuple[Found, ...]:
    """Every head, with what it is to the chosen one.

    One that no key at hand signed is taken for what it says only where the chosen tree says the same: nobody
    can make another tree with that root.
    """
    return tuple(_judged(one, chosen, log) for one in found)


def _judged(one: Found, chosen: Chosen, log: Log) -> Found:
    if one.head is not None:
        return Found(one.source, one.kind, one.head, _state(one.head, chosen, log))
    if one.claim is not None and 0 < one.claim.size <= chosen.head.size and _continued(one.claim, chosen):
        return Found(one.source, one.kind, one.claim, State.OLDER)
    return one


def _state(head: Checkpoint, chosen: Chosen, log: Log) -> State:
    mine, its = log.generation(chosen.head.origin), log.generation(head.origin)
    if head.size > chosen.head.size:
        return State.GIVEN_UP if its < mine else State.NEWER
    if not _continued(head, chosen):
        return State.GIVEN_UP if its < mine else State.FORK
    return State.SAME if (its, head.size) == (mine, chosen.head.size) else State.OLDER


def _continued(head: Checkpoint, chosen: Chosen) -> bool:
    if head.size == 0:
        return True
    try:
        proof = chosen.proof(head.size, chosen.head.size)
        verify_consistency(head.size, chosen.head.size, head.root, chosen.head.root, proof)
    except ProofInvalid:
        return False
    return True


class Verdict(StrEnum):
    """What is known of the chosen head."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    ROLLED_BACK = "rolled-back"
    SPLIT = "split"
    INCOMPLETE = "incomplete"


def verdict(judged: Iterable[Found], configured: Sequence[str]) -> tuple[Verdict, str]:
    """What the heads say of the chosen one, and which of them shows it: "checkpoint", "sites" or "".

    `configured` are the sites whose heads together would show that none is newer; fewer than two show
    nothing. A checkpoint from elsewhere shows that nothing which it covers was taken back.
    """
    every = list(judged)
    states = {one.source: one.state for one in every if one.kind == SITE}
    if any(one.state is State.FORK for one in every):
        return Verdict.SPLIT, ""
    newer = [one for one in every if one.state is State.NEWER]
    if any(one.kind != SITE for one in newer):
        return Verdict.ROLLED_BACK, ""
    if newer:
        return Verdict.UNPROVEN, ""
    if any(one.kind == FILE and one.state in (State.SAME, State.OLDER) for one in every):
        return Verdict.PROVEN, "checkpoint"
    whole = all(states.get(name) in (State.SAME, State.OLDER) for name in configured)
    if whole and len(configured) >= LEAST_SITES:
        return Verdict.PROVEN, "sites"
    return Verdict.UNPROVEN, ""
