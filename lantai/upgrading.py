"""Bringing an older home to this program's version: settings, database, index, in this order.

Each step finds out by itself whether it has to be done and is done whole or not at all, so a run that
was killed is finished by the next, and a run on a home that is new changes nothing. It is alone in the home.
Not done here: keys and copies at the sites; both are read in every form that was ever written.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from archive.database import open_database
from archive.upgrade import Upgraded, upgrade_database
from lantai import settings as settings_file
from lantai.errors import NoHome
from lantai.using import alone_in
from processes.recovery.upgrade import bring_up_index
from storage.durable import write_file


@dataclass(frozen=True, slots=True)
class UpgradedHome:
    """What was done: settings that were added, the database's versions, items fed to the index."""

    added: tuple[str, ...]
    database: Upgraded
    indexed: int

    @property
    def changed(self) -> bool:
        """Whether anything had to be done."""
        return bool(self.added or self.indexed or self.database.entries)

    def as_json(self) -> dict[str, object]:
        """As `upgrade --json` tells it."""
        schema, views = self.database.schema, self.database.views
        return {
            "changed": self.changed,
            "settings": list(self.added),
            "database": {"from": schema[0], "to": schema[1]},
            "catalogue": {"from": views[0], "to": views[1]},
            "entries": self.database.entries,
            "indexed": self.indexed,
        }


def upgrade_home(home: Path) -> UpgradedHome:
    """Bring the home to this program's version. Raises `NoHome`, `HomeBusy`, `SettingsError` and what
    `upgrade_database` raises; what was done until then is whole.
    """
    if not (home / settings_file.FILE_NAME).exists():
        raise NoHome(home)
    with alone_in(home):
        added = _bring_up_settings(home / settings_file.FILE_NAME)
        settings = settings_file.read(home)
        url = settings_file.database_url(settings, home)
        upgraded = upgrade_database(url, settings.origin)
        database = open_database(url)
        try:
            anew = upgraded.entries > 0
            indexed = bring_up_index(database, home / "index", home / "work", anew=anew)
        finally:
            database.close()
    return UpgradedHome(added, upgraded, indexed)


def _bring_up_settings(file: Path) -> tuple[str, ...]:
    """Add the settings that a new home's file has and this one lacks; their names."""
    try:
        text = file.read_text("utf-8")
        new, added = with_new_settings(text, settings_file.TEMPLATE)
    except (OSError, ValueError) as error:  # also bad TOML and what is not UTF-8
        raise settings_file.SettingsError(f"{file}: {error}") from None
    if added:
        write_file(file, new.encode())
    return added


def with_new_settings(text: str, template: str) -> tuple[str, tuple[str, ...]]:
    """`text` with the template's settings that it lacks, as the template writes and explains them.

    What stands there stays byte for byte; settings that only `init` can know are left alone.
    """
    known = tomllib.loads(text)
    pieces, added = [], []
    for name, piece in _settings_of(template):
        if name not in known and "{" not in piece:
            pieces.append(piece)
            added.append(name)
    if not added:
        return text, ()
    lines = text.splitlines(keepends=True)
    place = next((n for n, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    while place and lines[place - 1].lstrip().startswith("#"):
        place -= 1  # a comment over the first table belongs to it
    above = "".join(lines[:place]).rstrip("\n")
    return f"{above}\n{''.join(pieces)}\n{''.join(lines[place:])}", tuple(added)


def _settings_of(template: str) -> list[tuple[str, str]]:
    """Each top-level setting of the template with its line and the comments above it."""
    found, piece = [], ""
    for line in template.splitlines(keepends=True):
        if line.startswith("["):
            break
        piece += line
        if line.strip() and not line.startswith("#"):
            found.append((line.partition("=")[0].strip(), piece))
            piece = ""
    return found
