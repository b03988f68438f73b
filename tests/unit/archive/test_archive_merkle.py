from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from archive_samples import leaves, naive_consistency, naive_path, naive_root
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ProofInvalid
from archive.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

SIZES = st.integers(1, 300)


def nodes_over(hashes: list[bytes]) -> Any:
    return lambda height, index: naive_root(hashes[index << height : (index + 1) << height])


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def accepted(case: dict[str, Any]) -> bool:
    proof = [decoded(part) for part in case["proof"] or []]
    try:
        if "leafIdx" in case:
            leaf, root = decoded(case["leafHash"]), decoded(case["root"])
            verify_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)
        else:
            roots = decoded(case["root1"]), decoded(case["root2"])
            verify_consistency(case["size1"], case["size2"], *roots, proof)
    except ProofInvalid:
        return False
    return True


def test_every_published_vector_has_the_wanted_outcome(vectors: Path) -> None:
    cases = json.loads((vectors / "merkle_test.json").read_text(encoding="utf-8"))
    wrong = [name for name, case in cases.items() if accepted(case) is case["wantErr"]]
    assert len(cases) == 196
    assert not wrong


def test_a_leaf_and_an_inner_node_never_have_the_same_hash() -> None:
    left, right = leaves(2)
    assert leaf_hash(left + right) != naive_root([left, right])


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert tree_root(0, nodes_over([])) == EMPTY_ROOT == naive_root([])


@given(SIZES, st.data())
def test_an_inclusion_proof_is_the_naive_one_and_verifies(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    proof = inclusion_proof(index, size, nodes_over(hashes))
    assert list(proof) == naive_path(index, hashes)
    verify_inclusion(index, size, hashes[index], proof, naive_root(hashes))


@given(SIZES, st.data())
def test_a_consistency_proof_is_the_naive_one_and_verifies(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    hashes = leaves(size)
    proof = consistency_proof(old, size, nodes_over(hashes))
    assert list(proof) == naive_consistency(old, hashes)
    verify_consistency(old, size, naive_root(hashes[:old]), naive_root(hashes), proof)


@given(st.integers(2, 100), st.data())
def test_a_proof_for_one_place_proves_no_other(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    hashes = leaves(size)
    proof = inclusion_proof(index, size, nodes_over(hashes))
    with pytest.raises(ProofInvalid):
        verify_inclusion(other, size, hashes[index], proof, naive_root(hashes))


@given(st.integers(2, 100), st.data())
def test_a_tree_that_was_rewritten_is_not_consistent(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    before, after = leaves(size), leaves(size)
    after[changed] = leaf_hash(b"rewritten")
    proof = consistency_proof(old, size, nodes_over(after))
    with pytest.raises(ProofInvalid):
        verify_consistency(old, size, naive_root(before[:old]), naive_root(after), proof)


@given(st.integers(2, 60), st.data())
def test_no_hash_of_a_proof_can_be_changed_dropped_or_added(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    proof = list(inclusion_proof(index, size, nodes_over(hashes)))
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    forged = [
        [*proof[:at], flipped, *proof[at + 1 :]],
        proof[:at] + proof[at + 1 :],
        [*proof[:at], EMPTY_ROOT, *proof[at:]],
    ]
    for proof_of_nothing in forged:
        with pytest.raises(ProofInvalid):
            verify_inclusion(index, size, hashes[index], proof_of_nothing, naive_root(hashes))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (5, 4)])
def test_there_is_no_proof_for_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(index, size, nodes_over(leaves(size)))
    with pytest.raises(ProofInvalid):
        verify_inclusion(index, size, leaves(1)[0], [], leaves(1)[0])


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 3), (4, 3)])
def test_there_is_no_consistency_with_an_empty_or_a_larger_tree(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no consistency"):
        consistency_proof(old, new, nodes_over(leaves(new)))
    with pytest.raises(ProofInvalid):
        verify_consistency(old, new, EMPTY_ROOT, naive_root(leaves(new)), [])
