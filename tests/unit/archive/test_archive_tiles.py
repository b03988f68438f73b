from __future__ import annotations

import pytest
from archive_samples import leaves, naive_consistency, naive_path, naive_root
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from archive.database import Database
from archive.errors import LedgerDamaged
from archive.merkle import consistency_proof, inclusion_proof, tree_root
from archive.tables import tile
from archive.tiles import TileName, TileReader, append_leaves, bundles_between, read_tile, tiles_between

SLOW_FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def fill(database: Database, steps: list[int]) -> list[bytes]:
    """A tree grown by `steps` appends from nothing; returns its leaf hashes."""
    hashes = leaves(sum(steps))
    with database.write() as tx:
        tx.execute(delete(tile))
        size = 0
        for step in steps:
            append_leaves(tx, size, hashes[size : size + step])
            size += step
    return hashes


@SLOW_FIXTURE
@given(st.lists(st.integers(0, 600), min_size=1, max_size=4).filter(any), st.data())
def test_tiles_give_the_roots_and_proofs_of_the_naive_tree(
    database: Database, steps: list[int], data: st.DataObject
) -> None:
    hashes = fill(database, steps)
    size = data.draw(st.integers(1, len(hashes)))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    with database.read() as connection:
        node = TileReader(connection).node
        assert tree_root(size, node) == naive_root(hashes[:size])
        assert list(inclusion_proof(index, size, node)) == naive_path(index, hashes[:size])
        assert list(consistency_proof(old, size, node)) == naive_consistency(old, hashes[:size])


@SLOW_FIXTURE
@given(st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_how_a_tree_grew_leaves_no_trace_in_its_tiles(database: Database, steps: list[int]) -> None:
    everything = select(tile).order_by(tile.c.level, tile.c.number)
    fill(database, steps)
    with database.read() as connection:
        grown = connection.execute(everything).all()
    fill(database, [sum(steps)])
    with database.read() as connection:
        assert connection.execute(everything).all() == grown


def test_a_tree_of_70000_has_the_tiles_that_the_format_says(database: Database) -> None:
    hashes = fill(database, [70_000])
    names = list(tiles_between(0, 70_000))
    widths = {
        level: (sum(n.width == 256 for n in names if n.level == level), names_of(names, level)[-1].width)
        for level in (0, 1, 2)
    }
    assert widths == {0: (273, 112), 1: (1, 17), 2: (0, 1)}
    assert names_of(names, 0)[-1].path == "tile/0/273.p/112"
    with database.read() as connection:
        assert tree_root(70_000, TileReader(connection).node) == naive_root(hashes)
        assert read_tile(connection, TileName(2, 0, 1)) == naive_root(hashes[:65_536])


def names_of(names: list[TileName], level: int) -> list[TileName]:
    return [name for name in names if name.level == level]


@SLOW_FIXTURE
@given(st.integers(1, 700), st.integers(1, 700))
def test_a_smaller_tree_can_be_published_from_a_larger_one(database: Database, old: int, more: int) -> None:
    hashes = fill(database, [old + more])
    with database.read() as connection:
        for name in tiles_between(0, old):
            start = name.number * 256
            span = 256**name.level
            expected = [
                naive_root(hashes[n * span : (n + 1) * span]) for n in range(start, start + name.width)
            ]
            assert read_tile(connection, name) == b"".join(expected)


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_publishing_step_by_step_leaves_out_no_tile(first: int, second: int) -> None:
    middle, end = sorted((first, second))
    stepwise = {*tiles_between(0, middle), *tiles_between(middle, end)}
    assert set(tiles_between(0, end)) <= stepwise
    assert set(bundles_between(0, end)) <= {*bundles_between(0, middle), *bundles_between(middle, end)}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (TileName(0, 0), "tile/0/000"),
        (TileName(0, 999, 3), "tile/0/999.p/3"),
        (TileName(1, 1000), "tile/1/x001/000"),
        (TileName(0, 1_234_067), "tile/0/x001/x234/067"),
        (TileName(63, 1_234_067, 1), "tile/63/x001/x234/067.p/1"),
        (TileName(-1, 5, 255), "tile/entries/005.p/255"),
    ],
)
def test_a_tile_is_named_as_other_tools_expect(name: TileName, path: str) -> None:
    assert name.path == path


def test_a_lost_tile_is_damage_and_not_a_wrong_root(database: Database) -> None:
    fill(database, [600])
    with database.write() as tx:
        tx.execute(delete(tile).where(tile.c.level == 0, tile.c.number == 2))
    with database.read() as connection, pytest.raises(LedgerDamaged):
        tree_root(600, TileReader(connection).node)
    with database.write() as tx, pytest.raises(LedgerDamaged):
        append_leaves(tx, 600, leaves(1))
