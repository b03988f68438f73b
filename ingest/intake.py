"""Take in: each file is read once; digest, probe and sealing see the same bytes.

Up to `IN_MEMORY` bytes a file is read into a memfd that its probe process shares, and sealed from
there while the probe decodes beside it. A larger one is digested and sealed as a stream, and its
probe seeks in the sealed copy through decryption. Memory is flat either way. What a crash leaves
are sealed orphans and the intent that names them (see `intents.py`): a second run takes up there.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace

from ingest import intents
from ingest.batch import Member, Received, ReceivedRow, Taken, TakenFile, fails
from ingest.errors import FileRefused
from ingest.intents import Begun
from ingest.members import Opened, Reading
from ingest.source import Files
from ingest.tools import Tools
from policies.formats import ProbeFacts
from policies.suites import SM3
from storage.sealing import KEY_BYTES, Key, Sealer, context
from storage.spool import spooled_content
from storage.vault import object_name

IN_MEMORY = 64 * 1024 * 1024
PIECE = 1024 * 1024
NOTHING = ProbeFacts(puid="", format="", mime="", name="", values={}, problems=())


def inspect_only(received: Received, tools: Tools) -> Taken:
    """Every listed file read and inspected; nothing sealed, nothing written (a dry run)."""
    todo = [(member, "") for member, _ in _members(received).values()]
    files = {file.path: file for file in _each(received, tools, "", {}, todo)}
    return Taken(received, "", files)


def take_in(received: Received, begun: Begun, tools: Tools) -> Taken:
    """Every listed file read, inspected and, where its row can still be kept, sealed at the sites.

    On return everything sealed is durable, and so are the keys (before anything was sealed).
    """
    members = _members(received)
    files = _taken_over(begun, members, tools)
    left = [(member, keep) for path, (member, keep) in members.items() if path not in files]
    keys = intents.new_keys(begun, sum(keep for _, keep in left), tools)
    ids = iter(keys)
    todo = [(member, next(ids) if keep else "") for member, keep in left]
    group: list[TakenFile] = []
    for file in _each(received, tools, begun.batch, keys, todo):
        files[file.path] = file
        group.append(file)
        if intents.worth_noting(len(group), len(files)):
            intents.note(begun, group, {path: member for path, (member, _) in members.items()}, tools)
            group = []
    intents.note(begun, group, {path: member for path, (member, _) in members.items()}, tools)
    return Taken(received, begun.batch, files)


def _taken_over(
    begun: Begun, members: Mapping[str, tuple[Member, bool]], tools: Tools
) -> dict[str, TakenFile]:
    """The files that an interrupted run sealed, where enough sites still hold them whole."""
    same = [
        done.file
        for path, done in begun.done.items()
        if path in members and members[path][1] and done.identity == members[path][0].identity
    ]

    def whole(file: TakenFile) -> bool:
        name = object_name(begun.batch, file.object_id)
        holding = tools.vault.adopt(name, file.sealed_bytes, file.sealed_blake3)
        return len(holding) >= tools.vault.min_copies

    with ThreadPoolExecutor(tools.threads) as pool:
        kept = list(pool.map(whole, same))
    return {file.path: file for file, is_whole in zip(same, kept, strict=True) if is_whole}


def digests(received: Received) -> dict[str, str]:
    """SHA-256 of every listed file by path, nothing else done; "" for one that cannot be read."""
    found: dict[str, str] = {}
    with received.submission.source.opened() as files:
        for path, (member, _) in _members(received).items():
            try:
                found[path] = _digest(files, member)
            except FileRefused:
                found[path] = ""
    return found


def _digest(files: Files, member: Member) -> str:
    with closing(files.open(member.path)) as source:
        return _through(Reading(source, identity=member.identity)).digest()


def _through(reading: Reading) -> Reading:
    """The reading after its end; nothing is kept of what it read."""
    for _ in reading:
        pass
    return reading


def _members(received: Received) -> dict[str, tuple[Member, bool]]:
    """Each listed file once, and whether it is worth sealing: not where its row already goes back."""
    spoilt = fails(received.findings)
    lenient = received.submission.accept == "passing"
    whole = not any(row.refused or fails(row.findings) for row in received.rows)

    def kept(row: ReceivedRow) -> bool:
        return not spoilt and (whole or (lenient and not fails(row.findings)))

    return {member.path: (member, kept(row)) for row in received.rows for member in row.members}


def _each(
    received: Received, tools: Tools, batch: str, keys: Mapping[str, Key], todo: list[tuple[Member, str]]
) -> Iterator[TakenFile]:
    """Take every file with as many threads as the tools say; results in the list's order."""
    tools.progress.begin("take-in", len(todo), sum(member.bytes for member, _ in todo))
    with (
        received.submission.source.opened() as files,
        ThreadPoolExecutor(tools.threads) as beside,
        ThreadPoolExecutor(tools.threads) as pool,
    ):
        hand = _Hand(tools, files, batch, keys, beside)
        try:
            for file in pool.map(hand.take, todo):
                tools.progress.advance(1, file.bytes)
                yield file
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            tools.progress.end()


