"""The certificate of a destruction: what was destroyed, proved by tombstones; what was done where; what is
pending; and what would defeat it, said plainly.

JSON `{"format": "lantai-destruction/1", "statement", "note"}`: the statement is an object, and the note is
text that the archive's keys signed, with the SHA-256 of the statement's canonical JSON (RFC 8785). It tells
how things stood when it was written: where something was pending, it can be written anew.
docs/destruction.md says what each part means. Not done here: checking one (`verify_destruction`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from archive.events import AccountAdded
from archive.notes import Checkpoint, sign_note
from archive.proofs import Proof, disclosure, format_proof
from ingest.publish import publish
from ingest.tools import Tools
from policies.site_rules import SiteRules
from processes.destruction.destroy import SERVER, Outcome
from processes.destruction.destroyed import Destruction, Stone
from processes.packages.carriers_kept import holding, register
from processes.proving.prove import published_head
from processes.proving.verify_destruction import FORMAT, certificate_text
from storage.errors import StorageError

DEFEATS = ("older-keyring-and-secret", "database-backups", "delivered-copies", "medium")
"""What would bring something back, each explained in docs/destruction.md:

older-keyring-and-secret  a copy of an older keyring, together with the key-encryption key of its day or a
                          recovery file of its day and the recovery key; and a copy of the sealed object
database-backups          backups of the database, the index or the home made before hold the description
delivered-copies          what was given out: the sender's files, exports, copies, plain carriers
medium                    blocks that a disk or file system has set aside: sealed content, whose key is gone;
                          and of the home's plaintext, why that belongs on an encrypted volume
"""
ON_A_SERVER = ("server-log", "server-backups")
"""The same for PostgreSQL: its write-ahead log and base backups, until they expire."""


def certificate(
    tools: Tools, rules: SiteRules, outcome: Outcome, set_aside: Sequence[str] = ()
) -> dict[str, Any]:
    """The certificate of `outcome` as it stands. `set_aside` names databases that a rebuild put beside the
    home's. Raises `TooFewCopies` where not even the tombstones stand at enough sites.
    """
    try:
        head = publish(tools)
    except StorageError:
        with tools.database.read() as conn:
            found = published_head(tools, conn)
        if found is None or found.size <= outcome.destruction.last:
            raise
        head = found
    statement = _statement(tools, outcome, head) | {
        "pending": list(pending(outcome)),
        "by_hand": list(_by_hand(tools, rules, outcome, set_aside)),
    }
    note = sign_note(certificate_text(tools.ledger.origin, statement), [tools.signer])
    return {"format": FORMAT, "statement": statement, "note": note}


def pending(outcome: Outcome) -> Iterator[dict[str, str]]:
    """What the archive itself has still to do, and where: sites, locks, the home."""
    one = outcome.destruction
    for site in one.waiting:
        reason = outcome.pending.get(site) or outcome.waiting or "not confirmed yet"
        yield {"kind": "site", "name": site, "reason": reason}
    for site, lock in sorted(one.locked.items()):
        yield {"kind": "lock", "name": site, "objects": str(lock.kept), "until": lock.until}
    if outcome.home:
        yield {"kind": "home", "name": "home", "reason": outcome.home}


def _by_hand(
    tools: Tools, rules: SiteRules, outcome: Outcome, set_aside: Sequence[str]
) -> Iterator[dict[str, str]]:
    """What people have to destroy: carriers that may hold an item, and databases that were set aside."""
    carriers = register(tools, rules)
    found: dict[str, dict[str, str]] = {}
    for stone in outcome.destruction.stones:
        for carrier in holding(carriers, stone.event.fonds, stone.registered):
            one = carrier.written
            readable = one.kind == "plain" or one.keys
            told = {"form": one.kind, "keys": "yes" if one.keys else "no", "kept_at": carrier.kept_at}
            told |= {"must": "destroy" if readable else "nothing", "lost": carrier.lost}
            found[carrier.number] = {"kind": "carrier", "name": carrier.number, **told}
    yield from (found[number] for number in sorted(found))
    yield from ({"kind": "database", "name": name, "must": "destroy"} for name in set_aside)


def _statement(tools: Tools, outcome: Outcome, head: Checkpoint) -> dict[str, Any]:
    one = outcome.destruction
    server = tools.database.dialect == SERVER
    with tools.database.read() as conn:
        proofs = [_proof(tools, conn, stone, head) for stone in one.stones]
        supervision = _supervision(tools, conn, one)
    return {
        "archive": tools.vault.archive_id,
        "origin": tools.ledger.origin,
        "destruction": one.id,
        "ordered": one.time,
        "written": tools.now(),
        "account": one.account,
        "os_user": one.os_user,
        "reason": one.reason,
        "supervision": supervision,
        "ledger_size": head.size,
        "items": [
            {"codes": list(stone.event.codes), "item": stone.event.item, "entry": stone.entry, "proof": proof}
            for stone, proof in zip(one.stones, proofs, strict=True)
        ],
        "sites": [
            {
                "site": name,
                "confirmed": said.time,
                "entry": said.entry,
                "kept": said.kept,
                "until": said.until,
            }
            for name, said in sorted(one.confirmed.items())
        ],
        "done": ["entries", "keys", "objects", "payloads", "index", "database"] if one.confirmed else [],
        "database": tools.database.dialect,
        "defeats": [*DEFEATS, *(ON_A_SERVER if server else ())],
    }


def _supervision(tools: Tools, conn: Connection, one: Destruction) -> dict[str, Any]:
    """Who witnessed it; where nobody did, why not."""
    if one.supervisors:
        return {"supervisors": list(one.supervisors), "none_because": ""}
    first = next((entry.index for entry in tools.ledger.of_type(conn, AccountAdded.type)), None)
    alone = first is None or first > one.stones[0].entry
    return {"supervisors": [], "none_because": "no accounts existed" if alone else "not asked for then"}


def _proof(tools: Tools, conn: Any, stone: Stone, head: Checkpoint) -> str:
    entry = tools.ledger.entry(conn, stone.entry)
    hashes = tools.ledger.inclusion(conn, stone.entry, head.size)
    return format_proof(Proof(stone.entry, hashes, head.note, disclosure(entry)))


def to_bytes(document: Mapping[str, Any]) -> bytes:
    """The certificate's file."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
