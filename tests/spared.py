"""What tests spare themselves: work that is done the same however much of it there is.

A password is hashed with the least parameters (those of the program are tried in `test_processes_sign_in`,
on the hasher that it takes at its import), and a home that is opened starts one probe process, as on a
machine with one processor (several at once are tried on the pool itself, in `tests/unit/ingest`). Whoever
starts the program from nothing has all of it.
"""

from __future__ import annotations

import argon2


def spare() -> None:
    """For this process and what is forked from it."""
    from lantai import wiring
    from processes.people import hashing

    hashing._HASHER = argon2.PasswordHasher(1, 64, 1)
    hashing._nobody.cache_clear()
    wiring._processors = lambda: 1
