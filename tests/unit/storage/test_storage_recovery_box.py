"""The recovery file that the home writes without the recovery key, and that nobody else can."""

from __future__ import annotations

import hashlib
import json

import pytest

from storage import records
from storage.errors import RecoveryRefused, SecretFileDamaged
from storage.keys import KeyEncryptionKey
from storage.recovery import is_sound, new_recovery_key, open_recovery, recovery_bytes
from storage.recovery_box import Recovery, RecoveryPart, xwing_private

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
HELD = Recovery(
    "archive-1",
    (KeyEncryptionKey(b"n" * 32, "sm4-gcm"), KeyEncryptionKey(b"o" * 32)),
    (b"s" * 32, b"t" * 32),
)

# draft-connolly-cfrg-xwing-kem-08, appendix C: seeds, and SHA-256 of the public keys (1,216 bytes) they give.
XWING = [
    (
        "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
        "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
    ),
    (
        "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
        "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916",
    ),
]


@pytest.mark.parametrize(("seed", "digest"), XWING)
def test_the_hybrid_key_follows_from_its_seed_as_published(seed: str, digest: str) -> None:
    ml_kem, x25519 = xwing_private(bytes.fromhex(seed))
    public = ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    assert hashlib.sha256(public).hexdigest() == digest


def test_what_the_part_sealed_opens_with_the_recovery_key_alone() -> None:
    part = RecoveryPart.of(KEY)
    data = part.seal(HELD)
    assert open_recovery(KEY, data) == HELD
    assert is_sound(data)
    assert part.seal(HELD) != data
    with pytest.raises(RecoveryRefused):
        open_recovery(OTHER, data)


def test_the_part_comes_back_from_its_fields() -> None:
    part = RecoveryPart.of(recovery_bytes(new_recovery_key()))
    assert RecoveryPart.from_fields(part.fields()) == part
    for broken in ({}, part.fields() | {"public": ""}, part.fields() | {"mac": "AAAA"}):
        with pytest.raises(ValueError, match=r"base64|lengths"):
            RecoveryPart.from_fields(broken)


def test_the_part_knows_its_own_files_and_what_is_in_them_by_name() -> None:
    part = RecoveryPart.of(KEY)
    said = part.holds(part.seal(HELD))
    assert said is not None
    assert (said["archive"], said["keks"]) == ("archive-1", [key.id for key in HELD.key_encryption_keys])
    assert RecoveryPart.of(OTHER).holds(part.seal(HELD)) is None
    for strange in (b"", b"{}", b"\xff", b'{"lantai":"recovery/1"}'):
        assert part.holds(strange) is None


def test_no_secret_stands_in_the_file_or_in_what_is_printed_of_it() -> None:
    part = RecoveryPart.of(KEY)
    data = part.seal(HELD)
    for secret in (b"n" * 32, b"o" * 32, b"s" * 32, b"t" * 32, part.mac_key, KEY):
        assert secret not in data
        assert records.to_text(secret).encode() not in data
        assert repr(secret) not in repr(HELD) + repr(part)


@pytest.mark.parametrize("field", ["archive", "algorithm", "keks", "signers", "sealed", "recipient", "mac"])
def test_no_field_can_be_changed_by_somebody_without_the_key(field: str) -> None:
    fields = records.load("recovery/2", RecoveryPart.of(KEY).seal(HELD))
    value = fields[field]
    changed = value[::-1] if isinstance(value, list) else str(value)[:-4] + "AAA="
    forged = records.dump("recovery/2", {**fields, field: changed})
    assert RecoveryPart.of(KEY).holds(forged) is None
    with pytest.raises((SecretFileDamaged, RecoveryRefused)):
        open_recovery(KEY, forged)


def test_somebody_with_the_public_half_alone_cannot_make_a_file() -> None:
    part = RecoveryPart.of(KEY)
    forger = RecoveryPart(part.public, b"x" * 32)
    forged = forger.seal(Recovery("archive-1", (KeyEncryptionKey(b"e" * 32),), (b"e" * 32,)))
    assert part.holds(forged) is None
    with pytest.raises(SecretFileDamaged, match="lacks the recovery key"):
        open_recovery(KEY, forged)


def test_a_damaged_file_is_told_from_a_wrong_key() -> None:
    data = RecoveryPart.of(KEY).seal(HELD)
    for broken in (
        data[:-20],
        data.replace(b"archive-1", b"archive-2"),
        json.dumps({"lantai": "recovery/2"}).encode(),
    ):
        with pytest.raises(SecretFileDamaged):
            open_recovery(KEY, broken)
        assert not is_sound(broken)
