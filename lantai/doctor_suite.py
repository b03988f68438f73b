"""The doctor's look at the suite of algorithms: whether they work on this machine, and what is of the other.

Not done here: the algorithms' own tests, which run before a release.
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.digests import digests_of
from archive.notes import open_note, sign_note
from archive.signing import LogSigner
from lantai.doctor_checks import Check
from lantai.wiring import Archive
from policies.suites import Suite
from storage.keys import KeyEncryptionKey
from storage.sealing import Key, Opener, Sealer, context

_WORDS = b"what is sealed is opened again"


def suite(archive: Archive) -> Iterator[Check]:
    """Everything the suite names does its work here, and keys are wrapped as it says."""
    chosen = archive.suite
    _try(chosen)
    algorithms = ", ".join((chosen.cipher, *chosen.digests, chosen.wrap, *chosen.signatures))
    yield Check("suite", True, "fail", f"{chosen.name}: {algorithms}")
    wraps = archive.keychain.kek.algorithm
    if wraps != chosen.wrap:
        told = f"keys are still wrapped with {wraps}, not {chosen.wrap}: run `lantai keys rotate`"
        yield Check("key wrapping", False, "warn", told)


def _try(chosen: Suite) -> None:
    """Seal, open, digest, wrap and sign once. Raises whatever a missing algorithm raises."""
    key, bound = Key(chosen.cipher, bytes(32)), context("doctor", "o", "main")
    sealer, opener = Sealer(key, bound), Opener(key, bound)
    sealed = sealer.update(_WORDS) + sealer.finalize()
    kek = KeyEncryptionKey.new(chosen.wrap)
    signer = LogSigner("doctor", bytes(32), chosen)
    opened = opener.update(sealed) + opener.finalize()
    note = sign_note("doctor\n", [signer])
    works = (
        opened == _WORDS
        and kek.unwrap(kek.wrap(bytes(32))) == bytes(32)
        and all(digests_of([_WORDS], chosen.digests).values())
        and all(open_note(note, [verifier]) for verifier in signer.verifiers)
    )
    if not works:
        raise RuntimeError(f"the algorithms of the suite {chosen.name} do not work here")
