"""Destroy: what an item was can be had back from nothing that the archive holds; that it was stays provable.

    1  tombstones   and no private payload in the database tells of the items any more, in one transaction
    2  publish      the tombstones stand at enough sites: no rebuild takes the items for lost
    3  keys         the keyrings without the items' keys, then another key-encryption key
    4  sites        objects, sealed payloads, older keyrings: gone at every site that can be reached
    5  home         the index and the database written anew
    6  confirm      an entry for each site where all is gone, once the home is clean too

Killed anywhere, or stopped by a site that is away, `go_on` does what is left, found again from the ledger:
what no site has confirmed is done again. Working state only saves a second rotation.

Not done here: deciding what is to be destroyed (appraisal), who supervises (`supervisors`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from archive import catalogue
from archive.compacting import compact
from archive.destructions import destruction_detail, drop_destruction, open_destructions, put_destruction
from archive.events import DestructionConfirmed
from ingest.locks import only_one
from ingest.publish import publish
from ingest.tools import Tools
from policies.errors import LantaiError
from processes.custody.rotate import rotate
from processes.destruction.destroy_keys import drop_keys, keys_gone
from processes.destruction.destroy_order import Order, judge, order
from processes.destruction.destroy_sites import Cleared, clear, gone_entries
from processes.destruction.destroyed import Destruction, Stone, destructions
from processes.destruction.supervisors import need_supervisors
from processes.errors import NotFound
from processes.finding.index import rewrite
from search.living import LivingIndex
from storage.errors import SiteError, StorageError, TooFewCopies

LOCK = "destroy.lock"
NOT_LISTED = "it is not among the archive's sites"
SERVER = "postgresql"


@dataclass(slots=True)
class Outcome:
    """How far a destruction is. `pending` names sites with reasons; `waiting` is why nothing could be done at
    any, `home` what in the home is not clean yet; "" for nothing.
    """

    destruction: Destruction
    pending: dict[str, str] = field(default_factory=dict)
    waiting: str = ""
    home: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing is left that `go_on` could do, now or later."""
        return self.destruction.done and not (self.waiting or self.home)


def would_destroy(tools: Tools, codes: Sequence[str]) -> list[catalogue.Record]:
    """What `destroy` would destroy. Raises as it does; changes nothing."""
    with tools.database.read() as conn:
        return judge(tools, conn, codes)


