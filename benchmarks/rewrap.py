"""Rotating the key-encryption key: every keyring read, rewrapped and written durably to two sites.

`python -m benchmarks.rewrap SCRATCH [--keys 10000] [--keyrings 20] [--rounds 3]`. The whole rotation, as
`lantai keys rotate` does it, from the lock to the published entry; only the keyrings are made for it, with
keys of nothing. The target of issue 3 is 10,000 keys in under 10 s.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from ingest.identifiers import new_id
from lantai.home import make_home
from lantai.wiring import Archive, opened
from policies.suites import SUITES
from processes.custody.rotate import rotate

RULESET = "shandong-2016"


def fill(archive: Archive, keys: int, keyrings: int) -> None:
    """So many keys in so many keyrings, at every site."""
    for number in range(keyrings):
        keyring = archive.vault.new_keyring(new_id("b"))
        share = keys // keyrings + (number < keys % keyrings)
        for _ in range(share):
            keyring.new_key(new_id("o"))
        archive.vault.put_keyring(keyring)


def measured(home: Path) -> tuple[float, int]:
    """Seconds for one rotation in a home that is open, and how many keys it moved."""
    with opened(home) as archive:
        started = time.perf_counter()
        done = rotate(archive.tools())
        return time.perf_counter() - started, done.keys


def main() -> None:
    """Make a home a suite, fill it, rotate it so many times, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--keyrings", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    lines = ["| suite | keys | keyrings | s | keys/s |", "|---|--:|--:|--:|--:|"]
    for name, suite in SUITES.items():
        home = given.scratch / f"rewrap-{name}"
        shutil.rmtree(home, ignore_errors=True)
        make_home(home, RULESET, suite=suite)
        with opened(home) as archive:
            fill(archive, given.keys, given.keyrings)
        for _ in range(given.rounds):
            seconds, keys = measured(home)
            lines.append(f"| {name} | {keys:,} | {given.keyrings} | {seconds:.2f} | {keys / seconds:,.0f} |")
        shutil.rmtree(home)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
