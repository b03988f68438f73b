"""Who signs for a log: a key of each algorithm that its suite has, all of them from one secret seed.

Ed25519 is in every archive, so that others' tools verify its checkpoints; SM2 stands beside it in the
commercial suite. Whoever verifies says which of them must hold. Not here: where the seed is kept, when
something is signed (`archive.ledger`), several keys one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable

from archive.errors import NoteInvalid
from archive.notes import Ed25519Signer, Signer, Verifier, checked_name, parse_verifier
from archive.sm2 import Sm2Key
from policies.suites import INTERNATIONAL, SM2, Suite


class Sm2Signer:
    """A signer with SM2, from the same seed as the Ed25519 one."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Sm2Key(seed)
        self.verifier = Verifier(checked_name(name), self._key.public_bytes, SM2)

    @property
    def name(self) -> str:
        """The key's name."""
        return self.verifier.name

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return self.verifier.key_id

    def sign(self, message: bytes) -> bytes:
        """The SM2 signature over `message`."""
        return self._key.sign(message)

    @property
    def parts(self) -> tuple[Signer, ...]:
        """Itself."""
        return (self,)


class LogSigner(Ed25519Signer):
    """Signs as Ed25519 does, and with a line of its own for every other algorithm of `suite`."""

    def __init__(self, name: str, seed: bytes, suite: Suite = INTERNATIONAL) -> None:
        super().__init__(name, seed)
        self._seed = seed
        self._suite = suite

    @property
    def parts(self) -> tuple[Signer, ...]:
        """All that sign, Ed25519 first."""
        return (Ed25519Signer(self.name, self._seed), *self._others())

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """The public keys of all that sign, Ed25519 first."""
        return (self.verifier, *(other.verifier for other in self._others()))

    def _others(self) -> tuple[Sm2Signer, ...]:
        return (Sm2Signer(self.name, self._seed),) if SM2 in self._suite.signatures else ()


def parse_verifiers(text: str) -> tuple[Verifier, ...]:
    """The verification keys of one log, a line each, as `checkpoint --public-key` prints them.

    Raises NoteInvalid for none, for one twice, and for keys of more than one name: each must hold by itself,
    so keys of two logs would let nothing pass.
    """
    found = tuple(parse_verifier(line) for line in text.splitlines() if line.strip())
    if not found:
        raise NoteInvalid("there is no verification key in it")
    if len(set(found)) != len(found):
        raise NoteInvalid("a verification key stands twice")
    if len({key.name for key in found}) != 1:
        raise NoteInvalid("the verification keys are of different logs")
    return found


def written(verifiers: Iterable[Verifier]) -> str:
    """Verification keys as a file of them, a line each."""
    return "".join(f"{verifier}\n" for verifier in verifiers)
