"""Before keys change: is this home the archive as it stands today, or one that was set back?

A home from an older snapshot of its machine has keys that were replaced since. The keys of today are then in
the recovery files alone: written anew by such a home, they would be lost, and everything with them. So a
recovery file that names a key-encryption key that this home neither holds nor gave up is never replaced, and
no change of keys begins where a site's ledger goes on further than the database.

Not done here: the changes themselves (`rotate`, `rotate_recovery`, `rotate_signing`).
"""

from __future__ import annotations

from contextlib import suppress

from archive.errors import ReadOnly
from archive.events import KeysRotated, RecoveryKeyChanged
from ingest.publish import continued
from ingest.tools import Tools
from storage import records
from storage.errors import KeysSetBack, ObjectError, RecoveryOutdated, SiteError
from storage.recovery import RECOVERY_NAME
from storage.recovery_box import KIND


def need_current(tools: Tools) -> None:
    """Raise `LedgerSetBack`, `KeysSetBack` where a site knows more than this home; `ReadOnly` where nothing
    may be entered. Sites that cannot be asked are passed over. Hold the lock of the keys.
    """
    if tools.database.read_only:
        raise ReadOnly(tools.database.read_only)
    for name in tools.vault.sites:
        with suppress(SiteError), tools.database.read() as conn:
            continued(tools, conn, name)
        with suppress(SiteError, ObjectError):
            need_known(tools, name, tools.vault.site(name).read(RECOVERY_NAME))


def need_known(tools: Tools, site: str, found: bytes) -> None:
    """Raise `KeysSetBack` where `found`, the recovery file at a site, is the archive's and holds a key that
    this home neither has nor gave up.
    """
    chain = (tools.keychain.kek, tools.keychain.next_kek, tools.keychain.previous_kek)
    with tools.database.read() as conn:
        entries = list(tools.ledger.of_type(conn, KeysRotated.type, RecoveryKeyChanged.type))
    events = [entry.event() for entry in entries if entry.payload]
    known = {kek.id for kek in chain if kek} | {one.old for one in events if isinstance(one, KeysRotated)}
    changes = [one for one in events if isinstance(one, RecoveryKeyChanged)]
    if unknown := [name for name in _held(tools, found, changes) if name not in known]:
        raise KeysSetBack(
            f"the recovery file at site {site} holds the key {unknown[0]}, which this home does not have: it "
            "was set back, and that file may be all that opens what stands at the sites. Have the archive "
            "back with the recovery key (`lantai restore`); only where you know better, move the file away"
        )


def _held(tools: Tools, found: bytes, changes: list[RecoveryKeyChanged]) -> list[str]:
    """The key-encryption keys that a recovery file names: one of the home's recovery key, or of a later one
    where the home's was given up; none where it is neither.
    """
    try:
        part = tools.keychain.part
    except RecoveryOutdated:
        return []
    fields = part.holds(found)
    if fields is None and part.id in {one.old for one in changes}:
        with suppress(ValueError):
            said = records.load(KIND, found)
            fields = said if said.get("recipient") in {one.new for one in changes} else None
    names = fields.get("keks") if fields else None
    return [str(name) for name in names] if isinstance(names, list) else []
