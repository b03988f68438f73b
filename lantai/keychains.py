"""A home's keychain, built from its settings.

Not done here: which commands may change it (`lantai.cli.custody`).
"""

from __future__ import annotations

import ctypes
import resource
from contextlib import suppress
from pathlib import Path

from lantai.secrets_in import Passphrase, transit_token
from lantai.settings_keys import KeySettings
from storage.keychain import Keychain
from storage.seals import Seals
from storage.transit import Transit

KEYS_FOLDER = "keys"

_PR_SET_DUMPABLE = 4


def open_keychain(home: Path, keys: KeySettings) -> Keychain:
    """The keychain of the home, which asks for what it needs when it needs it."""
    keep_out_of_dumps()
    return Keychain(home / KEYS_FOLDER, seals_of(home, keys))


def seals_of(home: Path, keys: KeySettings) -> Seals:
    """The seals that the settings name."""
    return Seals(keys.seal, Passphrase(keys, home), engine_of(home, keys))


def engine_of(home: Path, keys: KeySettings) -> Transit | None:
    """The transit engine that the settings name, None where they name none."""
    if keys.transit_url is None:
        return None
    return Transit(
        keys.transit_url,
        keys.transit_key,
        transit_token(keys, home),
        mount=keys.transit_mount,
        namespace=keys.transit_namespace or "",
        ca=home / keys.transit_ca if keys.transit_ca else None,
    )


def keep_out_of_dumps() -> None:
    """A process that holds keys leaves no core behind, and no debugger of another process reads it."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    with suppress(OSError, AttributeError):  # not Linux: the limit alone must do
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
