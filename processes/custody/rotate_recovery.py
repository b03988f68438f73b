"""Giving the archive another recovery key: when one was lost or seen, and where the recovery file is old.

The new key is shown before anything is sealed for it, and the old one opens until all of this has ended: an
interrupted change is as if it had not been begun, but for the files that a `refresh` seals back.

A file at a site that is away still opens with the old recovery key, to the secrets of that time: where
somebody has seen the recovery key, rotate the other keys after it.

Not done here: showing the key, splitting it (`storage.shares`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from archive import catalogue
from archive.events import RecoveryKeyChanged
from ingest.keyhold import keys_alone
from ingest.publish import publish
from ingest.tools import Tools
from processes.custody.rotate_guard import need_current
from processes.custody.rotate_sites import Reach, write_recovery
from storage.errors import RecoveryOutdated, TooFewCopies
from storage.recovery import new_recovery_key, recovery_bytes
from storage.recovery_box import RecoveryPart
from storage.secret_files import tidy


@dataclass(frozen=True, slots=True)
class NewRecovery:
    """What was done. `recovery_key` is shown once and stored nowhere; `old` is "" for one of a first form."""

    recovery_key: str = field(repr=False)
    old: str
    new: str
    sites: tuple[str, ...]
    pending: Mapping[str, str] = field(default_factory=dict)
    waiting: str = ""

    def as_json(self) -> dict[str, object]:
        """The change as `keys rotate --recovery --json` tells it."""
        return {
            "recovery_key": self.recovery_key,
            "old": self.old,
            "new": self.new,
            "sites": list(self.sites),
            "pending": dict(self.pending),
            "waiting": self.waiting,
        }


def rotate_recovery(tools: Tools, show: Callable[[str], None]) -> NewRecovery:
    """Make a recovery key, `show` it, and seal the recovery files for it. Raises like `need_current` before
    that, and `TooFewCopies`; then the key that was shown is of no use, and the old one goes on opening.
    """
    keychain, text = tools.keychain, new_recovery_key()
    part, old = RecoveryPart.of(recovery_bytes(text)), ""
    with keys_alone(tools):
        need_current(tools)
        tidy(keychain.folder)
        with suppress(RecoveryOutdated):
            old = keychain.part.id
        keychain.begin_part(part)
        show(text)
        reach = Reach(tools)
        write_recovery(reach, part)
        keychain.part_slot.switch()
        keychain.part_slot.end()
        done = NewRecovery(text, old, part.id, reach.sites, dict(reach.pending))
        _enter(tools, done)
    try:
        publish(tools)
    except TooFewCopies as fault:
        return replace(done, waiting=str(fault))
    return done


def _enter(tools: Tools, done: NewRecovery) -> None:
    event = RecoveryKeyChanged(
        old=done.old,
        new=done.new,
        sites=done.sites,
        pending=dict(done.pending),
        account=tools.subject.account,
        os_user=tools.os_user,
    )
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, [event], tools.now())
