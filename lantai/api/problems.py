"""What an error means to whoever asked over HTTP: the one table of this door, and RFC 9457 documents.

Absent and forbidden are the same 404, to the byte. Not here: what went wrong (the rooms' own error trees).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

from lantai.messages import error_sentence, say
from policies.errors import LantaiError

TYPE = "application/problem+json"

STATUS: dict[str, int] = {
    "usage": 400,
    "query-mistake": 400,
    "cursor-mistake": 400,
    "code-malformed": 400,
    "not-signed-in": 401,
    "sign-in-failed": 401,
    "proof-needed": 403,
    "forgery": 403,
    "not-found": 404,
    "not-allowed": 404,
    "no-such-account": 404,
    "for-all-fonds": 404,
    "held": 409,
    "code-taken": 409,
    "set-changed": 409,
    "nothing-changes": 409,
    "search-saved": 409,
    "too-large": 413,
    "not-allowed-value": 422,
    "unknown-field": 422,
    "slow-down": 429,
    "read-only": 503,
    "home-busy": 503,
    "too-few-copies": 503,
}
"""Codes of errors to statuses; what does not stand here is 500, broken machinery."""


def of_error(error: LantaiError) -> Response:
    """The answer to an error of the rooms below."""
    status = STATUS.get(error.code, 500)
    if status == 404:
        return absent()
    return problem(status, error.code, error_sentence(error.code, str(error)))


def absent() -> Response:
    """What is not there, or not for who asks: the same words whatever was asked for."""
    return problem(404, "not-found", say("http-absent"))


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: object
) -> Response:
    """One problem document. `code` is stable, `detail` is for people."""
    document = {
        "type": f"urn:lantai:problem:{code}",
        "title": code,
        "status": status,
        "detail": detail,
        **more,
    }
    return Response(
        json.dumps(document, ensure_ascii=False, separators=(",", ":")),
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type=TYPE,
    )
