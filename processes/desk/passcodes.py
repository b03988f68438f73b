"""Passcodes of grants (调阅口令): made at random, shown once, known again by their hash.

Fifty random bits are not guessed in five tries; the slow hash is for whoever reads a copy of the database.
Not here: counting tries (`processes.desk.retrievals`), how hashing is done (`processes.people.hashing`).
"""

from __future__ import annotations

import secrets
import unicodedata

from processes.people import hashing

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty-two signs that nobody takes for one another (Crockford's)."""

_LONGEST = 100
_GROUPS, _GROUP = 2, 5
_MISREAD = str.maketrans("OIL", "011", " -–—")


def new_passcode() -> str:
    """A passcode such as `7K3QF-M0ZXA`."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def digest_of(passcode: str) -> str:
    """How it is known again. Slow: never within a transaction. Raises `SlowDown`."""
    return hashing.hashed(_bare(passcode))


def fits(digest: str, passcode: str) -> bool:
    """Whether it is this passcode: case, blanks and dashes left out, O read as 0, I and L as 1. The digest ""
    is nobody's, and takes as long. Raises `SlowDown`.
    """
    return hashing.matches(digest, _bare(passcode))


def _bare(passcode: str) -> bytes:
    """The signs that count; a text that no passcode can be becomes one that none is."""
    narrow = unicodedata.normalize("NFKC", passcode[:_LONGEST]).upper()
    return narrow.translate(_MISREAD).encode("utf-8", "replace")
