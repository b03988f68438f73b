"""The files of one carrier, each with where its content comes from.

A sealed carrier is laid out like a site below `data/`: the same sealed objects, and the ledger up to one
signed head. It holds neither keyrings nor the recovery file unless that was asked for in full knowledge:
what lies in a safe cannot be destroyed when a record is. A plain one has the files under their codes.
Not done here: lists for people (`carrier_lists`), labels (`carrier_papers`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from blake3 import blake3

from archive.catalogue import Record
from archive.model import Component, Item
from archive.notes import Checkpoint
from archive.tiles import TileName, bundles_between, read_tile, tiles_between
from ingest.payloads import ARCHIVE_KEYRING, Bundles, payloads_path
from ingest.publish import CHECKPOINT
from ingest.tools import Tools
from policies.portable import portable_name, suffix_of
from processes.finding.deliver import pieces_of
from processes.packages.packing import PAYLOAD, Part
from storage.errors import ObjectDamaged, RecoveryOutdated, SecretFileDamaged
from storage.keyring import Keyring, keyring_name
from storage.recovery import RECOVERY_NAME, is_sound
from storage.site import Buffer, Site
from storage.vault import object_name


@dataclass
class Contents:
    """Opens the content of items, one keyring at hand: those of one batch mostly follow one another."""

    tools: Tools
    _keyrings: dict[str, Keyring] = field(default_factory=dict)

    def pieces(self, batch: str, part: Component) -> Iterator[bytes]:
        """A component's content, verified to its last byte. Raises `StorageError`."""
        if batch not in self._keyrings:
            self._keyrings = {batch: self.tools.vault.keyring(batch)}
        return pieces_of(self.tools.vault, self._keyrings[batch], part)


def plain_parts(contents: Contents, record: Record) -> Iterator[Part]:
    """An item's files under its code, in folders of fonds, category and year."""
    for part, path in zip(record.item.components, plain_paths(record.item), strict=True):
        yield Part(path, partial(contents.pieces, record.item.batch, part))


def plain_paths(item: Item) -> list[str]:
    """Where a plain carrier has the item's components, in their order."""
    folder = "/".join(portable_name(name or "-") for name in (item.fonds, item.category, item.year))
    several = len(item.components) > 1
    return [
        f"{PAYLOAD}{folder}/" + portable_name(f"{item.code}{f'_{n:02}' * several}{suffix_of(part.file)}")
        for n, part in enumerate(item.components, 1)
    ]


def sealed_parts(tools: Tools, record: Record) -> Iterator[Part]:
    """An item's sealed objects, under the names that sites have them by, from whichever site."""
    for part in record.item.components:
        name = object_name(record.item.batch, part.object_id)
        sources = [partial(_sealed, tools.vault.site(site), name, part) for site in tools.vault.sites]
        yield Part(f"{PAYLOAD}{name}", sources[0], tuple(sources[1:]))


def _sealed(site: Site, name: str, part: Component) -> Iterator[Buffer]:
    """The sealed bytes as `site` has them. Raises `ObjectError` where they are not whole, `SiteError`."""
    found, size = blake3(), 0
    for piece in site.stream(name):
        found.update(piece)
        size += memoryview(piece).nbytes
        yield piece
    if (size, found.hexdigest()) != (part.sealed_bytes, part.sealed_blake3):
        raise ObjectDamaged(name, "its digest differs", site.name)


def ledger_parts(tools: Tools, head: Checkpoint) -> Iterator[Part]:
    """The ledger up to `head`: tiles, envelopes, payloads sealed anew from the database, and the head.

    What the database says was held against tree and commitments (`Bundles`): no site's damage is copied.
    """
    for name in tiles_between(0, head.size):
        yield _part(f"ledger/{name.path}", partial(_tile, tools, name))
    for name in bundles_between(0, head.size):
        yield _part(f"ledger/{name.path}", partial(_bundle, tools, name))
        yield _part(payloads_path(name), partial(_payloads, tools, name, head.size))
    yield _part(CHECKPOINT, lambda: head.note.encode())


def key_parts(tools: Tools, batches: Iterable[str]) -> Iterator[Part]:
    """The keyrings of `batches` and of the archive, and the recovery file."""
    for batch in (*batches, ARCHIVE_KEYRING):
        yield _part(keyring_name(batch), partial(_keyring, tools, batch))
    yield _part(RECOVERY_NAME, partial(_recovery, tools))


def _part(name: str, content: Callable[[], bytes]) -> Part:
    kept: list[bytes] = []

    def pieces() -> list[bytes]:
        """Made once: what is sealed anew differs from time to time."""
        if not kept:
            kept.append(content())
        return kept

    return Part(f"{PAYLOAD}{name}", pieces)


def _tile(tools: Tools, name: TileName) -> bytes:
    with tools.database.read() as conn:
        return read_tile(conn, name)


def _bundle(tools: Tools, name: TileName) -> bytes:
    with tools.database.read() as conn:
        return tools.ledger.bundle(conn, name)


def _payloads(tools: Tools, name: TileName, size: int) -> bytes:
    with tools.database.read() as conn:
        return Bundles(tools, conn, size).payloads(name)


def _keyring(tools: Tools, batch: str) -> bytes:
    return tools.vault.keyring(batch).to_bytes()


def _recovery(tools: Tools) -> bytes:
    """Made by the home: what a site has may be damaged, or from before the keys changed. Only a home that
    cannot make one takes what a site has.
    """
    keychain = tools.keychain
    try:
        return keychain.part.seal(keychain.recovery(tools.vault.archive_id))
    except RecoveryOutdated:
        return tools.vault.get_small(RECOVERY_NAME, _sound)[0]


def _sound(data: bytes) -> bytes:
    if not is_sound(data):
        raise SecretFileDamaged("the recovery file is not whole")
    return data
