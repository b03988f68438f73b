"""What every answer has, whoever gives it: headers that keep browsers from doing more with it than reading,
the reader's language, its line among the numbers, and words where something broke.

The outermost layer: what the layers below raise becomes an answer here, or where one has begun cuts the
connection, so that nobody takes a part for the whole. Not here: what is answered.
"""

from __future__ import annotations

import errno
import logging
import time

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from archive.errors import DatabaseFull
from lantai.api.matching import PREFIX
from lantai.api.metrics import Numbers
from lantai.api.problems import broken, of_error
from lantai.messages import Language, reading

LOG = logging.getLogger("lantai.http")

HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)  # fmt: skip
"""What an answer says where its route says nothing else. Source: OWASP, HTTP Headers and REST Security."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
TLS = (b"strict-transport-security", b"max-age=31536000")


class Answers:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, numbers: Numbers) -> None:
        self._app = app
        self._numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens below."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        began, status = time.perf_counter(), 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _dress(message, scope["scheme"])
            await send(message)

        with reading(language_of(_accepted(scope))):
            try:
                await self._app(scope, receive, dressed)
            except Exception as fault:  # the last resort: whoever asks gets an answer, the log the reason
                LOG.exception("a request broke")
                if status:
                    raise
                await _broken(scope, fault)(scope, receive, dressed)
            finally:
                self._numbers.count(scope, status, time.perf_counter() - began)


def _broken(scope: Scope, fault: Exception) -> Response:
    """What broke, as a page where a page was asked for; a full disk is told as one."""
    if scope["path"].startswith(PREFIX):
        full = isinstance(fault, OSError) and fault.errno in _FULL
        return of_error(DatabaseFull()) if full else broken()
    page: Response = scope["app"].state.broken_page()
    return page


def language_of(accepted: str) -> Language:
    """Chinese or English, whichever the reader wants more (RFC 9110, 12.5.4); else English."""
    best: tuple[float, Language] = (0.0, "en")
    for one in accepted.split(","):
        tag, _, more = one.strip().lower().partition(";")
        weight = _weight(more)
        known: Language | None = "zh" if tag[:2] == "zh" else "en" if tag[:2] == "en" else None
        if known is not None and weight > best[0]:
            best = (weight, known)
    return best[1]


def _weight(parameter: str) -> float:
    text = parameter.strip().removeprefix("q=")
    try:
        return float(text) if text and len(text) <= 5 else 1.0
    except ValueError:
        return 0.0


def _accepted(scope: Scope) -> str:
    values = [value for name, value in scope["headers"] if name == b"accept-language"]
    return values[0][:200].decode("latin-1") if values else ""


def _dress(message: Message, scheme: str) -> None:
    headers = list(message.get("headers", ()))
    there = {name.lower() for name, _ in headers}
    headers += [one for one in HEADERS if one[0] not in there]
    if scheme == "https" and TLS[0] not in there:
        headers.append(TLS)
    message["headers"] = headers
