"""Checking proofs offline: with the files and the archive's key alone, no home, no network.

Takes proof files as `prove` writes them, single C2SP log proofs, checkpoints, and any other file as
content: that must be, byte for byte, a component of an item that one of the proofs shows. What a
proof shows and what not: docs/proofs.md.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.digests import digests_of
from archive.errors import NoteInvalid
from archive.notes import NOTE_BYTES, Verifier, unverified_checkpoint
from archive.proofs import PROOF_BYTES
from archive.signing import parse_verifiers
from policies.suites import SM3
from processes.proving.verify_bundle import Statement, read_bundle, read_checkpoint, read_single, signers_in
from processes.proving.verify_destruction import read_certificate
from processes.proving.verify_entry import Check, shown
from processes.proving.verify_signers import Trust, follow

__all__ = ["Check", "Digested", "Given", "Verification", "verify"]

_CERTIFICATE_MARK = '"lantai-destruction/'
_BUNDLE_MARK = '"lantai-proof/'
_SINGLE_MARK = "c2sp.org/tlog-proof@"
_NOTE_MARK = "\n\n— "
_START = 64
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Given:
    """A file that was sent and stands nowhere; it is read as one on disk is."""

    name: str
    data: bytes

    def open(self, _mode: str = "rb") -> io.BytesIO:
        """Read it from its start."""
        return io.BytesIO(self.data)

    def read_bytes(self) -> bytes:
        """All of it."""
        return self.data


@dataclass(frozen=True, slots=True)
class Digested:
    """Content that stayed where it is: its digests in hex, as whoever has it computed them. It is content and
    nothing else; `sm3` is "" where it was not computed.
    """

    name: str
    sha256: str
    sm3: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks, and the keys that every head had to be signed with. Nothing checked is not a pass."""

    checks: tuple[Check, ...]
    keys: tuple[Verifier, ...]

    @property
    def ok(self) -> bool:
        """Whether there was something to check and all of it holds."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, object]:
        """The document that `verify --json` prints."""
        checks = [{"file": c.file, "what": c.what, "ok": c.ok, "text": c.text} for c in self.checks]
        keys = [{"algorithm": k.algorithm, "name": k.name, "id": k.key_id.hex()} for k in self.keys]
        return {"ok": self.ok, "keys": keys, "checks": checks}


@dataclass(frozen=True, slots=True)
class _Paper:
    """A file: its digest, and what it states where it has the form of a proof or checkpoint."""

    path: Path | Given | Digested
    name: str
    sha256: str
    statement: Statement | None


def verify(files: Sequence[Path | Given | Digested], key_file: Path | Given) -> Verification:
    """Check `files` with the verification keys in `key_file`, each of which must hold wherever something is
    signed. Raises `OSError`, `NoteInvalid` (the keys).

    A file whose digest a sound proof names is content, also where it looks like a proof.
    """
    keys = _keys(key_file)
    trust = follow(keys, [(shown(file.name), text) for file in files for text in _changes(file)])
    papers = [_paper(file, trust) for file in files]
    stated = [paper.statement for paper in papers if paper.statement]
    checks: list[Check] = []
    contents: list[_Paper] = []
    for paper in papers:
        known = any(paper.sha256 in one.contents for one in stated if one.ok)
        if paper.statement and (paper.statement.ok or not known):
            checks += paper.statement.checks
        if known or not paper.statement:
            contents.append(paper)
    checks += [_content(paper, stated) for paper in contents]
    return Verification((*checks, *trust.checks, *_histories(stated)), keys)


def _keys(file: Path | Given) -> tuple[Verifier, ...]:
    try:
        return parse_verifiers(file.read_bytes().decode("ascii"))
    except UnicodeDecodeError as error:
        raise NoteInvalid(f"{file.name} is not a verification key") from error


def _changes(file: Path | Given | Digested) -> list[str]:
    """The log proofs in a file that may show that the signing key changed."""
    if isinstance(file, Digested):
        return []
    with file.open("rb") as stream:
        start = stream.read(_START).lstrip()
        if not start.startswith((b"{", _SINGLE_MARK.encode())):
            return []
        stream.seek(0)
        data = stream.read(PROOF_BYTES + 1)
    text = data.decode("utf-8", "replace")
    if len(data) > PROOF_BYTES:
        return []
    return [text] if text.startswith(_SINGLE_MARK) else signers_in(text) if '"signers"' in text else []


def _paper(file: Path | Given | Digested, trust: Trust) -> _Paper:
    """Read a file once: whole where it can be a proof or checkpoint by its start and size."""
    name = shown(file.name)
    if isinstance(file, Digested):
        return _Paper(file, name, file.sha256, None)
    with file.open("rb") as stream:
        data = stream.read(_START)
        marked = data.lstrip().startswith((b"{", _SINGLE_MARK.encode()))
        most = PROOF_BYTES if marked else NOTE_BYTES
        data += stream.read(most + 1 - len(data))
        digest = hashlib.sha256(data)
        if len(data) > most:
            while part := stream.read(_CHUNK):
                digest.update(part)
            return _Paper(file, name, digest.hexdigest(), None)
    return _Paper(file, name, digest.hexdigest(), _statement(name, data, trust))


def _statement(name: str, data: bytes, trust: Trust) -> Statement | None:
    """What the file states; None where it has no form that states anything."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    believed = trust.head
    if text.lstrip().startswith("{"):
        if _CERTIFICATE_MARK in text[:_START]:
            return read_certificate(name, text, trust)
        return read_bundle(name, text, believed) if _BUNDLE_MARK in text else None
    if text.startswith(_SINGLE_MARK):
        return read_single(name, text, believed)
    return read_checkpoint(name, text, believed) if _is_checkpoint(text) else None


