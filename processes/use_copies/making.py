"""Making a use copy: the original opened in memory alone, drawn in a confined process, sealed, and kept.

    the original    verified as it is read, from whichever sites hold it; a larger one is opened where it is
                    read, by the probe process itself
    what is drawn   memory without a name, from the child to the parent
    on disk         sealed bytes, and nothing else

That nothing can be drawn of a file is kept as well, as an empty copy; that no good copy of the original can
be read is not: another time there may be one. Not done here: who may have it, when it is made.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive.model import Component
from ingest.drawn import Drawn, Wanted
from ingest.intake import IN_MEMORY
from ingest.probes.draw import PLAY, together
from ingest.work import ProbePool
from processes.use_copies.kinds import media_of
from storage.errors import NoGoodCopy
from storage.sealing import Key, context
from storage.use_copies import Shown, UseCopies
from storage.vault import Vault

SECONDS = 120
SECONDS_TO_PLAY = 3_600
"""What is to be played is decoded and encoded to its end."""
_log = logging.getLogger("lantai.use_copies")


@dataclass(frozen=True, slots=True)
class Workshop:
    """What making needs. `work` is where the sealed bytes of a bucket's object wait; `there` says whether an
    item is still there: it may be destroyed while a copy of it is made.
    """

    copies: UseCopies
    vault: Vault
    probes: Callable[[], ProbePool]
    work: Path
    there: Callable[[str], bool]


def shown_by(vault: Vault, batch: str, part: Component, key: Key) -> Shown:
    """The object that the copies of a component show."""
    return Shown(vault.archive_id, batch, part.object_id, key)


def make(shop: Workshop, item: str, batch: str, part: Component, key: Key, kind: str) -> bytes:
    """A copy of this kind, made and kept with those that come with it; empty where nothing can be drawn.

    Raises `StorageError` where the original cannot be read, `ProbesUnavailable`. A copy that cannot be kept
    is given all the same.
    """
    media = media_of(part)
    wanted = Wanted(media, kind, SECONDS_TO_PLAY if kind == PLAY else SECONDS)
    drawn = (_small if part.bytes <= IN_MEMORY else _large)(shop, batch, part, key, wanted)
    if drawn.state == "damaged":
        raise NoGoodCopy(f"{part.object_id} cannot be opened", {})
    shown = shown_by(shop.vault, batch, part, key)
    try:
        for one in together(media, kind):
            shop.copies.put(shown, one, drawn.parts.get(one, b""))
    except OSError as fault:
        _log.warning("a use copy cannot be kept: %s", fault.strerror)
    if not shop.there(item):
        shop.copies.forget(batch, [part.object_id])
    return drawn.parts.get(kind, b"")


def _small(shop: Workshop, batch: str, part: Component, key: Key, wanted: Wanted) -> Drawn:
    memory = os.memfd_create("lantai", os.MFD_CLOEXEC)
    try:
        for piece in shop.vault.open(batch, part.object_id, key, part.role, part.sealed_bytes, cached=True):
            left = memoryview(piece)
            while left:
                left = left[os.write(memory, left) :]
        return shop.probes().draw(memory, part.bytes, wanted)
    finally:
        os.close(memory)


def _large(shop: Workshop, batch: str, part: Component, key: Key, wanted: Wanted) -> Drawn:
    sealed = shop.vault.descriptor(batch, part.object_id, shop.work)
    try:
        bound = context(shop.vault.archive_id, part.object_id, part.role)
        return shop.probes().draw_sealed(sealed, part.bytes, part.sealed_bytes, key, bound, wanted)
    finally:
        os.close(sealed)
