"""The sites of a new archive: two folders in its home, or those of a file of `[[sites]]` tables.

A site that holds anything is not taken: it may be another archive's. Not done here: sites of an archive that
is there already (`replicate` fills those that are added to its settings).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from lantai.errors import UsageMistake
from lantai.places import open_site
from lantai.settings import HomeExists, Settings
from lantai.settings_sites import SiteSettings, place_of, site_folder
from policies.errors import LantaiError
from storage.site_local import prepare

_OURS = "sites-were-empty"


class SitesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that names sites and nothing else."""

    sites: tuple[SiteSettings, ...]


def tables_of(path: Path) -> str:
    """The text of a file of `[[sites]]` tables. Raises `UsageMistake` with the reason."""
    try:
        text = path.read_text(encoding="utf-8")
        named = msgspec.toml.decode(text, type=SitesFile).sites
    except OSError as error:
        raise UsageMistake(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, msgspec.ValidationError) as error:
        raise UsageMistake(f"{path}: {error}") from None
    if not named:
        raise UsageMistake(f"{path} names no site")
    return text


def take(home: Path, settings: Settings) -> None:
    """Prepare the sites, and see that they are empty. Raises `HomeExists` for one that is not, and the errors
    of sites for one that is away.
    """
    for site in settings.sites:
        if site.kind == "local":
            folder = site_folder(site, home)
            try:
                prepare(folder)
            except OSError as error:
                raise UsageMistake(f"site {site.name}: {folder} cannot be made: {error.strerror}") from None
        if next(iter(open_site(site, home).list()), None) is not None:
            where = place_of(site, home)
            raise HomeExists(f"site {site.name} ({where}) is not empty: it may hold another archive")
    (home / _OURS).touch()


def keep(home: Path) -> None:
    """The home is made; its sites are its own."""
    (home / _OURS).unlink(missing_ok=True)


def let_go(home: Path, settings: Settings) -> None:
    """Empty the sites again when the home will not be one: what they hold nobody could open."""
    if not (home / _OURS).exists():
        return
    for described in settings.sites:
        with suppress(LantaiError):  # a site that went away keeps some files, and the next `init` will say so
            site = open_site(described, home)
            for stored in list(site.list()):
                site.delete(stored.name)
            site.settle()
            site.sweep()
