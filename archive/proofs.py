"""Proof files: that an entry stands in a log, checkable offline (c2sp.org/tlog-proof).

Bytes in, values out. Not here: getting the hashes (`archive.ledger`), whose key is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.errors import NoteInvalid
from archive.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from archive.notes import (
    NOTE_BYTES,
    Checkpoint,
    Verifier,
    decode_base64,
    encode_base64,
    parse_checkpoint,
)

_HEAD = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry's place in a signed head. `extra` is not covered by anything: never trust it."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""


def format_proof(proof: Proof) -> str:
    """The proof as the text of a `.tlog-proof` file."""
    lines = [_HEAD]
    if proof.extra:
        lines.append(f"extra {encode_base64(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines += [encode_base64(value) for value in proof.hashes]
    return "\n".join(lines) + "\n\n" + proof.checkpoint


def parse_proof(text: str) -> Proof:
    """Read a proof file. Checks its form only; `verify_proof` checks what it says. Raises NoteInvalid."""
    if len(text) > NOTE_BYTES:
        raise NoteInvalid("the proof is longer than any proof")
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines[0] != _HEAD:
        raise NoteInvalid("not a log proof")
    rest = lines[1:]
    extra = b""
    if rest and rest[0].startswith("extra "):
        extra = decode_base64(rest.pop(0).removeprefix("extra "), "extra data")
    index = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", rest[0], re.ASCII) if rest else None
    if index is None:
        raise NoteInvalid("the proof does not say which entry it is for")
    hashes = tuple(decode_base64(line, "proof hash") for line in rest[1:])
    if len(hashes) > _MOST_HASHES or any(len(value) != HASH_BYTES for value in hashes):
        raise NoteInvalid("the proof's hashes are malformed")
    return Proof(int(index[1]), hashes, checkpoint, extra)


def verify_proof(proof: Proof, leaf: bytes, verifiers: Sequence[Verifier], origin: str = "") -> Checkpoint:
    """Check that the entry whose bytes are `leaf` stands in the log whose key is among `verifiers`.

    Returns the checkpoint it was proved against. Raises NoteInvalid or ProofInvalid.
    """
    checkpoint = parse_checkpoint(proof.checkpoint, verifiers, origin)
    verify_inclusion(proof.index, checkpoint.size, leaf_hash(leaf), proof.hashes, checkpoint.root)
    return checkpoint
