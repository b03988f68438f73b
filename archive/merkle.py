"""The Merkle tree of RFC 6962 over SHA-256, as arithmetic on hashes.

Knows no database, file or clock. Building needs a `Nodes` function that gives the hash of a
complete subtree; `archive.tiles` has one over stored tiles. Verifying needs nothing.
Not here: leaves and what they mean, signatures, who may be trusted for a root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from archive.errors import ProofInvalid

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Nodes = Callable[[int, int], bytes]
"""`nodes(height, index)`: hash of the complete subtree over the 2**height leaves from `index << height`."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes, set apart from inner nodes by a zero byte (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(size: int, nodes: Nodes) -> bytes:
    """The root over the first `size` leaves; the hash of nothing for size 0 (RFC 6962 §2.1)."""
    return _range_root(0, size, nodes) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of `size` leaves, sibling first (RFC 6962 §2.1.1).

    Raises ValueError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(middle, end, nodes))
            end = middle
        else:
            path.append(_range_root(start, middle, nodes))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, nodes: Nodes) -> tuple[bytes, ...]:
    """That the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 6962 §2.1.2).

    Empty for equal sizes. Raises ValueError unless 0 < old <= new: the empty tree proves nothing.
    """
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new}")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_root(middle, end, nodes))
            end = middle
        else:
            path.append(_range_root(start, middle, nodes))
            start, whole = middle, False
    if not whole:
        path.append(_range_root(start, end, nodes))
    return tuple(reversed(path))


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf whose hash is `leaf` stands at `index` of the tree `size`, `root`.

    Raises ProofInvalid otherwise, also for hashes that are not 32 bytes. Source: RFC 9162 §2.1.3.2.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"no leaf {index} in a tree of {size}")
    _need_hashes(leaf, root, *proof)
    position, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofInvalid("inclusion proof is too long")
        if position & 1 or position == last:
            value = node_hash(sibling, value)
            position, last = _climb_to_right_child(position, last)
        else:
            value = node_hash(value, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofInvalid("inclusion proof is too short")
    if value != root:
        raise ProofInvalid("inclusion proof does not lead to the root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree `old`, `old_root` is a prefix of the tree `new`, `new_root`.

    Raises ProofInvalid otherwise. The empty tree is refused: everything is consistent with it, so
    a proof from it is no evidence. Source: RFC 9162 §2.1.4.2.
    """
    if not 0 < old <= new:
        raise ProofInvalid(f"no consistency proof from {old} to {new}")
    if old == new:
        if proof or old_root != new_root:
            raise ProofInvalid("equal sizes with different roots, or a proof where none is wanted")
        return
    _need_hashes(old_root, new_root, *proof)
    path = list(proof)
    if old & (old - 1) == 0:  # a complete tree is its own first node, and is left out of the proof
        path.insert(0, old_root)
    if not path:
        raise ProofInvalid("consistency proof is empty")
    if _climb(old, new, path) != (old_root, new_root):
        raise ProofInvalid("consistency proof does not lead to the roots")


def _climb(old: int, new: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """The two roots that a consistency proof leads to."""
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_value = new_value = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofInvalid("consistency proof is too long")
        if position & 1 or position == last:
            old_value = node_hash(sibling, old_value)
            new_value = node_hash(sibling, new_value)
            position, last = _climb_to_right_child(position, last)
        else:
            new_value = node_hash(new_value, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofInvalid("consistency proof is too short")
    return old_value, new_value


def _climb_to_right_child(position: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the last node stands alone and is carried up unhashed."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _need_hashes(*values: bytes) -> None:
    if any(len(value) != HASH_BYTES for value in values):
        raise ProofInvalid("a hash that is not 32 bytes long")


def _split(count: int) -> int:
    """The largest power of two smaller than `count` (count > 1)."""
    return 1 << (count - 1).bit_length() - 1


def _range_root(start: int, end: int, nodes: Nodes) -> bytes:
    """The root over leaves [start, end), where `start` is aligned as the splits of RFC 6962 leave it."""
    parts: list[bytes] = []
    while start < end:
        height = (end - start).bit_length() - 1
        parts.append(nodes(height, start >> height))
        start += 1 << height
    value = parts.pop()
    while parts:
        value = node_hash(parts.pop(), value)
    return value
