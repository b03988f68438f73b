"""A whole archive on a blank machine: keyrings, ledger and objects brought from one site to a new one.

The site is told nothing and trusted in nothing: the ledger is held against its signed head, payloads against
their commitments, objects against the ledger. Every step may be killed and repeated; what was brought whole
is not brought again. Not done here: the home around it (`lantai.restoring`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from archive import working
from archive.database import Database, open_database
from archive.ledger import Ledger
from archive.tiles import bundles_between, read_tile, tiles_between
from ingest.payloads import payloads_path
from ingest.publish import CHECKPOINT
from processes.recovery.recover import recover
from processes.recovery.recover_objects import Carried, carry, every_part
from processes.recovery.recovered import Order, Recovered
from storage.errors import ObjectError
from storage.site import Site, put


@dataclass(slots=True)
class Restored:
    """What a restore found: the ledger, the objects, and files that the source does not hold."""

    ledger: Recovered
    objects: Carried = field(default_factory=Carried)
    seconds: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether everything was there, opened, and its head proven."""
        return self.ledger.proven and not (self.ledger.missing or self.ledger.lost or self.objects.missing)


def restore(
    order: Order, source: Site, target: Site, threads: int, beside: Callable[[Database], None]
) -> Restored:
    """Fill `target` and the database of `order` from `source`; `order.vault` holds both. `beside` does what
    else the database is good for, while objects are brought: that is waiting for the disk most of the time.

    Raises what `recover` raises, and `SiteError` where either site fails.
    """
    started = time.monotonic()
    done = Restored(recover(order, lambda _result: bring_keyrings(source, target)))
    if not done.ledger.made:
        return done
    database = open_database(order.url)
    try:
        done.ledger.missing += bring_ledger(database, done.ledger, source, target, order.time)
        order.progress.begin("restore", *_counted(database))
        try:
            with ThreadPoolExecutor(1) as other:
                waiting = other.submit(beside, database)
                parts = every_part(database)
                done.objects = carry(parts, source, target, order.vault, threads, order.progress)
                waiting.result()
        finally:
            order.progress.end()
    finally:
        database.close()
    done.seconds = time.monotonic() - started
    return done


def _counted(database: Database) -> tuple[int, int]:
    """How many objects there are, and their sealed bytes."""
    count = total = 0
    for part in every_part(database):
        count, total = count + 1, total + part.component.sealed_bytes
    return count, total


def bring_keyrings(source: Site, target: Site) -> None:
    """Copy every keyring and the recovery file as they are; damaged ones too, for nobody can tell here."""
    for stored in list(source.list("keyrings/")):
        try:
            data = source.read(stored.name)
        except ObjectError:
            continue  # whatever it would have opened is named as lost
        put(target, stored.name, data)
    target.settle()


def bring_ledger(
    database: Database, recovered: Recovered, source: Site, target: Site, time: str
) -> list[str]:
    """Write the published ledger at `target`: the public part from the database, where it was verified, the
    sealed payloads as `source` has them, the head last. The files that the source does not have.
    """
    head = recovered.head
    assert head is not None  # for the type checker: something was made
    ledger, missing = Ledger(database, head.origin), list[str]()
    with database.read() as conn:
        for name in tiles_between(0, head.size):
            put(target, f"ledger/{name.path}", read_tile(conn, name))
        for name in bundles_between(0, head.size):
            put(target, f"ledger/{name.path}", ledger.bundle(conn, name))
            try:
                put(target, payloads_path(name), source.read(payloads_path(name)))
            except ObjectError:
                missing.append(payloads_path(name))
    target.settle()
    put(target, CHECKPOINT, head.note.encode())
    target.settle()
    with database.write() as tx:
        working.set_published(tx, target.name, head.size, time)
    return missing
