"""The recovery file: the archive's secrets for whoever holds the recovery key, written anew without it.

    keyrings/recovery.json   {"lantai":"recovery/2", "archive", "algorithm", "recipient", "keks":[<id>],
                              "signers":[<id>], "sealed":<base64>, "mac":<base64>, "sum"}

From the recovery key follow two keys. One opens: HPKE (RFC 9180), base mode, with X-Wing (ML-KEM-768 beside
X25519), HKDF-SHA-512 and AES-256-GCM; copies lie at places of others for decades, and what is gathered today
must not open to a quantum computer later. The other makes the MAC (HMAC-SHA-256 over every other field but
`sum`). The home keeps the public half of the first and the second, its *part*: enough to seal new secrets
after a rotation and to know its own files again, not enough to open one. Without the part or the recovery
key nobody can make a file that either of them takes for genuine.

`keks` and `signers` name what is inside, and tell nothing of it: so the home sees which file is old.

Not done here: the recovery key as people write it down (`recovery`), storing the file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from policies.canonical import canonical
from storage import records
from storage.errors import RecoveryRefused, SecretFileDamaged
from storage.keys import KeyEncryptionKey

KIND = "recovery/2"
ALGORITHM = "hpke-xwing-hkdf-sha512-aes-256-gcm"

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA512, AEAD.AES_256_GCM)
_ML_KEM_PUBLIC = 1184
_OPENS, _MAKES = b"lantai recovery/2 opens", b"lantai recovery/2 makes"


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a recovery file held: the archive it belongs to, and its secrets, the current one first."""

    archive_id: str
    key_encryption_keys: tuple[KeyEncryptionKey, ...]
    signing_seeds: tuple[bytes, ...] = field(repr=False)

    @property
    def holds(self) -> dict[str, list[str]]:
        """The names of the secrets, as a recovery file tells them to everybody."""
        return {
            "keks": [key.id for key in self.key_encryption_keys],
            "signers": [signer_id(seed) for seed in self.signing_seeds],
        }


def signer_id(seed: bytes) -> str:
    """The name of a signing key: 16 hexadecimal digits that follow from its public half."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return hashlib.sha256(b"lantai signing-key\x00" + public).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class RecoveryPart:
    """What the home keeps of a recovery key: it seals and it knows its own files, it opens nothing."""

    public: bytes = field(repr=False)
    mac_key: bytes = field(repr=False)

    @classmethod
    def of(cls, recovery_key: bytes) -> RecoveryPart:
        """The part that follows from a recovery key, 32 bytes."""
        ml_kem, x25519 = xwing_private(_derived(recovery_key, _OPENS))
        public = ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        return cls(public, _derived(recovery_key, _MAKES))

    @classmethod
    def from_fields(cls, fields: Mapping[str, object]) -> RecoveryPart:
        """The part that `fields` gave. Raises ValueError."""
        part = cls(records.from_text(fields.get("public")), records.from_text(fields.get("mac")))
        if len(part.public) != _ML_KEM_PUBLIC + 32 or len(part.mac_key) != 32:
            raise ValueError("its keys have other lengths")
        return part

    def fields(self) -> dict[str, object]:
        """The part as the home stores it."""
        return {"public": records.to_text(self.public), "mac": records.to_text(self.mac_key)}

    @property
    def id(self) -> str:
        """Which recovery key this is of. Tells nothing about it."""
        return hashlib.sha256(b"lantai recovery\x00" + self.public).hexdigest()[:16]

    def seal(self, recovery: Recovery) -> bytes:
        """A recovery file with `recovery` in it. Never the same bytes twice."""
        plain = {
            "keks": [
                {"wrap": key.algorithm, "secret": records.to_text(key.secret)}
                for key in recovery.key_encryption_keys
            ],
            "seeds": [records.to_text(seed) for seed in recovery.signing_seeds],
        }
        fields: dict[str, object] = {
            "archive": recovery.archive_id,
            "algorithm": ALGORITHM,
            "recipient": self.id,
            **recovery.holds,
        }
        public = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.public[:_ML_KEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(self.public[_ML_KEM_PUBLIC:]),
        )
        sealed = _SUITE.encrypt(canonical(plain), public, info=canonical(fields))
        fields["sealed"] = records.to_text(sealed)
        return records.dump(KIND, {**fields, "mac": records.to_text(self._mac(fields))})

    def holds(self, data: bytes) -> dict[str, object] | None:
        """What `data`, a recovery file made by this part or its recovery key, says of itself; None for
        every other file.
        """
        try:
            fields = records.load(KIND, data)
            mac = records.from_text(fields.pop("mac", None))
        except ValueError:
            return None
        return fields if hmac.compare_digest(mac, self._mac(fields)) else None

    def _mac(self, fields: Mapping[str, object]) -> bytes:
        return hmac.digest(self.mac_key, canonical({**fields, "lantai": KIND}), "sha256")


def open_box(recovery_key: bytes, data: bytes) -> Recovery:
    """What `RecoveryPart.seal` sealed. Raises `RecoveryRefused` and `SecretFileDamaged`."""
    try:
        said = records.load(KIND, data)
    except ValueError as error:
        raise SecretFileDamaged(f"the recovery file cannot be read: {error}") from None
    part = RecoveryPart.of(recovery_key)
    if said.get("recipient") != part.id:
        raise RecoveryRefused("this recovery key does not open this archive's recovery file")
    fields = part.holds(data)
    if fields is None:
        raise SecretFileDamaged("the recovery file was made by somebody who lacks the recovery key")
    try:
        sealed = records.from_text(fields.pop("sealed", None))
        private = MLKEM768X25519PrivateKey(*xwing_private(_derived(recovery_key, _OPENS)))
        plain = json.loads(_SUITE.decrypt(sealed, private, info=canonical(fields)))
        keys = tuple(KeyEncryptionKey(records.from_text(k["secret"]), k["wrap"]) for k in plain["keks"])
        seeds = tuple(records.from_text(seed) for seed in plain["seeds"])
        found = Recovery(str(fields.get("archive")), keys, seeds)
    except (InvalidTag, ValueError, KeyError, TypeError):
        raise SecretFileDamaged(
            "the recovery file is genuine, but what is sealed in it is not whole"
        ) from None
    if found.holds != {name: fields.get(name) for name in found.holds}:
        raise SecretFileDamaged("the recovery file holds other secrets than it says")
    return found


def xwing_private(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """The two private keys of an X-Wing key. Source: draft-connolly-cfrg-xwing-kem §5.2."""
    expanded = hashlib.shake_256(seed).digest(96)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )


def _derived(recovery_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA512(), length=32, salt=None, info=purpose).derive(recovery_key)
