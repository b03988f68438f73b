"""What a request may look like at all: its headers, its query, its JSON. Stricter than the frameworks below.

Two readers of one request must never read two things out of it: names that stand twice, numbers beyond what
every reader keeps exactly, text that is none and nesting without end are refused with their place. Not here:
what a route asks for (its own model, which forbids unknown names: `Asked`).
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
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
MOST_NAMES = 1_000
"""In one object; each that a route does not know would be a mistake in its answer."""
MOST_VALUES = 100_000
"""In one body; the longest list that a route takes is half of it."""
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
_Way = tuple["_Way | None", str]
"""Where a value stands: what holds it, and its name there."""


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


def need_json(content_type: bytes, body: bytes, most_values: int = MOST_VALUES) -> Any:
    """A JSON body. It costs what its length costs, whatever it holds. Raises `WrongType`, `Malformed`."""
    kind, _, more = content_type.decode("latin-1").lower().partition(";")
    if kind.strip() != "application/json" or more.strip().replace('"', "") not in ("", "charset=utf-8"):
        raise WrongType("this route takes application/json")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Malformed([("body", f"byte {fault.start} is not UTF-8")]) from None
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise Malformed([("body", f"nested deeper than {MOST_DEPTH}")]) from None
    except json.JSONDecodeError as fault:
        raise Malformed([("body", f"no JSON at character {fault.pos}")]) from None
    except ValueError:  # so many figures are no number to Python
        raise Malformed([("body", _TOO_LARGE)]) from None
    _need_sound(document, most_values)
    return document


def _plain(raw: bytes, where: str) -> str:
    """A part of the query as text. Raises `Malformed`."""
    if raw.isalnum():  # and ASCII, of bytes: nothing is encoded
        return raw.decode("ascii")
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
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise Malformed([(f"body.{_shown(twice)}", "it stands there twice")])
    if len(made) > MOST_NAMES:
        raise Malformed([("body", f"more than {MOST_NAMES} names in one object")])
    return made


def _constant(name: str) -> float:
    raise Malformed([("body", f"{name} is no JSON")])


def _need_sound(document: Any, most: int) -> None:
    """No text with NUL or half of a pair, no number beyond what every reader keeps, at most so many values,
    not too deep. Raises `Malformed`.
    """
    waiting: list[tuple[Any, _Way | None, int]] = [({"body": document}, None, -1)]
    while waiting:
        held, way, depth = waiting.pop()
        most -= len(held)
        if depth >= MOST_DEPTH or most < 0:
            raise Malformed([("body", "too many values" if most < 0 else f"nested deeper than {MOST_DEPTH}")])
        for name, value in held.items() if isinstance(held, dict) else enumerate(held):
            if isinstance(name, str) and (what := _wrong_text(name)):
                raise Malformed([(_place(way), what)])
            if isinstance(value, dict | list):
                waiting.append((value, (way, str(name)), depth + 1))
            elif what := _wrong(value):
                raise Malformed([(_place((way, str(name))), what)])


def _wrong(value: Any) -> str:
    """What is wrong with a text, a number, true, false or null; "" where nothing is."""
    if isinstance(value, str):
        return _wrong_text(value)
    if isinstance(value, float):
        return "" if math.isfinite(value) else "the number is too large"
    return _TOO_LARGE if isinstance(value, int) and abs(value) > EXACT else ""


def _wrong_text(text: str) -> str:
    if "\0" in text:
        return "it holds a NUL"
    try:
        text.isascii() or text.encode("utf-8")
    except UnicodeEncodeError:
        return "it holds half of a surrogate pair"
    return ""


_TOO_LARGE = "a number is larger than every reader keeps exactly"


def _place(way: _Way | None) -> str:
    """Where a value stands, as an answer tells it: `body.codes.3`."""
    names = []
    while way is not None:
        way, name = way
        names.append(_shown(name))
    return ".".join(reversed(names)) or "body"


def _shown(name: str) -> str:
    """A name that somebody chose, as an answer may repeat it."""
    return name[:60].encode("utf-8", "replace").decode().replace("\0", "?")
