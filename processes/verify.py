"""Checking proofs offline: with the files and the archive's key alone, no home, no network.

Takes proof files as `prove` writes them, single C2SP log proofs, checkpoints, and any other file as
content: that must be, byte for byte, a component that one of the proofs speaks of.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.errors import ArchiveError
from archive.notes import Verifier, parse_checkpoint, parse_verifier
from archive.proofs import parse_proof, verify_proof

FORMAT = "lantai-proof/1"
_PROOF_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked, and whether it holds."""

    file: str
    what: str
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks. Nothing checked is not a pass."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether there was something to check and all of it holds."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, object]:
        """The document that `verify --json` prints."""
        checks = [{"file": c.file, "what": c.what, "ok": c.ok, "text": c.text} for c in self.checks]
        return {"ok": self.ok, "checks": checks}


def verify(files: Sequence[Path], key_file: Path) -> Verification:
    """Check `files` with the verification key in `key_file`. Raises `OSError`, `NoteInvalid` (the key)."""
    verifier = parse_verifier(key_file.read_text("utf-8").strip())
    checks: list[Check] = []
    digests: dict[str, str] = {}
    contents: list[Path] = []
    for file in files:
        text = _text(file)
        if text is None:
            contents.append(file)
            continue
        for check, proved in _proofs(file.name, text, verifier):
            checks.append(check)
            digests |= proved
    checks += [_content(file, digests) for file in contents]
    return Verification(tuple(checks))


def _text(file: Path) -> str | None:
    """The file as text where it is a proof or a checkpoint; None where it is content."""
    if file.stat().st_size > _PROOF_BYTES:
        return None
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError:
        return None
    known = text.startswith(("c2sp.org/tlog-proof@", "{")) and ("tlog-proof@" in text)
    return text if known or "\n\n— " in text else None


def _proofs(name: str, text: str, verifier: Verifier) -> Iterator[tuple[Check, dict[str, str]]]:
    if "tlog-proof@" not in text:
        yield _head(name, text, verifier), {}
        return
    for proof in _texts(text):
        try:
            yield _one(name, proof, verifier)
        except (ArchiveError, ValueError, KeyError, TypeError, binascii.Error) as fault:
            yield Check(name, "proof", False, f"the proof does not hold: {fault}"), {}


def _head(name: str, text: str, verifier: Verifier) -> Check:
    try:
        head = parse_checkpoint(text, [verifier])
    except ArchiveError as fault:
        return Check(name, "checkpoint", False, f"the checkpoint does not hold: {fault}")
    return Check(name, "checkpoint", True, f"signed head of {head.origin}: {head.size} entries")


def _texts(text: str) -> list[str]:
    if not text.startswith("{"):
        return [text]
    try:
        document = json.loads(text)
        proofs = document["proofs"] if document["format"] == FORMAT else []
        return [str(proof) for proof in proofs] or [""]
    except (ValueError, KeyError, TypeError):
        return [""]


def _one(name: str, text: str, verifier: Verifier) -> tuple[Check, dict[str, str]]:
    """One log proof: signature, inclusion, commitment; and the digests its payload speaks of."""
    proof = parse_proof(text)
    disclosed = {k: base64.b64decode(v, validate=True) for k, v in json.loads(proof.extra).items()}
    head = verify_proof(proof, disclosed["envelope"], [verifier])
    envelope = json.loads(disclosed["envelope"])
    kind = envelope["type"]
    if not disclosed["payload"]:
        return Check(name, kind, True, f"entry {proof.index} of {head.size}; its content was destroyed"), {}
    wanted = "hmac-sha256:" + hmac.new(disclosed["salt"], disclosed["payload"], hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, envelope["commitment"]):
        return Check(name, kind, False, f"entry {proof.index}: the content is not what was committed to"), {}
    payload = json.loads(disclosed["payload"])
    digests = {part["sha256"]: part["file"] for part in payload.get("components", [])}
    subject = payload.get("code") or envelope.get("item") or envelope.get("batch") or ""
    return Check(
        name, kind, True, f"entry {proof.index} of {head.size}, {envelope['time']}: {subject}"
    ), digests


def _content(file: Path, digests: dict[str, str]) -> Check:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest in digests:
        return Check(file.name, "content", True, f"is the registered {digests[digest]}")
    return Check(file.name, "content", False, f"no proof here speaks of SHA-256 {digest}")
