"""Hashing what people type: argon2id, at most two at once in a process.

The parameters are the second recommended ones of RFC 9106 (§4: 3 passes, 64 MiB, 4 lanes), above the least
that OWASP asks for. Whatever stands hashed with others is hashed anew when it is next seen. It takes some
tenths of a second of a processor: never inside a transaction, never on an event loop's own thread.

Not done here: which passwords are good (`policies.passwords`), how often somebody may try.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from processes.people.people_errors import SlowDown

PASSES, MEMORY_KIB, LANES = 3, 65_536, 4
AT_ONCE = 2
WAIT_SECONDS = 20
_TURN = threading.BoundedSemaphore(AT_ONCE)
_HASHER = PasswordHasher(PASSES, MEMORY_KIB, LANES, hash_len=32, salt_len=16, type=Type.ID)


def hashed(secret: bytes) -> str:
    """The hash of a secret, with its salt and parameters. Raises `SlowDown` where too many wait."""
    with _turn():
        return _HASHER.hash(secret)


def matches(stored: str, secret: bytes) -> bool:
    """Whether `secret` is what was hashed. Where nothing stands ("") the same work is done for nothing.

    Raises `SlowDown` where too many wait.
    """
    nobody = _nobody()  # also for those who are there: the first one pays for it, whoever that is
    known = stored or nobody
    with _turn():
        try:
            same = _HASHER.verify(known, secret)
        except (VerificationError, InvalidHashError):
            return False
    return same and bool(stored)


def outdated(stored: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return bool(stored) and _HASHER.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    """The hash of nothing that anybody knows, so that an account that is not there takes as long."""
    import secrets

    return hashed(secrets.token_bytes(32))


@contextmanager
def _turn() -> Iterator[None]:
    if not _TURN.acquire(timeout=WAIT_SECONDS):
        raise SlowDown(WAIT_SECONDS)
    try:
        yield
    finally:
        _TURN.release()
