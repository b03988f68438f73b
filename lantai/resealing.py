"""Changing how a home's key files are sealed: the settings that lead to the seal, then the files.

The settings come first: they say how to reach what seals, while every file opens by what it says of itself.
Killed in between, some files have the new form and some the old, all open, and the same call ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ingest.keyhold import keys_alone
from lantai.keychains import engine_of, open_keychain
from lantai.secrets_in import new_passphrase, remember
from lantai.settings import FILE_NAME, read
from lantai.settings_keys import KeySettings, key_settings, with_keys
from lantai.wiring import Archive
from policies.errors import LantaiError
from storage.durable import write_file
from storage.errors import RecoveryOutdated, RecoveryRefused
from storage.recovery import recovery_bytes
from storage.recovery_box import RecoveryPart
from storage.seals import PASSPHRASE, Seals


def reseal(archive: Archive, form: str, changes: Mapping[str, str]) -> dict[str, str]:
    """Seal the key files of an opened home as `form` says; how each is sealed afterwards.

    `changes` are settings of the transit engine. Raises `KeySettingsWrong`; and `SecretError`, changing no
    file, where the new seal does not open what it sealed.
    """
    home, keys = archive.home, key_settings(form, changes, archive.settings.keys)
    with keys_alone(archive.tools()):
        fresh = new_passphrase() if form == PASSPHRASE else ""
        seals = Seals(form, lambda _attempt: fresh, engine_of(home, keys))
        _settle(home, keys)
        archive.keychain.reseal(form, seals)
        if fresh:
            remember(home, fresh)
    return archive.keychain.forms()


def _settle(home: Path, keys: KeySettings) -> None:
    """Write the settings with another `[keys]` table, durably."""
    path = home / FILE_NAME
    write_file(path, with_keys(path.read_text("utf-8"), keys).encode())
    read(home)


def need_own(home: Path, recovery_key: str) -> None:
    """Raise `RecoveryRefused` where there is a home whose recovery key is another one."""
    part = RecoveryPart.of(recovery_bytes(recovery_key))
    try:
        own = open_keychain(home, read(home).keys).part
    except (RecoveryOutdated, FileNotFoundError):
        return
    except LantaiError:
        if (home / FILE_NAME).exists():
            raise
        return
    if own.id != part.id:
        raise RecoveryRefused("this is not the recovery key of this archive")
