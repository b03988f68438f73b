"""The public ledger had back from sites whose files are damaged in turn."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from databases import new_database_file

from archive.events import BatchSecured
from archive.held_tree import HeldTree
from archive.ledger import Ledger
from archive.notes import Checkpoint, Ed25519Signer
from archive.tiles import TileName, bundles_between, read_tile, tiles_between
from processes.recovery.recover_tree import Incomplete, open_entries, read_envelopes, read_tree
from storage.site import put
from storage.site_local import LocalSite, prepare

ORIGIN = "lantai/a1"
TIME = "2026-11-21T12:00:00Z"
SIZE = 256 * 3 + 40


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Checkpoint]:
    """A site that has the public files of a ledger of four bundles."""
    folder = tmp_path_factory.mktemp("published")
    database = new_database_file(folder / "database.sqlite")
    ledger = Ledger(database, ORIGIN)
    with database.write() as tx:
        ledger.append(tx, [BatchSecured(f"b{n}", ("site-a",)) for n in range(SIZE)], TIME)
    head = ledger.sign_head(Ed25519Signer(ORIGIN, bytes(32)), TIME)
    prepare(folder / "site")
    site = LocalSite("site", folder / "site")
    with database.read() as conn:
        for name in tiles_between(0, SIZE):
            put(site, f"ledger/{name.path}", read_tile(conn, name))
        for name in bundles_between(0, SIZE):
            put(site, f"ledger/{name.path}", ledger.bundle(conn, name))
    site.settle()
    database.close()
    return folder / "site", head


@pytest.fixture
def sites(published: tuple[Path, Checkpoint], tmp_path: Path) -> list[LocalSite]:
    return [LocalSite(n, Path(shutil.copytree(published[0], tmp_path / n))) for n in ("one", "two")]


@pytest.fixture
def head(published: tuple[Path, Checkpoint]) -> Checkpoint:
    return published[1]


def file(site: LocalSite, name: TileName) -> Path:
    return site.root / f"ledger/{name.path}"


def spoil(path: Path, place: int = 100) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def whole(tree: HeldTree, head: Checkpoint, sites: list[LocalSite]) -> None:
    assert tree.root(head.size) == head.root
    for name in bundles_between(0, head.size):
        assert len(read_envelopes(sites, name, tree.leaves(name.number))) == name.width


def test_a_whole_site_gives_its_ledger(head: Checkpoint, sites: list[LocalSite]) -> None:
    whole(read_tree(sites[:1], head), head, sites[:1])


def test_no_tile_is_needed_where_the_entries_lead_to_the_root(
    head: Checkpoint, sites: list[LocalSite]
) -> None:
    for name in tiles_between(0, SIZE):
        file(sites[0], name).unlink()
    whole(read_tree(sites[:1], head), head, sites[:1])


@pytest.mark.parametrize("tiles", ["whole", "damaged", "gone"])
def test_bundles_damaged_in_turn_are_taken_from_the_other_site(
    head: Checkpoint, sites: list[LocalSite], tiles: str
) -> None:
    for name in bundles_between(0, SIZE):
        spoil(file(sites[name.number % 2], name))
    for name in tiles_between(0, SIZE):
        for site in sites:
            if tiles == "gone" and name.level == 0:
                file(site, name).unlink()
            elif tiles == "damaged" and (name.number + sites.index(site)) % 2:
                spoil(file(site, name), 8)
    whole(read_tree(sites, head), head, sites)


def test_an_altered_entry_whose_tile_was_altered_too_is_seen(
    head: Checkpoint, sites: list[LocalSite]
) -> None:
    """Whoever can write at a site can make a bundle and its tile fit: the tile above tells."""
    name = TileName(-1, 1)
    envelopes = open_entries(file(sites[0], name).read_bytes())
    envelopes[3] = envelopes[3].replace(b'"time":"2026', b'"time":"2025')
    pieces = [len(one).to_bytes(2, "big") + one for one in envelopes]
    file(sites[0], name).write_bytes(b"".join(pieces))
    with pytest.raises(Incomplete):
        read_tree(sites[:1], head)
    tree = read_tree(sites, head)
    whole(tree, head, sites)
    assert b'"time":"2026' in read_envelopes(sites, name, tree.leaves(1))[3]


def test_entries_of_one_bundle_are_put_together_from_two_sites(
    head: Checkpoint, sites: list[LocalSite]
) -> None:
    name = TileName(-1, 2)
    spoil(file(sites[0], name), 50)
    spoil(file(sites[1], name), file(sites[1], name).stat().st_size - 50)
    whole(read_tree(sites, head), head, sites)


@pytest.mark.parametrize("harm", ["flipped", "cut", "emptied", "gone", "long"])
def test_what_no_site_has_is_named(head: Checkpoint, sites: list[LocalSite], harm: str) -> None:
    name = TileName(-1, 3, 40)
    for site in sites:
        path = file(site, name)
        if harm == "gone":
            path.unlink()
        elif harm == "flipped":
            spoil(path)
        else:
            content = path.read_bytes()
            path.write_bytes({"cut": content[:-1], "emptied": b"", "long": content + b"\0"}[harm])
    with pytest.raises(Incomplete) as fault:
        read_tree(sites, head)
    assert fault.value.names == (f"ledger/{name.path}",)


def test_where_nothing_is_left_everything_is_named(head: Checkpoint, sites: list[LocalSite]) -> None:
    for path in (sites[0].root / "ledger").rglob("*"):
        if path.is_file():
            path.write_bytes(b"nonsense")
    with pytest.raises(Incomplete) as fault:
        read_tree(sites[:1], head)
    assert len(fault.value.names) == 4


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 65_536, 65_537])
def test_the_tree_in_memory_is_the_tree(size: int) -> None:
    from archive.merkle import leaf_hash, tree_root

    leaves = [leaf_hash(n.to_bytes(4, "big")) for n in range(size)]
    tree = HeldTree([b"".join(leaves[at : at + 256]) for at in range(0, size, 256)])

    def node(height: int, index: int) -> bytes:
        level = leaves[index << height : (index + 1) << height]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=True)
            from archive.merkle import node_hash

            level = [node_hash(one, other) for one, other in pairs]
        return level[0]

    assert tree.root(size) == tree_root(size, node)
