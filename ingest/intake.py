"""Take in: each file is read once; digest, probe and sealing see the same bytes.

Up to `IN_MEMORY` bytes a file is read into a memfd that its probe process shares, and sealed from
there while the probe decodes beside it. A larger one is digested and sealed as a stream, and its
probe seeks in the sealed copy through decryption. Memory is flat either way. What a crash leaves
are sealed orphans and the intent that names them (see `intents.py`): a second run takes up there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from ingest import intents
from ingest.batch import Member, Received, ReceivedRow, Taken, TakenFile, Tools, fails
from ingest.identifiers import new_id
from ingest.receive import FileChanged, FileUnreadable, open_member, read_once
from ingest.work import ProbePool
from policies.findings import finding
from policies.formats import ProbeFacts
from storage.keyring import Keyring

IN_MEMORY = 64 * 1024 * 1024
PIECE = 1024 * 1024
GROUP = 64
"""So many files are made durable and noted together; a crash repeats at most so much work."""


def take_in(received: Received, tools: Tools) -> Taken:
    """Every listed file read, inspected and, where its row can still be kept, sealed at the sites."""
    members = _members(received)
    if received.submission.dry_run:
        intent = intents.Intent(batch="")
        wanted: dict[str, bool] = {path: False for path in members}
    else:
        intent = intents.begin(received, tools)
        wanted = {path: keep for path, (_, keep) in members.items()}
    files = {path: file for path, file in intent.done.items() if path in members and wanted[path]}
    todo = [(member, wanted[path]) for path, (member, _) in members.items() if path not in files]
    keyring = intents.keys_for(intent, sum(keep for _, keep in todo), tools)
    folder = os.open(received.submission.folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        files |= _run(_Hand(tools, tools.probes(), folder, intent.batch, keyring), todo, intent)
    finally:
        os.close(folder)
    return Taken(received, intent.batch, files)


def _members(received: Received) -> dict[str, tuple[Member, bool]]:
    """Each listed file once, and whether it is worth sealing: not where its row already goes back."""
    whole = not any(fails(row.findings) for row in received.rows) and not fails(received.findings)
    lenient = received.submission.accept == "passing" and not fails(received.findings)

    def kept(row: ReceivedRow) -> bool:
        return whole or (lenient and not fails(row.findings))

    return {member.path: (member, kept(row)) for row in received.rows for member in row.members}


@dataclass(frozen=True, slots=True)
class _Hand:
    """What one file's way through the machine needs."""

    tools: Tools
    probes: ProbePool
    folder: int
    batch: str
    keyring: Keyring

    def take(self, member: Member, object_id: str) -> TakenFile:
        """One file read to its end; its own faults become findings, broken machinery raises."""
        try:
            source = open_member(self.folder, member.path)
        except FileUnreadable as fault:
            return _unread(member, fault)
        try:
            whole = self._small if member.bytes <= IN_MEMORY else self._large
            return whole(member, source, object_id)
        except (FileChanged, FileUnreadable) as fault:
            return _unread(member, fault)
        finally:
            os.close(source)

    def _small(self, member: Member, source: int, object_id: str) -> TakenFile:
        memory = os.memfd_create("lantai", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            size, digest = read_once(source, lambda piece: _write_all(memory, piece), identity=member.identity)
            waiting = self._probe_beside(memory, member, size)
            taken = TakenFile(member.path, size, digest, _NOTHING)
            try:
                if object_id:
                    taken = self._seal(taken, member, object_id, _pieces(memory, size))
            finally:
                facts = waiting.result()
            return replace(taken, facts=facts)
        finally:
            os.close(memory)

    def _probe_beside(self, memory: int, member: Member, size: int) -> Future[ProbeFacts]:
        return self.probes.submit(memory, member.path, size, self.tools.rules.probes)
