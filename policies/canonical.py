"""Canonical JSON (RFC 8785) for what Lantai hashes, signs and seals. No floats: they have no one spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

_LIMIT = 2**53


def canonical(value: object) -> bytes:
    """The canonical bytes of dicts with ASCII string keys, lists, tuples, strings, ints, bools, None.

    Raises `TypeError` for anything else, `ValueError` for integers of 2**53 and more and for lone
    surrogates. ASCII keys make Python's order and RFC 8785's order by UTF-16 units one.
    """
    _check(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _check(value: object) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) >= _LIMIT:
            raise ValueError(f"{value} is too large for canonical JSON")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise TypeError(f"canonical JSON takes ASCII keys, not {key!r}")
            _check(inner)
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        for inner in value:
            _check(inner)
    else:
        raise TypeError(f"canonical JSON does not hold {type(value).__name__}")
