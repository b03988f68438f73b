"""Compressed sound decoded to its end by FFmpeg (PyAV), in order of arrival, keeping nothing.

Not done here: the structure of the file (mp3.py, wav.py), which sees cuts that a decoder hides.
"""

from __future__ import annotations

from ingest.probes.probed import Probed
from ingest.probes.source import Source


def decode_to_end(source: Source, container: str, probed: Probed) -> int:
    """Decode the first sound stream; the number of samples a channel that came out.

    A decoder that stops or marks a frame as damaged gives one `sound-damaged` problem.
    """
    import av  # 0.2 s: only where sound comes in

    samples = damaged = 0
    try:
        with av.open(source.path or source.open(), "r", format=container, metadata_errors="replace") as file:
            for frame in file.decode(audio=0):
                samples += frame.samples
                damaged += frame.is_corrupt
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        probed.problem("sound-damaged", "", f"{samples} samples, {type(error).__name__}")
        return samples
    if damaged:
        probed.problem("sound-damaged", "", f"{damaged} frames")
    return samples
