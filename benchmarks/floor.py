"""The floor under an ingest: one read, SHA-256, sealing, two synced copies, and nothing else.

`python -m benchmarks.floor CORPUS SCRATCH [--probes]`. With `--probes` every file also goes through
the real probe processes, beside the sealing. No list, no rules, no codes, no ledger, no catalogue,
no index. It uses the rooms' own parts, so it is what those parts allow and not what the disk could
do at best.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.contenders import threads
from ingest.work import Limits, ProbePool
from policies.ruleset import builtin
from policies.ruleset_model import NO_PROBE
from policies.suites import COBBLESTONE_256
from storage.keys import KeyEncryptionKey
from storage.sealing import Key
from storage.site_local import LocalSite, prepare
from storage.vault import Vault

_PIECE = 1 << 20
_IN_MEMORY = 64 << 20
_GROUP = 64  # files made durable together, as the ingest does


class Floor:
    """The parts that one run works with."""

    def __init__(self, scratch: Path, probes: ProbePool | None) -> None:
        custody = KeyEncryptionKey.new()
        sites = []
        for name in ("site-a", "site-b"):
            prepare(scratch / name)
            sites.append(LocalSite(name, scratch / name))
        self.vault = Vault(sites, custody, "abench", 2)
        self.probes = probes
        self.formats = _formats() if probes else {}

    def take(self, path: Path, object_id: str) -> None:
        """One file: read once into memory where it fits, digest, seal, and probe beside it."""
        size = path.stat().st_size
        with path.open("rb", buffering=0) as file:
            if self.probes is None or size > _IN_MEMORY:
                self._seal(object_id, size, _read(file.fileno(), hashlib.sha256()))
                return
            memory = os.memfd_create("floor", os.MFD_CLOEXEC)
            try:
                digest = hashlib.sha256()
                for piece in _read(file.fileno(), digest):
                    os.write(memory, piece)
                with ThreadPoolExecutor(1) as beside:
                    facts = beside.submit(self.probes.probe, memory, path.name, size, self.formats)
                    self._seal(object_id, size, _read_at(memory, size))
                    facts.result()
            finally:
                os.close(memory)

    def _seal(self, object_id: str, size: int, pieces: Iterator[bytes]) -> None:
        self.vault.seal("bfloor", object_id, Key(COBBLESTONE_256, os.urandom(32)), "main", size, pieces)


def _formats() -> dict[str, str]:
    """PRONOM identifiers with the probes of the rule set that the ingest works by."""
    rules = builtin("shandong-2016").formats.values()
    return {puid: rule.probe for rule in rules if rule.probe != NO_PROBE for puid in rule.puids}


def _read(fd: int, digest: hashlib._Hash) -> Iterator[bytes]:
    while piece := os.read(fd, _PIECE):
        digest.update(piece)
        yield piece


def _read_at(fd: int, size: int) -> Iterator[bytes]:
    for offset in range(0, size, _PIECE):
        yield os.pread(fd, _PIECE, offset)


def run_floor(corpus: Path, scratch: Path, with_probes: bool) -> None:
    """Take every file of the corpus, `threads()` at once, durable in groups."""
    files = sorted(path for path in corpus.rglob("*") if path.is_file() and path.name != "manifest.csv")
    probes = ProbePool(threads() - 2, Limits()) if with_probes else None
    if probes:
        probes.start()
    floor = Floor(scratch, probes)
    try:
        with ThreadPoolExecutor(threads()) as pool:
            for start in range(0, len(files), _GROUP):
                part = range(start, min(start + _GROUP, len(files)))
                list(pool.map(lambda n: floor.take(files[n], f"o{n}"), part))
                floor.vault.settle()
    finally:
        if probes:
            probes.close()


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--probes", action="store_true")
    chosen = parser.parse_args()
    run_floor(chosen.corpus, chosen.scratch, chosen.probes)


if __name__ == "__main__":
    main()
