"""Wrapping keys in the commercial suite: SM4-GCM under a key that HKDF-Expand over HMAC-SM3 makes of the
key-encryption key.

    nonce (12, random) | wrapped key | tag (16)        additional data: the key-encryption key's name

A random nonce may repeat after 2^48 wraps; a key-encryption key of an archive wraps two or three an item. The
same key wrapped twice gives other bytes each time, unlike AES-KWP: compare keyrings by what is in them.

Not done here: which key-encryption key wraps what (`keys`).
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

_INFO = b"lantai/key-wrap@v1+AEAD_SM4_GCM+HKDF_SM3\x00"
_KEY_BYTES = 16
_NONCE_BYTES = 12
_TAG_BYTES = 16


def wrap(secret: bytes, key: bytes, name: str) -> bytes:
    """`key` under the key-encryption key `secret`, which is called `name`."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealing = Cipher(_cipher(secret), GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(name.encode())
    return nonce + sealing.update(key) + sealing.finalize() + sealing.tag


def unwrap(secret: bytes, wrapped: bytes, name: str) -> bytes:
    """The key that `wrap` wrapped. Raises `InvalidUnwrap`."""
    nonce, sealed, tag = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:-_TAG_BYTES], wrapped[-_TAG_BYTES:]
    if len(wrapped) < _NONCE_BYTES + _TAG_BYTES:
        raise InvalidUnwrap
    opening = Cipher(_cipher(secret), GCM(nonce)).decryptor()
    opening.authenticate_additional_data(name.encode())
    key = opening.update(sealed)
    try:
        opening.finalize_with_tag(tag)
    except InvalidTag:
        raise InvalidUnwrap from None
    return key


def _cipher(secret: bytes) -> SM4:
    return SM4(HKDFExpand(SM3(), _KEY_BYTES, _INFO).derive(secret))
