"""The sealed-object format: the published vectors, through the library and through our own range code."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.suites import COBBLESTONE_256
from storage.errors import NoGoodCopy, ObjectDamaged
from storage.sealed_file import SealedFile
from storage.sealing import (
    CHUNK_BYTES,
    HEADER_BYTES,
    Chunks,
    Key,
    Opener,
    Sealer,
    context,
    plain_size,
    sealed_size,
)

KEY = Key(COBBLESTONE_256, bytes(range(32)))
BOUND = context("archive-1", "o1", "main")
WINDOW = 16 * CHUNK_BYTES


def seal(content: bytes, key: Key = KEY, bound: bytes = BOUND) -> bytes:
    sealer = Sealer(key, bound)
    return sealer.update(content) + sealer.finalize()


def pattern(length: int) -> bytes:
    """Bytes in which every place is recognisable."""
    return b"".join(n.to_bytes(4, "big") for n in range(length // 4 + 1))[:length]


def reader(sealed: bytes) -> Any:
    return lambda start, length: sealed[start : start + length]


def opened(sealed: bytes, key: Key = KEY, bound: bytes = BOUND) -> SealedFile:
    return SealedFile(reader(sealed), len(sealed), key, bound)


def published(vectors: Path) -> list[dict[str, Any]]:
    text = (vectors / "c2sp_chunked_encryption_aes_256_gcm_test.json").read_text(encoding="utf-8")
    cases = [case for group in json.loads(text)["testGroups"] for case in group["tests"]]
    assert len(cases) == 35
    for case in cases:
        case["sealed"] = zlib.decompress(bytes.fromhex(case["ct"]))
        case["secret"], case["bound"] = bytes.fromhex(case["key"]), bytes.fromhex(case["ctx"])
    return cases


def key_of(case: dict[str, Any]) -> Key:
    return Key(COBBLESTONE_256, case["secret"])


def given_out(case: dict[str, Any], piece_bytes: int) -> tuple[bytes, bool]:
    """What the opener gave out, and whether it came to a good end."""
    out = b""
    try:
        opener = Opener(key_of(case), case["bound"])
        for start in range(0, len(case["sealed"]), piece_bytes):
            out += opener.update(case["sealed"][start : start + piece_bytes])
        return out + opener.finalize(), True
    except (ObjectDamaged, ValueError):
        return out, False


@pytest.mark.parametrize("piece_bytes", [1000, CHUNK_BYTES + 16, 1 << 20])
def test_every_published_vector_has_its_outcome_when_opened_in_order(vectors: Path, piece_bytes: int) -> None:
    for case in published(vectors):
        out, good = given_out(case, piece_bytes)
        assert good is (case["result"] == "valid"), case["comment"]
        if good:
            assert hashlib.sha512(out).hexdigest() == case["msgSha512"], case["comment"]
        elif piece_bytes == 1000 and "msgLength" in case:
            assert len(out) <= case["msgLength"]
            assert hashlib.sha512(out).hexdigest() == case["msgSha512"], case["comment"]
        elif "msgLength" not in case:
            assert out == b"", case["comment"]


def test_every_published_vector_has_its_outcome_through_the_range_code(vectors: Path) -> None:
    for case in published(vectors):
        try:
            content = opened(case["sealed"], key_of(case), case["bound"]).read()
        except (ObjectDamaged, ValueError):
            assert case["result"] == "invalid", case["comment"]
        else:
            assert case["result"] == "valid", case["comment"]
            assert hashlib.sha512(content).hexdigest() == case["msgSha512"], case["comment"]


def test_ranges_at_every_chunk_boundary_of_the_valid_vectors_agree_with_the_library(vectors: Path) -> None:
    for case in published(vectors):
        if case["result"] != "valid":
            continue
        whole, _ = given_out(case, 1 << 20)
        file = opened(case["sealed"], key_of(case), case["bound"])
        edges = {0, len(whole), *range(0, len(whole) + 1, CHUNK_BYTES)}
        places = sorted({max(0, edge + by) for edge in edges for by in (-17, -1, 0, 1)})
        for place in places:
            for length in (0, 1, 16, 17, CHUNK_BYTES):
                file.seek(place)
                assert file.read(length) == whole[place : place + length], (case["comment"], place, length)


def test_derived_key_and_nonce_are_the_published_ones(vectors: Path) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    for case in published(vectors):
        if case["result"] != "valid":
            continue
        chunks = Chunks(key_of(case), case["bound"], case["sealed"][:HEADER_BYTES])
        last = case["msgLength"] // CHUNK_BYTES
        nonce = (int(case["baseNonce"], 16) ^ last).to_bytes(12, "big")
        sealed = case["sealed"][HEADER_BYTES + last * (CHUNK_BYTES + 16) :]
        assert AESGCM(bytes.fromhex(case["aeadKey"])).decrypt(nonce, sealed, None) == chunks.open(
            last, sealed
        )


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, WINDOW, WINDOW + 1])
def test_sealed_lengths_are_predicted_and_lead_back(length: int) -> None:
    sealed = seal(bytes(length))
    assert len(sealed) == sealed_size(length)
    assert plain_size(len(sealed)) == length


@given(st.integers(min_value=0, max_value=1 << 45))
def test_every_length_has_one_sealed_length(length: int) -> None:
    assert plain_size(sealed_size(length)) == length


@pytest.mark.parametrize("impossible", [0, 55, 56, 71, HEADER_BYTES + CHUNK_BYTES + 16, 56 + 16400 + 15])
def test_lengths_that_no_sealed_object_has_are_refused(impossible: int) -> None:
    with pytest.raises(ObjectDamaged):
        plain_size(impossible)


CONTENT = pattern(2 * WINDOW + 3 * CHUNK_BYTES + 77)
SEALED = seal(CONTENT)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(CONTENT) + 50), st.integers(0, WINDOW + 99)), max_size=6))
def test_a_sealed_file_reads_like_the_plain_one(steps: list[tuple[int, int]]) -> None:
    sealed, plain = opened(SEALED), io.BytesIO(CONTENT)
    for place, length in steps:
        assert sealed.seek(place) == plain.seek(place)
        assert sealed.read(length) == plain.read(length)
        assert sealed.tell() == plain.tell()
    assert sealed.seek(-5, io.SEEK_END) == plain.seek(-5, io.SEEK_END)
    assert sealed.read() == plain.read()


def test_a_sealed_file_knows_its_size_and_refuses_places_before_the_start() -> None:
    file = opened(SEALED)
    assert (file.size, file.readable(), file.seekable(), file.writable()) == (len(CONTENT), True, True, False)
    with pytest.raises(ValueError, match="before the start"):
        file.seek(-1)


@pytest.mark.parametrize("cut", [1, 76, 93, 94, 16400, 3 * 16400 + 93, len(SEALED) - 100])
def test_a_sealed_file_that_was_cut_does_not_open(cut: int) -> None:
    with pytest.raises(ObjectDamaged):
        opened(SEALED[:-cut])


def test_a_sealed_file_shorter_than_announced_does_not_open() -> None:
    with pytest.raises(ObjectDamaged, match="cut short"):
        SealedFile(reader(SEALED[:-20]), len(SEALED), KEY, BOUND)


def test_content_before_a_damaged_window_is_read_and_the_damage_is_told() -> None:
    damaged = bytearray(SEALED)
    damaged[HEADER_BYTES + 17 * 16400] ^= 1
    file = opened(bytes(damaged))
    assert file.read(WINDOW) == CONTENT[:WINDOW]
    with pytest.raises(ObjectDamaged, match="chunk"):
        file.read(1)


def test_the_next_copy_takes_over_in_the_middle_of_a_read() -> None:
    first, second = bytearray(SEALED), bytearray(SEALED)
    first[HEADER_BYTES + 17 * 16400] ^= 1
    second[100] ^= 1
    file = SealedFile(reader(bytes(first)), len(SEALED), KEY, BOUND, [reader(bytes(second))])
    assert file.read() == CONTENT


def test_a_read_fails_when_the_same_place_is_damaged_in_every_copy() -> None:
    first, second = bytearray(SEALED), bytearray(SEALED)
    first[HEADER_BYTES + 17 * 16400] ^= 1
    second[HEADER_BYTES + 18 * 16400] ^= 1
    file = SealedFile(reader(bytes(first)), len(SEALED), KEY, BOUND, [reader(bytes(second))])
    file.seek(WINDOW)
    with pytest.raises(NoGoodCopy) as told:
        file.read(1)
    assert set(told.value.reasons) == {"copy 1", "copy 2"}


@pytest.mark.parametrize(
    "bound",
    [
        context("archive-2", "o1", "main"),
        context("archive-1", "o2", "main"),
        context("archive-1", "o1", "main", 2),
        context("archive-1", "o1", "attachment"),
    ],
)
def test_an_object_does_not_open_in_another_place_than_its_own(bound: bytes) -> None:
    with pytest.raises(ObjectDamaged):
        opened(SEALED, bound=bound)
    with pytest.raises(ObjectDamaged):
        Opener(KEY, bound).update(SEALED)


def test_sealing_twice_never_gives_the_same_bytes() -> None:
    assert seal(b"the same") != seal(b"the same")
