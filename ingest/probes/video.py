"""Moving pictures by FFmpeg (PyAV): what the container says, and every frame decoded to the end.

Seen: a cut (the container declares more frames, or more bytes, than there are), what a decoder cannot read or
marks as damaged. Sound that goes with the picture is decoded too. Decoding stops being complete after
SECONDS: from there on key frames alone are decoded, while everything is still read; `decoded` says which it
was. No check can see: damage that a decoder conceals, a cut of a program stream between two of its packs.
Not done here: floors, which codecs are accepted.
"""

from __future__ import annotations

import time
from typing import Any

from ingest.probes.probed import Options, Probed
from ingest.probes.source import Source

SECONDS = 60
"""So long every frame is decoded; a long recording would keep its batch waiting for hours."""
_CONTAINERS = {"mov": "mp4", "avi": "avi", "mpeg": "mpeg"}
_SHORT = 2
"""Declared frames may be so many more than come out: the first ones of an open group of pictures."""


def probe_video(source: Source, options: Options) -> Probed:
    """Facts and problems of one file with moving pictures; damaged content never raises."""
    import av

    probed = Probed()
    _riff_length(source, probed)
    try:
        with av.open(source.path or source.open(), "r", metadata_errors="replace") as container:
            if not container.streams.video:
                probed.problem("video-damaged", "video", "0")
                return probed
            stream = container.streams.video[0]
            _facts(container, stream, probed)
            if stream.width * stream.height > options.max_pixels:
                probed.problem(
                    "bomb", f"{options.max_pixels} pixels", f"{stream.width * stream.height} pixels"
                )
            elif options.decode:
                _decode(container, stream, probed)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        probed.problem("video-damaged", "", type(error).__name__)
    return probed


def _facts(container: Any, stream: Any, probed: Probed) -> None:
    name = container.format.name.split(",")[0]
    sound = container.streams.audio
    probed.values |= {
        "container": _CONTAINERS.get(name, name),
        "codec": stream.codec_context.name,
        "width": stream.width,
        "height": stream.height,
        "pixels": stream.width * stream.height,
        "audio_codec": sound[0].codec_context.name if sound else "",
    }
    if stream.average_rate:
        probed.values["frames_a_minute"] = round(60 * stream.average_rate)
    if container.duration:
        probed.values["duration_ms"] = container.duration // 1000
    if container.bit_rate:
        probed.values["kbits"] = container.bit_rate // 1000


def _decode(container: Any, stream: Any, probed: Probed) -> None:
    """Every frame of picture and sound; after SECONDS key frames alone."""
    import av

    began, frames, damaged, whole = time.monotonic(), 0, 0, True
    try:
        for packet in container.demux(*[stream, *container.streams.audio[:1]]):
            damaged += packet.is_corrupt
            for frame in packet.decode():
                frames += packet.stream is stream
                damaged += frame.is_corrupt
            if whole and time.monotonic() - began > SECONDS:
                whole, stream.codec_context.skip_frame = False, "NONKEY"
    except (av.error.FFmpegError, ValueError) as error:
        probed.problem("video-damaged", "", f"{frames} frames, {type(error).__name__}")
        return
    probed.values |= {"frames": frames, "decoded": "whole" if whole else "key frames"}
    if damaged or not frames:
        probed.problem("video-damaged", "", f"{damaged} frames" if frames else "0 frames")
    elif whole and frames + _SHORT < stream.frames:
        probed.problem("video-cut", f"{stream.frames} frames", f"{frames} frames")


def _riff_length(source: Source, probed: Probed) -> None:
    """An AVI says how long it is; long ones are several such lists, one behind the other."""
    head = source.read_at(0, 12)
    if head[:4] != b"RIFF" or head[8:] != b"AVI ":
        return
    end = int.from_bytes(head[4:8], "little") + 8
    if end > source.size + 1:
        probed.problem("video-cut", f"{end} bytes", f"{source.size} bytes")
