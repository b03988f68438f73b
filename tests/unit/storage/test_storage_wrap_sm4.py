"""Keys wrapped in the commercial suite."""

from __future__ import annotations

import pytest
from gmssl_pyx import sm3_hmac, sm4_gcm_decrypt

from policies.suites import COBBLESTONE_256, COBBLESTONE_SM4, SM4_GCM
from storage.errors import KeyringDamaged
from storage.keyring import Keyring
from storage.keys import KeyEncryptionKey

SECRET = bytes(range(100, 132))
KEK = KeyEncryptionKey(SECRET, SM4_GCM)
KEY = bytes(range(32))


def test_another_library_unwraps_what_is_wrapped_here() -> None:
    wrapped = KEK.wrap(KEY)
    derived = sm3_hmac(SECRET, b"lantai/key-wrap@v1+AEAD_SM4_GCM+HKDF_SM3\x00\x01")[:16]
    assert len(wrapped) == 12 + 32 + 16
    assert (
        sm4_gcm_decrypt(
            key=derived, iv=wrapped[:12], aad=KEK.id.encode(), ciphertext=wrapped[12:-16], tag=wrapped[-16:]
        )
        == KEY
    )


def test_a_wrapped_key_comes_back_and_never_looks_the_same() -> None:
    first, second = KEK.wrap(KEY), KEK.wrap(KEY)
    assert first != second
    assert KEK.unwrap(first) == KEK.unwrap(second) == KEY


def test_every_bit_of_a_wrapped_key_counts() -> None:
    wrapped = KEK.wrap(KEY)
    for bit in range(8 * len(wrapped)):
        changed = bytearray(wrapped)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(KeyringDamaged):
            KEK.unwrap(bytes(changed))


def test_a_wrapped_key_cut_anywhere_does_not_open() -> None:
    wrapped = KEK.wrap(KEY)
    for length in range(len(wrapped)):
        with pytest.raises(KeyringDamaged):
            KEK.unwrap(wrapped[:length])


def test_another_key_encryption_key_or_way_of_wrapping_opens_nothing() -> None:
    for other in (KeyEncryptionKey(bytes(32), SM4_GCM), KeyEncryptionKey(SECRET)):
        with pytest.raises(KeyringDamaged):
            other.unwrap(KEK.wrap(KEY))
        with pytest.raises(KeyringDamaged):
            KEK.unwrap(other.wrap(KEY))


@pytest.mark.parametrize("cipher", [COBBLESTONE_256, COBBLESTONE_SM4])
def test_a_keyring_keeps_its_cipher_through_every_way_of_writing_it_anew(cipher: str) -> None:
    """What opens an object is its keyring's cipher, whatever wraps the keys now."""
    ring = Keyring("b1", KEK, cipher=cipher)
    key = ring.new_key("o1")
    other = KeyEncryptionKey.new()
    for later in (
        ring,
        ring.only(["o1"]),
        ring.without(["o2"]),
        ring.rewrapped(other),
        Keyring.union([ring]),
    ):
        custody = other if later.kek_id == other.id else KEK
        again = Keyring.from_bytes(later.to_bytes(), custody)
        assert (again.cipher, again.key("o1"), key.cipher) == (cipher, key, cipher)


def test_copies_of_a_keyring_for_two_ciphers_are_not_put_together() -> None:
    with pytest.raises(KeyringDamaged, match="ciphers"):
        Keyring.union([Keyring("b1", KEK), Keyring("b1", KEK, cipher=COBBLESTONE_SM4)])


def test_a_keyring_for_a_cipher_that_nobody_knows_is_refused_by_name() -> None:
    data = Keyring("b1", KEK, cipher="rot13").to_bytes()
    with pytest.raises(KeyringDamaged, match="rot13"):
        Keyring.from_bytes(data, KEK)
