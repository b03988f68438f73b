"""People of tests: passwords given without hashing each anew, lines typed into standard input, codes by time.

`equip(home, "li", "wang")` gives accounts that are there the one `PASSWORD`; `typed(PASSWORD)` is what stands
in standard input for a command that is run in this process.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from archive.credentials import credential, put
from archive.database import Database
from lantai.wiring import opened
from processes.people.hashing import hashed

PASSWORD = "correct horse battery staple"


@cache
def _hash() -> str:
    return hashed(PASSWORD.encode())


def equip(home: Path, *accounts: str) -> None:
    """Give each of them `PASSWORD`, as if they had set it; whoever appoints does not take office by it."""
    with opened(home) as archive:
        give(archive.database, *accounts)


def give(database: Database, *accounts: str, totp: str = "") -> None:
    """The same in an open database; with the shared secret of a second factor."""
    with database.write() as tx:
        for name in accounts:
            put(tx, replace(credential(tx, name), password=_hash(), totp=totp, totp_step=0, changed="test"))


@contextmanager
def typed(*lines: str) -> Iterator[None]:
    """Standard input holds these lines meanwhile."""
    before = sys.stdin
    sys.stdin = io.StringIO("".join(f"{line}\n" for line in lines))
    try:
        yield
    finally:
        sys.stdin = before
