"""Signed notes, their keys, and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint).

Bytes in, values out. Not here: the keys that sign for a log (`archive.signing`), where they are kept, which
checkpoint is signed when (`archive.ledger`), proof files (`archive.proofs`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from archive import sm2
from archive.errors import NoteInvalid
from archive.merkle import HASH_BYTES
from policies.suites import ED25519, SM2

NOTE_BYTES = 1 << 20
"""No note is longer; a reader need not look at more."""

_KINDS = {ED25519: (b"\x01", 32), SM2: (b"\xfflantai/sm2-with-sm3\n", sm2.PUBLIC_BYTES)}
"""By algorithm: what stands before a public key and tells which algorithm it is for, and how long it is. The
byte 0xff is for algorithms that the specification has none for, with a longer name after it."""

_DASH = "— "
_SIGNATURES = 64


class Signer(Protocol):
    """Something that signs notes; the key itself may be elsewhere. `parts` are the signers behind it, each of
    which signs with a line of its own: itself alone, or several.
    """

    @property
    def name(self) -> str:
        """The key's name; of a log, its origin."""

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`."""

    @property
    def parts(self) -> Sequence[Signer]:
        """Who signs, a line each."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that notes are checked with; written as `name+hash+base64`."""

    name: str
    public_key: bytes
    algorithm: str = ED25519

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, algorithm and public key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._marked).digest()[:4]

    @property
    def _marked(self) -> bytes:
        return _KINDS[self.algorithm][0] + self.public_key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(self._marked)}"

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether this key signed `message`."""
        if self.algorithm == SM2:
            return sm2.signature_holds(self.public_key, message, signature)
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Ed25519Signer:
    """A signer whose 32-byte seed is in memory."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(checked_name(name), self._key.public_key().public_bytes_raw())

    @property
    def name(self) -> str:
        """The key's name."""
        return self.verifier.name

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return self.verifier.key_id

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature over `message` (RFC 8032)."""
        return self._key.sign(message)

    @property
    def parts(self) -> tuple[Signer, ...]:
        """Itself."""
        return (self,)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's head: origin, number of leaves, root, and the whole signed note it was read from."""

    origin: str
    size: int
    root: bytes
    note: str


def parse_verifier(text: str) -> Verifier:
    """Read a verification key `name+hash+base64`. Raises NoteInvalid; Ed25519 and SM2 are known."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise NoteInvalid("a verification key is written name+hash+base64")
    key = decode_base64(parts[2], "verification key")
    algorithm, public = _unmarked(key)
    verifier = Verifier(checked_name(parts[0]), public, algorithm)
    if verifier.key_id.hex() != parts[1]:
        raise NoteInvalid("the verification key's hash does not fit: it was mistyped or altered")
    return verifier


def _unmarked(key: bytes) -> tuple[str, bytes]:
    """Algorithm and public key of what a verification key holds."""
    for algorithm, (mark, length) in _KINDS.items():
        if key.startswith(mark) and len(key) == len(mark) + length:
            return algorithm, key[len(mark) :]
    raise NoteInvalid("the verification key is neither an Ed25519 key nor an SM2 key of this program")


def sign_note(text: str, signers: Sequence[Signer]) -> str:
    """`text` (ending in a newline) with one signature line for each part of each signer. Raises NoteInvalid
    for other text.
    """
    _check_text(text)
    if not text.endswith("\n") or not signers:
        raise NoteInvalid("a note ends in a newline and has at least one signature")
    lines = [
        f"{_DASH}{checked_name(signer.name)} {encode_base64(signer.key_id + signer.sign(text.encode()))}\n"
        for several in signers
        for signer in several.parts
    ]
    return text + "\n" + "".join(lines)


def open_note(note: str, verifiers: Sequence[Verifier]) -> str:
    """The text of `note`, signed by at least one of `verifiers`.

    Signatures of unknown keys are passed over. Raises NoteInvalid when the note is malformed, when
    a signature of a known key is wrong, or when none of a known key is there (so always for no keys).
    """
    text, signatures = _split(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    good = 0
    for name, key_id, signature in signatures:
        verifier = known.get((name, key_id))
        if verifier is None:
            continue
        if not verifier.holds(text.encode(), signature):
            raise NoteInvalid(f"the signature of {name} is wrong")
        good += 1
    if not good:
        raise NoteInvalid("the note is not signed by a trusted key")
    return text


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The text of a checkpoint, to be signed. Raises NoteInvalid for an origin that cannot be a line."""
    if not origin or "\n" in origin or size < 0 or len(root) != HASH_BYTES:
        raise NoteInvalid("not a log head")
    return f"{origin}\n{size}\n{encode_base64(root)}\n"


def parse_checkpoint(note: str, verifiers: Sequence[Verifier], origin: str = "") -> Checkpoint:
    """The checkpoint in a signed note, of the log `origin` when that is given.

    Raises NoteInvalid when it is malformed, of another log, or not signed by one of `verifiers`.
    """
    return _checkpoint(open_note(note, verifiers), note, origin)


def unverified_checkpoint(note: str) -> Checkpoint:
    """What a checkpoint says, whoever signed it. For our own storage only. Raises NoteInvalid."""
    return _checkpoint(_split(note)[0], note, "")


def _checkpoint(text: str, note: str, origin: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or "" in lines[:-1] or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1], re.ASCII):
        raise NoteInvalid("not a checkpoint: origin, size and root are wanted, a line each")
    root = decode_base64(lines[2], "root hash")
    if len(root) != HASH_BYTES:
        raise NoteInvalid("the checkpoint's root hash is not 32 bytes long")
    if origin and lines[0] != origin:
        raise NoteInvalid(f"the checkpoint is of another log: {lines[0]}")
    return Checkpoint(lines[0], int(lines[1]), root, note)


def _split(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Text and signatures (name, key id, signature) of a note."""
    if len(note) > NOTE_BYTES:
        raise NoteInvalid("the note is longer than any note")
    _check_text(note)
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise NoteInvalid("not a signed note: a blank line and signatures are wanted")
    lines = tail[:-1].split("\n")
    if len(lines) > _SIGNATURES:
        raise NoteInvalid("the note has too many signatures")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, space, encoded = line.removeprefix(_DASH).rpartition(" ")
    if not line.startswith(_DASH) or not space:
        raise NoteInvalid("malformed signature line")
    value = decode_base64(encoded, "signature")
    if len(value) < 5:
        raise NoteInvalid("a signature is cut short")
    return checked_name(name), value[:4], value[4:]


def _check_text(text: str) -> None:
    if any((sign < " " and sign != "\n") or "\ud800" <= sign <= "\udfff" for sign in text):
        raise NoteInvalid("a note is UTF-8 without control characters")


def checked_name(name: str) -> str:
    """A key's name. Raises NoteInvalid for what cannot be one."""
    if not name or "+" in name or any(sign.isspace() for sign in name):
        raise NoteInvalid("a key's name is not empty and has neither spaces nor plus signs")
    return name


def encode_base64(value: bytes) -> str:
    """Standard base64 (RFC 4648 §4), as all of these formats want it."""
    return base64.b64encode(value).decode("ascii")


def decode_base64(text: str, what: str) -> bytes:
    """Strict base64: one writing for one value, so that nothing can be altered unseen.

    `what` names it in the NoteInvalid that is raised for anything else.
    """
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteInvalid(f"the {what} is not base64") from error
    if encode_base64(value) != text:
        raise NoteInvalid(f"the {what} is not canonical base64")
    return value
