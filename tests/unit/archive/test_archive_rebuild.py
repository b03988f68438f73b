from __future__ import annotations

import pytest
from archive_samples import ORIGIN, SERIES, TIME, registered, report
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text, update

from archive import catalogue, numbering, tables
from archive.database import Database
from archive.errors import CodeTaken, Conflict, LedgerDamaged
from archive.events import (
    AccountAdded,
    AccountClosed,
    BatchSecured,
    Event,
    ItemAppraised,
    ItemDescribed,
    ItemDestroyed,
    ItemRecoded,
    ItemWithdrawn,
)
from archive.ledger import Ledger
from policies.access import EVERYTHING, HOLDERS, STATUSES

BY = ("because", "owner", "archivist")


def code(number: int) -> str:
    return f"{SERIES}-{number:04d}"


def recoded(number: int, old: str, new: str, to: int = 0) -> ItemRecoded:
    return ItemRecoded(f"i{number}", old, new, SERIES, to, {}, *BY)


def appraised(number: int, old: str, status: str, holder: str = "") -> ItemAppraised:
    return ItemAppraised(f"i{number}", old, status, "第三条", "涉及个人", "2046-01-01", holder, *BY[1:])


def write(database: Database, ledger: Ledger, *events: Event) -> None:
    with database.write() as tx:
        catalogue.record(tx, ledger, events, TIME)


def dump(database: Database) -> bytes:
    with database.read() as connection:
        return catalogue.dump(connection)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("rdcwxbsapq"), st.integers(1, 4)), max_size=25))
def test_a_rebuild_from_the_ledger_gives_the_same_catalogue(
    database: Database, ledger: Ledger, steps: list[tuple[str, int]]
) -> None:
    with database.write() as tx:
        for table in (tables.entry, tables.tile, *reversed(tables.projected.sorted_tables)):
            tx.execute(delete(table))
    for at, (kind, n) in enumerate(steps):
        event = step(database, kind, n, at)
        try:
            with database.write() as tx:
                catalogue.record(tx, ledger, [event], TIME)
                if isinstance(event, ItemDestroyed):
                    ledger.destroy_payloads(tx, event.item)
        except (Conflict, LedgerDamaged):
            continue  # refused, and therefore not in the ledger
    before = dump(database)
    catalogue.rebuild(database, ledger)
    assert dump(database) == before


def step(database: Database, kind: str, n: int, at: int) -> Event:
    """The event that `kind` names, for item or batch `n`, right for what stands there now."""
    with database.read() as connection:
        record = catalogue.item_by_id(connection, f"i{n}", EVERYTHING)
        now, former = catalogue.codes_of(connection, f"i{n}")
    title = record.item.fields["title"] if record else ""
    numbers = ((SERIES, record.item.number),) if record else ()
    events: dict[str, Event] = {
        "r": registered(n),
        "d": ItemDescribed(f"i{n}", "title", title, f"题名 {at}", *BY),
        "c": recoded(n, now, code(10 + at % 4), 10 + at % 4),
        "w": ItemWithdrawn(f"i{n}", *BY),
        "x": ItemDestroyed(f"i{n}", tuple(filter(None, (now, *former))), numbers, *BY),
        "b": report(f"b{n}", f"sha256:{n}", n, returned=at % 2 == 0),
        "s": BatchSecured(f"b{n}", ("site-a",)),
        "a": appraised(n, record.item.access if record else "", STATUSES[at % 5], HOLDERS[at % 3]),
        "p": AccountAdded(f"a{n}", (f"role {at}",), ("A014",) * (at % 2), at % 2 == 0, "public", *BY[1:]),
        "q": AccountClosed(f"a{n}", *BY),
    }
    return events[kind]


def test_a_destroyed_item_is_gone_and_its_codes_are_never_given_again(
    database: Database, ledger: Ledger
) -> None:
    write(database, ledger, registered(1), registered(2), recoded(2, code(2), code(5), 5))
    tombstone = ItemDestroyed("i2", (code(2), code(5)), ((SERIES, 2), (SERIES, 5)), *BY)
    with database.write() as tx:
        catalogue.record(tx, ledger, [tombstone], TIME)
        assert ledger.destroy_payloads(tx, "i2") == 2
    catalogue.rebuild(database, ledger)
    with database.read() as connection:
        assert (ledger.batch_of(connection, "i2"), ledger.batch_of(connection, "i9")) == ("b1", "")
        assert catalogue.item_by_code(connection, code(2), EVERYTHING) is None
        assert [part.item for part in catalogue.all_components(connection)] == ["i1"]
    for gone in (code(2), code(5)):
        with pytest.raises(CodeTaken):
            write(database, ledger, registered(3, code=gone))
    with database.write() as tx:
        assert numbering.allocate(tx, SERIES, 1) == 6


def test_payloads_gone_without_a_tombstone_stop_a_rebuild_and_leave_the_catalogue(
    database: Database, ledger: Ledger
) -> None:
    write(database, ledger, registered(1), registered(2))
    before = dump(database)
    with database.write() as tx:
        ledger.destroy_payloads(tx, "i2")
    with pytest.raises(LedgerDamaged, match="i2"):
        catalogue.rebuild(database, ledger)
    assert dump(database) == before


def test_a_rebuild_makes_missing_and_altered_projections_whole(database: Database, ledger: Ledger) -> None:
    write(database, ledger, registered(1), registered(2))
    before = dump(database)
    with database.write() as tx:
        tx.execute(update(tables.item).values(access="open"))
        tx.execute(delete(tables.code))
        tx.execute(text("DROP TABLE component"))
    assert catalogue.rebuild(database, Ledger(database, ORIGIN)) == 2
    assert dump(database) == before
