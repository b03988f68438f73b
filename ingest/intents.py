"""What a crash must not lose of a batch in hand: its identifier, its keys, and which files are sealed.

Keys stand in the batch's keyring at the sites before anything is sealed under them; which file lies
sealed in which object is noted in the database, group by group, after the group is durable. Both
are working state: without them a batch is merely taken in anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive import catalogue, working
from ingest.batch import Judged, Member, Received, Submission, TakenFile
from ingest.errors import InHand
from ingest.identifiers import new_id
from ingest.keyhold import keys_held
from ingest.locks import only_one_or_none
from ingest.source import FolderSource, Source
from ingest.staged import staged_source
from ingest.tools import Tools
from policies.formats import ProbeFacts, Problem, is_marked
from policies.inspection import has_mark
from policies.suites import COBBLESTONE_256
from storage.errors import SiteError, StorageError
from storage.keyring import Keyring, keyring_name
from storage.sealing import Key
from storage.vault import object_name

GROUP = 64
"""A group is noted when it has so many files, and a quarter of all that are done: a crash repeats no
more than that, and noting costs little however long the batch is."""


@dataclass(frozen=True, slots=True)
class Done:
    """A file sealed before, and the identity that its source had then."""

    file: TakenFile
    identity: tuple[int, ...]


@dataclass(slots=True)
class Begun:
    """A batch in hand: what an earlier run left of it, or nothing but its identifier."""

    batch: str
    keyring: Keyring
    done: Mapping[str, Done] = field(default_factory=dict)
    resumed: bool = False


def begin(received: Received, tools: Tools) -> Begun:
    """Take up the batch of this list where an earlier run left it, or begin it under a new identifier.

    An earlier run whose keyring cannot be read is given up: its identifier must not be used again,
    for a keyring of it may come back with a site that is away.
    """
    _give_up_older(received, tools)
    with tools.database.read() as conn:
        earlier = working.intents(conn, received.list_digest)
    for intent in earlier:
        try:
            keyring = tools.vault.keyring(intent.batch)
        except StorageError:
            _forget(intent, tools)
            continue
        _stand(received, intent.batch, "working", "", tools)
        with tools.database.read() as conn:
            done = [_restored(json.loads(text)) for text in working.sealed_files(conn, intent.batch)]
        return Begun(
            intent.batch, keyring, {d.file.path: d for d in done if d.file.object_id in keyring}, resumed=True
        )
    batch = new_id("b")
    _stand(received, batch, "working", "", tools)
    keyring = tools.vault.new_keyring(batch)
    keyring.new_key(batch)
    return Begun(batch, keyring)


def _give_up_older(received: Received, tools: Tools) -> None:
    """Give up what an interrupted run left of the same source with another list: nobody will resume it."""
    with tools.database.read() as conn:
        others = [i for i in working.intents(conn) if i.list_digest != received.list_digest]
    for intent in others:
        if detail_of(intent).get("folder") == received.submission.source.mark:
            with suppress(InHand):
                abandon(intent, tools)


def detail_of(intent: working.Intent) -> dict[str, str]:
    """What an intent remembers beside its state: `folder` (the mark of its source), `reason`, the
    `account` that handed it in, and on what terms (`path` or `upload`, `fonds`, `accept`) where they may be
    written down.
    """
    detail: dict[str, str] = json.loads(intent.detail)
    return detail


def _stand(received: Received, batch: str, state: str, reason: str, tools: Tools) -> None:
    """Say where the batch stands: "working", or "waiting" and why."""
    intent = working.Intent(
        batch=batch,
        list_digest=received.list_digest,
        source=received.source,
        state=state,
        started=tools.now(),
        detail=json.dumps(
            {
                "folder": received.submission.source.mark,
                "reason": reason,
                "account": tools.subject.account,
                **_terms(received, tools),
            }
        ),
    )
    with tools.database.write() as tx:
        working.put_intent(tx, intent)


def _terms(received: Received, tools: Tools) -> dict[str, str]:
    """What it takes to hand the batch in again; nothing where its path holds a secrecy mark."""
    handed = received.submission
    place = dict(handed.source.terms)
    if any(has_mark(value, tools.rules) for value in place.values()):
        return {}
    return {**place, "fonds": handed.fonds, "accept": handed.accept}


def submission_of(intent: working.Intent, tools: Tools) -> Submission | None:
    """The batch as it was handed in, None where its source is gone or was not written down."""
    detail = detail_of(intent)
    source: Source | None = None
    if detail.get("upload"):
        source = staged_source(tools, detail["upload"])
    elif detail.get("path") and Path(detail["path"]).is_dir():
        source = FolderSource(Path(detail["path"]))
    if source is None:
        return None
    return Submission(source, detail["fonds"], "passing" if detail["accept"] == "passing" else "all")


def wait(received: Received, reason: str, tools: Tools) -> str:
    """Leave the batch waiting for sites; the identifier it waits under."""
    with tools.database.read() as conn:
        earlier = working.intents(conn, received.list_digest)
    batch = earlier[0].batch if earlier else new_id("b")
    _stand(received, batch, "waiting", reason, tools)
    return batch


def new_keys(begun: Begun, count: int, tools: Tools) -> dict[str, Key]:
    """Keys for `count` new objects by identifier, at the sites in the keyring before they are used."""
    begun.keyring = begun.keyring.without(())
    keys = {name: begun.keyring.new_key(name) for name in (new_id("o") for _ in range(count))}
    if keys:
        tools.vault.put_keyring(begun.keyring)
    return keys


def last_keyring(begun: Begun, judged: Judged, tools: Tools) -> None:
    """Write the keyring as it will stay: the batch's own key, one an item, one an object that is kept."""
    objects = [part.object_id for item in judged.items for part in item.components]
    begun.keyring = begun.keyring.only((begun.batch, *objects))
    for name in (begun.batch, *(item.id for item in judged.items)):
        if name not in begun.keyring:  # the batch's own: one name never has two keys
            begun.keyring.new_key(name)
    tools.vault.put_keyring(begun.keyring)