def _is_checkpoint(text: str) -> bool:
    """Whether the text has the whole form of a checkpoint, whoever signed it."""
    try:
        return _NOTE_MARK in text and bool(unverified_checkpoint(text))
    except NoteInvalid:
        return False


def _content(paper: _Paper, stated: Sequence[Statement]) -> Check:
    """Whether a file is a component of an item that a sound proof shows, and of which."""
    naming = [one for one in stated if paper.sha256 in one.contents]
    sound = [one.contents[paper.sha256] for one in naming if one.ok]
    if sound:
        wanted = {one.sm3 for one in sound if one.sm3}
        found = _sm3(paper.path) if wanted else ""
        said = "; and ".join(one.text for one in sound)
        if wanted and not found:
            text = f"its SM3 was not given, and without it nothing is shown of {said}"
            return Check(paper.name, "content", False, text)
        if wanted - {found}:
            return Check(paper.name, "content", False, f"altered: its SM3 {found} is not that of {said}")
        return Check(paper.name, "content", True, f"is {said}")
    if naming:
        where = f"named by {naming[0].file}, which does not hold"
        return Check(paper.name, "content", False, f"SHA-256 {paper.sha256} is {where}")
    said = f"is neither a proof nor a checkpoint, and no proof here speaks of SHA-256 {paper.sha256}"
    return Check(paper.name, "content", False, said)


def _sm3(path: Path | Given | Digested) -> str:
    """Read the file again: only what was registered in the commercial suite has an SM3 to compare with."""
    if isinstance(path, Digested):
        return path.sm3
    with path.open("rb") as stream:
        return digests_of(iter(lambda: stream.read(_CHUNK), b""), (SM3,))[SM3]


def _histories(stated: Sequence[Statement]) -> Iterator[Check]:
    """Whether all heads and entries can be of one log, and what is not shown about that."""
    roots: dict[int, tuple[bytes, str]] = {}
    leaves: dict[int, tuple[bytes, str]] = {}
    for one in stated:
        for head in one.heads:
            root, file = roots.setdefault(head.size, (head.root, one.file))
            if root != head.root:
                yield _forked(one.file, file, f"different roots at {head.size} entries")
        for proved in one.proved:
            index, leaf = proved.entry.index, proved.entry.envelope
            former, file = leaves.setdefault(index, (leaf, one.file))
            if former != leaf:
                yield _forked(one.file, file, f"different entries at {index}")
    if len(roots) > 1:
        sizes = ", ".join(str(size) for size in sorted(roots))
        said = f"signed heads of {sizes} entries: each holds by itself; that a later one continues an earlier"
        text = f"{said} is not shown here, only a consistency proof could link them"
        yield Check(roots[max(roots)][1], "history", True, text)


def _forked(file: str, other: str, what: str) -> Check:
    text = f"two histories of one log: {what} than in {other}, both signed by the archive's key"
    return Check(file, "history", False, text)
