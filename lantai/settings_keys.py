"""The `[keys]` table of the settings: how the home's own secrets are sealed.

Not done here: opening anything (`wiring`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import msgspec
import tomlkit

from lantai.endpoints import endpoint_mistake
from lantai.settings_sites import Text
from policies.errors import LantaiError

Segment = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_.-]{1,128}\Z")]
Mount = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_.-]{1,128}(/[A-Za-z0-9_.-]{1,128})*\Z")]


class KeySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How key files are sealed, and what opens them. Paths are relative to the home unless absolute."""

    seal: Literal["none", "passphrase", "transit"] = "none"
    passphrase_file: Text | None = None
    transit_url: Text | None = None
    transit_mount: Mount = "transit"
    transit_key: Segment = "lantai"
    transit_namespace: Text | None = None
    transit_token_file: Text | None = None
    transit_ca: Text | None = None


def key_settings(seal: str, changes: Mapping[str, str], before: KeySettings | None = None) -> KeySettings:
    """The settings `before`, with another seal and what else is given. Raises `KeySettingsWrong`."""
    wanted = msgspec.to_builtins(before or KeySettings()) | {**changes, "seal": seal}
    try:
        keys = msgspec.convert(wanted, KeySettings)
    except msgspec.ValidationError as mistake:
        raise KeySettingsWrong(str(mistake)) from None
    if wrong := next(key_mistakes(keys), ""):
        raise KeySettingsWrong(wrong)
    return keys


class KeySettingsWrong(LantaiError):
    """What was asked of `[keys]` cannot be meant."""

    code = "usage"


def with_keys(text: str, keys: KeySettings) -> str:
    """The text of a settings file with `keys` as its `[keys]` table, in the place of any other."""
    document = tomlkit.parse(text)
    document["keys"] = {name: value for name, value in msgspec.to_builtins(keys).items() if value is not None}
    return tomlkit.dumps(document)


def key_mistakes(keys: KeySettings) -> Iterator[str]:
    """What is wrong although each value by itself could be right."""
    if keys.transit_url is not None and (why := endpoint_mistake(keys.transit_url)):
        yield f"[keys] transit_url {why}"
    if keys.seal == "transit" and keys.transit_url is None:
        yield '[keys] seal is "transit", but transit_url is missing'
