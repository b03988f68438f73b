"""How an answer is written: the document that a command prints under `--json`, as JSON, in one piece.

Not here: what an error is answered with (`problems`), long answers (`sending`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response

NO_STORE = {"Cache-Control": "no-store"}


def document(
    told: Mapping[str, Any], headers: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """An answer that nobody keeps, unless `headers` say otherwise."""
    return written(msgspec.json.encode(told), headers, status)


def written(content: bytes, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """`document` of what is JSON already."""
    return Response(content, status, {**NO_STORE, **(headers or {})}, "application/json")


def done(told: Mapping[str, Any]) -> Response:
    """What was entered; 202 where it waits for enough sites, as `waiting` says: nothing of it is lost."""
    return document(told, status=202 if "waiting" in told else 200)


def disposition(name: str, how: str) -> str:
    """The header that names a file (RFC 6266): in ASCII for old programs, and as it is (RFC 8187)."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name.replace("·", "."))
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"
