"""Canonical JSON (RFC 8785) for what Lantai hashes, signs and seals. No floats: they have no one spelling."""

from __future__ import annotations

import json

_LIMIT = 2**53
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_PLAIN = {str, bool, type(None)}


def canonical(value: object) -> bytes:
    """The canonical bytes of dicts with ASCII string keys, lists, tuples, strings, ints, bools, None.

    Raises `TypeError` for anything else (subclasses too), `ValueError` for integers of 2**53 and more
    and for lone surrogates. ASCII keys make Python's order and RFC 8785's by UTF-16 units one.
    """
    _check(value)
    return _ENCODER.encode(value).encode("utf-8")


def _check(value: object) -> None:
    """Exact types, asked for in the order in which they are met: this runs under the ledger's lock."""
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is dict:
        for key, inner in value.items():  # type: ignore[attr-defined]
            if type(key) is not str or not key.isascii():
                raise TypeError(f"canonical JSON takes ASCII keys, not {key!r}")
            if type(inner) not in _PLAIN:
                _check(inner)
    elif kind is list or kind is tuple:
        for inner in value:  # type: ignore[attr-defined]
            _check(inner)
    elif kind is not int:
        raise TypeError(f"canonical JSON does not hold {kind.__name__}")
    elif abs(value) >= _LIMIT:  # type: ignore[arg-type]
        raise ValueError(f"{value} is too large for canonical JSON")
