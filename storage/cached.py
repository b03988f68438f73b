"""Reading an object in order through the page cache: for what is read often and goes to readers.

A direct read (`Site.stream`) sees the medium and leaves the cache to others; that is for audits and copies.
What readers get is verified whichever way it came. Not here: verifying (`sealing`), choosing sites (`vault`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from storage.sink_local import translated
from storage.site import STREAM_BYTES, Site

MOST_BYTES = 4 * STREAM_BYTES
QUICK_SECONDS = 0.1
"""Whoever asks for the next piece within this time is given a longer one."""


def flowing(site: Site, name: str) -> Iterator[memoryview]:
    """The whole object in order, as `Site.stream` gives it; a piece is valid until the next is asked for.

    Pieces begin with STREAM_BYTES and double up to MOST_BYTES while the reader is quick, since each costs
    some turns of threads; a slow reader, of whom there may be many, goes back to the short ones.
    """
    descriptor = site.descriptor(name)
    if descriptor is None:
        yield from site.stream(name)
        return
    try:
        block, at = memoryview(bytearray(STREAM_BYTES)), 0
        while count := _read(descriptor, block, at, site, name):
            at += count
            given = time.monotonic()
            yield block[:count].toreadonly()
            quick = time.monotonic() - given < QUICK_SECONDS
            wanted = min(2 * len(block), MOST_BYTES) if quick else STREAM_BYTES
            if wanted != len(block):
                block = memoryview(bytearray(wanted))
    finally:
        os.close(descriptor)


def _read(descriptor: int, block: memoryview, at: int, site: Site, name: str) -> int:
    try:
        return os.preadv(descriptor, [block], at)
    except OSError as error:
        raise translated(error, site.name, name, reading=True) from error
