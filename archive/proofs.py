"""Proof files: that an entry stands in a log, checkable offline (c2sp.org/tlog-proof).

Bytes in, values out. Not here: getting the hashes (`archive.ledger`), whose key is trusted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archive.entries import Entry, read_envelope
from archive.errors import NoteInvalid
from archive.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from archive.notes import Checkpoint, Verifier, decode_base64, encode_base64, parse_checkpoint
from policies.canonical import canonical

PROOF_BYTES = 256 << 20
"""No proof file is longer: what is longer is neither written nor read. Metadata of 1 MiB takes 1.8 MiB."""

HEAD = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 63
_DISCLOSED = ("envelope", "salt", "payload")


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry's place in a signed head. `extra` is not covered by anything: never trust it."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""


def format_proof(proof: Proof) -> str:
    """The proof as the text of a `.tlog-proof` file. Raises NoteInvalid where no reader would take it."""
    lines = [HEAD]
    if proof.extra:
        lines.append(f"extra {encode_base64(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines += [encode_base64(value) for value in proof.hashes]
    return _bounded("\n".join(lines) + "\n\n" + proof.checkpoint)


def parse_proof(text: str) -> Proof:
    """Read a proof file. Checks its form only; `verify_proof` checks what it says. Raises NoteInvalid."""
    head, gap, checkpoint = _bounded(text).partition("\n\n")
    lines = head.split("\n")
    if not gap or lines[0] != HEAD:
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


def disclosure(entry: Entry) -> bytes:
    """Extra data that discloses an entry: envelope, salt and payload, "" for what was destroyed."""
    values = (entry.envelope, entry.salt or b"", entry.payload or b"")
    return canonical({name: encode_base64(value) for name, value in zip(_DISCLOSED, values, strict=True)})


def disclosed(proof: Proof) -> Entry:
    """The entry that a proof's extra data discloses. Nothing is verified yet, neither leaf nor commitment.

    Raises NoteInvalid for anything but envelope, salt and payload, each once: what is not covered
    must not be room for claims that nobody checks.
    """
    try:
        content = read_json(proof.extra)
        envelope, salt, payload = (decode_base64(content[name], name) for name in _DISCLOSED)
        said = read_envelope(envelope)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoteInvalid("the extra data does not disclose an entry") from error
    if len(content) != len(_DISCLOSED):
        raise NoteInvalid("the extra data holds more than an entry")
    words = [said.get(name, "") for name in ("time", "type", "batch", "item", "commitment")]
    version = said.get("event")
    if said.get("v") != 1 or type(version) is not int or not all(map(_is_word, words)):
        raise NoteInvalid("the entry's envelope is of no form that this program knows")
    time, kind, batch, item, _ = words
    return Entry(proof.index, time, kind, version, batch, item, envelope, salt or None, payload or None)


def read_json(data: bytes | str) -> Any:
    """JSON whose keys stand once each: of two, one reader would see the first and another the second.

    Raises ValueError for anything else, also for what is nested too deeply to be read.
    """
    try:
        return json.loads(data, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice")
    return table


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _bounded(text: str) -> str:
    if len(text) > PROOF_BYTES:
        raise NoteInvalid("the proof is longer than any proof")
    return text
