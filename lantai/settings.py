"""The settings of one home: `lantai.toml`, read once into a frozen object and passed as arguments.

Not done here: nothing is opened or built (see `wiring.py`). Every field is explained in
`docs/settings.md`; a test holds the two together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from policies.errors import LantaiError

FILE_NAME = "lantai.toml"


class SettingsError(LantaiError):
    """`lantai.toml` is missing or malformed; the text names the place."""

    code = "settings"


class HomeExists(LantaiError):
    """`init` was asked to make a home where one already is."""

    code = "home-exists"


class SiteSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place that keeps copies. `path` is relative to the home unless absolute."""

    name: str
    path: str
    kind: Literal["local"] = "local"
    role: Literal["preservation", "backup", "use"] = "preservation"
    latitude: float | None = None
    longitude: float | None = None


class Inspection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How files are inspected: to the last sample ("full") or by structure alone ("structure")."""

    decode: Literal["full", "structure"] = "full"
    workers: int = 0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a home. `origin` names the ledger in every checkpoint."""

    archive: str
    origin: str
    ruleset: str
    account: str
    sites: tuple[SiteSettings, ...]
    suite: Literal["international"] = "international"
    database_url: str = "sqlite:///database.sqlite"
    min_copies: int = 2
    background: bool = True
    inspection: Inspection = Inspection()


def read(home: Path) -> Settings:
    """The settings of `home`. Raises `SettingsError` with the place and the reason."""
    path = home / FILE_NAME
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Settings)
    except FileNotFoundError:
        raise SettingsError(f"there is no archive at {home}: run `lantai --home {home} init`") from None
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None


def database_url(settings: Settings, home: Path) -> str:
    """The database's URL with a relative SQLite path placed inside the home."""
    prefix = "sqlite:///"
    if settings.database_url.startswith(prefix):
        return prefix + str(home.resolve() / settings.database_url.removeprefix(prefix))
    return settings.database_url


def site_folder(site: SiteSettings, home: Path) -> Path:
    """The folder of a local site."""
    return home.resolve() / site.path


TEMPLATE = """\
# The settings of this archive. docs/settings.md explains each; unknown names are refused.
archive = "{archive}"
origin = "{origin}"
ruleset = "{ruleset}"
suite = "international"
account = "{account}"
database_url = "sqlite:///database.sqlite"
min_copies = 2
# After a batch is registered a process of its own reads every copy back.
background = true

[inspection]
decode = "full"
workers = 0

[[sites]]
name = "site-a"
path = "sites/site-a"
role = "preservation"

[[sites]]
name = "site-b"
path = "sites/site-b"
role = "backup"
"""
