"""The settings of one home: `lantai.toml`, read once into a frozen object and passed as arguments.

What cannot be meant is refused here, above all two sites in one folder: a copy that two names share is one
copy. Not done here: nothing is opened or built (see `wiring.py`). Every field is explained in
`docs/settings.md`; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from policies.errors import LantaiError

FILE_NAME = "lantai.toml"

Name = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")]
"""A name that can stand in a report, a file name and a command without quotes."""

Origin = Annotated[str, msgspec.Meta(pattern=r"\A[!-*,-~]{1,200}\Z")]
"""A log's name in checkpoints: printable ASCII without space and plus sign. Source: c2sp.org/signed-note."""

Text = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00-\x1f\x7f]+\Z")]
"""Not empty, in one line."""


Identity = tuple[int, int]
"""A folder as the disk knows it: device and inode."""


class SettingsError(LantaiError):
    """`lantai.toml` is missing or malformed; the text names the place."""

    code = "settings"


class HomeExists(LantaiError):
    """`init` was asked to make a home where one already is."""

    code = "home-exists"


class SiteSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place that keeps copies. `path` is relative to the home unless absolute."""

    name: Name
    path: Text
    kind: Literal["local"] = "local"
    role: Literal["preservation", "backup", "use"] = "preservation"
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None

    @property
    def position(self) -> tuple[float, float] | None:
        """Degrees north and east, where both are given."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


class Inspection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How files are inspected: to the last sample ("full") or by structure alone ("structure")."""

    decode: Literal["full", "structure"] = "full"
    workers: Annotated[int, msgspec.Meta(ge=0, le=1024)] = 0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a home. `origin` names the ledger in every checkpoint."""

    archive: Name
    origin: Origin
    ruleset: Text
    account: Text
    sites: tuple[SiteSettings, ...]
    suite: Literal["international"] = "international"
    database_url: Text = "sqlite:///database.sqlite"
    min_copies: Annotated[int, msgspec.Meta(ge=1)] = 2
    secured_by: tuple[Name, ...] = ()
    brake_percent: Annotated[float, msgspec.Meta(gt=0, le=100)] = 1.0
    background: bool = True
    inspection: Inspection = Inspection()


def read(home: Path) -> Settings:
    """The settings of `home`. Raises `SettingsError` with the place and the reason, and nothing else."""
    path = home / FILE_NAME
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=Settings)
        mistake = next(_mistakes(settings, home), "")
    except FileNotFoundError:
        raise SettingsError(f"there is no archive at {home}: run `lantai --home {home} init`") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RuntimeError) as error:  # also of msgspec, of UTF-8, of links that lead in a circle
        raise SettingsError(f"{path}: {error}") from None
    if mistake:
        raise SettingsError(f"{path}: {mistake}")
    return settings


def _mistakes(settings: Settings, home: Path) -> Iterator[str]:
    """What is wrong although each value by itself could be right."""
    sites = settings.sites
    if settings.min_copies > len(sites):
        yield f"min_copies is {settings.min_copies}, but there are {len(sites)} sites"
    yield from _mistakes_in_secured_by(settings)
    server = "" if settings.database_url.startswith("sqlite:") else settings.database_url.partition("?")[0]
    if server.count("@") > 1:  # what follows the first would be taken for a host, and be told in errors
        yield 'database_url has more than one "@": write one that belongs to a password as %40'
    for site in sites:
        if (site.latitude is None) != (site.longitude is None):
            yield f"site {site.name} has one half of a position: give latitude and longitude, or neither"
        place = site_folder(site, home)
        if _within(home.resolve(), place):
            yield f"site {site.name} holds the home itself ({place}): copies stand apart from what they copy"
    for one, other in combinations(sites, 2):
        if one.name.casefold() == other.name.casefold():
            yield f"two sites are named {one.name}"
        if why := _shared(site_folder(one, home), site_folder(other, home)):
            yield f"sites {one.name} and {other.name} {why}: a copy that they share is one copy"


def _mistakes_in_secured_by(settings: Settings) -> Iterator[str]:
    """Sites that there are not, or fewer than every record has to stand at."""
    named = set(settings.secured_by)
    for name in sorted(named - {site.name for site in settings.sites}):
        yield f"secured_by names {name}, and there is no such site"
    if named and len(named) < settings.min_copies:
        yield f"secured_by names fewer sites than min_copies, which is {settings.min_copies}"


def _shared(one: Path, other: Path) -> str:
    """Why two folders of sites are not apart, or nothing. Folders that are not there have only names."""
    if one == other:
        return f"are the same folder {one}"
    if _within(one, other) or _within(other, one):
        return f"stand one inside the other ({one}, {other})"
    if _identities(one) & _identities(other):
        return f"lead to the same folder on the disk ({one}, {other})"
    return ""


def _within(inner: Path, outer: Path) -> bool:
    """Whether `inner` is `outer` or below it, by name or, for other mounts of the same disk, by identity."""
    there = _identity(outer)
    above = (inner, *inner.parents)
    return outer in above or (there is not None and any(_identity(folder) == there for folder in above))


def _identities(folder: Path) -> set[Identity]:
    """The folder and what stands in it, as the disk knows them: a part may be a link or a mount."""
    parts = (folder, *(folder / area for area in ("objects", "keyrings", "ledger")))
    return {found for part in parts if (found := _identity(part))}


def _identity(folder: Path) -> Identity | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def database_url(settings: Settings, home: Path) -> str:
    """The database's URL with a relative SQLite path placed inside the home."""
    prefix = "sqlite:///"
    if settings.database_url.startswith(prefix):
        return prefix + str(home.resolve() / settings.database_url.removeprefix(prefix))
    return settings.database_url


def site_folder(site: SiteSettings, home: Path) -> Path:
    """The folder of a local site, links followed: where its copies really stand."""
    return (home.resolve() / site.path).resolve()


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
