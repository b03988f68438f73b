"""The Merkle tree's hashes as C2SP tlog-tiles, kept in the table `tile`.

A tile holds up to 256 consecutive hashes of one level; level l has the complete subtrees of height
8 * l. The rightmost tile of a level grows in place, so a smaller tree's partial tile is a prefix of
what is stored. Source: c2sp.org/tlog-tiles. Not here: entries, checkpoints, the arithmetic of proofs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from archive.errors import LedgerDamaged
from archive.merkle import HASH_BYTES, node_hash
from archive.tables import tile

WIDTH = 256
_HEIGHT = 8
_TILE_BYTES = WIDTH * HASH_BYTES


@dataclass(frozen=True, slots=True)
class TileName:
    """One tile (level >= 0) or entry bundle (level -1); `width` is 256 for a full one."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix, such as `tile/0/x001/x234/067.p/12`."""
        level = "entries" if self.level < 0 else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_number_path(self.number)}{partial}"


def append_leaves(tx: Connection, size: int, leaf_hashes: Sequence[bytes]) -> None:
    """Put `leaf_hashes` behind the `size` leaves that are there. Call inside the write transaction."""
    level, grown = 0, list(leaf_hashes)
    while grown:
        grown = _append_level(tx, level, size, grown)
        level, size = level + 1, size >> _HEIGHT


def _append_level(tx: Connection, level: int, size: int, grown: list[bytes]) -> list[bytes]:
    """Append to one level; returns the roots of the tiles that became full, for the level above."""
    first, width = divmod(size, WIDTH)
    content = (_stored(tx, level, first)[: width * HASH_BYTES] if width else b"") + b"".join(grown)
    if len(content) != (width + len(grown)) * HASH_BYTES:
        raise LedgerDamaged(f"tile {level}/{first} is shorter than the ledger")
    pieces = [content[at : at + _TILE_BYTES] for at in range(0, len(content), _TILE_BYTES)]
    tx.execute(delete(tile).where(tile.c.level == level, tile.c.number >= first))
    tx.execute(
        insert(tile),
        [{"level": level, "number": first + n, "hashes": piece} for n, piece in enumerate(pieces)],
    )
    return [layers_of(piece)[_HEIGHT][0] for piece in pieces if len(piece) == _TILE_BYTES]


class TileReader:
    """Nodes of the tree from stored tiles, each tile read and folded once. Use it inside one `read()`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._folded: dict[tuple[int, int], list[list[bytes]]] = {}

    def node(self, height: int, index: int) -> bytes:
        """The hash of the complete subtree of `height` at `index` (`merkle.Nodes`).

        Raises LedgerDamaged when the stored tiles do not reach it.
        """
        level, rest = divmod(height, _HEIGHT)
        number, offset = divmod(index << rest, WIDTH)
        layers = self._folded.get((level, number))
        if layers is None:
            layers = layers_of(_stored(self._connection, level, number))
            self._folded[level, number] = layers
        position = offset >> rest
        if position >= len(layers[rest]):
            raise LedgerDamaged(f"tile {level}/{number} is shorter than the ledger")
        return layers[rest][position]


def read_tile(connection: Connection, name: TileName) -> bytes:
    """The bytes of a hash tile as published: `width` hashes. Raises LedgerDamaged when it is shorter."""
    content = _stored(connection, name.level, name.number)[: name.width * HASH_BYTES]
    if len(content) != name.width * HASH_BYTES:
        raise LedgerDamaged(f"{name.path} is shorter than the ledger")
    return content


def tiles_between(old: int, new: int) -> Iterator[TileName]:
    """The hash tiles of a tree of `new` leaves that a tree of `old` leaves did not have, lowest first.

    Partial tiles of the new size are among them; `tiles_between(0, size)` is the whole tree.
    """
    level = 0
    while new:
        yield from _changed(level, old, new)
        level, old, new = level + 1, old >> _HEIGHT, new >> _HEIGHT


def bundles_between(old: int, new: int) -> Iterator[TileName]:
    """The entry bundles that changed when the tree grew from `old` to `new` leaves."""
    yield from _changed(-1, old, new)


def _changed(level: int, old: int, new: int) -> Iterator[TileName]:
    if old < new:
        for number in range(old // WIDTH, -(-new // WIDTH)):
            yield TileName(level, number, min(WIDTH, new - number * WIDTH))


def _number_path(number: int) -> str:
    """`1234067` as `x001/x234/067`: no directory of more than a thousand, no file that is a directory."""
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03d}")
    return "/".join(reversed(parts))


def layers_of(content: bytes | bytearray) -> list[list[bytes]]:
    """A tile folded up: layer h has the complete subtrees that are 2**h hashes wide."""
    layers = [[bytes(content[at : at + HASH_BYTES]) for at in range(0, len(content), HASH_BYTES)]]
    for _ in range(_HEIGHT):
        below = layers[-1]
        layers.append([node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])
    return layers


def _stored(connection: Connection, level: int, number: int) -> bytes:
    query = select(tile.c.hashes).where(tile.c.level == level, tile.c.number == number)
    found = connection.execute(query).scalar()
    return bytes(found) if found is not None else b""
