from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from policies.canonical import canonical

ASCII_KEYS = st.text(st.characters(max_codepoint=127), max_size=6)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ASCII_KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_the_bytes_are_those_of_another_implementation(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(VALUES)
def test_what_is_written_reads_back_as_the_same_value(value: Any) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(ASCII_KEYS, SCALARS, max_size=6))
def test_the_order_of_keys_does_not_matter(value: dict[str, Any]) -> None:
    assert canonical(value) == canonical(dict(reversed(value.items())))


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), {"a": [0.5]}, {1: "a"}, {"题名": "a"}, b"bytes", {"a": {2, 3}}]
)
def test_what_has_no_one_spelling_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800", {"a": ["\udfff"]}])
def test_large_integers_and_lone_surrogates_are_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical(value)


def test_a_tuple_is_an_array() -> None:
    assert (
        canonical({"b": (1, True, None), "a": "·\n\x1f"}) == '{"a":"·\\n\\u001f","b":[1,true,null]}'.encode()
    )
