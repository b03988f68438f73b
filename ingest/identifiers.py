"""Opaque identifiers. They say nothing about what they name, so they may stand in public."""

from __future__ import annotations

import base64
import secrets

_RANDOM_BYTES = 15


def new_id(prefix: str) -> str:
    """A new identifier such as `i` + 24 of `[a-z2-7]` (120 random bits)."""
    return prefix + base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode("ascii").lower()
