"""Objects sealed in the commercial suite: a second implementation opens them, and every bit counts."""

from __future__ import annotations

import subprocess

import pytest
from gmssl_pyx import sm3_hmac, sm4_gcm_decrypt
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.suites import COBBLESTONE_256, COBBLESTONE_SM4
from storage.chunked import CHUNK_BYTES, HEADER_BYTES, SEALED_CHUNK_BYTES
from storage.errors import ObjectDamaged
from storage.sealed_file import SealedFile
from storage.sealing import Key, Opener, Sealer, context, sealed_size
from storage.vault import Vault, object_name

MIB = 1 << 20
KEY = Key(COBBLESTONE_SM4, bytes(range(32)))
BOUND = context("archive-1", "o1", "main")
INFO = b"lantai/chunked-encryption@v1+AEAD_SM4_GCM+HKDF_SM3\x00"
LONG = b"".join(n.to_bytes(4, "big") for n in range(10 * CHUNK_BYTES))[: 37 * CHUNK_BYTES + 77]


def seal(content: bytes, key: Key = KEY, bound: bytes = BOUND) -> bytes:
    sealer = Sealer(key, bound)
    return sealer.update(content) + sealer.finalize()


def opened(sealed: bytes, key: Key = KEY, bound: bytes = BOUND) -> bytes:
    opener = Opener(key, bound)
    return opener.update(sealed) + opener.finalize()


def as_file(sealed: bytes) -> SealedFile:
    return SealedFile(lambda start, length: sealed[start : start + length], len(sealed), KEY, BOUND)


def expanded(salt: bytes, bound: bytes) -> bytes:
    """RFC 5869 §2.3, over another library's HMAC-SM3."""
    info = INFO + salt + bound
    first = sm3_hmac(KEY.secret, info + b"\x01")
    return first + sm3_hmac(KEY.secret, first + info + b"\x02")


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, len(LONG)])
def test_another_library_opens_what_is_sealed_here(length: int) -> None:
    """GmSSL has its own SM3 and SM4-GCM; thirty lines of the specification do the rest."""
    sealed = seal(LONG[:length])
    derived = expanded(sealed[:24], BOUND)
    assert sealed[24:56] == derived[28:60]
    chunks = [
        sealed[at : at + SEALED_CHUNK_BYTES] for at in range(HEADER_BYTES, len(sealed), SEALED_CHUNK_BYTES)
    ]
    content = b""
    for number, chunk in enumerate(chunks):
        nonce = (int.from_bytes(derived[16:28], "big") ^ number).to_bytes(12, "big")
        if chunk[:-16]:  # GmSSL takes no empty text
            content += sm4_gcm_decrypt(
                key=derived[:16], iv=nonce, aad=b"", ciphertext=chunk[:-16], tag=chunk[-16:]
            )
    assert content == LONG[:length]


def test_the_command_line_of_openssl_derives_the_same_key_and_reads_the_first_chunk() -> None:
    sealed = seal(b"what openssl reads")
    info = (INFO + sealed[:24] + BOUND).hex()
    options = ("digest:SM3", "mode:EXPAND_ONLY", f"hexkey:{KEY.secret.hex()}", f"hexinfo:{info}")
    named = [word for option in options for word in ("-kdfopt", option)]
    derived = ["openssl", "kdf", "-binary", "-keylen", "60", *named, "HKDF"]
    try:
        found = subprocess.run(derived, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl with SM3 on this machine")
    assert found[28:60] == sealed[24:56]
    counter = found[16:28] + (2).to_bytes(4, "big")  # GCM encrypts from counter 2 on (SP 800-38D §7.1)
    stream = ["openssl", "enc", "-d", "-sm4-ctr", "-K", found[:16].hex(), "-iv", counter.hex()]
    text = subprocess.run(stream, input=sealed[HEADER_BYTES:-16], capture_output=True, check=True).stdout
    assert text == b"what openssl reads"


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 16 * CHUNK_BYTES])
def test_both_ciphers_have_one_length_for_one_length(length: int) -> None:
    for cipher in (COBBLESTONE_256, COBBLESTONE_SM4):
        assert len(seal(bytes(length), Key(cipher, KEY.secret))) == sealed_size(length)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3 * CHUNK_BYTES), max_size=8), st.lists(st.integers(0, 1 << 17), max_size=8))