@dataclass(frozen=True, slots=True)
class _Hand:
    """What one file's way through the machine needs. `keys` are those of the objects to be sealed."""

    tools: Tools
    files: Files
    batch: str
    keys: Mapping[str, Key]
    beside: Executor

    def take(self, job: tuple[Member, str]) -> TakenFile:
        """One file read to its end; its own faults become findings, broken machinery raises."""
        member, object_id = job
        try:
            with closing(self.files.open(member.path)) as source:
                if member.bytes <= IN_MEMORY:
                    return self._small(member, source, object_id)
                return self._large(member, source, object_id)
        except FileRefused as fault:
            return TakenFile(member.path, 0, "", NOTHING, (fault.as_finding(member.listed),))

    def _small(self, member: Member, source: Opened, object_id: str) -> TakenFile:
        """Read into a memfd; probed and sealed from there, side by side."""
        memory = os.memfd_create("lantai", os.MFD_CLOEXEC)
        try:
            reading = self._reading(source, member)
            for piece in reading:
                _write(memory, piece)
            size, taken = reading.size, _read(member, reading)
            probing = self.beside.submit(self._probe, memory, member, size)
            try:
                if object_id:
                    taken = self._sealed(taken, member, object_id, _pieces(memory, size))
            finally:
                facts = probing.result()  # the memfd is the probe's until it has answered
            return replace(taken, facts=facts)
        finally:
            os.close(memory)

    def _large(self, member: Member, source: Opened, object_id: str) -> TakenFile:
        """Sealed while it is read, probed in its sealed copy; only read and probed where not to be sealed."""
        if not object_id:
            return self._beyond(member, source)
        reading = self._reading(source, member)
        taken = TakenFile(member.path, member.bytes, "", NOTHING)
        taken = self._sealed(taken, member, object_id, reading)
        taken = replace(taken, sha256=reading.digest(), sm3=reading.digest(SM3))
        vault = self.tools.vault
        bound = context(vault.archive_id, object_id, member.role)
        sealed = vault.descriptor(self.batch, object_id, self.tools.work)
        try:
            facts = self.tools.probes().probe_sealed(
                sealed,
                taken.bytes,
                taken.sealed_bytes,
                self.keys[object_id],
                bound,
                self.tools.rules.probes,
            )
        finally:
            os.close(sealed)
        return replace(taken, facts=facts)

    def _beyond(self, member: Member, source: Opened) -> TakenFile:
        """Not to be kept: read and probed where it lies, or in a sealed copy that goes with the probe."""
        if source.descriptor is not None:
            reading = _through(Reading(source, identity=member.identity))
            facts = self._probe(source.descriptor, member, reading.size)
            return TakenFile(member.path, reading.size, reading.digest(), facts)
        key, bound = Key(self.tools.vault.suite.cipher, secrets.token_bytes(KEY_BYTES)), b"spooled"
        reading = Reading(source, identity=member.identity)
        sealed, length = spooled_content(reading, Sealer(key, bound), self.tools.work)
        try:
            rules = self.tools.rules.probes
            facts = self.tools.probes().probe_sealed(sealed, reading.size, length, key, bound, rules)
        finally:
            os.close(sealed)
        return TakenFile(member.path, reading.size, reading.digest(), facts)

    def _reading(self, source: Opened, member: Member) -> Reading:
        return Reading(source, identity=member.identity, digests=self.tools.vault.suite.digests)

    def _probe(self, opened: int, member: Member, size: int) -> ProbeFacts:
        return self.tools.probes().probe(opened, member.path, size, self.tools.rules.probes)

    def _sealed(
        self, taken: TakenFile, member: Member, object_id: str, pieces: Iterable[memoryview]
    ) -> TakenFile:
        key = self.keys[object_id]
        sealed = self.tools.vault.seal(self.batch, object_id, key, member.role, taken.bytes, pieces)
        return replace(
            taken,
            object_id=object_id,
            sealed_bytes=sealed.sealed_bytes,
            sealed_blake3=sealed.sealed_blake3,
            cipher=key.cipher,
        )


def _read(member: Member, reading: Reading) -> TakenFile:
    """What is known of a file that was read to its end."""
    return TakenFile(member.path, reading.size, reading.digest(), NOTHING, sm3=reading.digest(SM3))


def _write(memory: int, piece: memoryview) -> None:
    while piece:
        piece = piece[os.write(memory, piece) :]


def _pieces(memory: int, size: int) -> Iterator[memoryview]:
    """The memfd's content in pieces; each valid until the next is asked for."""
    buffer = memoryview(bytearray(min(PIECE, size) or 1))
    at = 0
    while at < size:
        count = os.preadv(memory, [buffer], at)
        yield buffer[:count]
        at += count
