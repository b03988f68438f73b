"""Replicate: what a site lacks is brought from a whole copy, read back, and only then counted as held.

A site that was away, was added later or lost its disk is filled batch by batch; whatever stops it, the next
run goes on: what stands there already is read, not written. A whole copy is never written over. Damage at
a site that had held the batch is told and left to `audit --repair`; only what is missing is brought.

The brake: where more than a share of the objects that a site had held are gone from it, nothing at all is
changed there until somebody says so. A wrong folder, a half-mounted disk or an intruder looks like that.

Not done here: what happens to one batch at one site (`replicate_site`), figures for people (`standing`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from archive import catalogue, lag, working
from ingest.locks import only_one
from ingest.publish import continued, publish
from ingest.readback import settle_secured, unsecured
from ingest.tools import Tools
from processes.errors import NotFound
from processes.replicating.replicate_site import Filling, keys_in_step
from processes.replicating.replicated import LEAST, Replication, SiteReplication, Terms
from storage.errors import SiteError, StorageError
from storage.vault import object_name

__all__ = ["LOCK", "Replication", "Terms", "replicate"]

LOCK = "replicate.lock"


@dataclass(slots=True)
class _Plan:
    """What one site needs: batches in order, of them those it never had; `base` objects it had, of which
    `changes` would be written anew.
    """

    result: SiteReplication
    batches: list[str] = field(default_factory=list)
    had: frozenset[str] = frozenset()
    in_step: bool = False
    base: int = 0
    changes: int = 0


def replicate(tools: Tools, terms: Terms) -> Replication:
    """Bring sites up to date. A site that is away or stopped by the brake does not hold up the others.

    Raises `NotFound` for an unknown site, `LedgerSetBack` and `LedgerDamaged` before anything is written.
    """
    names = [name for name in tools.vault.sites if terms.site in ("", name)]
    if not names:
        raise NotFound(f"site {terms.site}")
    with only_one(tools.work / LOCK):
        plans = [_survey(tools, name, terms) for name in names]
        stopped = {p.result.site: p.result.unreachable or p.result.braked for p in plans if not _goes(p)}
        pending = _published(tools, {**terms.without, **stopped})
        for plan in plans:
            if _goes(plan):
                _fill(tools, plan)
        secured = settle_secured(tools, unsecured(tools.database))
        if secured:
            pending = _published(tools, {**terms.without, **stopped})
    return Replication(tuple(plan.result for plan in plans), secured, pending)


def _goes(plan: _Plan) -> bool:
    return not (plan.result.unreachable or plan.result.braked)


def _survey(tools: Tools, name: str, terms: Terms) -> _Plan:
    """Look at what a site has, changing nothing there but the place of one that never had anything."""
    plan = _Plan(SiteReplication(name))
    if name in terms.without:
        plan.result.unreachable = terms.without[name]
        return plan
    try:
        if why := _made_ready(tools, name, terms):
            plan.result.unreachable = why
        else:
            _plan(tools, plan, terms)
    except SiteError as fault:
        plan.result.unreachable = fault.reason
    return plan


def _made_ready(tools: Tools, name: str, terms: Terms) -> str:
    """Why the place of a site cannot be used, or nothing. One that is empty is made ready where nothing was
    ever brought to it, or where somebody names it and says to go ahead.
    """
    try:
        tools.vault.site(name).free_bytes()
        return ""
    except SiteError as fault:
        reason = fault.reason
    with tools.database.read() as conn:
        new = not lag.had(conn, tools.ledger, name) and name not in working.published(conn)
    return terms.prepare(name) if new or (terms.go_ahead and terms.site == name) else reason


def _plan(tools: Tools, plan: _Plan, terms: Terms) -> None:
    name = plan.result.site
    with tools.database.read() as conn:
        set_back = continued(tools, conn, name) < working.published(conn).get(name, 0)
        plan.had, held = lag.had(conn, tools.ledger, name), working.held_at(conn, name)
        plan.in_step = not (set_back or terms.everything) and keys_in_step(tools, name)
        entered, sizes = lag.entered_batches(conn), lag.sizes(conn)
    plan.base = sum(sizes.get(batch, (0, 0))[0] for batch in plan.had)
    for batch in entered:
        known = batch in held and not set_back
        if known and not terms.everything:
            continue
        missing, odd = _missing(tools, name, batch) if batch in plan.had else (0, 0)
        plan.changes += missing
        if missing or odd or not known:
            plan.batches.append(batch)
    if doubted := held.keys() & set(plan.batches):  # whether or not anything may be brought
        with tools.database.write() as tx:
            working.release(tx, name, sorted(doubted))
    most = max(LEAST, plan.base * terms.percent / 100)
    if plan.changes > most and not terms.go_ahead:
        plan.result.braked = (
            f"site {name} had held {plan.base} objects, and {plan.changes} of them are gone, more than "
            f"{terms.percent:g} %: nothing was changed there; if the site is the right one, run "
            f"`replicate --site {name} --go-ahead`"
        )


def _missing(tools: Tools, name: str, batch: str) -> tuple[int, int]:
    """How many objects of a batch are not at a site, and how many have another length, by its listing of
    that one folder.
    """
    there = {stored.name: stored.bytes for stored in tools.vault.site(name).list(f"objects/{batch}/")}
    missing = odd = 0
    with tools.database.read() as conn:
        for stored in catalogue.all_components(conn, batch):
            found = there.get(object_name(batch, stored.object_id))
            missing += found is None
            odd += found is not None and found != stored.sealed_bytes
    return missing, odd


def _published(tools: Tools, without: dict[str, str]) -> str:
    """Publish what the ledger holds; why that is not yet at enough sites, or nothing."""
    try:
        publish(tools, without)
    except StorageError as fault:
        return str(fault)
    return ""


def _fill(tools: Tools, plan: _Plan) -> None:
    """Bring one site what it lacks. A site that fails on the way is left as far as it came."""
    with tools.database.read() as conn:
        sizes = lag.sizes(conn)
    counted = [sizes.get(batch, (0, 0)) for batch in plan.batches]
    progress = tools.progress
    progress.begin("replicate", sum(n for n, _ in counted), sum(size for _, size in counted))
    try:
        with Filling.of(tools, plan.result, plan.had) as filling:
            if not plan.in_step:
                filling.keys()
            for batch in plan.batches:
                filling.batch(batch)
    except SiteError as fault:
        plan.result.unreachable = fault.reason
    finally:
        progress.end()
