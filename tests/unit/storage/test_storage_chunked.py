"""The commercial suite's primitives against published numbers, and the construction of sealed objects, in our
own code, against the published vectors of its other instance.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from policies.suites import COBBLESTONE_256
from storage.chunked import AES_256, CHUNK_BYTES, SEALED_CHUNK_BYTES, Decryptor, Encryptor
from storage.sealing import Key


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_digests_of_the_standard(text: bytes, digest: str) -> None:
    """GB/T 32905-2016, appendix A."""
    assert hashlib.new("sm3", text).hexdigest() == digest


@pytest.mark.parametrize(
    ("key", "text", "mac"),
    [
        (bytes(range(1, 33)), b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2,
         "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"),
        (bytes(range(1, 38)), b"\xcd" * 50,
         "220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae"),
    ],
)  # fmt: skip
def test_hmac_sm3_gives_the_values_of_the_standard(key: bytes, text: bytes, mac: str) -> None:
    """GM/T 0042-2015, appendix D.3."""
    found = HMAC(key, SM3())
    found.update(text)
    assert found.finalize().hex() == mac


def test_sm4_gives_the_block_of_the_standard() -> None:
    """GB/T 32907-2016, appendix A.1: key and text are the same."""
    block = bytes.fromhex("0123456789abcdeffedcba9876543210")
    found = Cipher(SM4(block), modes.ECB()).encryptor().update(block)  # one block: there is no mode to it
    assert found.hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_gcm_gives_the_values_of_rfc_8998() -> None:
    """RFC 8998, appendix A.1."""
    key, nonce = bytes.fromhex("0123456789abcdeffedcba9876543210"), bytes.fromhex("00001234567800000000abcd")
    text = b"".join(bytes([byte]) * 8 for byte in b"\xaa\xbb\xcc\xdd\xee\xff\xee\xaa")
    sealing = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
    sealed = sealing.update(text) + sealing.finalize()
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    )
    assert sealing.tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"


def published(vectors: Path) -> list[dict[str, Any]]:
    text = (vectors / "c2sp_chunked_encryption_aes_256_gcm_test.json").read_text(encoding="utf-8")
    cases = [case for group in json.loads(text)["testGroups"] for case in group["tests"]]
    assert len(cases) == 35
    for case in cases:
        case["sealed"] = zlib.decompress(bytes.fromhex(case["ct"]))
        case["secret"], case["bound"] = bytes.fromhex(case["key"]), bytes.fromhex(case["ctx"])
    return cases


def given_out(case: dict[str, Any], piece_bytes: int) -> tuple[bytes, bool]:
    out = b""
    try:
        opener = Decryptor(AES_256, Key(COBBLESTONE_256, case["secret"]).secret, case["bound"])
        for start in range(0, len(case["sealed"]), piece_bytes):
            out += opener.update(memoryview(case["sealed"])[start : start + piece_bytes])
        return out + opener.finalize(), True
    except (InvalidTag, ValueError):
        return out, False


@pytest.mark.parametrize("piece_bytes", [1000, SEALED_CHUNK_BYTES, 1 << 20])
def test_the_construction_has_the_outcome_of_every_published_vector(vectors: Path, piece_bytes: int) -> None:
    for case in published(vectors):
        out, good = given_out(case, piece_bytes)
        assert good is (case["result"] == "valid"), case["comment"]
        if good or (piece_bytes == 1000 and "msgLength" in case):
            assert hashlib.sha512(out).hexdigest() == case["msgSha512"], case["comment"]
        elif "msgLength" not in case:
            assert out == b"", case["comment"]


@pytest.mark.parametrize("piece_bytes", [1000, CHUNK_BYTES, 1 << 20])
def test_sealing_with_the_salt_of_a_published_vector_gives_its_bytes(vectors: Path, piece_bytes: int) -> None:
    for case in published(vectors):
        if case["result"] == "valid":
            content, _ = given_out(case, 1 << 20)
            sealer = Encryptor(AES_256, case["secret"], case["bound"], salt=case["sealed"][:24])
            pieces = [content[at : at + piece_bytes] for at in range(0, len(content), piece_bytes)]
            assert b"".join(map(sealer.update, pieces)) + sealer.finalize() == case["sealed"], case["comment"]
