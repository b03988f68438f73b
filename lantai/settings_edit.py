"""Changes to `lantai.toml` by a command: everything else in the file stays as its keeper wrote it.

A change is held against the rules before it is written, and written whole or not at all.
Not done here: what the settings mean (`settings`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from lantai.settings import FILE_NAME, Settings, SettingsError, checked
from storage.durable import write_file


def mark_retiring(home: Path, site: str, since: str) -> Settings:
    """Say in the settings that nothing is kept at `site` any more. Raises `SettingsError`."""

    def mark(sites: AoT) -> None:
        _table(sites, site)["retiring"] = since

    return _changed(home, mark, lambda text: _marked(text, site, f'retiring = "{since}"\n'))


def drop_site(home: Path, site: str) -> Settings:
    """Take a site out of the settings. Raises `SettingsError`."""

    def drop(sites: AoT) -> None:
        table = _table(sites, site)
        del sites[sites.body.index(table)]

    return _changed(home, drop, partial(_without, site=site))


def _without(text: str, site: str) -> str:
    """The lines of `text` but for those from a site's heading to its last field: what stands around them,
    comments above all, is not the site's.
    """
    lines, start, end = _found(text, site)
    while end > start and (lines[end - 1].strip() == "" or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return "".join(lines[:start] + lines[end:])


def _marked(text: str, site: str, line: str) -> str:
    """`text` with `line` below the site's heading."""
    lines, start, end = _found(text, site)
    return "".join([*lines[: start + 1], line, *lines[start + 1 :]]) if end > start else text


def _found(text: str, site: str) -> tuple[list[str], int, int]:
    """The lines of `text`, and where those about a site begin and end; nowhere if it is not found."""
    lines = text.splitlines(keepends=True)
    heads = [n for n, line in enumerate(lines) if line.lstrip().startswith("[")]
    for start in heads:
        end = min((n for n in heads if n > start), default=len(lines))
        if _names(lines[start:end]) == site:
            return lines, start, end
    return lines, 0, 0


def _names(lines: list[str]) -> str:
    """The site that some lines are about, "" for none."""
    try:
        sites = tomlkit.parse("".join(lines)).unwrap().get("sites", [])
    except TOMLKitError:
        return ""
    return str(sites[0].get("name", "")) if isinstance(sites, list) and len(sites) == 1 else ""


def _table(sites: AoT, name: str) -> Table:
    for table in sites.body:
        if table.get("name") == name:
            return table
    raise SettingsError(f"{FILE_NAME} has no site {name}")


def _changed(
    home: Path, change: Callable[[AoT], None], by_lines: Callable[[str], str] | None = None
) -> Settings:
    """The settings after `change`. `by_lines` does the same to the text and is taken where it means the same:
    it leaves more of what stands around as it was.
    """
    path = home / FILE_NAME
    try:
        before = path.read_bytes().decode("utf-8")
        document: Any = tomlkit.parse(before)
        sites = document["sites"]
    except (OSError, UnicodeDecodeError, TOMLKitError, KeyError) as error:
        raise SettingsError(f"{path} cannot be changed: {error}") from None
    if not isinstance(sites, AoT):
        raise SettingsError(f"{path} cannot be changed: its sites are no [[sites]] tables; do it by hand")
    change(sites)
    text = tomlkit.dumps(document)
    if by_lines is not None and _means(by_lines(before)) == _means(text):
        text = by_lines(before)
    settings = checked(text.encode("utf-8"), home)
    write_file(path, text.encode("utf-8"))
    return settings


def _means(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
