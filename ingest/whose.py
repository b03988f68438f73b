"""Whose site is it? Settings may lead to the site of another archive, and nothing there may be written over.

By what stands there in the open: the log that the checkpoint is of, and the archive that the recovery file
names. What was merely damaged, or put there one by one, speaks of two archives or of none: that is an
audit's business. Not done here: whether what stands there is authentic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.tools import Tools
from storage import records
from storage.errors import ObjectError, SiteReadOnly
from storage.recovery import RECOVERY_NAME, form_of
from storage.site import Site

CHECKPOINT = "ledger/checkpoint"
_HEAD = re.compile("(lantai/([a-z0-9]+)(?:/[0-9]+)?)\n[0-9]+\n[^\n]+\n(?:[^\n]+\n)*\n(?:.*\n)*?— (\\S+) ")


def refuse_another_archives(tools: Tools, site: Site) -> None:
    """Raise `SiteReadOnly` where `site` is another archive's, and `SiteError` where it cannot be asked."""
    named = set(_named(site))
    if named and tools.vault.archive_id not in named:
        raise SiteReadOnly(
            site.name, f"it is the site of another archive ({min(named)}): the settings lead to a wrong place"
        )


def _named(site: Site) -> Iterator[str]:
    """The archives that the site's own papers name."""
    head = _HEAD.match(_text(site, CHECKPOINT))
    if head and head[3] == head[1]:  # one flipped bit in a name does not make another archive
        yield head[2]
    paper = _text(site, RECOVERY_NAME).encode()
    try:
        yield str(records.load(form_of(paper), paper)["archive"])
    except (ValueError, KeyError):
        return


def _text(site: Site, name: str) -> str:
    try:
        return site.read(name).decode("utf-8")
    except (ObjectError, UnicodeDecodeError):
        return ""
