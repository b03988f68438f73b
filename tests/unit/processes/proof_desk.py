"""A stranger's desk and archives that make proofs for it; and how a holder may change one."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from databases import new_database_file

from archive import catalogue
from archive.events import Event, ItemDescribed, ItemRecoded, ItemRegistered, ItemWithdrawn
from archive.ledger import Ledger
from archive.model import Component, Item
from archive.notes import Ed25519Signer
from archive.proofs import parse_proof
from processes.proving.prove import ItemProof, item_proof
from processes.proving.verify import Verification, verify

ORIGIN = "archive.example/log"
TIME = "2026-11-21T12:00:00Z"
SIGNER = Ed25519Signer(ORIGIN, bytes(range(32)))
FIRST, SECOND = "A014-WS·2016-Y-BGS-0001", "A014-WS·2016-Y-BGS-0002"
NEW_CODE = "A014-WS·2015-Y-BGS-0001"
WHO = ("because", "owner", "archivist")


def content(number: int) -> bytes:
    return b"content of item %d" % number


def registered(number: int, **fields: str) -> ItemRegistered:
    digest = hashlib.sha256(content(number)).hexdigest()
    part = Component(f"o{number}", f"{number}.pdf", "main", 17, digest, 99, "00", "fmt/276", "PDF", "", {})
    coded = ("A014", "WS", "2016", "Y", "BGS", "A014-WS·2016-Y-BGS", number, "open")
    code = f"A014-WS·2016-Y-BGS-{number:04}"
    return ItemRegistered(
        Item(f"i{number}", "b1", number, code, *coded, {"title": "报告"} | fields, (), (part,), ())
    )


def described(number: int, old: str, new: str, field: str = "title") -> ItemDescribed:
    return ItemDescribed(f"i{number}", field, old, new, *WHO)


def recoded(old: str, new: str) -> ItemRecoded:
    return ItemRecoded("i1", old, new, "A014-WS·2015-Y-BGS", 1, {"year": "2015"}, *WHO)


HISTORY: tuple[Event, ...] = (
    registered(1),
    registered(2),
    described(1, "报告", "总结"),
    recoded(FIRST, NEW_CODE),
    described(1, "总结", "防汛总结"),
    ItemWithdrawn("i1", *WHO),
)


@dataclass(frozen=True)
class Desk:
    """A stranger's desk: a folder with the archive's key, and an archive that makes proofs."""

    folder: Path

    def archive(self, events: Sequence[Event], name: str = "log", destroy: str = "") -> Log:
        """An archive in which `events` happened; the payloads of item `destroy` are then taken away."""
        database = new_database_file(self.folder / f"{name}.sqlite")
        ledger = Ledger(database, ORIGIN)
        with database.write() as tx:
            catalogue.record(tx, ledger, events, TIME)
            if destroy:
                ledger.destroy_payloads(tx, destroy)
        return Log(ledger, database)

    def file(self, name: str, data: object) -> Path:
        """A file with these bytes, this text, or this as JSON."""
        if not isinstance(data, bytes | str):
            data = json.dumps(data, ensure_ascii=False)
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def check(self, *data: object, key: str = str(SIGNER.verifier)) -> Verification:
        """What a verifier says of files with such content."""
        files = [self.file(f"file-{number}", one) for number, one in enumerate(data)]
        return verify(files, self.file("key", key))

    def refused(self, *data: object, words: str) -> None:
        """No pass, and a failing check says why."""
        result = self.check(*data)
        said = [check.text for check in result.checks if not check.ok]
        assert not result.ok
        assert any(words in text for text in said), said


@dataclass(frozen=True)
class Log:
    ledger: Ledger
    database: Any

    def proof(self, item: str) -> ItemProof:
        head = self.ledger.sign_head(SIGNER, TIME)
        with self.database.read() as conn:
            return item_proof(self.ledger, conn, self.ledger.of_item(conn, item), head)

    def bundle(self, item: str) -> dict[str, Any]:
        return dict(json.loads(self.proof(item).to_bytes()))


def with_extra(proof: str, extra: bytes) -> str:
    lines = proof.split("\n")
    return "\n".join([lines[0], "extra " + base64.b64encode(extra).decode(), *lines[2:]])


def stripped(proof: str) -> str:
    """The proof without its content, as a holder who hides it would hand it on."""
    extra = json.loads(parse_proof(proof).extra)
    return with_extra(proof, json.dumps(extra | {"payload": "", "salt": ""}, separators=(",", ":")).encode())
