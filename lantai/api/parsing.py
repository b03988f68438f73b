"""What a request may look like at all: its headers, its query, its JSON. Stricter than the frameworks below.

Two readers of one request must never read two things out of it: names that stand twice, numbers beyond what
every reader keeps exactly, text that is none and nesting without end are refused with their place. Not here:
what a route asks for (its own model, which forbids unknown names: `Asked`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from pydantic import BaseModel, ConfigDict

from lantai.api.faults import BadRequest, HeadersTooLarge, Malformed, WrongType
from lantai.api.matching import Place

MOST_HEADER_BYTES = 16 * 1024
MOST_HEADERS = 64
MOST_BODY_BYTES = 1024 * 1024
MOST_QUERY_BYTES = 8 * 1024
MOST_DEPTH = 32
MOST_DIGITS = 400
EXACT = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly (RFC 8259, 6)."""

ONCE = frozenset(
    {
        b"authorization", b"content-length", b"content-type", b"cookie", b"host", b"idempotency-key",
        b"lantai-proof", b"origin", b"range", b"sec-fetch-site", b"transfer-encoding", b"upload-complete",
        b"upload-offset", b"x-csrf-token",
    }
)  # fmt: skip
"""Headers of which a second one would leave open which of them counts."""

Headers = Iterable[tuple[bytes, bytes]]


class Asked(BaseModel):
    """What the model of a route's JSON body is made of: names that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def need_headers(headers: Headers) -> dict[bytes, bytes]:
    """The headers by their name in small letters. Raises `HeadersTooLarge`, `BadRequest`."""
    found: dict[bytes, bytes] = {}
    count = size = 0
    for name, value in headers:
        count += 1
        size += len(name) + len(value)
        if name in found and name in ONCE:
            raise BadRequest(f"the header {name.decode('ascii', 'replace')} stands there twice")
        found[name] = value
    if count > MOST_HEADERS or size > MOST_HEADER_BYTES:
        raise HeadersTooLarge(f"more than {MOST_HEADERS} headers or {MOST_HEADER_BYTES} bytes of them")
    return found


def need_query(place: Place, query: bytes) -> None:
    """Only parameters that the route knows, those for one value once, all text. Raises `Malformed`."""
    if not query:
        return
    if len(query) > MOST_QUERY_BYTES:
        raise Malformed([("query", f"longer than {MOST_QUERY_BYTES} bytes")])
    seen: set[str] = set()
    for pair in query.split(b"&"):
        if not pair:
            continue
        name, _, value = pair.partition(b"=")
        told = _plain(name, "query")
        _plain(value, f"query.{told}")
        if told not in place.single and told not in place.many:
            raise Malformed([(f"query.{told}", "this route does not know it")])
        if told in seen and told in place.single:
            raise Malformed([(f"query.{told}", "it stands there twice")])
        seen.add(told)


def need_json(content_type: bytes, body: bytes) -> Any:
    """A JSON body. Raises `WrongType`, `Malformed`."""
    kind, _, more = content_type.decode("latin-1").lower().partition(";")
    if kind.strip() != "application/json" or more.strip().replace('"', "") not in ("", "charset=utf-8"):
        raise WrongType("this route takes application/json")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Malformed([("body", f"byte {fault.start} is not UTF-8")]) from None
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_int=_whole, parse_constant=_constant)
    except RecursionError:
        raise Malformed([("body", f"nested deeper than {MOST_DEPTH}")]) from None
    except json.JSONDecodeError as fault:
        raise Malformed([("body", f"no JSON at character {fault.pos}")]) from None
    _need_sound(document, "body", 0)
    return document


def _plain(raw: bytes, where: str) -> str:
    """A part of the query as text. Raises `Malformed`."""
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed([(where, "it is not UTF-8")]) from None
    if "\0" in text:
        raise Malformed([(where, "it holds a NUL")])
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed([(f"body.{_shown(twice)}", "it stands there twice")])
    return made


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS or abs(number := int(digits)) > EXACT:
        raise Malformed([("body", "a number is larger than every reader keeps exactly")])
    return number


def _constant(name: str) -> float:
    raise Malformed([("body", f"{name} is no JSON")])


def _need_sound(value: Any, where: str, depth: int) -> None:
    """No text with NUL or half of a pair, no number beyond a float's, not too deep. Raises `Malformed`."""
    if isinstance(value, str):
        _need_text(value, where)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise Malformed([(where, "the number is too large")])
    elif isinstance(value, dict | list):
        if depth >= MOST_DEPTH:
            raise Malformed([("body", f"nested deeper than {MOST_DEPTH}")])
        parts: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in parts:
            if isinstance(value, Mapping):
                _need_text(name, where)
            _need_sound(inner, f"{where}.{_shown(str(name))}", depth + 1)


def _need_text(text: str, where: str) -> None:
    if "\0" in text:
        raise Malformed([(where, "it holds a NUL")])
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed([(where, "it holds half of a surrogate pair")]) from None


def _shown(name: str) -> str:
    """A name that somebody chose, as an answer may repeat it."""
    return name[:60].encode("utf-8", "replace").decode().replace("\0", "?")
