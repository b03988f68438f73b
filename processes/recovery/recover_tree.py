"""The public ledger, had back from several sites and verified against one signed head.

The entries of a site are taken as they are and their tree is computed; where it leads to the signed root,
all of them are genuine. Only where it does not are the tiles read, from the root downwards: each is held
against the one above it, so that of two files of one name the right one is known and the other is not.
Not done here: which head (`recover_heads`), payloads (`recover_payloads`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product

from archive.errors import LedgerDamaged
from archive.held_tree import HeldTree, node_of, root_of, tiles_over
from archive.merkle import HASH_BYTES, leaf_hash, tree_root
from archive.notes import Checkpoint
from archive.tiles import WIDTH, TileName, bundles_between, tiles_between
from policies.errors import LantaiError
from storage.errors import ObjectError, SiteError
from storage.site import Site

_LENGTH = struct.Struct(">H")
_MOST_TRIES = 4096


class Incomplete(LantaiError):
    """What a head promises stands whole at no site that can be read. `names` are the files."""

    code = "ledger-incomplete"

    def __init__(self, head: Checkpoint, names: Sequence[str]) -> None:
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        super().__init__(f"the ledger of {head.size} entries is nowhere whole: {shown}")
        self.head = head
        self.names = tuple(names)


def read_tree(sites: Sequence[Site], head: Checkpoint) -> HeldTree:
    """The tree under `head`, whose every entry can be had. Raises Incomplete naming what cannot."""
    names = list(bundles_between(0, head.size))
    leaves = [next(_leaves_of(sites, name), b"") for name in names]
    if all(leaves):
        tree = HeldTree(leaves)
        if tree.root(head.size) == head.root:
            return tree
    return _from_above(sites, head, names, leaves)


def read_envelopes(sites: Sequence[Site], name: TileName, leaves: bytes) -> list[bytes]:
    """The envelopes of a bundle, each of which must have the leaf hash in `leaves`; the longest run from the
    start for which every one can be had.
    """
    wanted = [leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES)]
    found: list[bytes | None] = [None] * len(wanted)
    for bundle in _bundles_of(sites, name):
        for place, (read, leaf) in enumerate(zip(bundle, wanted, strict=True)):
            if found[place] is None and leaf_hash(read) == leaf:
                found[place] = read
        if None not in found:
            break
    run: list[bytes] = []
    for envelope in found:
        if envelope is None:
            break
        run.append(envelope)
    return run


def open_entries(bundle: bytes) -> list[bytes]:
    """A published bundle's envelopes. Raises ValueError for one that is cut or too long."""
    envelopes, at = [], 0
    while at < len(bundle):
        (length,) = _LENGTH.unpack_from(bundle.ljust(at + _LENGTH.size, b"\0"), at)
        at += _LENGTH.size
        if at + length > len(bundle):
            raise ValueError("the bundle ends within an entry")
        envelopes.append(bundle[at : at + length])
        at += length
    return envelopes


def read_files(sites: Sequence[Site], name: str) -> Iterator[bytes]:
    """What each site has under a name, passing over those that have nothing or are away."""
    for site in sites:
        with suppress(SiteError, ObjectError):
            yield site.read(name)


def _bundles_of(sites: Sequence[Site], name: TileName) -> Iterator[list[bytes]]:
    for data in read_files(sites, f"ledger/{name.path}"):
        with suppress(ValueError):
            envelopes = open_entries(data)
            if len(envelopes) == name.width:
                yield envelopes


def _leaves_of(sites: Sequence[Site], name: TileName) -> Iterator[bytes]:
    for envelopes in _bundles_of(sites, name):
        yield b"".join(map(leaf_hash, envelopes))


def _from_above(
    sites: Sequence[Site], head: Checkpoint, names: Sequence[TileName], leaves: Sequence[bytes]
) -> HeldTree:
    computed = tiles_over(leaves, head.size)

    def candidates(name: TileName) -> Iterator[bytes]:
        """What may be the tile: as the entries make it, as each site has it, as other entries make it."""
        at_hand = computed.get((name.level, name.number), b"")
        found = [at_hand, *read_files(sites, f"ledger/{name.path}")]
        if name.level == 0:
            found += _leaves_of(sites, TileName(-1, name.number, name.width))
        yield from dict.fromkeys(tile for tile in found if len(tile) == name.width * HASH_BYTES)

    tiles = list(tiles_between(0, head.size))
    known = _right_edge(head, [name for name in tiles if name.width < WIDTH], candidates)
    for name in sorted(tiles, key=lambda name: -name.level):
        if name.width == WIDTH:
            _hold_against(name, known, candidates(name))
    missing = [f"ledger/{name.path}" for name in tiles if name.level == 0 and (0, name.number) not in known]
    for name in names:
        held = known.get((0, name.number))
        if held is not None and len(read_envelopes(sites, name, held)) < name.width:
            missing.append(f"ledger/{name.path}")
    if missing:
        raise Incomplete(head, missing)
    return HeldTree([known[0, name.number] for name in names])


def _right_edge(
    head: Checkpoint, names: Sequence[TileName], candidates: Callable[[TileName], Iterable[bytes]]
) -> dict[tuple[int, int], bytes]:
    """The tiles that are not full: together they make the root, so they are right together. None where no
    choice of what the sites have does.
    """
    choices = [list(candidates(name)) for name in names]
    for tried, choice in enumerate(product(*choices)):
        if tried >= _MOST_TRIES:
            break
        tiles = {(name.level, name.number): tile for name, tile in zip(names, choice, strict=True)}
        if _leads_to(tiles, head):
            return tiles
    return {}


def _leads_to(tiles: Mapping[tuple[int, int], bytes], head: Checkpoint) -> bool:
    try:
        return tree_root(head.size, lambda height, index: node_of(tiles, height, index)) == head.root
    except LedgerDamaged:
        return False


def _hold_against(name: TileName, known: dict[tuple[int, int], bytes], found: Iterable[bytes]) -> None:
    """Take the full tile whose root is what the tile above says of it, if any; above each there is one."""
    above = known.get((name.level + 1, name.number // WIDTH), b"")
    at = name.number % WIDTH * HASH_BYTES
    wanted = above[at : at + HASH_BYTES]
    for tile in found if wanted else ():
        if root_of(tile) == wanted:
            known[name.level, name.number] = tile
            return
