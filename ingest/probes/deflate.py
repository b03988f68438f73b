"""Deflate streams run to their checksum without keeping what they hold (RFC 1950)."""

from __future__ import annotations

import zlib

from ingest.probes.decoders import Undecodable
from ingest.probes.source import Source, windows

STEP_BYTES = 1 << 20


def inflate(source: Source, start: int, length: int, most: int = 1 << 62) -> int:
    """The number of bytes the zlib stream at `start` holds; memory stays at a few MiB.

    Raises `Undecodable` where it is damaged, ends early or fails its checksum, and `Overlong` past `most`.
    """
    engine, plain = zlib.decompressobj(), 0
    try:
        for _, window in windows(source, start, start + length):
            pending = window
            while pending and not engine.eof:
                plain += len(engine.decompress(pending, STEP_BYTES))
                pending = engine.unconsumed_tail
                if plain > most:
                    raise Overlong(plain)
    except zlib.error as error:
        raise Undecodable(f"byte {start}: {error}") from error
    if not engine.eof:
        raise Undecodable(f"byte {start}: compressed data ends early")
    return plain


class Overlong(Exception):
    """A stream holds more than it may; `plain` bytes were seen."""

    def __init__(self, plain: int) -> None:
        super().__init__(str(plain))
        self.plain = plain
