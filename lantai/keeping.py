"""Works of whoever keeps the copies, as both doors and the queue of long works begin them.

Each gives the document that its command prints with `--json`. Not done here: the works themselves
(`processes`), which a command also tells in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.publish import publish
from ingest.tools import Progress
from lantai.behind import do_what_waits
from lantai.replicating import terms
from lantai.retiring import retire_site
from lantai.wiring import Archive
from processes.auditing import audit as audits
from processes.auditing.audit_run import newest_interrupted
from processes.auditing.audited import Audit, Scope
from processes.auditing.codes_told import for_subject
from processes.custody.rotate import rotate
from processes.destruction.destroy_told import finish
from processes.finding.index import refill
from processes.recovery.rebuild import rebuild_views
from processes.replicating.replicate import replicate as bring


def audit(archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Check copies: `site`, `percent`, `since`, `repair` as the command takes them, or `resume`.

    Begun again, it goes on with what it had begun, where that still waits. Raises like `processes.auditing`.
    """
    tools = archive.tools(progress)
    scope, repair = Scope(asked["site"], asked["percent"], asked["since"]), bool(asked["repair"])
    result: Audit
    if asked["resume"] or (asked.get("again") and _waits(archive, scope, repair=repair)):
        result = audits.resume(tools)
    else:
        result = audits.audit(tools, scope, repair)
    for_subject(tools, result.sites)
    return result.as_json()


def _waits(archive: Archive, scope: Scope, *, repair: bool) -> bool:
    """Whether the newest audit that was interrupted is of this kind."""
    found = newest_interrupted(archive.tools())
    return found is not None and (found.scope, found.repair) == (scope, repair)


def replicate(archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Bring what sites lack: `site`, `go_ahead`. Raises like `processes.replicating`, and at the brake."""
    result = bring(archive.tools(progress), terms(archive, site=asked["site"], go_ahead=asked["go_ahead"]))
    for_subject(archive.tools(), result.sites)
    result.raise_for_brake()
    left = finish(archive.tools(), archive.index)
    return result.as_json() | ({"destructions": left} if left else {})


def retire(archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Give up the site `site`. Raises like `lantai.retiring`."""
    return retire_site(archive, asked["site"], progress)


def views(archive: Archive, _asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Make catalogue and index again from the ledger."""
    return rebuild_views(archive.tools(progress), archive.index)


def index(archive: Archive, _asked: Mapping[str, Any], _progress: Progress) -> Mapping[str, Any]:
    """Make the index again from the catalogue."""
    return {"indexed": refill(archive.database, archive.index, archive.tools().work)}


def work(archive: Archive, _asked: Mapping[str, Any], _progress: Progress) -> Mapping[str, Any]:
    """Do what waits, once. Raises `TooFewCopies`."""
    return do_what_waits(archive)


def rotate_encryption(archive: Archive, _asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Change the key-encryption key. Raises like `processes.custody.rotate`."""
    return rotate(archive.tools(progress)).as_json()


def head(archive: Archive) -> dict[str, Any]:
    """The ledger's signed head, published. Raises `TooFewCopies`."""
    told = publish(archive.tools())
    return {"origin": told.origin, "size": told.size, "root": told.root.hex(), "note": told.note}


def public_key(archive: Archive) -> dict[str, Any]:
    """The keys that verify heads and proofs, the first of them alone too."""
    return {"key": str(archive.verifier), "keys": [str(key) for key in archive.verifiers]}
