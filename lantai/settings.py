"""The settings of one home: `lantai.toml`, read once into a frozen object and passed as arguments.

What cannot be meant is refused; what is said of sites is judged in `settings_sites`. Not done here: nothing
is opened or built (see `wiring.py`). Every field is explained in `docs/settings.md`; a test holds the two
together.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from lantai.settings_http import HttpSettings, http_mistakes
from lantai.settings_keys import KeySettings, key_mistakes
from lantai.settings_sites import Line, Name, SiteSettings, Text, mistakes, site_folder
from lantai.settings_use import UseSettings
from policies.errors import LantaiError
from policies.site_rules import SiteRuleChanges
from policies.uploads import UploadLimits

__all__ = ["FILE_NAME", "Inspection", "Settings", "SettingsError", "SiteSettings", "read", "site_folder"]

FILE_NAME = "lantai.toml"

Origin = Annotated[str, msgspec.Meta(pattern=r"\A[!-*,-~]{1,200}\Z")]
"""A log's name in checkpoints: printable ASCII without space and plus sign. Source: c2sp.org/signed-note."""


class SettingsError(LantaiError):
    """`lantai.toml` is missing or malformed; the text names the place."""

    code = "settings"


class HomeExists(LantaiError):
    """`init` was asked to make a home where one already is."""

    code = "home-exists"


class Inspection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How files are inspected: to the last sample ("full") or by structure alone ("structure")."""

    decode: Literal["full", "structure"] = "full"
    workers: Annotated[int, msgspec.Meta(ge=0, le=1024)] = 0


class AuditSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often the worker audits all sites (0: never), and which share of the copies each time."""

    every_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 90
    percent: Annotated[float, msgspec.Meta(gt=0, le=100)] = 100.0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a home. `origin` names the ledger in every checkpoint."""

    archive: Name
    origin: Origin
    ruleset: Text
    account: Text
    sites: tuple[SiteSettings, ...]
    suite: Literal["international", "commercial"] = "international"
    database_url: Text = "sqlite:///database.sqlite"
    min_copies: Annotated[int, msgspec.Meta(ge=1)] = 2
    secured_by: tuple[Name, ...] = ()
    brake_percent: Annotated[float, msgspec.Meta(gt=0, le=100)] = 1.0
    background: bool = True
    read_only: Line = ""
    drill_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 100
    visitor_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 1_095
    inspection: Inspection = Inspection()
    site_rules: SiteRuleChanges = SiteRuleChanges()
    audit: AuditSchedule = AuditSchedule()
    keys: KeySettings = KeySettings()
    http: HttpSettings = HttpSettings()
    uploads: UploadLimits = UploadLimits()
    use: UseSettings = UseSettings()

    @property
    def active(self) -> tuple[SiteSettings, ...]:
        """The sites that copies are kept at: all but those being given up."""
        return tuple(site for site in self.sites if not site.retiring)


def read(home: Path) -> Settings:
    """The settings of `home`. Raises `SettingsError` with the place and the reason, and nothing else."""
    path = home / FILE_NAME
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise SettingsError(f"there is no archive at {home}: run `lantai --home {home} init`") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    return checked(text, home)


def checked(text: bytes, home: Path) -> Settings:
    """What a settings file that stands in `home` means. Raises like `read`."""
    path = home / FILE_NAME
    try:
        settings = msgspec.toml.decode(text, type=Settings)
        mistake = next(_mistakes(settings, home), "")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RuntimeError) as error:  # also of msgspec, of UTF-8, of links that lead in a circle
        raise SettingsError(f"{path}: {error}") from None
    if mistake:
        raise SettingsError(f"{path}: {mistake}")
    return settings


def _mistakes(settings: Settings, home: Path) -> Iterator[str]:
    """What is wrong although each value by itself could be right."""
    sites = settings.active
    if settings.min_copies > len(sites):
        yield f"min_copies is {settings.min_copies}, but there are {len(sites)} sites"
    yield from _mistakes_in_secured_by(settings)
    server = "" if settings.database_url.startswith("sqlite:") else settings.database_url.partition("?")[0]
    if server.count("@") > 1:  # what follows the first would be taken for a host, and be told in errors
        yield 'database_url has more than one "@": write one that belongs to a password as %40'
    yield from key_mistakes(settings.keys)
    yield from http_mistakes(settings.http)
    yield from mistakes(settings.sites, home)


def _mistakes_in_secured_by(settings: Settings) -> Iterator[str]:
    """Sites that there are not, or fewer than every record has to stand at."""
    named = set(settings.secured_by)
    for name in sorted(named - {site.name for site in settings.active}):
        yield f"secured_by names {name}, and there is no such site"
    if named and len(named) < settings.min_copies:
        yield f"secured_by names fewer sites than min_copies, which is {settings.min_copies}"


def database_url(settings: Settings, home: Path) -> str:
    """The database's URL with a relative SQLite path placed inside the home."""
    prefix = "sqlite:///"
    if settings.database_url.startswith(prefix):
        return prefix + str(home.resolve() / settings.database_url.removeprefix(prefix))
    return settings.database_url


HEAD = """\
# The settings of this archive. docs/settings.md explains each; unknown names are refused.
archive = "{archive}"
origin = "{origin}"
ruleset = "{ruleset}"
suite = "{suite}"
account = "{account}"
database_url = {database}
min_copies = 2
# After a batch is registered a process of its own reads every copy back.
background = true

[inspection]
decode = "full"
workers = 0
"""

TWO_FOLDERS = """
[[sites]]
name = "site-a"
path = "sites/site-a"
role = "preservation"

[[sites]]
name = "site-b"
path = "sites/site-b"
role = "backup"
"""

TEMPLATE = HEAD + TWO_FOLDERS
"""What `init` writes unless it is told of other sites."""
