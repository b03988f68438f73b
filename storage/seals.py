"""What seals the home's secrets: a passphrase that people know, or a transit engine that can refuse.

A passphrase goes through Argon2id (RFC 9106, its second recommended choice), once a salt: the files of one
home share theirs, and a process that holds the derived key opens files that another has written since.

Not done here: asking people (`lantai.secrets_in`), HTTP (`transit`), files (`secret_files`).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from policies.canonical import canonical
from storage import records
from storage.errors import SecretRefused
from storage.secret_files import PLAIN, Seal

PASSPHRASE, TRANSIT = "passphrase", "transit"
FORMS = (PLAIN, PASSPHRASE, TRANSIT)

_KDF = "argon2id"
_ITERATIONS, _LANES, _MEMORY_KIB = 3, 4, 64 * 1024
_MOST_ITERATIONS, _MOST_LANES, _MOST_MEMORY_KIB = 32, 64, 2 << 20
"""No file may ask for more: whoever could write one could otherwise stop the machine."""

_MOST_ATTEMPTS = 5

Ask = Callable[[int], str]

_SALT_BYTES, _NONCE_BYTES = 16, 12


@dataclass(frozen=True, slots=True)
class _Cost:
    salt: bytes
    iterations: int = _ITERATIONS
    lanes: int = _LANES
    memory_kib: int = _MEMORY_KIB

    def fields(self) -> dict[str, object]:
        return {
            "kdf": _KDF,
            "salt": records.to_text(self.salt),
            "iterations": self.iterations,
            "lanes": self.lanes,
            "memory_kib": self.memory_kib,
        }

    @classmethod
    def read(cls, fields: Mapping[str, object]) -> _Cost:
        """What a file asks for. Raises ValueError."""
        numbers = [fields.get(name) for name in ("iterations", "lanes", "memory_kib")]
        limits = (_MOST_ITERATIONS, _MOST_LANES, _MOST_MEMORY_KIB)
        if fields.get("kdf") != _KDF or not all(
            type(number) is int and 0 < number <= most for number, most in zip(numbers, limits, strict=True)
        ):
            raise ValueError("its passphrase is stretched in an unknown way")
        salt = records.from_text(fields.get("salt"))
        iterations, lanes, memory = (number for number in numbers if type(number) is int)
        return cls(salt, iterations, lanes, memory)

    def derive(self, passphrase: str) -> bytes:
        """The key. Raises `SecretRefused` for what is no text, and repeats nothing of it."""
        try:
            secret = passphrase.encode()
        except UnicodeEncodeError:
            raise SecretRefused("the passphrase is not UTF-8") from None
        stretch = Argon2id(
            salt=self.salt,
            length=32,
            iterations=self.iterations,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        )
        return stretch.derive(secret)


class PassphraseSeal:
    """AES-256-GCM under a key from a passphrase. `ask` gives the one to try, by the number of those that did
    not open; it raises `SecretRefused` when there is none left.
    """

    form = PASSPHRASE

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._keys: dict[_Cost, bytes] = {}
        self._lock = threading.Lock()

    def seal(self, plain: bytes) -> Mapping[str, object]:
        """See `Seal.seal`."""
        with self._lock:
            cost = next(reversed(self._keys), None) or _Cost(secrets.token_bytes(_SALT_BYTES))
            if cost not in self._keys:
                self._keys[cost] = cost.derive(self._ask(0))
            key = self._keys[cost]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        header = cost.fields()
        sealed = AESGCM(key).encrypt(nonce, plain, canonical(header))
        return {**header, "nonce": records.to_text(nonce), "sealed": records.to_text(sealed)}

    def open(self, fields: Mapping[str, object]) -> bytes:
        """See `Seal.open`. Raises `SecretRefused` for a wrong passphrase, ValueError for another file."""
        cost = _Cost.read(fields)
        nonce, sealed = records.from_text(fields.get("nonce")), records.from_text(fields.get("sealed"))
        with self._lock:
            return self._opened(cost, nonce, sealed)

    def _opened(self, cost: _Cost, nonce: bytes, sealed: bytes) -> bytes:
        header, attempt = canonical(cost.fields()), 0
        while True:
            known = self._keys.get(cost)
            key = known or cost.derive(self._ask(attempt))
            try:
                plain = AESGCM(key).decrypt(nonce, sealed, header)
            except InvalidTag:
                attempt += known is None
                self._keys.pop(cost, None)
                if attempt == _MOST_ATTEMPTS:
                    raise SecretRefused("the passphrase does not open this home's keys") from None
                continue
            self._keys[cost] = key
            return plain


class Engine(Protocol):
    """A transit engine: encrypts and decrypts under a key that never leaves it."""

    def encrypt(self, plain: bytes) -> str:
        """The ciphertext, with the version of the key in it. Raises `SecretError`."""

    def decrypt(self, ciphertext: str) -> bytes:
        """The plaintext again. Raises `SecretError`."""


class TransitSeal:
    """A transit engine seals; the home keeps its ciphertext and asks again whenever it opens."""

    form = TRANSIT

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seal(self, plain: bytes) -> Mapping[str, object]:
        """See `Seal.seal`."""
        return {"ciphertext": self._engine.encrypt(plain)}

    def open(self, fields: Mapping[str, object]) -> bytes:
        """See `Seal.open`."""
        ciphertext = fields.get("ciphertext")
        if not isinstance(ciphertext, str):
            raise ValueError("it holds no ciphertext")
        return self._engine.decrypt(ciphertext)


class Seals:
    """The seals of one home: `form` is what new files get where nothing stands yet."""

    def __init__(self, form: str = PLAIN, ask: Ask | None = None, engine: Engine | None = None):
        self.form = form
        self._seals: dict[str, Seal | None] = {PLAIN: None}
        if ask is not None:
            self._seals[PASSPHRASE] = PassphraseSeal(ask)
        if engine is not None:
            self._seals[TRANSIT] = TransitSeal(engine)

    def of(self, form: str) -> Seal | None:
        """See `Opens.of`."""
        try:
            return self._seals[form]
        except KeyError:
            why = "the settings name no transit engine" if form == TRANSIT else "no such seal is known here"
            raise SecretRefused(f"the home's keys are sealed ({form or 'unknown'}): {why}") from None