def worth_noting(group: int, done: int) -> bool:
    """Whether a group of files is worth making durable and noting now."""
    return group >= max(GROUP, done // 4)


def note(begun: Begun, group: Iterable[TakenFile], members: Mapping[str, Member], tools: Tools) -> None:
    """Make a group durable, then note it; of a file that goes back for a secrecy mark nothing is noted."""
    sealed = [file for file in group if file.object_id and not is_marked(file.facts)]
    tools.vault.settle()
    rows = {file.object_id: json.dumps(_kept(file, members[file.path])) for file in sealed}
    with tools.database.write() as tx:
        working.note_sealed(tx, begun.batch, rows)


def discard_rest(begun: Begun, judged: Judged, tools: Tools) -> None:
    """Remove what was sealed and is not kept, now or by an interrupted run.

    A crash before it leaves orphans that nobody can open: their keys are not in the last keyring.
    """
    kept = {part.object_id for item in judged.items for part in item.components}
    sealed = {file.object_id for file in judged.taken.files.values() if file.object_id}
    if begun.resumed:
        sealed |= {name.rpartition("/")[2] for name in _objects(begun.batch, tools)}
    tools.vault.discard(object_name(begun.batch, name) for name in sorted(sealed - kept))


def abandon(intent: working.Intent, tools: Tools) -> None:
    """Give up a batch that nobody has in hand: its intent, its objects and its keyring. Raises `InHand`."""
    with only_one_or_none(tools.work / f"{intent.list_digest}.lock") as mine:
        if not mine:
            raise InHand(intent.batch)
        with keys_held(tools):
            _forget(intent, tools)


def _forget(intent: working.Intent, tools: Tools) -> None:
    """The intent first: whoever still works on the batch then cannot register what is removed next."""
    with tools.database.write() as tx:
        entered = catalogue.batch(tx, intent.batch) is not None
        working.drop_intent(tx, intent.batch)
    if not entered:
        tools.vault.discard([*_objects(intent.batch, tools), keyring_name(intent.batch)])


def _objects(batch: str, tools: Tools) -> list[str]:
    """The names of all objects of a batch at any site that can be reached."""
    names: set[str] = set()
    for site in tools.vault.sites:
        with suppress(SiteError):
            names |= {stored.name for stored in tools.vault.site(site).list(f"objects/{batch}/")}
    return sorted(names)


def _kept(file: TakenFile, member: Member) -> dict[str, Any]:
    facts = file.facts
    return {
        "path": file.path,
        "identity": list(member.identity),
        "bytes": file.bytes,
        "sha256": file.sha256,
        "sm3": file.sm3,
        "cipher": file.cipher,
        "object": file.object_id,
        "sealed_bytes": file.sealed_bytes,
        "sealed_blake3": file.sealed_blake3,
        "puid": facts.puid,
        "format": facts.format,
        "mime": facts.mime,
        "name": facts.name,
        "values": dict(facts.values),
        "problems": [[problem.kind, problem.expected, problem.found] for problem in facts.problems],
    }


def _restored(kept: Mapping[str, Any]) -> Done:
    facts = ProbeFacts(
        puid=kept["puid"],
        format=kept["format"],
        mime=kept["mime"],
        name=kept["name"],
        values=kept["values"],
        problems=tuple(Problem(*parts) for parts in kept["problems"]),
    )
    file = TakenFile(
        path=kept["path"],
        bytes=kept["bytes"],
        sha256=kept["sha256"],
        sm3=kept.get("sm3", ""),
        cipher=kept.get("cipher", COBBLESTONE_256),
        facts=facts,
        object_id=kept["object"],
        sealed_bytes=kept["sealed_bytes"],
        sealed_blake3=kept["sealed_blake3"],
    )
    return Done(file, tuple(kept["identity"]))