def who_supervises(tools: Tools, codes: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` who would supervise, as their names are kept, before anybody is asked for proof.

    Raises as `destroy` does; changes nothing.
    """
    with tools.database.read() as conn:
        records = judge(tools, conn, codes)
        return need_supervisors(tools, conn, {one.item.fonds for one in records}, names)


def destroy(
    tools: Tools, index: LivingIndex, codes: Sequence[str], reason: str, supervisors: Sequence[str] = ()
) -> Outcome:
    """Destroy items, all or none, as far as sites can be reached. The door has seen the proof of each of the
    `supervisors`. Raises `NotFound`, `Held`, `SupervisorRefused`, and `RecoveryOutdated` where the home
    cannot change its keys: then nothing was destroyed.
    """
    return destroy_ordered(tools, index, Order(codes, reason, tuple(supervisors)))


def destroy_ordered(tools: Tools, index: LivingIndex, wanted: Order) -> Outcome:
    """The same by an order that may have been proposed before. Raises `ProposalChanged` too."""
    _ = tools.keychain.part  # nothing is begun that could not be ended
    with only_one(tools.work / LOCK):
        name = order(tools, wanted)
        return next(one for one in _carry_on(tools, index) if one.destruction.id == name)


def go_on(tools: Tools, index: LivingIndex) -> list[Outcome]:
    """Do what is left of every destruction; how far each is now."""
    with only_one(tools.work / LOCK):
        return _carry_on(tools, index)


def is_open(tools: Tools) -> bool:
    """Whether a destruction is noted that has not ended; quick, for those who look often."""
    with tools.database.read() as conn:
        return bool(open_destructions(conn))


def outcome_of(tools: Tools, name: str = "") -> Outcome:
    """How a destruction stands, the newest where none is named; changes nothing. Raises `NotFound`, also for
    one of items that the account does not handle.
    """
    known = destructions(tools)
    for one in reversed(known):
        if name in ("", one.id) and one.concerns(tools.subject):
            return _stands(tools, one)
    raise NotFound(f"destruction {name}".rstrip())


def unfinished(tools: Tools, *, every: bool = False) -> list[Outcome]:
    """The destructions that have not ended, or `every` one, oldest first; changes nothing."""
    return [_stands(tools, one) for one in destructions(tools) if every or not one.done]


def _stands(tools: Tools, one: Destruction) -> Outcome:
    pending = {name: _why(tools, name) for name in one.waiting}
    return Outcome(one, pending, home="" if one.confirmed else "not written anew yet")


def _why(tools: Tools, name: str) -> str:
    if name not in tools.vault.sites:
        return NOT_LISTED
    try:
        tools.vault.site(name).free_bytes()
    except SiteError as fault:
        return fault.reason
    return "not confirmed yet"


def _carry_on(tools: Tools, index: LivingIndex) -> list[Outcome]:
    found = [Outcome(one) for one in destructions(tools) if not one.done]
    if found:
        try:
            publish(tools)
            _keys(tools, [one.destruction for one in found])
        except (TooFewCopies, SiteError) as fault:
            for one in found:
                one.waiting = str(fault)
        else:
            cleared = {one.destruction.id: _sites(tools, one) for one in found}
            _home(tools, index, found)
            _confirm(tools, found, cleared)
    _forget(tools, found)
    return found


def _keys(tools: Tools, open_: Sequence[Destruction]) -> None:
    """Nobody has confirmed and nobody noted it: then the keys may still be somewhere."""
    todo = [one for one in open_ if not (one.confirmed or _noted(tools, one.id))]
    if not todo:
        return
    keks = tools.keychain.keks
    if keks.next.exists() or keks.previous.exists():
        rotate(tools)  # one that was begun before may have carried these keys along: it is not ours
    drop_keys(tools, _merged(todo))
    done = rotate(tools)
    for one in todo:
        _note(tools, one.id, done.new)


def _merged(some: Sequence[Destruction]) -> dict[str, list[Stone]]:
    found: dict[str, list[Stone]] = {}
    for one in some:
        for batch, stones in one.by_batch().items():
            found.setdefault(batch, []).extend(stones)
    return found


def _sites(tools: Tools, one: Outcome) -> dict[str, Cleared]:
    """What each site that can be reached says after everything was removed there."""
    told: dict[str, Cleared] = {}
    destruction, now = one.destruction, tools.now()
    batches = destruction.by_batch()
    gone = gone_entries(tools, destruction.stones)
    due = [name for name, lock in destruction.locked.items() if lock.until <= now]
    for name in (*destruction.waiting, *due):
        if name not in tools.vault.sites:
            one.pending[name] = NOT_LISTED
            continue
        try:
            keys_gone(tools, tools.vault.site(name), batches)
            told[name] = clear(tools, tools.vault.site(name), destruction.stones, gone)
        except SiteError as fault:
            one.pending[name] = fault.reason
    return told


def _home(tools: Tools, index: LivingIndex, found: Sequence[Outcome]) -> None:
    """The index and the database, for all of them at once; why that is not done, if it is not."""
    if all(one.destruction.confirmed for one in found):
        return
    why = ""
    try:
        _use_copies(tools, found)
        rewrite(tools.database, index, tools.work)
        why = compact(tools.database, tools.work / "vacuum")
    except (LantaiError, OSError) as fault:
        why = str(fault)
    for one in found:
        one.home = "" if why == SERVER else why


def _use_copies(tools: Tools, found: Sequence[Outcome]) -> None:
    """What was made of the destroyed to be looked at; it does not open without their keys anyway."""
    for one in found:
        for batch, stones in one.destruction.by_batch().items():
            tools.use_copies.forget(batch, [name for stone in stones for name in stone.event.objects])


def _confirm(tools: Tools, found: Sequence[Outcome], cleared: dict[str, dict[str, Cleared]]) -> None:
    """Enter what the sites said. An entry says that the home is clean too."""
    events = [
        DestructionConfirmed(one.destruction.id, site, said.kept, said.until)
        for one in found
        if not one.home
        for site, said in cleared[one.destruction.id].items()
    ]
    if not events:
        return
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, events, tools.now())
    waiting = ""
    try:
        publish(tools)
    except StorageError as fault:
        waiting = str(fault)
    known = {one.id: one for one in destructions(tools)}
    for outcome in found:
        outcome.destruction = known[outcome.destruction.id]
        outcome.waiting = waiting


def _note(tools: Tools, name: str, kek: str = "") -> None:
    with tools.database.write() as tx:
        put_destruction(tx, name, tools.now(), "keys" if kek else "ordered", json.dumps({"kek": kek}))


def _noted(tools: Tools, name: str) -> bool:
    """Whether it is noted that the keys are gone and the key-encryption key was changed since."""
    with tools.database.read() as conn:
        detail = destruction_detail(conn, name)
    return bool(detail and json.loads(detail).get("kek"))


def _forget(tools: Tools, found: Sequence[Outcome]) -> None:
    open_ = {one.destruction.id for one in found if not one.destruction.done}
    with tools.database.read() as conn:
        noted = set(open_destructions(conn))
    if noted != open_:
        with tools.database.write() as tx:
            for name in noted - open_:
                drop_destruction(tx, name)
        for name in open_ - noted:
            _note(tools, name)
