"""How an archive's own keys stand: which there are, how they are sealed, what is unfinished.

Looks and says; changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.tools import Tools
from processes.custody.rotate_sites import outdated
from storage.secret_files import leftovers

NEWEST_FORM, FIRST_FORM = "2", "1"


@dataclass(frozen=True, slots=True)
class KeyState:
    """Names of keys, never keys. `forms` says how each file is sealed."""

    kek: str
    wrap: str
    signer: str
    recovery_form: str
    forms: Mapping[str, str]
    unfinished: tuple[str, ...] = ()
    outdated: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The state as `keys show --json` tells it."""
        return {
            "key_encryption_key": self.kek,
            "wrap": self.wrap,
            "signing_key": self.signer,
            "recovery_form": self.recovery_form,
            "files": dict(self.forms),
            "unfinished": list(self.unfinished),
            "outdated_sites": dict(self.outdated),
        }


def key_state(tools: Tools) -> KeyState:
    """The state of the keys of the archive that `tools` work on. Raises `SecretError`."""
    keychain = tools.keychain
    rotates = keychain.part_slot.path.exists()
    return KeyState(
        kek=keychain.kek.id,
        wrap=keychain.kek.algorithm,
        signer=str(tools.signer.verifier),
        recovery_form=NEWEST_FORM if rotates else FIRST_FORM,
        forms=keychain.forms(),
        unfinished=(*keychain.pending(), *leftovers(keychain.folder)),
        outdated=outdated(tools) if rotates else {},
    )
