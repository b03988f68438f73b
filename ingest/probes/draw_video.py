"""Drawing videos: a frame from near the beginning, and an MP4 of what browsers do not play."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any

from ingest.probes.draw import PLAY, NothingToDraw, put_sides
from ingest.probes.draw_sound import Written, frames
from ingest.probes.room import Room
from ingest.probes.source import Source

_INTO = 10
"""The frame is from a tenth of the way, where titles and black are over, but not beyond _MOST_SECONDS."""
_MOST_SECONDS = 30
_HEIGHT = 720
_DARK = 24
_TRIES = 50


def sides(source: Source, page: int, room: Room, max_pixels: int) -> None:
    """The small pictures of one frame that is not black, if one comes soon."""
    import av

    del page
    with av.open(source.open(), "r", metadata_errors="replace") as container:
        stream = _pictures(container, max_pixels)
        if container.duration:
            with suppress(av.FFmpegError):
                container.seek(min(container.duration // _INTO, _MOST_SECONDS * av.time_base))
        picture = _light(container, stream)
    put_sides(picture, room)


def play(source: Source, page: int, room: Room, max_pixels: int) -> None:
    """All of it as H.264 and AAC, at most _HEIGHT lines; frames are taken to be evenly spaced."""
    import av

    del page
    out = Written(room.left)
    with (
        av.open(source.open(), "r", metadata_errors="replace") as read,
        av.open(out, "w", format="mp4") as write,
    ):
        stream = _pictures(read, max_pixels)
        sound = read.streams.audio[0] if read.streams.audio else None
        _Encoding(write, stream, sound).all_of(read)
    room.add(PLAY, bytes(out.content))


class _Encoding:
    """Both streams of one video on their way from one codec to the other."""

    def __init__(self, write: Any, stream: Any, sound: Any) -> None:
        import av

        self._write, self._from, self._sound_from = write, stream, sound
        height = min(_HEIGHT, stream.height) // 2 * 2
        width = max(2, round(stream.width * height / stream.height / 2) * 2)
        rate = Fraction(stream.average_rate or 25).limit_denominator(1_001)
        self._to = write.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "26"})
        self._to.width, self._to.height, self._to.pix_fmt = width, height, "yuv420p"
        self._to.codec_context.thread_count = 1
        self._to.codec_context.time_base = 1 / rate
        self._sound_to: Any = write.add_stream("aac", rate=44_100, layout="stereo") if sound else None
        self._turned = av.AudioResampler(format="fltp", layout="stereo", rate=44_100)
        self._count = 0

    def all_of(self, read: Any) -> None:
        """Decode, turn and write every frame that can be decoded."""
        import av

        with suppress(av.FFmpegError):
            for packet in read.demux(*[one for one in (self._from, self._sound_from) if one]):
                for frame in packet.decode():
                    (self._picture if packet.stream is self._from else self._sound)(frame)
        if not self._count:
            raise NothingToDraw("frames")
        self._write.mux(self._to.encode(None))
        if self._sound_to:
            self._sound(None)
            self._write.mux(self._sound_to.encode(None))

    def _picture(self, frame: Any) -> None:
        turned = frame.reformat(width=self._to.width, height=self._to.height, format="yuv420p")
        turned.pts, turned.time_base = self._count, self._to.codec_context.time_base
        self._count += 1
        self._write.mux(self._to.encode(turned))

    def _sound(self, frame: Any) -> None:
        if frame is not None:
            frame.pts = None
        for one in self._turned.resample(frame):
            self._write.mux(self._sound_to.encode(one))


def _pictures(container: Any, max_pixels: int) -> Any:
    if not container.streams.video:
        raise NothingToDraw("video")
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1
    if not 0 < stream.width * stream.height <= max_pixels:
        raise NothingToDraw("size")
    return stream


def _light(container: Any, stream: Any) -> Any:
    """The first frame that is not nearly black, among the next ones; else the last of them."""
    picture = None
    for number, frame in enumerate(frames(container, stream)):
        picture = frame.to_image()
        if number >= _TRIES or max(high for _, high in picture.getextrema()) > _DARK:
            break
    if picture is None:
        raise NothingToDraw("frames")
    return picture
