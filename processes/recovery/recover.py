"""A database made again from sites: heads, public ledger, payloads, catalogue, in that order.

Nothing is made where two heads contradict one another or where the archive was rolled back, unless a head is
accepted: then its log goes on under a new origin, so that nobody can ever sign two histories of one log.
What cannot be known is closed, and named. Needs the key-encryption key and the signing keys, and nothing
else that is the home's. Not done here: objects (`recover_objects`), the index, settings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from archive import catalogue, working
from archive.database import Database
from archive.entries import Entry, entry_of
from archive.errors import DatabaseError, NoteInvalid
from archive.events import Event, LogReopened, LossAccepted
from archive.held_tree import HeldTree
from archive.ledger import Ledger
from archive.notes import Checkpoint
from archive.replacing import replaced
from archive.superseded import Superseded, superseded
from archive.tiles import WIDTH, bundles_between
from processes.recovery.recover_heads import (
    DATABASE,
    FILE,
    SITE,
    Chosen,
    Found,
    Log,
    State,
    Verdict,
    head_of,
    judge,
    newest_first,
    verdict,
)
from processes.recovery.recover_payloads import Payloads
from processes.recovery.recover_tree import Incomplete, read_envelopes, read_tree
from processes.recovery.recovered import ForeignCheckpoint, NothingToRecover, Order, Recovered, UnknownHead
from storage.site import Site


@dataclass(frozen=True, slots=True)
class _Plan:
    """A head, its tree, and what is known of it."""

    head: Checkpoint
    tree: HeldTree
    heads: tuple[Found, ...]
    verdict: Verdict
    evidence: str
    given_up: tuple[str, ...]
    incomplete: tuple[str, ...]


def recover(order: Order, before: Callable[[Recovered], None]) -> Recovered:
    """Make the database at `order.url` again. `before` is called when it is whole and not yet in place.

    Raises `NothingToRecover`, `UnknownHead`, `ForeignCheckpoint`, `SiteError`
    where the site asked first is away, and what reading an entry raises (written by a newer program).
    """
    plan = _planned(order)
    accepted = bool(order.accept) and plan.verdict is not Verdict.PROVEN
    result = Recovered(plan.verdict, plan.evidence, head=plan.head, heads=plan.heads)
    result.missing += plan.incomplete
    if plan.verdict in (Verdict.SPLIT, Verdict.ROLLED_BACK) and not accepted:
        return result
    result.reopened, result.left_behind = accepted, _left_behind(order, plan.head)
    result.origin = _next_origin(plan, order.log) if accepted else plan.head.origin
    with replaced(order.url, order.stamp, order.vault.archive_id) as new:
        _fill(new.tx, plan, order, result)
        result.set_aside, result.made = new.set_aside, True
        before(result)
    return result


def _planned(order: Order) -> _Plan:
    found = _known_heads(order)
    heads = newest_first(found, order.log)
    if order.accept:
        heads = [head for head in heads if head.size == order.accept]
        if not heads:
            sizes = sorted({one.head.size for one in found if one.head}, reverse=True)
            raise UnknownHead(f"no head has the size {order.accept}; those that are known have {sizes}")
    incomplete: list[str] = []
    for head in heads:
        try:
            tree = read_tree(_sites(order), head)
        except Incomplete as fault:
            incomplete += [name for name in fault.names if name not in incomplete]
            continue
        judged = judge(found, Chosen(head, tree.consistency), order.log)
        for one in judged:
            if one.kind == FILE and one.state is State.FOREIGN:
                raise ForeignCheckpoint(f"the checkpoint is not one of this archive's: {one.reason}")
        said, shown = verdict(judged, order.evidence)
        others = (State.NEWER, State.FORK, State.GIVEN_UP)
        notes = tuple(one.head.note for one in judged if one.head and one.state in others)
        return _Plan(head, tree, judged, said, shown, notes, tuple(incomplete))
    raise NothingToRecover(_why_nothing(found, incomplete))


def _known_heads(order: Order) -> list[Found]:
    """Every head that can be asked for, the one of the site asked first before all others."""
    first = head_of(order.vault.site(order.first), order.log)
    if first.state is State.AWAY:
        order.vault.site(order.first).stat("ledger/checkpoint")  # raises, in the site's own words
    found = [first]
    found += [head_of(order.vault.site(name), order.log) for name in order.vault.sites if name != order.first]
    if order.checkpoint:
        found.append(order.log.read("checkpoint", FILE, order.checkpoint))
    if order.old is not None:
        found += _old_head(order.old, order.log)
    return found


def _old_head(database: Database, log: Log) -> list[Found]:
    try:
        with database.read() as conn:
            head = Ledger(database, log.base).newest_head(conn)
    except (DatabaseError, NoteInvalid):
        return []  # it is damaged, and shows nothing
    finally:
        database.close()
    return [log.read("database", DATABASE, head.note)] if head else []


def _left_behind(order: Order, head: Checkpoint) -> int:
    """How many entries the old database has that no site had yet: acknowledged to nobody, and named."""
    if order.old is None:
        return 0
    try:
        with order.old.read() as conn:
            return max(Ledger(order.old, head.origin).size(conn) - head.size, 0)
    except DatabaseError:
        return 0
    finally:
        order.old.close()


def _sites(order: Order) -> list[Site]:
    names = [order.first, *(name for name in order.vault.sites if name != order.first)]
    return [order.vault.site(name) for name in names]


def _why_nothing(found: Sequence[Found], incomplete: Sequence[str]) -> str:
    if incomplete:
        return f"the ledger is whole nowhere: {', '.join(incomplete[:5])}"
    return "; ".join(f"{one.source}: {one.reason or one.state}" for one in found)


def _next_origin(plan: _Plan, log: Log) -> str:
    known = [log.generation(one.head.origin) for one in plan.heads if one.head]
    return log.origin(max(known) + 1)


def _fill(tx: Connection, plan: _Plan, order: Order, result: Recovered) -> None:
    """Entries, heads, catalogue, and what is entered now."""
    ledger = Ledger(Database(tx.engine), result.origin)
    lost, gone = _entries(tx, ledger, plan, order, result)
    size = plan.head.size
    time = ledger.entry(tx, size - 1).time
    for head in _own_heads(plan):
        ledger.adopt_head(tx, head, time)
    for one in plan.heads:
        if one.kind == SITE and one.head and one.state in (State.SAME, State.OLDER):
            working.set_published(tx, one.source, one.head.size, order.time)
    catalogue.apply(tx, ledger.entries(tx, 0, size), lost=lost, gone=gone)
    events = _events(tx, plan, order, result)
    if events:
        catalogue.record(tx, ledger, events, order.time)
    result.entered = len(events)
    result.items = working.enqueue_all(tx)
    result.lost = catalogue.lost_entries(tx)
    codes = (catalogue.codes_of(tx, line.item) for line in result.lost if line.item)
    result.closed = list(dict.fromkeys(now or former[-1] for now, former in codes if now or former))


def _entries(
    tx: Connection, ledger: Ledger, plan: _Plan, order: Order, result: Recovered
) -> tuple[list[int], Superseded]:
    """All entries, bundle by bundle; which payloads are lost, and which are destroyed."""
    sites, names = _sites(order), list(bundles_between(0, plan.head.size))
    bare: list[Entry] = []

    def envelopes(number: int) -> list[Entry]:
        name = names[number]
        read = read_envelopes(sites, name, plan.tree.leaves(number))
        if len(read) < name.width:
            raise Incomplete(plan.head, [f"ledger/{name.path}"])  # it was there a moment ago
        return [entry_of(number * WIDTH + place, envelope) for place, envelope in enumerate(read)]

    order.progress.begin("recover", 2 * len(names), 0)
    try:
        for number in range(len(names)):
            bare = envelopes(number)
            ledger.adopt(tx, bare)
            order.progress.advance(1, 0)
        lost, said = list[int](), superseded(ledger, tx)
        payloads = Payloads(sites, order.vault, lambda item: ledger.batch_of(tx, item), said)
        for number, name in enumerate(names):
            first = number * WIDTH
            bare = list(ledger.entries(tx, first, first + name.width))
            whole, gone = payloads.of(name, bare)
            ledger.give_payloads(tx, [entry for entry in whole if entry.payload is not None])
            lost += gone
            order.progress.advance(1, 0)
    finally:
        order.progress.end()
    result.missing += sorted(payloads.missing)
    return lost, said


def _own_heads(plan: _Plan) -> list[Checkpoint]:
    """The chosen head, and those that it continues under the same origin: sites that lag still have them."""
    heads = {plan.head.size: plan.head}
    for one in plan.heads:
        if one.head and one.head.origin == plan.head.origin and one.state is State.OLDER and one.head.size:
            heads.setdefault(one.head.size, one.head)
    return list(heads.values())


def _events(tx: Connection, plan: _Plan, order: Order, result: Recovered) -> list[Event]:
    events: list[Event] = []
    who = {"account": order.account, "os_user": order.os_user}
    if result.reopened:
        archive, former = order.vault.archive_id, plan.head.origin
        head = plan.head
        events.append(
            LogReopened(archive, result.origin, former, head.size, head.note, given_up=plan.given_up, **who)
        )
    unknown = [line.entry for line in catalogue.lost_entries(tx) if line.uncounted]
    if unknown and order.accept_lost and (result.reopened or result.verdict is Verdict.PROVEN):
        events.append(LossAccepted(tuple(unknown), len(unknown), **who))
    return events
