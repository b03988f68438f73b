"""SM2 signatures: the standard's example, another library in both directions, everything malformed."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from gmssl_pyx import sm2_key_generate, sm2_sign, sm2_verify
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.sm2 import Sm2Key, public_of, signature_holds

N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF

# GB/T 32918.5-2017, appendix A.2.
PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PUBLIC = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
MESSAGE = b"message digest"
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_the_signature_of_the_standard_holds_and_its_key_follows_from_the_private_one() -> None:
    assert public_of(PRIVATE) == PUBLIC
    assert signature_holds(PUBLIC, MESSAGE, raw(R, S))
    assert sm2_verify(PUBLIC, MESSAGE, encode_dss_signature(R, S))


@pytest.mark.parametrize(
    ("r", "s"),
    [(R, S + 1), (R + 1, S), (S, R), (0, S), (R, 0), (R, N), (N, S), (R, N - R), (R, N - S), (1, 1)],
)
def test_another_pair_of_numbers_is_no_signature(r: int, s: int) -> None:
    assert not signature_holds(PUBLIC, MESSAGE, raw(r, s))


def test_every_bit_of_a_signature_counts() -> None:
    good = raw(R, S)
    for bit in range(0, 512, 7):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        assert not signature_holds(PUBLIC, MESSAGE, bytes(changed))


@pytest.mark.parametrize(
    "public",
    [
        b"",
        PUBLIC[:63],
        PUBLIC + b"\x00",
        b"\x04" + PUBLIC,
        bytes(64),
        PUBLIC[32:] + PUBLIC[:32],
        raw(int.from_bytes(PUBLIC[:32], "big"), P),
        raw(P + 1, 1),
    ],
)
def test_what_is_no_point_of_the_curve_verifies_nothing(public: bytes) -> None:
    assert not signature_holds(public, MESSAGE, raw(R, S))


@pytest.mark.parametrize("signature", [b"", raw(R, S)[:63], raw(R, S) + b"\x00", encode_dss_signature(R, S)])
def test_a_signature_has_one_length_and_one_writing(signature: bytes) -> None:
    assert not signature_holds(PUBLIC, MESSAGE, signature)


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_what_is_signed_here_holds_in_the_other_library(seed: bytes, message: bytes) -> None:
    key = Sm2Key(seed)
    signature = key.sign(message)
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    assert sm2_verify(key.public_bytes, message, der)
    assert signature_holds(key.public_bytes, message, signature)
    assert not signature_holds(key.public_bytes, message + b".", signature)


@settings(max_examples=15, deadline=None)
@given(st.binary(max_size=200))
def test_what_the_other_library_signs_holds_here(message: bytes) -> None:
    public, private = sm2_key_generate()
    assert public_of(int.from_bytes(private, "big")) == public
    assert signature_holds(public, message, raw(*decode_dss_signature(sm2_sign(private, public, message))))


@pytest.mark.parametrize("scalar", [1, 2, 3, N - 3, N - 2])
def test_the_ends_of_the_range_have_public_keys_that_verify(scalar: int) -> None:
    public, private = public_of(scalar), scalar.to_bytes(32, "big")
    assert signature_holds(public, MESSAGE, raw(*decode_dss_signature(sm2_sign(private, public, MESSAGE))))


def test_one_seed_gives_one_key_and_another_seed_another() -> None:
    assert (
        Sm2Key(bytes(32)).public_bytes == Sm2Key(bytes(32)).public_bytes != Sm2Key(b"\x01" * 32).public_bytes
    )
