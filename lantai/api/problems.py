"""What an error means to whoever asked over HTTP: the one table of this door, and RFC 9457 documents.

Absent and forbidden are the same 404, to the byte. Not here: what went wrong (the rooms' own error trees).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from starlette.responses import Response

from lantai.api.faults import Malformed, ProofNeeded, WrongMethod
from lantai.messages import error_sentence, say
from policies.errors import LantaiError
from search.errors import QueryMistake

TYPE = "application/problem+json"
LOG = logging.getLogger("lantai.http")

STATUS: dict[str, int] = {
    "usage": 400,
    "query-mistake": 400,
    "cursor-mistake": 400,
    "code-malformed": 400,
    "bad-request": 400,
    "not-signed-in": 401,
    "sign-in-failed": 401,
    "proof-needed": 403,
    "supervisor-refused": 403,
    "second-factor-needed": 403,
    "no-password": 403,
    "proof-refused": 403,
    "forgery": 403,
    "not-found": 404,
    "not-allowed": 404,
    "no-such-account": 404,
    "for-all-fonds": 404,
    "wrong-method": 405,
    "held": 409,
    "passcode-refused": 403,
    "requests-waiting": 409,
    "code-taken": 409,
    "set-changed": 409,
    "proposal-changed": 409,
    "nothing-changes": 409,
    "search-saved": 409,
    "still-running": 409,
    "not-kept": 409,
    "brake": 409,
    "cannot-retire": 409,
    "no-exchange": 409,
    "recovery-outdated": 409,
    "rotation-pending": 409,
    "site-read-only": 409,
    "upload-closed": 409,
    "upload-busy": 409,
    "upload-offset": 409,
    "upload-whole": 409,
    "upload-incomplete": 409,
    "upload-twice": 409,
    "upload-changed": 412,
    "upload-slow": 408,
    "upload-length": 400,
    "too-large": 413,
    "upload-too-large": 413,
    "wrong-type": 415,
    "malformed": 422,
    "key-reused": 422,
    "upload-path": 422,
    "digest-differs": 422,
    "archive-refused": 422,
    "not-allowed-value": 422,
    "unknown-field": 422,
    "password-refused": 422,
    "carrier-damaged": 422,
    "recovery-key-mistyped": 422,
    "recovery-refused": 422,
    "slow-down": 429,
    "headers-too-large": 431,
    "too-many-jobs": 429,
    "upload-disk-full": 507,
    "interrupted": 503,
    "content-away": 503,
    "copy-not-kept": 507,
    "database-busy": 503,
    "disk-full": 507,
    "index-lost": 503,
    "list-changed": 503,
    "organisation-away": 503,
    "no-room": 503,
    "object-locked": 503,
    "read-only": 503,
    "site-full": 503,
    "site-unavailable": 503,
    "transit-unavailable": 503,
    "journal-shut": 503,
    "home-busy": 503,
    "too-few-copies": 503,
}
"""Codes of errors to statuses; what does not stand here is 500, broken machinery."""


def of_error(error: LantaiError) -> Response:
    """The answer to an error of the rooms below. What broke inside is told to the server's log alone."""
    status = STATUS.get(error.code, 500)
    if status == 404:
        return absent()
    if status == 500:
        LOG.error("%s: %s", error.code, error)
        return broken(error.code)
    more: dict[str, object] = {}
    if isinstance(error, Malformed):
        more["mistakes"] = [{"where": where, "what": what} for where, what in error.mistakes]
    if isinstance(error, ProofNeeded):
        more["action"] = error.action
    if isinstance(error, QueryMistake):
        more["place"] = error.place
    return problem(status, error.code, error_sentence(error.code, str(error)), _headers(error), **more)


def broken(code: str = "broken") -> Response:
    """What nobody foresaw, or what whoever asks need not know the inside of."""
    return problem(500, code, say("http-broken"))


def _headers(error: LantaiError) -> dict[str, str]:
    """What an answer to this error says beside its document."""
    seconds = getattr(error, "seconds", None)
    if seconds is not None:
        return {"Retry-After": str(seconds)}
    if isinstance(error, WrongMethod):
        return {"Allow": ", ".join(error.allowed)}
    return {"WWW-Authenticate": "Bearer"} if STATUS.get(error.code) == 401 else {}


def document_of(code: str, text: str) -> dict[str, object]:
    """The problem document of an error that is told later, as that of a long work, to the reader of then."""
    status = STATUS.get(code, 500)
    told = say("http-broken") if status == 500 else error_sentence(code, text)
    if status == 404:
        code, told = "not-found", say("http-absent")
    return {"type": f"urn:lantai:problem:{code}", "title": code, "status": status, "detail": told}


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
