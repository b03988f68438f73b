"""What can go wrong in the archive room.

    LantaiError (policies.errors)
    └── ArchiveError
        ├── DatabaseError
        │   ├── DatabaseMissing       nothing stands at the address
        │   ├── DatabaseExists        something stands where a new database was wanted
        │   ├── DatabaseBusy          the write lock was not had in time; try again
        │   ├── DatabaseBroken        the engine refused or failed
        │   │   └── DatabaseFull      its disk takes no more
        │   ├── ReadOnly              the archive is open for reading alone, until its head is accepted
        │   ├── DatabaseNewer         made by a newer program than this one
        │   ├── SchemaOutdated        source tables of an older version, or none: upgrade
        │   └── ViewsOutdated         projections of an older version: upgrade
        ├── LedgerError
        │   ├── MalformedEvent        a payload that does not make the event it says
        │   ├── UnknownEvent          a type or version that this program does not know
        │   ├── LedgerDamaged         the ledger contradicts itself or what was signed
        │   └── LedgerSetBack         a site holds a newer or another ledger than this database
        ├── ProofInvalid              a Merkle proof that does not hold
        ├── MalformedCode             a text that is no archival code of the profile      (codes.py)
        │   └── NumberPastWidth       a number that the profile's width cannot hold
        ├── NoteInvalid               a note, key, checkpoint or proof file that is malformed or not signed
        └── Conflict
            ├── CodeTaken             a code that is or was another item's
            ├── AlreadyRegistered     a batch, item or object that is registered
            ├── NumbersUnknown        what is lost may have given codes: none is given before that is accepted
            └── StaleCorrection       the value to be corrected has changed meanwhile

Nothing here knows of exit codes or HTTP; each door has its own table.
"""

from __future__ import annotations

from collections.abc import Sequence

from policies.errors import LantaiError


class ArchiveError(LantaiError):
    """Root of this room's errors."""

    code = "archive"


class DatabaseError(ArchiveError):
    """The database, not what stands in it."""

    code = "database"


class DatabaseMissing(DatabaseError):
    """Nothing stands at the address."""

    code = "database-missing"


class DatabaseExists(DatabaseError):
    """Something stands where a new database was wanted."""

    code = "database-exists"


class DatabaseBusy(DatabaseError):
    """The write lock was not had in time. Nothing was written; the same call may be repeated."""

    code = "database-busy"


class DatabaseBroken(DatabaseError):
    """The engine refused a statement or failed. The transaction was rolled back."""

    code = "database-broken"


class DatabaseFull(DatabaseBroken):
    """The disk of the database takes no more. The transaction was rolled back."""

    code = "disk-full"

    def __init__(self) -> None:
        super().__init__("the disk of the archive is full: nothing more can be written")


class ReadOnly(DatabaseError):
    """The archive may be read and not written, as its settings say, with the reason."""

    code = "read-only"

    def __init__(self, reason: str) -> None:
        super().__init__(f"this archive is read-only: {reason}")
        self.reason = reason


class DatabaseNewer(DatabaseError):
    """A newer program than this one made the database, or brought it up."""

    code = "database-newer"

    def __init__(self, found: str, known: str) -> None:
        super().__init__(f"the database is of version {found}, this program knows {known}: use the newer one")


class SchemaOutdated(DatabaseError):
    """The source tables are of an older version than this program's, or there are none."""

    code = "schema-outdated"

    def __init__(self, found: str, wanted: str) -> None:
        told = f"this archive is of an older version (database {found}, not {wanted}): run `lantai upgrade`"
        super().__init__(told if found else "no archive stands in this database")
        self.found = found
        self.wanted = wanted


class ViewsOutdated(DatabaseError):
    """The projections are of an older version than this program's, or an upgrade was interrupted."""

    code = "views-outdated"

    def __init__(self, found: int | None, wanted: int) -> None:
        told = f"catalogue {found or 'unfinished'}, not {wanted}"
        super().__init__(f"this archive is of an older version ({told}): run `lantai upgrade`")
        self.found = found
        self.wanted = wanted


class LedgerError(ArchiveError):
    """What stands in the ledger cannot be used as it is."""

    code = "ledger"


class MalformedEvent(LedgerError):
    """A payload that does not make the event it says it is."""

    code = "malformed-event"


class UnknownEvent(LedgerError):
    """An event type or version that this program does not know (written by a newer one)."""

    code = "unknown-event"


class LedgerDamaged(LedgerError):
    """The ledger contradicts itself, or what was signed earlier."""

    code = "ledger-damaged"


class LedgerSetBack(LedgerError):
    """A site holds a head of ours that this database does not continue: the database was set back.

    Nothing may be entered: the numbers and entries that the site knows would be given again.
    """

    code = "ledger-set-back"


class ProofInvalid(ArchiveError):
    """A Merkle proof that does not lead to the root."""

    code = "proof-invalid"


class NoteInvalid(ArchiveError):
    """A signed note, key, checkpoint or proof file that is malformed or not signed by a trusted key."""

    code = "note-invalid"


class Conflict(ArchiveError):
    """What is asked for contradicts what stands in the archive. Nothing was written."""

    code = "conflict"


class CodeTaken(Conflict):
    """Archival codes that are, or once were, other items' codes. A code is never given twice."""

    code = "code-taken"

    def __init__(self, codes: Sequence[str]) -> None:
        shown = ", ".join(codes[:5]) + (f" and {len(codes) - 5} more" if len(codes) > 5 else "")
        super().__init__(f"archival code already given to another item: {shown}")
        self.codes = tuple(codes)


class AlreadyRegistered(Conflict):
    """A batch, item or object that is registered already."""

    code = "already-registered"


class NumbersUnknown(Conflict):
    """Entries whose content no site had may have given codes. None is given before their loss is accepted."""

    code = "numbers-unknown"

    def __init__(self, entries: Sequence[int]) -> None:
        shown = ", ".join(map(str, entries[:5])) + (" …" if len(entries) > 5 else "")
        super().__init__(
            f"no code is given: the content of {len(entries)} entries that may have given codes is lost "
            f"({shown}); find it at another site, or accept it by `rebuild --from SITE --accept-lost`"
        )
        self.entries = tuple(entries)


class StaleCorrection(Conflict):
    """The value that a correction names as the old one is not what stands there. Read again and decide."""

    code = "stale-correction"
