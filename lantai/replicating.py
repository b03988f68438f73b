"""Replication as the doors do it: the settings' brake, and the place of a new site made ready.

Not done here: bringing anything anywhere (`processes.replicating.replicate`).
"""

from __future__ import annotations

from collections.abc import Mapping

from lantai.settings import site_folder
from lantai.wiring import Archive
from processes.replicating.replicated import Terms
from storage.site_local import prepare


def terms(
    archive: Archive,
    *,
    site: str = "",
    go_ahead: bool = False,
    everything: bool = True,
    without: Mapping[str, str] | None = None,
) -> Terms:
    """How to replicate in this archive."""
    return Terms(
        site=site,
        percent=archive.settings.brake_percent,
        go_ahead=go_ahead,
        everything=everything,
        prepare=lambda name: prepare_place(archive, name),
        without=dict(without or {}),
    )


def prepare_place(archive: Archive, name: str) -> str:
    """Make the folder of a new site; why it cannot be, or nothing. Only where nothing is, and its parent is
    there: a disk that is not mounted must not be taken for one. A bucket is made by whoever owns the server.
    """
    site = next(site for site in archive.settings.sites if site.name == name)
    if site.kind != "local":
        return f"the bucket {site.bucket} is not there: make it, or see that it can be reached"
    root = site_folder(site, archive.home)
    try:
        if not root.parent.is_dir():
            return f"{root.parent} is not there: is its disk mounted?"
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            return f"{root} is not empty, and no site of an archive"
        prepare(root)
    except OSError as error:
        return f"{root} cannot be made ready: {error.strerror}"
    return ""
