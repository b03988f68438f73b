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
from processes.use_copies.kinds import media_of, of_page
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


@dataclass(frozen=True, slots=True)
class Wish:
    """A copy that is to be made: of which component of which item, its kind, and of which page."""

    item: str
    batch: str
    part: Component
    kind: str
    page: int = 1


@dataclass(frozen=True, slots=True)
class Made:
    """A copy that was made, empty where nothing can be drawn; `kept` where it is there for the next one."""

    content: bytes
    kept: bool


def shown_by(vault: Vault, batch: str, part: Component, key: Key) -> Shown:
    """The object that the copies of a component show."""
    return Shown(vault.archive_id, batch, part.object_id, key)


def make(shop: Workshop, wish: Wish, key: Key) -> Made:
    """The copy, made and kept with those that come with it, or given without being kept where the disk does
    not take it. Raises `StorageError` where the original cannot be read, `ProbesUnavailable`.
    """
    media, batch, part = media_of(wish.part), wish.batch, wish.part
    wanted = Wanted(media, wish.kind, wish.page, SECONDS_TO_PLAY if wish.kind == PLAY else SECONDS)
    drawn = (_small if part.bytes <= IN_MEMORY else _large)(shop, batch, part, key, wanted)
    if drawn.state == "damaged":
        raise NoGoodCopy(f"{part.object_id} cannot be opened", {})
    kept, shown = True, shown_by(shop.vault, batch, part, key)
    try:
        for one in together(media, wish.kind):
            shop.copies.put(shown, of_page(one, wish.page), drawn.parts.get(one, b""))
    except OSError as fault:
        kept = False
        _log.warning("a use copy cannot be kept: %s", fault.strerror)
    if not shop.there(wish.item):
        shop.copies.forget(batch, [part.object_id])
    return Made(drawn.parts.get(wish.kind, b""), kept)


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
