"""Reading a carrier again: every file against the carrier's own lists, and those against the ledger.

What the lists say counts because the ledger holds their digests. Where a list is itself damaged, a file
that the ledger knows by its content is still told from one that is damaged.
Not done here: finding the carrier's number, entering the result (`carriers_kept`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from blake3 import blake3

from ingest.tools import Progress, Silent
from processes.auditing.holdings import Draw
from processes.packages.carrier_papers import NOTE
from processes.packages.packing import MANIFEST, PAYLOAD, TAG_MANIFEST, listed_in
from processes.packages.reading import Medium

_LONGEST_LINE, _BESIDE = 4096, 64
"""More than any line of a list has, and more files than stand beside the payload."""

Vouch = Callable[[str, str, str], bool]
"""Whether the ledger knows the content of a file, by path, SHA-256 and BLAKE3."""


@dataclass
class Reading:
    """What was read, and what is not as it should be, by path."""

    percent: float = 100.0
    files: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How many files are not as they should be."""
        return len(self.damaged) + len(self.missing) + len(self.strange)

    @property
    def outcome(self) -> str:
        """`whole`, `damaged`, or `unreadable` where nothing could be read: that is no pass."""
        if not self.files:
            return "unreadable"
        return "damaged" if self.faults else "whole"

    def as_json(self) -> dict[str, object]:
        """The reading as `carriers check --json` tells it."""
        return {
            "outcome": self.outcome,
            "percent": self.percent,
            "files": self.files,
            "bytes": self.bytes,
            "damaged": self.damaged,
            "missing": self.missing,
            "strange": self.strange,
        }


def read_carrier(
    medium: Medium,
    lists: Mapping[str, str],
    vouch: Vouch,
    percent: float = 100.0,
    payload_files: int = 0,
    progress: Progress | None = None,
) -> Reading:
    """Read a carrier: all files beside the payload, and a share of the payload.

    `lists` are the registered SHA-256 of the two manifests and the signed list; `payload_files` is how many
    there must be. Raises OSError only where not even the names can be read.
    """
    return _Check(medium, lists, vouch, Reading(percent), progress or Silent()).run(payload_files)


@dataclass
class _Check:
    medium: Medium
    lists: Mapping[str, str]
    vouch: Vouch
    reading: Reading
    progress: Progress
    whole_lists: bool = True
    endless: set[str] = field(default_factory=set)

    def run(self, payload_files: int) -> Reading:
        found = dict(self.medium.files())
        self.reading.strange += self.medium.strange()
        most = _LONGEST_LINE * (payload_files + _BESIDE)
        for name, digest in self.lists.items():
            self._look_at_list(name, digest, found, most)
        listed = dict(self._listed())
        orphans = {path for path in found if path not in listed and path not in self.lists}
        absent = sorted(path for path in listed if path not in found)
        known = self._vouched(sorted(orphans)) if not self.whole_lists else {}
        self.reading.strange += sorted(orphans - known.keys())
        self.reading.missing += [path for path in absent if listed[path] not in known.values()]
        self._read(listed, found)
        there = sum(path.startswith(PAYLOAD) and path not in self.reading.strange for path in found)
        unnamed = payload_files - there - sum(path.startswith(PAYLOAD) for path in self.reading.missing)
        if unnamed > 0:
            self.reading.missing.append(f"{PAYLOAD}… ({unnamed})")
        return self.reading

    def _look_at_list(self, name: str, digest: str, found: Mapping[str, int], most: int) -> None:
        if name not in found:
            self.reading.missing.append(name)
        elif found[name] > most:  # no list of ours: it is not read at all
            self.endless.add(name)
            self.reading.damaged.append(name)
        elif self._digests(name)[0] != digest:
            self.reading.damaged.append(name)
        else:
            return
        self.whole_lists = self.whole_lists and name == NOTE

    def _listed(self) -> Iterator[tuple[str, str]]:
        """Path and digest of every file that a list names, but for the lists themselves."""
        for name in (MANIFEST, TAG_MANIFEST):
            if name in self.endless:
                continue
            try:
                lines = b"".join(self.medium.pieces(name)).splitlines()
            except OSError:
                continue  # it is named among the damaged or missing already
            yield from ((path, digest) for path, digest in listed_in(lines) if path not in self.lists)

    def _vouched(self, paths: list[str]) -> dict[str, str]:
        """Files that no list names, now that the lists are damaged, but that the ledger knows."""
        known = {}
        for path in paths:
            sha256, other = self._digests(path)
            if sha256 and self.vouch(path, sha256, other):
                known[path] = sha256
        return known

    def _read(self, listed: Mapping[str, str], found: Mapping[str, int]) -> None:
        payload = [path for path in sorted(listed) if path in found and path.startswith(PAYLOAD)]
        beside = [path for path in sorted(listed) if path in found and not path.startswith(PAYLOAD)]
        drawn = Draw(len(payload), self.reading.percent)
        chosen = [*beside, *(path for path in payload if drawn())]
        self.progress.begin("carrier-check", len(chosen), sum(found[path] for path in chosen))
        for path in chosen:
            sha256, other = self._digests(path)
            if sha256 != listed[path] and not (not self.whole_lists and self.vouch(path, sha256, other)):
                self.reading.damaged.append(path)
            self.progress.advance(1, found[path])
        self.progress.end()

    def _digests(self, path: str) -> tuple[str, str]:
        """SHA-256 and, where a list is damaged, BLAKE3 of a file; "" where it cannot be read to its end."""
        digest, other = hashlib.sha256(), blake3()
        try:
            for piece in self.medium.pieces(path):
                digest.update(piece)
                self.reading.bytes += len(piece)
                if not self.whole_lists:
                    other.update(piece)
        except OSError:
            return "", ""
        self.reading.files += 1
        return digest.hexdigest(), other.hexdigest()
