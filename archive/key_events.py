"""Events about the archive's own keys. None ever holds a secret: keys go by names that tell nothing of them.

Not here: how keys are changed (`processes.custody.rotate`), what a changed signing key means to a reader of
checkpoints (`archive.signers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from archive.event import Event


@dataclass(frozen=True, slots=True)
class KeysRotated(Event):
    """All keyrings were written anew under another key-encryption key, at `sites`; `pending` names the sites
    that were away, with reasons: what stands there is still under the old one.
    """

    type: ClassVar[str] = "keys.rotated"
    old: str
    new: str
    keyrings: int
    keys: int
    sites: tuple[str, ...]
    pending: Mapping[str, Any]
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class SigningKeyChanged(Event):
    """Checkpoints are signed by `new` from here on; both are verification keys as `checkpoint --public-key`
    prints them. The checkpoint over this entry is signed by both.

    Where the old key was `compromised` it is not trusted for any checkpoint of `untrusted_from` entries or
    more; else `untrusted_from` is where it stopped being used. `attested` is a signed note by both keys that
    says all this (`archive.signers.attestation`): whoever is shown the entry sees that the old one agreed.
    """

    type: ClassVar[str] = "signing-key.changed"
    old: str
    new: str
    reason: str
    compromised: bool
    untrusted_from: int
    attested: str
    account: str
    os_user: str


@dataclass(frozen=True, slots=True)
class RecoveryKeyChanged(Event):
    """The recovery files were sealed for another recovery key, at `sites`; "" is the key of a first form."""

    type: ClassVar[str] = "recovery-key.changed"
    old: str
    new: str
    sites: tuple[str, ...]
    pending: Mapping[str, Any]
    account: str
    os_user: str
