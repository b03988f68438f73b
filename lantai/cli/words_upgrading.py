"""What `upgrade` says, line by line, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lantai.messages import say

if TYPE_CHECKING:
    from lantai.upgrading import UpgradedHome


def of_upgrade(done: UpgradedHome) -> Iterator[str]:
    """What was brought up, or that nothing had to be."""
    if not done.changed:
        yield say("upgrade-nothing")
        return
    if done.added:
        yield say("upgrade-settings", names=", ".join(done.added))
    before, now = done.database.schema
    if done.database.entries:
        yield say("upgrade-database", before=before, now=now, entries=done.database.entries)
    if done.indexed:
        yield say("upgrade-index", indexed=done.indexed)
    yield say("upgraded")
