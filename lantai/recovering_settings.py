"""What a recovery writes into `lantai.toml`; everything else in the file stays as its keeper wrote it.

Not done here: what the settings mean (`settings`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError

from lantai.settings import FILE_NAME, Settings, SettingsError, checked
from lantai.settings_sites import SiteSettings
from storage.durable import write_file

UNDER_WAY = "a rebuild was begun and has not ended: repeat it"
RESTORED = "head: unproven, restored from one site"
"""Begins the reason in a home that was restored without evidence: its sites are copies of one another."""


def unproven(size: int, restored: bool) -> str:
    """Why a home whose head of `size` entries is unproven may not be written."""
    return f"{RESTORED if restored else 'head: unproven'} ({size} entries)"


def write_values(home: Path, **values: str) -> Settings:
    """Set values at the top of the settings, durably; "" takes one out. Raises `SettingsError`."""
    path = home / FILE_NAME
    try:
        document: Any = tomlkit.parse(path.read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise SettingsError(f"{path} cannot be changed: {error}") from None
    for name, value in values.items():
        if value:
            document[name] = value
        else:
            document.pop(name, None)
    text = tomlkit.dumps(document).encode("utf-8")
    settings = checked(text, home)
    write_file(path, text)
    return settings


def write_new(home: Path, values: dict[str, str], sites: tuple[SiteSettings, ...]) -> Settings:
    """The settings of a home that has none yet. Raises `SettingsError` for what cannot be meant."""
    lines = [
        "# The settings of this archive. docs/settings.md explains each; unknown names are refused.",
        *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value),
        'database_url = "sqlite:///database.sqlite"',
        "min_copies = 2",
        *(line for site in sites for line in _table(site)),
    ]
    text = ("\n".join(lines) + "\n").encode("utf-8")
    settings = checked(text, home)
    write_file(home / FILE_NAME, text)
    return settings


def _table(site: SiteSettings) -> list[str]:
    """A site's table, without what it says by saying nothing. A string of JSON is one of TOML."""
    told = msgspec.structs.asdict(site)
    usual = msgspec.structs.asdict(SiteSettings(site.name))
    kept = {name: value for name, value in told.items() if name == "name" or value != usual[name]}
    return ["", "[[sites]]", *(f"{name} = {json.dumps(value)}" for name, value in kept.items())]
