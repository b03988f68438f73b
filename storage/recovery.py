"""The recovery key: shown once, written down by people, and enough, with one site, to have everything back.

It is 32 random bytes, written as 14 groups of 4 characters in Crockford's base 32 (no I, L, O, U; case does
not matter) with 24 bits of checksum in it. It opens the archive's secrets in `keyrings/recovery.json`, which
stands at every site; files of the first form, before there were rotations, open for ever.

Not done here: the file and its sealing (`recovery_box`), splitting the key among people (`shares`).
"""

from __future__ import annotations

import hashlib
import json
import secrets

from policies.canonical import canonical
from policies.suites import COBBLESTONE_256
from storage import records
from storage.errors import ObjectDamaged, RecoveryKeyMistyped, RecoveryRefused, SecretFileDamaged
from storage.keys import KeyEncryptionKey
from storage.recovery_box import KIND, Recovery, open_box
from storage.sealing import KEY_BYTES, Key, Opener

__all__ = ["RECOVERY_NAME", "Recovery", "is_sound", "new_recovery_key", "open_recovery", "recovery_bytes"]

RECOVERY_NAME = "keyrings/recovery.json"

FIRST_KIND = "recovery/1"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_CHECK_BYTES = 3
_SIGNS = (KEY_BYTES + _CHECK_BYTES) * 8 // 5
_GROUP = 4


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
        raise RecoveryKeyMistyped(f"a recovery key has {_SIGNS} characters, and this has {len(signs)}")
    number = 0
    for sign in signs:
        number = number << 5 | _VALUES[sign]
    value = number.to_bytes(KEY_BYTES + _CHECK_BYTES, "big")
    if _check(value[:KEY_BYTES]) != value[KEY_BYTES:]:
        raise RecoveryKeyMistyped("a character is wrong, or two are exchanged")
    return value[:KEY_BYTES]


def is_sound(data: bytes) -> bool:
    """Whether this is a whole recovery file, as far as anyone without any key can tell."""
    try:
        records.load(form_of(data), data)
    except ValueError:
        return False
    return True


def form_of(data: bytes) -> str:
    """Which form of recovery file this claims to be; what claims nothing counts as the newest."""
    return FIRST_KIND if b'"recovery/1"' in data else KIND


def open_recovery(recovery: bytes, data: bytes) -> Recovery:
    """What the recovery file holds, in whichever form. Raises `SecretFileDamaged` and `RecoveryRefused`."""
    return _open_first(recovery, data) if form_of(data) == FIRST_KIND else open_box(recovery, data)


def _open_first(recovery: bytes, data: bytes) -> Recovery:
    """The first form: a sealed object under the recovery key itself."""
    try:
        fields = records.load(FIRST_KIND, data)
        archive_id, sealed = fields.get("archive"), records.from_text(fields.get("sealed"))
        if not isinstance(archive_id, str) or fields.get("algorithm") != COBBLESTONE_256:
            raise ValueError("its fields are of other kinds")
    except ValueError as error:
        raise SecretFileDamaged(f"the recovery file cannot be read: {error}") from None
    opener = Opener(Key(COBBLESTONE_256, recovery), first_context(archive_id))
    try:
        plain = opener.update(sealed) + opener.finalize()
    except ObjectDamaged:
        raise RecoveryRefused("this recovery key does not open this archive's recovery file") from None
    named = {name: records.from_text(value) for name, value in json.loads(plain).items()}
    try:
        kek = KeyEncryptionKey(named["key-encryption-key"])
        return Recovery(archive_id, (kek,), (named["signing-key"],))
    except (KeyError, ValueError):
        raise SecretFileDamaged("the recovery file does not hold the secrets of an archive") from None


def first_context(archive_id: str) -> bytes:
    """What a file of the first form is bound to."""
    return canonical(["lantai-recovery", 1, archive_id])


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"lantai recovery key\x00" + key).digest()[:_CHECK_BYTES]
