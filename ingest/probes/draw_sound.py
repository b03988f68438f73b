"""Drawing sounds: the course of their loudness, and an MP3 of what browsers do not play.

What comes before the end of a sound that is damaged is drawn as far as it goes.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

from ingest.probes.draw import PEAKS, PLAY, NothingToDraw
from ingest.probes.room import Room
from ingest.probes.source import Source

SLICES = 1_000
"""So many pairs of a least and a greatest value are told of a sound, or of a video's sound."""
_HERTZ = 8_000
"""Loudness is looked at so finely: what is lost are peaks of the highest notes."""
_FINE = 400
"""So many samples are one value before they are joined: a twentieth of a second."""
_MOST_FINE = 4_000_000
_BIT_RATE = 128_000


def peaks(source: Source, page: int, room: Room, max_pixels: int) -> None:
    """Seconds, and the least and greatest value of each slice, from -128 to 127; at most 20 kB."""
    del page, max_pixels
    fine, count = list[tuple[int, int]](), 0
    held = array("h")
    for samples in _samples(source):
        held.extend(samples)
        count += len(samples)
        whole = len(held) // _FINE * _FINE
        fine += [_ends(held[at : at + _FINE]) for at in range(0, whole, _FINE)]
        del held[:whole]
        if len(fine) > _MOST_FINE:
            break
    if held:
        fine.append(_ends(held))
    if not fine:
        raise NothingToDraw("sound")
    told = {"seconds": round(count / _HERTZ, 3), "peaks": _joined(fine)}
    room.add(PEAKS, json.dumps(told, separators=(",", ":")).encode() + b"\n")


def play(source: Source, page: int, room: Room, max_pixels: int) -> None:
    """All of it as MP3."""
    import av

    del page, max_pixels
    out = Written(room.left)
    with av.open(source.open(), "r") as read, av.open(out, "w", format="mp3") as write:
        if not read.streams.audio:
            raise NothingToDraw("sound")
        stream = write.add_stream("libmp3lame", rate=44_100, layout="stereo", bit_rate=_BIT_RATE)
        turned = av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=44_100)
        for frame in frames(read, read.streams.audio[0]):
            for one in turned.resample(frame):
                write.mux(stream.encode(one))
        for one in turned.resample(None):
            write.mux(stream.encode(one))
        write.mux(stream.encode(None))
    room.add(PLAY, bytes(out.content))


def frames(container: Any, stream: Any) -> Iterator[Any]:
    """The frames of a stream as far as they can be decoded; their times are of no use to an encoder."""
    import av

    with suppress(av.FFmpegError):
        for frame in container.decode(stream):
            frame.pts = None
            yield frame


class Written:
    """A file in memory that grows no longer than it may; muxers also seek in it."""

    def __init__(self, most: int) -> None:
        self.content = bytearray()
        self._most = most
        self._at = 0

    def write(self, data: bytes) -> int:
        """Write at the present place. Raises `NothingToDraw` beyond what it may hold."""
        if self._at + len(data) > self._most:
            raise NothingToDraw("length")
        if self._at > len(self.content):
            self.content.extend(bytes(self._at - len(self.content)))
        self.content[self._at : self._at + len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        self._at = offset + (0, self._at, len(self.content))[whence]
        return self._at

    def tell(self) -> int:
        """The present place."""
        return self._at


def _samples(source: Source) -> Iterator[array[int]]:
    """The sound as one channel of 16 bits."""
    import av

    with av.open(source.open(), "r") as container:
        if not container.streams.audio:
            raise NothingToDraw("sound")
        turned = av.AudioResampler(format="s16", layout="mono", rate=_HERTZ)
        for frame in frames(container, container.streams.audio[0]):
            for one in turned.resample(frame):
                yield _values(one)
        for one in turned.resample(None):
            yield _values(one)


def _values(frame: Any) -> array[int]:
    return array("h", bytes(frame.planes[0])[: 2 * frame.samples])


def _ends(samples: array[int]) -> tuple[int, int]:
    return min(samples) >> 8, max(samples) >> 8


def _joined(fine: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """At most SLICES pairs of all of them."""
    slices = min(SLICES, len(fine))
    edges = [number * len(fine) // slices for number in range(slices + 1)]
    return [
        (min(low for low, _ in fine[a:b]), max(high for _, high in fine[a:b])) for a, b in pairwise(edges)
    ]
