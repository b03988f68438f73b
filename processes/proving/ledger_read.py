"""The ledger as it is read page by page: entries, signed heads, and that it goes on from one of before.

Whoever reads here keeps machines, keys or the journal, and handles no records. So an entry is told by its
public envelope alone (number, time, type, whether it is of an item, a batch or the archive), without the
identifiers in it; of what happened to the archive itself the account is told that did it, of what happened to
accounts only to who may see accounts. What was entered of records is told with the record (`finding.show`).
Not here: proofs of items (`prove`), publishing a head (`ingest.publish`).
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from sqlalchemy import Connection

from archive.entries import Entry
from archive.errors import NoteInvalid, ProofInvalid
from archive.events import REGISTRY, SigningKeyChanged
from archive.merkle import verify_consistency
from archive.notes import Checkpoint, unverified_checkpoint
from archive.signers import Trusted, believed, former
from ingest.tools import Tools
from processes.errors import NotAllowedValue, NotFound

OF_KEEPING = frozenset(
    {
        "archive.created",
        "archive.restored",
        "audit.completed",
        "carrier.checked",
        "carrier.lost",
        "carrier.written",
        "drill.completed",
        "keys.rotated",
        "log.reopened",
        "loss.accepted",
        "recovery-key.changed",
        "signing-key.changed",
        "site.retired",
        "suite.changed",
    }
)
"""Types whose account every reader of the ledger is told."""
OF_PEOPLE = frozenset(
    {"account.added", "account.changed", "account.closed", "account.code-given", "account.founder-retired"}
)
"""Types whose account is told to who may see accounts."""


def entries(
    tools: Tools, kind: str = "", before: int | None = None, limit: int = 100, *, accounts: bool = False
) -> dict[str, Any]:
    """Entries of type `kind`, or all, newest first, below number `before`; `cursor` is where the rest begins,
    "" where there is none. Raises `NotAllowedValue` for a type that is none.
    """
    if kind and kind not in REGISTRY.types:
        raise NotAllowedValue(f"no entry is of the type {kind[:40]!r}")
    told = OF_KEEPING | (OF_PEOPLE if accounts else frozenset())
    with tools.database.read() as conn:
        size = tools.ledger.size(conn)
        page = tools.ledger.newest_first(conn, size if before is None else before, limit + 1, kind)
    shown = [_outline(entry, told) for entry in page[:limit]]
    cursor = str(shown[-1]["entry"]) if len(page) > limit else ""
    return {"size": size, "types": sorted(REGISTRY.types), "entries": shown, "cursor": cursor}


def heads(tools: Tools, before: int | None = None, limit: int = 100) -> dict[str, Any]:
    """Signed heads, the largest first, below size `before`; `cursor` as `entries` has it."""
    with tools.database.read() as conn:
        size = tools.ledger.size(conn)
        page = tools.ledger.heads(conn, size + 1 if before is None else before, limit + 1)
    shown = [{"size": at, "time": time, "root": root.hex(), "note": note} for at, time, root, note in page]
    cursor = str(shown[limit - 1]["size"]) if len(page) > limit else ""
    return {"size": size, "checkpoints": shown[:limit], "cursor": cursor}


def consistency(tools: Tools, note: str) -> dict[str, Any]:
    """Whether the ledger of today goes on from a signed head that somebody kept, with the proof.

    `reason`: continues, same; or not: malformed, unsigned, ahead (it is of more entries than there are:
    this ledger was set back), forked. Raises `NotFound` before the first head was signed.
    """
    with tools.database.read() as conn:
        new = tools.ledger.newest_head(conn)
        if new is None:
            raise NotFound("signed head")
        try:
            old = unverified_checkpoint(note)
        except NoteInvalid:
            return _told("malformed", None, new)
        try:
            believed(note, _trusted(tools, conn), tools.ledger.origin)
        except NoteInvalid:
            return _told("unsigned", old, new)
        if old.size > new.size:
            return _told("ahead", old, new)
        return _compared(tools, conn, old, new)


def _compared(tools: Tools, conn: Connection, old: Checkpoint, new: Checkpoint) -> dict[str, Any]:
    proof = tools.ledger.consistency(conn, old.size, new.size) if old.size else ()
    try:
        verify_consistency(old.size, new.size, old.root, new.root, proof)
    except ProofInvalid:
        return _told("forked", old, new)
    return _told("same" if old.size == new.size else "continues", old, new, proof)


def _trusted(tools: Tools, conn: Connection) -> list[Trusted]:
    """Today's key, and those that the ledger says were given up, each up to its end."""
    changes = [entry.event() for entry in tools.ledger.of_type(conn, SigningKeyChanged.type)]
    gone = former(change for change in changes if isinstance(change, SigningKeyChanged))
    return [Trusted(tuple(tools.signer.verifiers)), *gone]


def _told(
    reason: str, old: Checkpoint | None, new: Checkpoint, proof: tuple[bytes, ...] = ()
) -> dict[str, Any]:
    return {
        "ok": reason in ("continues", "same"),
        "reason": reason,
        "old": _head(old) if old else None,
        "new": _head(new),
        "proof": [b64encode(one).decode() for one in proof],
    }


def _head(head: Checkpoint) -> dict[str, Any]:
    return {"origin": head.origin, "size": head.size, "root": head.root.hex(), "note": head.note}


def _outline(entry: Entry, told: frozenset[str]) -> dict[str, Any]:
    of = "item" if entry.item else "batch" if entry.batch else "archive"
    account = ""
    if entry.type in told and entry.payload is not None:
        account = str(getattr(entry.event(), "account", ""))
    return {"entry": entry.index, "time": entry.time, "type": entry.type, "of": of, "account": account}
