"""The recovery key: shown once, written down by people, and enough, with one site, to have everything back.

It is 32 random bytes, written as 14 groups of 4 characters in Crockford's base 32 (no I, L, O, U; case does
not matter) with 24 bits of checksum in it. It seals the archive's secrets in `keyrings/recovery.json`, which
stands at every site.

Not done here: splitting the key among people, storing the file.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.canonical import canonical
from policies.suites import COBBLESTONE_256
from storage import records
from storage.errors import ObjectDamaged, RecoveryKeyMistyped, RecoveryRefused, SecretFileDamaged
from storage.keys import KeyEncryptionKey
from storage.sealing import KEY_BYTES, Key, Opener, Sealer

RECOVERY_NAME = "keyrings/recovery.json"

_KIND = "recovery/1"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_CHECK_BYTES = 3
_SIGNS = (KEY_BYTES + _CHECK_BYTES) * 8 // 5
_GROUP = 4


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a recovery file held: the archive it belongs to, and its secrets, the current one first."""

    archive_id: str
    key_encryption_keys: tuple[KeyEncryptionKey, ...]
    signing_seeds: tuple[bytes, ...] = field(repr=False)


def new_recovery_key() -> str:
    """A new recovery key as people write it down."""
    return recovery_text(secrets.token_bytes(KEY_BYTES))


def recovery_text(key: bytes) -> str:
    """`key` (32 bytes) as people write it down."""
    number = int.from_bytes(key + _check(key), "big")
    signs = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_SIGNS)))
    return "-".join(signs[at : at + _GROUP] for at in range(0, _SIGNS, _GROUP))


def recovery_bytes(text: str) -> bytes:
    """The 32 bytes of a recovery key as it was typed; spaces, hyphens and case are ignored.

    Raises `RecoveryKeyMistyped`, which repeats nothing of what was typed; one wrong key in 16 million passes.
    """
    signs = [sign for sign in text.upper() if sign != "-" and not sign.isspace()]
    for place, sign in enumerate(signs):
        if sign not in _VALUES:
            raise RecoveryKeyMistyped(f"character {place + 1} is none that a recovery key has")
    if len(signs) != _SIGNS:
        raise RecoveryKeyMistyped(f"{len(signs)} characters, expected {_SIGNS}")
    number = 0
    for sign in signs:
        number = number << 5 | _VALUES[sign]
    value = number.to_bytes(KEY_BYTES + _CHECK_BYTES, "big")
    if _check(value[:KEY_BYTES]) != value[KEY_BYTES:]:
        raise RecoveryKeyMistyped("a character is wrong, or two are exchanged")
    return value[:KEY_BYTES]


def seal_recovery(recovery: bytes, named_secrets: Mapping[str, bytes], archive_id: str) -> bytes:
    """The recovery file: `named_secrets` under the recovery key, bound to the archive."""
    plain = canonical({name: records.to_text(value) for name, value in named_secrets.items()})
    sealer = Sealer(Key(COBBLESTONE_256, recovery), _context(archive_id))
    sealed = sealer.update(plain) + sealer.finalize()
    fields = {"archive": archive_id, "algorithm": COBBLESTONE_256, "sealed": records.to_text(sealed)}
    return records.dump(_KIND, fields)


def is_sound(data: bytes) -> bool:
    """Whether this is a whole recovery file, as far as anyone without its key can tell."""
    try:
        records.load(_KIND, data)
    except ValueError:
        return False
    return True


def open_recovery(recovery: bytes, data: bytes) -> Recovery:
    """What `seal_recovery` sealed. Raises `SecretFileDamaged` and `RecoveryRefused`."""
    try:
        fields = records.load(_KIND, data)
        archive_id, sealed = fields.get("archive"), records.from_text(fields.get("sealed"))
        if not isinstance(archive_id, str) or fields.get("algorithm") != COBBLESTONE_256:
            raise ValueError("its fields are of other kinds")
    except ValueError as error:
        raise SecretFileDamaged(f"the recovery file cannot be read: {error}") from None
    opener = Opener(Key(COBBLESTONE_256, recovery), _context(archive_id))
    try:
        plain = opener.update(sealed) + opener.finalize()
    except ObjectDamaged:
        raise RecoveryRefused("this recovery key does not open this archive's recovery file") from None
    return _of_first_form(archive_id, plain)


def _of_first_form(archive_id: str, plain: bytes) -> Recovery:
    named = {name: records.from_text(value) for name, value in json.loads(plain).items()}
    try:
        kek = KeyEncryptionKey(named["key-encryption-key"])
        return Recovery(archive_id, (kek,), (named["signing-key"],))
    except (KeyError, ValueError):
        raise SecretFileDamaged("the recovery file does not hold the secrets of an archive") from None


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"lantai recovery key\x00" + key).digest()[:_CHECK_BYTES]


def _context(archive_id: str) -> bytes:
    return canonical(["lantai-recovery", 1, archive_id])
