"""Asking an organisation's sign-in for a document: bounded in time and size, over TLS, never redirected.

What answers is somebody else's machine: whatever it does (nothing, too much, a drip, no JSON) is one error.
Not here: what the documents mean (`processes.people.organisation`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import urllib3

from processes.people.people_errors import OrganisationAway

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 5.0, 15.0
MOST_BYTES = 512 * 1024
_PIECE = 16 * 1024
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def need_place(url: str) -> str:
    """An address that may be asked: https, or http on this machine alone. Raises `OrganisationAway`."""
    try:
        parts = urlsplit(url)
        own = parts.scheme == "http" and parts.hostname in LOOPBACK
        good = (parts.scheme == "https" or own) and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or "@" in parts.netloc or parts.fragment or not url.isascii() or not url.isprintable():
        raise OrganisationAway("an address that it names is none that may be asked")
    return url


class Asking:
    """A way to ask; several may at once."""

    def __init__(self) -> None:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool = urllib3.PoolManager(num_pools=4, maxsize=4, timeout=timeout, retries=False)

    def get(self, url: str) -> dict[str, Any]:
        """The JSON object at an address. Raises `OrganisationAway`."""
        status, document = self._asked("GET", url, None, {})
        if status != 200:
            raise OrganisationAway(f"it answers {status}")
        return document

    def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """The status and the JSON object that a form is answered with. Raises `OrganisationAway`."""
        return self._asked("POST", url, form, headers)

    def _asked(
        self, method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        told = {"Accept": "application/json", **headers}
        more: dict[str, Any] = {} if form is None else {"fields": dict(form), "encode_multipart": False}
        try:
            answer = self._pool.request(
                method, need_place(url), headers=told, preload_content=False, redirect=False, **more
            )
            try:
                body = _body(answer)
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as fault:
            raise OrganisationAway(f"it does not answer ({type(fault).__name__})") from fault
        return answer.status, _object(body)


def _body(answer: urllib3.BaseHTTPResponse) -> bytes:
    """What was sent, as long as it is not more, and comes not slower, than such documents are."""
    until, parts, size = time.monotonic() + WHOLE_SECONDS, [], 0
    for part in answer.stream(_PIECE, decode_content=False):
        size += len(part)
        if size > MOST_BYTES or time.monotonic() > until:
            raise OrganisationAway("its answer is longer or slower than it may be")
        parts.append(part)
    return b"".join(parts)


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise OrganisationAway("its answer is no JSON object")
    return document
