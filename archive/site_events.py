"""Events about sites: one was given up after everything was seen to stand elsewhere.

Not here: who gives it up and on what evidence (`processes.replicating.retire`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archive.event import Event


@dataclass(frozen=True, slots=True)
class SiteRetired(Event):
    """A site's copies were deleted, after everything was read back whole at the sites `checked`.

    `began` is when the emptying was resolved; `objects` and `files` are what the last run deleted, `kept`
    what the site does not let go yet (object lock) and until when.
    """

    type: ClassVar[str] = "site.retired"
    site: str
    kind: str
    began: str
    checked: tuple[str, ...]
    objects: int
    files: int
    kept: int
    kept_until: str
    account: str
    os_user: str
