"""Digests of content in one pass."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.digests import Digests, _LibrarySm3, digests_of
from policies.suites import COMMERCIAL, SHA256, SM3, SUITES

BOTH = COMMERCIAL.digests
LONG = bytes(range(256)) * 4096


@pytest.mark.parametrize(
    ("text", "sm3"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_is_that_of_the_standard_whichever_library_does_it(text: bytes, sm3: str) -> None:
    """GB/T 32905-2016, appendix A."""
    assert digests_of([text], BOTH) == {SHA256: hashlib.sha256(text).hexdigest(), SM3: sm3}
    library = _LibrarySm3()
    library.update(text)
    assert library.hexdigest() == library.hexdigest() == sm3


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 1 << 19), max_size=6))
def test_no_way_of_cutting_a_content_makes_a_difference(lengths: list[int]) -> None:
    buffer, found, content = bytearray(1 << 19), Digests(BOTH), b""
    for length in lengths:  # one buffer for all, as when a file is read
        piece = memoryview(buffer)[:length]
        piece[:] = LONG[len(content) % 256 :][:length]
        content += piece
        found.update(piece)
        found.settle()
    assert found.hex(SHA256) == hashlib.sha256(content).hexdigest()
    assert found.hex(SM3) == hashlib.new("sm3", content).hexdigest()


def test_what_was_not_asked_for_is_not_there_and_what_is_unknown_is_refused() -> None:
    found = Digests()
    found.update(b"abc")
    assert (found.hex(SM3), len(found.hex(SHA256))) == ("", 64)
    with pytest.raises(ValueError, match="md5"):
        Digests(["md5"])


def test_every_suite_has_the_digest_of_record_first() -> None:
    assert all(suite.digests[0] == SHA256 for suite in SUITES.values())
