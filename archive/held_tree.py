"""A whole Merkle tree in memory: 32 bytes a leaf, and little more.

For trees that come from elsewhere and are not trusted yet. Not here: the tree of the ledger in its database
(`archive.tiles`), where the hashes come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archive.errors import LedgerDamaged
from archive.merkle import HASH_BYTES, consistency_proof, tree_root
from archive.tiles import WIDTH, layers_of

_HEIGHT = 8
TILE_BYTES = WIDTH * HASH_BYTES

Tiles = Mapping[tuple[int, int], bytes]
"""Contents of tiles by level and number."""


class HeldTree:
    """The tree over the leaf hashes in `leaves`: a piece for each 256, the last one shorter or not."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.size = sum(map(len, leaves)) // HASH_BYTES
        self._tiles: Tiles = tiles_over(leaves, self.size)

    def leaves(self, number: int) -> bytes:
        """The leaf hashes of bundle `number`, one after the other."""
        return self._tiles[0, number]

    def root(self, size: int) -> bytes:
        """The root over the first `size` leaves. Raises LedgerDamaged beyond the end."""
        return tree_root(size, self._node)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """That the tree of `new` continues that of `old`; ValueError unless 0 < old <= new."""
        return consistency_proof(old, new, self._node)

    def _node(self, height: int, index: int) -> bytes:
        return node_of(self._tiles, height, index)


def tiles_over(leaves: Sequence[bytes], size: int) -> dict[tuple[int, int], bytes]:
    """Every tile of the tree over the `size` leaves in `leaves`; an empty piece stands for leaves that are
    not known, and all above it stay unknown.
    """
    tiles: dict[tuple[int, int], bytes] = {}
    level, pieces = 0, list(leaves)
    while pieces:
        tiles.update({(level, n): piece for n, piece in enumerate(pieces) if piece})
        level, size = level + 1, size >> _HEIGHT
        roots = [root_of(piece) for piece in pieces[:size]]
        groups = [roots[at : at + WIDTH] for at in range(0, size, WIDTH)]
        pieces = [b"".join(group) if all(group) else b"" for group in groups]
    return tiles


def root_of(tile: bytes) -> bytes:
    """The root over a full tile; nothing for one that is not known."""
    return layers_of(tile)[_HEIGHT][0] if tile else b""


def node_of(tiles: Tiles, height: int, index: int) -> bytes:
    """`merkle.Nodes` over `tiles`. Raises LedgerDamaged where they do not reach."""
    level, rest = divmod(height, _HEIGHT)
    number, offset = divmod(index << rest, WIDTH)
    layers = layers_of(tiles.get((level, number), b""))
    position = offset >> rest
    if position >= len(layers[rest]):
        raise LedgerDamaged(f"tile {level}/{number} is not known")
    return layers[rest][position]
