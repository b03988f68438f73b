"""Answers that take long to send are sent only as long as whoever asked may have them.

A reader may take hours over one answer; what is taken from them meanwhile (the session, an office, a grant,
the item's being open) ends it within seconds: the connection is cut, as where a copy fails. Not here: sending
(`lantai.api.sending`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from lantai.api.door import Caller, standing
from lantai.errors import NotAllowed
from policies.access import Subject

SECONDS = 5.0
"""So often it is asked again."""


def lasting(
    pieces: Iterator[bytes], door: Caller, need: Callable[[Subject], object] | None = None
) -> Iterator[bytes]:
    """The pieces, as long as `need` does not raise for whoever asks as they stand at that moment; without it
    as long as they are in every respect who they were.
    """
    asked = time.monotonic()
    try:
        for piece in pieces:
            if time.monotonic() - asked >= SECONDS:
                subject = standing(door, datetime.now(UTC))
                (need or _same(door))(subject)
                asked = time.monotonic()
            yield piece
    finally:
        with suppress(AttributeError):
            pieces.close()  # type: ignore[attr-defined]


def _same(door: Caller) -> Callable[[Subject], None]:
    def need(subject: Subject) -> None:
        if subject != door.archive.subject:
            raise NotAllowed(door.account, "answer")

    return need
