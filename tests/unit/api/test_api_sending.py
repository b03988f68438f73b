"""Long answers: pulled by whoever reads, freed when they go, cut where they cannot be finished."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from starlette.types import Message

from lantai.api.sending import CutShort, Sending
from storage.errors import NoGoodCopy


class _Pieces:
    """A thousand pieces that notes how many were made and that it was closed."""

    def __init__(self, fails_at: int = 1_000) -> None:
        self.made, self.closed, self._fails_at = 0, False, fails_at

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self.made == self._fails_at:
            raise NoGoodCopy("o", {})
        self.made += 1
        return b"x" * 1000

    def close(self) -> None:
        self.closed = True


def _served(pieces: _Pieces, takes: int) -> list[Message]:
    """What is sent to a reader that takes so many pieces and then goes away."""
    sent: list[Message] = []

    async def run() -> None:
        gone = asyncio.Event()

        async def receive() -> Message:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)
            if len(sent) > takes:
                gone.set()
            await asyncio.sleep(0.001)

        await Sending(iter(pieces), {"X": "y"})({"type": "http"}, receive, send)

    asyncio.run(run())
    for _ in range(200):
        if pieces.closed:
            break
        time.sleep(0.01)
    return sent


def test_a_reader_that_goes_away_frees_what_was_read_for_it() -> None:
    pieces = _Pieces()
    _served(pieces, 5)
    assert pieces.closed
    assert pieces.made <= 9, "no more than is on its way and one ahead"


def test_pieces_that_end_in_an_error_end_the_answer_in_one() -> None:
    pieces = _Pieces(fails_at=3)
    with pytest.raises(CutShort):
        _served(pieces, 100)
    assert pieces.made == 3


def test_a_reader_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lantai.api.sending.SECONDS_FOR_A_PIECE", 0.05)
    pieces = _Pieces()

    async def receive() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.sleep(60)

    with pytest.raises(CutShort):
        asyncio.run(Sending(iter(pieces), {})({"type": "http"}, receive, send))
    assert pieces.made <= 2
