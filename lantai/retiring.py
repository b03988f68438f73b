"""Giving a site up, from the settings' side: marked, emptied, entered, taken out. Resumable at any kill.

While it lasts no batch is taken in and no keyring written: whoever opened the archive before would count a
copy at the site that goes. Not done here: checking and emptying (`processes.replicating.retire`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from ingest.keyhold import keys_alone
from ingest.locks import only_one
from ingest.tools import Progress
from lantai.places import open_site
from lantai.settings_edit import drop_site, mark_retiring
from lantai.settings_sites import SiteSettings, site_folder
from lantai.wiring import Archive, opened
from processes.errors import NotFound
from processes.replicating.replicate import LOCK
from processes.replicating.retire import check_others, empty, enter
from storage.durable import INCOMING
from storage.site import AREAS


def retire_site(archive: Archive, name: str, progress: Progress) -> dict[str, Any]:
    """Empty the site `name` and take it out of the settings, when every other one holds everything.

    Raises `NotFound`, `CannotRetire` with all reasons, `SiteError` where the site itself cannot be reached;
    then it stays as it is, or half empty and marked, and the same call goes on.
    """
    site = next((site for site in archive.settings.sites if site.name == name), None)
    if site is None:
        raise NotFound(f"site {name}")
    tools = archive.tools(progress)
    with only_one(tools.work / "worker.lock"), only_one(tools.work / LOCK), keys_alone(tools):
        place = open_site(site, archive.home)
        next(iter(place.list("objects/")), None)  # it is there, or nothing is begun
        checked = check_others(tools, place, archive.settings.secured_by)
        began = site.retiring or tools.now()
        if not site.retiring:
            mark_retiring(archive.home, name, began)
        done = empty(place)
        with opened(archive.home, archive.subject.account) as after:
            pending = enter(after.tools(progress), name, site.kind, began, checked, done)
        drop_site(archive.home, name)
        _unmake(site, archive)
    return {
        "site": name,
        "checked": list(checked),
        "objects": done.objects,
        "files": done.files,
        "kept": done.kept,
        "kept_until": done.kept_until,
        "pending": pending,
    }


def _unmake(site: SiteSettings, archive: Archive) -> None:
    """Remove the empty folders of a local site, its own folder left: it may be where a disk is mounted."""
    if site.kind != "local":
        return
    root = site_folder(site, archive.home)
    for area in (*AREAS, INCOMING):
        for folder, _, _ in os.walk(root / area, topdown=False):
            with suppress(OSError):  # something else stands in it
                Path(folder).rmdir()
