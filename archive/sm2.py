"""SM2 signatures (GB/T 32918-2016, part 2 and 5; GM/T 0009) for checkpoints of the commercial suite.

Signing is GmSSL's. Public keys and verification are here, in the open: they handle nothing secret but the
scalar at the moment its public key is made, and the library writes to standard error whenever a signature is
wrong. A signature is r and s, 32 bytes each, and nothing else: one writing for one value.

Not done here: keys in files, notes (`archive.notes`).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from archive.digests import digests_of
from policies.suites import SM3 as SM3_DIGEST

PUBLIC_BYTES = 64
SIGNATURE_BYTES = 64

_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
_GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0

_ID = b"1234567812345678"
"""The signer's name where there is no other (GM/T 0009 §10)."""

_INFO = b"lantai/signing-key@v1+SM2\x00"

_Point = tuple[int, int, int]
"""Jacobian: x / z², y / z³; z = 0 is the point at infinity."""

_INFINITY: _Point = (1, 1, 0)
_BASE: _Point = (_GX, _GY, 1)


class Sm2Key:
    """A private key that follows from a signing seed of 32 bytes, as the Ed25519 key does: there is one
    secret to keep, to recover and to change, in both suites.
    """

    __slots__ = ("_private", "public_bytes")

    def __init__(self, seed: bytes) -> None:
        expanded = HKDFExpand(SM3(), 48, _INFO).derive(seed)
        scalar = int.from_bytes(expanded, "big") % (_N - 2) + 1
        self._private = scalar.to_bytes(32, "big")
        self.public_bytes = public_of(scalar)

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`, 64 bytes; another one each time."""
        from gmssl_pyx import sm2_sign

        r, s = decode_dss_signature(sm2_sign(self._private, self.public_bytes, message, _ID))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def public_of(scalar: int) -> bytes:
    """The public key of a private one, x and y, 32 bytes each."""
    x, y = _affine(_sum_of_products(scalar, _BASE, 0, _BASE))
    return x.to_bytes(32, "big") + y.to_bytes(32, "big")


def signature_holds(public_bytes: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` is by the holder of the key; False for malformed ones too."""
    if len(public_bytes) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    x, y = int.from_bytes(public_bytes[:32], "big"), int.from_bytes(public_bytes[32:], "big")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % _N
    if not (_on_curve(x, y) and 0 < r < _N and 0 < s < _N and t):
        return False
    point = _sum_of_products(s, _BASE, t, (x, y, 1))
    if not point[2]:
        return False
    digest = int.from_bytes(_sm3(_about(public_bytes) + message), "big")
    return (digest + _affine(point)[0]) % _N == r


def _about(public_bytes: bytes) -> bytes:
    """Z of GB/T 32918.2 §5.5: the signer's name, the curve and the key."""
    curve = b"".join(value.to_bytes(32, "big") for value in (_A, _B, _GX, _GY))
    return _sm3((8 * len(_ID)).to_bytes(2, "big") + _ID + curve + public_bytes)


def _sm3(data: bytes) -> bytes:
    return bytes.fromhex(digests_of([data], (SM3_DIGEST,))[SM3_DIGEST])


def _on_curve(x: int, y: int) -> bool:
    return x < _P and y < _P and (y * y - (x * x * x + _A * x + _B)) % _P == 0


def _sum_of_products(u: int, first: _Point, v: int, second: _Point) -> _Point:
    """u times `first` and v times `second`, together; bit by bit, the additions of one step at once."""
    steps = {(0, 1): second, (1, 0): first, (1, 1): _added(first, second)}
    result = _INFINITY
    for place in reversed(range(max(u.bit_length(), v.bit_length()))):
        result = _doubled(result)
        bits = (u >> place & 1, v >> place & 1)
        if bits in steps:
            result = _added(result, steps[bits])
    return result


def _doubled(point: _Point) -> _Point:
    x, y, z = point
    if not y or not z:
        return _INFINITY
    yy = y * y % _P
    s, m = 4 * x * yy % _P, 3 * (x - z * z) * (x + z * z) % _P  # the curve's a is -3
    new_x = (m * m - 2 * s) % _P
    return new_x, (m * (s - new_x) - 8 * yy * yy) % _P, 2 * y * z % _P


def _added(one: _Point, other: _Point) -> _Point:
    if not one[2] or not other[2]:
        return other if not one[2] else one
    (x1, y1, z1), (x2, y2, z2) = one, other
    zz1, zz2 = z1 * z1 % _P, z2 * z2 % _P
    u1, s1 = x1 * zz2 % _P, y1 * z2 * zz2 % _P
    h, r = (x2 * zz1 - u1) % _P, (y2 * z1 * zz1 - s1) % _P
    if not h:
        return _INFINITY if r else _doubled(one)
    hh = h * h % _P
    hhh, v = h * hh % _P, u1 * hh % _P
    x = (r * r - hhh - 2 * v) % _P
    return x, (r * (v - x) - s1 * hhh) % _P, h * z1 * z2 % _P


def _affine(point: _Point) -> tuple[int, int]:
    x, y, z = point
    inverse = pow(z, -1, _P)
    return x * inverse * inverse % _P, y * inverse * inverse * inverse % _P