def test_no_way_of_cutting_what_goes_in_or_out_makes_a_difference(ins: list[int], outs: list[int]) -> None:
    content = LONG[: sum(ins)]
    sealer, pieces, rest = Sealer(KEY, BOUND), [], memoryview(content)
    for length in ins:
        room = memoryview(bytearray(sealed_size(length) + SEALED_CHUNK_BYTES))
        pieces.append(bytes(room[: sealer.update_into(rest[:length], room)]))
        rest = rest[length:]
    sealed = b"".join(pieces) + sealer.finalize()
    assert len(sealed) == sealed_size(len(content))
    opener, out, rest = Opener(KEY, BOUND), b"", memoryview(sealed)
    for length in [*outs, len(sealed)]:
        out += opener.update(rest[:length])
        rest = rest[length:]
    assert out + opener.finalize() == content


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(LONG) + 9), st.integers(0, 3 * CHUNK_BYTES))
def test_a_range_is_the_range_of_the_content(place: int, length: int) -> None:
    file = as_file(SEALED)
    file.seek(place)
    assert file.read(length) == LONG[place : place + length]


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 4 * MIB - 5000, 5 * MIB + 3])
@pytest.mark.parametrize("piece_bytes", [100_003, 16 * MIB])
def test_what_is_sealed_to_every_site_is_read_back(vault: Vault, size: int, piece_bytes: int) -> None:
    data = (LONG * (size // len(LONG) + 1))[:size]
    pieces = [data[at : at + piece_bytes] for at in range(0, size, piece_bytes)]
    sealed = vault.seal("b1", "o1", KEY, "main", size, pieces)
    vault.settle()
    assert sealed.sealed_bytes == sealed_size(size)
    assert len({vault.site(name).read(object_name("b1", "o1")) for name in vault.sites}) == 1
    assert b"".join(vault.open("b1", "o1", KEY, "main", sealed.sealed_bytes)) == data
    assert vault.opened_file("b1", "o1", KEY, "main", sealed.sealed_bytes).read() == data


SEALED = seal(LONG)
SHORT = seal(b"no bit of this")


@pytest.mark.parametrize("place", range(len(SHORT)))
def test_every_bit_of_a_short_object_counts(place: int) -> None:
    for bit in range(8):
        changed = bytearray(SHORT)
        changed[place] ^= 1 << bit
        with pytest.raises(ObjectDamaged):
            opened(bytes(changed))
        with pytest.raises(ObjectDamaged):
            as_file(bytes(changed)).read()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 8 * len(SEALED) - 1))
def test_every_bit_of_a_long_object_counts(bit: int) -> None:
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ObjectDamaged):
        opened(bytes(changed))


@pytest.mark.parametrize("cut", range(1, len(SHORT) + 1))
def test_a_short_object_cut_anywhere_does_not_open(cut: int) -> None:
    with pytest.raises(ObjectDamaged):
        opened(SHORT[:-cut])


@pytest.mark.parametrize("chunks", range(1, 38, 6))
@pytest.mark.parametrize("by", [-17, -16, -1, 0, 1, 15, 16, 17])
def test_a_long_object_cut_at_a_chunk_does_not_open(chunks: int, by: int) -> None:
    with pytest.raises(ObjectDamaged):
        opened(SEALED[: HEADER_BYTES + chunks * SEALED_CHUNK_BYTES + by])


def test_chunks_cannot_be_moved_repeated_or_left_out() -> None:
    head, chunks = SEALED[:HEADER_BYTES], [
        SEALED[at : at + SEALED_CHUNK_BYTES] for at in range(HEADER_BYTES, len(SEALED), SEALED_CHUNK_BYTES)
    ]  # fmt: skip
    for other in (
        [chunks[1], chunks[0], *chunks[2:]],
        [chunks[0], *chunks],
        chunks[1:],
        [*chunks, chunks[-1]],
        [*chunks[:-2], chunks[-1]],
    ):
        with pytest.raises(ObjectDamaged):
            opened(head + b"".join(other))


def test_nothing_opens_under_another_key_context_or_cipher() -> None:
    for key, bound in (
        (Key(COBBLESTONE_SM4, bytes(32)), BOUND),
        (KEY, context("archive-1", "o2", "main")),
        (Key(COBBLESTONE_256, KEY.secret), BOUND),
    ):
        with pytest.raises(ObjectDamaged):
            opened(SHORT, key, bound)
    with pytest.raises(ObjectDamaged):
        opened(seal(b"text", Key(COBBLESTONE_256, KEY.secret)))


def test_after_damage_and_after_the_end_nothing_more_is_given_out() -> None:
    opener = Opener(KEY, BOUND)
    changed = bytearray(SEALED)
    changed[HEADER_BYTES + 1] ^= 1
    with pytest.raises(ObjectDamaged):
        opener.update(bytes(changed))
    for again in (lambda: opener.update(SEALED), opener.finalize):
        with pytest.raises(ObjectDamaged):
            again()
    sealer = Sealer(KEY, BOUND)
    sealer.finalize()
    with pytest.raises(ValueError, match="sealed already"):
        sealer.update(b"more")
