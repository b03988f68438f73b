"""Forms as browsers send them: bounded, in text, each with the key that makes sending it twice once.

Not here: what a form asks for (its page), whether it comes from our own page (the API's gate).
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from lantai.api.faults import BadRequest, TooLarge, WrongType

MOST_BYTES = 1024 * 1024
MOST_FIELDS = 5_000
SECONDS = 60
"""A form comes within this time, as a body of the API does: nobody holds a connection by being slow."""
KIND = "application/x-www-form-urlencoded"
SECRET = frozenset({"password", "code", "passcode", "new", "again", "recovery_key"})
"""Fields whose values are never shown again, whatever went wrong."""
_BETWEEN = re.compile(r"[\s,;，；、]+")


class Form(Mapping[str, str]):
    """What was sent: each field's last value, "" for one that was not; `all` gives every value of one."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs
        self._last = dict(pairs)

    def __getitem__(self, name: str) -> str:
        return self._last.get(name, "").strip()

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def __contains__(self, name: object) -> bool:
        return name in self._last

    def raw(self, name: str) -> str:
        """The value as it was typed, spaces included: passwords."""
        return self._last.get(name, "")

    def all(self, name: str) -> list[str]:
        """Every value of a field that may stand several times, without empty ones."""
        return [value.strip() for key, value in self._pairs if key == name and value.strip()]

    @property
    def shown(self) -> dict[str, str]:
        """What may stand in the form again after a mistake."""
        return {name: value for name, value in self._last.items() if name not in SECRET}


async def read(request: Request) -> Form:
    """The form of a request. Raises `WrongType`, `TooLarge`, `BadRequest`."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != KIND:
        raise WrongType(KIND)
    try:
        async with asyncio.timeout(SECONDS):
            held = await _whole(request)
    except (TimeoutError, ClientDisconnect):
        raise BadRequest(f"the form did not come within {SECONDS} s") from None
    try:
        text = held.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadRequest("the form cannot be read") from None
    return Form([(name, value.replace("\r\n", "\n")) for name, value in pairs])


async def _whole(request: Request) -> bytes:
    held = bytearray()
    async for piece in request.stream():
        held += piece
        if len(held) > MOST_BYTES:
            raise TooLarge(MOST_BYTES)
    return bytes(held)


def codes_of(text: str) -> list[str]:
    """The codes that were typed into a field: one a line, or with commas between; each once."""
    return list(dict.fromkeys(one for one in _BETWEEN.split(text) if one))


def new_key() -> str:
    """A key for one form: whoever sends it twice is answered as the first time."""
    return secrets.token_urlsafe(18)
