"""Small files that hold keys: canonical JSON with a kind, a version and a sum that finds damage.

    {"lantai":"keyring/1", …, "sum":"sha256:<hex of the canonical JSON without sum>"}

The sum finds accidents, not attackers: whoever can write the file can write the sum. Bytes are in base64.
Not done here: secrecy, where a record stands.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping

from policies.canonical import canonical


def dump(kind: str, fields: Mapping[str, object]) -> bytes:
    """The record `fields` of kind `kind`, such as `keyring/1`, and a line feed."""
    record = {**fields, "lantai": kind}
    return canonical({**record, "sum": _sum(record)}) + b"\n"


def load(kind: str, data: bytes) -> dict[str, object]:
    """The fields of a record. Raises ValueError when it is damaged or of another kind or version."""
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(record, dict) or record.get("lantai") != kind:
        raise ValueError(f"not of the kind {kind}")
    try:
        sound = record.pop("sum", None) == _sum(record)
    except (TypeError, RecursionError):
        sound = False  # holds what no record of ours holds, such as a number with a fraction
    if not sound:
        raise ValueError("its sum does not hold")
    return {name: value for name, value in record.items() if name != "lantai"}


def to_text(value: bytes) -> str:
    """Base64 in one line."""
    return base64.b64encode(value).decode("ascii")


def from_text(value: object) -> bytes:
    """The bytes of strict base64. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("not base64")
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None


def _sum(record: Mapping[str, object]) -> str:
    return "sha256:" + hashlib.sha256(canonical(record)).hexdigest()
