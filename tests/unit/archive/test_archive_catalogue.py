from __future__ import annotations

import hashlib
import json

import pytest
from archive_samples import SERIES, TIME, component, item, registered, report
from hypothesis import HealthCheck, given, settings
from sqlalchemy import insert
from views import ACCESS, FONDS, HELD, ITEMS, MARKS_AS_WRITTEN, subjects, views

from archive import catalogue, numbering, tables
from archive.database import Database
from archive.errors import AlreadyRegistered, CodeTaken, Conflict, LedgerDamaged, StaleCorrection
from archive.events import (
    BatchSecured,
    Event,
    ItemDescribed,
    ItemRecoded,
    ItemRegistered,
    ItemWithdrawn,
)
from archive.ledger import Ledger
from policies.access import EVERYTHING, HOLDERS, MARKS, OPEN, Clause, View, may, shows_all, view_of

BY = ("because", "owner", "archivist")
NOTHING = View(())


def code(number: int) -> str:
    return f"{SERIES}-{number:04d}"


def recoded(number: int, old: str, new: str, to: int = 0) -> ItemRecoded:
    return ItemRecoded(f"i{number}", old, new, SERIES, to, {}, *BY)


def write(database: Database, ledger: Ledger, *events: Event) -> None:
    with database.write() as tx:
        catalogue.record(tx, ledger, events, TIME)


def dump(database: Database) -> bytes:
    with database.read() as connection:
        return catalogue.dump(connection)


def test_an_item_is_found_by_code_and_by_identifier(database: Database, ledger: Ledger) -> None:
    write(database, ledger, report("b1", "sha256:22", 2), registered(1), registered(2))
    with database.read() as connection:
        found = catalogue.item_by_code(connection, code(2), EVERYTHING)
        assert found is not None
        assert (found.item, found.registered, found.withdrawn) == (item(2), 2, False)
        assert catalogue.item_by_id(connection, "i2", EVERYTHING) == found
        assert catalogue.components_of(connection, "i2", EVERYTHING) == item(2).components
        wanted = catalogue.items(connection, ["i2", "i9", "i1"], EVERYTHING)
        assert [record.item.id for record in wanted] == ["i2", "i1"]
        of_batch = catalogue.items_of_batch(connection, "b1", EVERYTHING)
        assert [record.item.row for record in of_batch] == [1, 2]


def test_a_code_once_given_is_never_given_to_another(database: Database, ledger: Ledger) -> None:
    write(database, ledger, registered(1), registered(2), recoded(1, code(1), code(7), 7))
    before = dump(database)
    for taken in (code(1), code(2), code(7)):
        with pytest.raises(CodeTaken) as refused:
            write(database, ledger, registered(3), registered(4, code=taken))
        assert refused.value.codes == (taken,)
        with pytest.raises(CodeTaken, match=taken):
            write(database, ledger, registered(3), recoded(3, code(3), taken))
    assert dump(database) == before
    with database.read() as connection:
        assert ledger.size(connection) == 3


def test_one_batch_cannot_give_a_code_twice(database: Database, ledger: Ledger) -> None:
    with pytest.raises(CodeTaken, match=code(1)):
        write(database, ledger, registered(1), registered(2, code=code(1)))


def test_the_database_itself_refuses_a_second_owner_of_a_code(database: Database, ledger: Ledger) -> None:
    write(database, ledger, registered(1))
    with pytest.raises(Conflict), database.write() as tx:
        tx.execute(insert(tables.code).values(code=code(1), item="i2", current=False, given=9))


def test_every_former_code_still_leads_to_its_item(database: Database, ledger: Ledger) -> None:
    write(database, ledger, registered(1), recoded(1, code(1), code(7), 7), recoded(1, code(7), code(8), 8))
    with database.read() as connection:
        for former in (code(1), code(7), code(8)):
            record = catalogue.item_by_code(connection, former, EVERYTHING)
            assert record is not None
            assert record.item.code == code(8)
        assert catalogue.codes_of(connection, "i1") == (code(8), (code(1), code(7)))


def test_an_item_may_have_its_own_former_code_back(database: Database, ledger: Ledger) -> None:
    write(database, ledger, registered(1), recoded(1, code(1), code(7), 7), recoded(1, code(7), code(1), 1))
    with database.read() as connection:
        assert catalogue.codes_of(connection, "i1") == (code(1), (code(7),))
    with database.write() as tx:
        assert numbering.allocate(tx, SERIES, 1) == 8


def test_recoding_moves_the_item_to_where_its_new_code_says(database: Database, ledger: Ledger) -> None:
    move = ItemRecoded("i1", code(1), "B1", "B", 1, {"fonds": "B001", "category": "WS"}, *BY)
    write(database, ledger, registered(1), move)
    with database.read() as connection:
        old, new = (View((Clause(frozenset({fonds}), None),)) for fonds in ("A014", "B001"))
        assert catalogue.item_by_code(connection, code(1), old) is None
        record = catalogue.item_by_code(connection, code(1), new)
        assert record is not None
        assert (record.item.category, record.item.series) == ("WS", "B")


def test_a_correction_changes_what_is_shown_and_is_checked_against_it(
    database: Database, ledger: Ledger
) -> None:
    title = item(1).fields["title"]
    write(database, ledger, registered(1))
    write(database, ledger, ItemDescribed("i1", "title", title, "新题名", *BY))
    write(database, ledger, ItemDescribed("i1", "place", "", "济南", *BY))
    write(database, ledger, ItemDescribed("i1", "author", "办公室", "", *BY))
    write(database, ledger, ItemDescribed("i1", "access", "unreviewed", "open", *BY))
    with pytest.raises(StaleCorrection):
        write(database, ledger, ItemDescribed("i1", "title", title, "又一题名", *BY))
    with database.read() as connection:
        record = catalogue.item_by_id(connection, "i1", View((Clause(None, frozenset({"open"})),)))
    assert record is not None
    assert record.item.fields == {"title": "新题名", "date": "2016-05-04", "place": "济南"}


def test_what_is_not_registered_cannot_be_corrected(database: Database, ledger: Ledger) -> None:
    with pytest.raises(LedgerDamaged, match="not registered"):
        write(database, ledger, ItemDescribed("i1", "title", "", "x", *BY))


def test_a_withdrawn_item_keeps_its_codes(database: Database, ledger: Ledger) -> None:
    write(database, ledger, registered(1), ItemWithdrawn("i1", *BY))
    with database.read() as connection:
        record = catalogue.item_by_code(connection, code(1), EVERYTHING)
        assert record is not None
        assert record.withdrawn
    with pytest.raises(CodeTaken):
        write(database, ledger, registered(2, code=code(1)))


def test_an_item_or_object_is_registered_once(database: Database, ledger: Ledger) -> None:
    write(database, ledger, registered(1))
    with pytest.raises(AlreadyRegistered):
        write(database, ledger, registered(1, code=code(2)))
    with pytest.raises(AlreadyRegistered):
        write(database, ledger, registered(2, components=item(1).components))


def test_a_batch_is_registered_once_and_may_be_returned_before(database: Database, ledger: Ledger) -> None:
    write(database, ledger, report("b1", "sha256:22", 2, returned=True))
    write(database, ledger, report("b2", "sha256:22", 2, returned=True))
    with database.read() as connection:
        assert catalogue.registered_batch(connection, "sha256:22") is None
    write(database, ledger, report("b1", "sha256:22", 2))
    with pytest.raises(AlreadyRegistered):
        write(database, ledger, report("b3", "sha256:22", 2))
    with pytest.raises(AlreadyRegistered):
        write(database, ledger, report("b1", "sha256:44", 2))
    write(database, ledger, BatchSecured("b1", ("site-a", "site-b")))
    with database.read() as connection:
        found = catalogue.registered_batch(connection, "sha256:22")
        assert found is not None
        assert (found.id, found.state, found.registered, found.returned) == ("b1", "secured", 2, 0)
        assert found.report is not None
        assert found.report["rows"][0]["file"] == "photos/o1.jpg"
        assert [(b.id, b.state) for b in catalogue.batches(connection)] == [
            ("b1", "secured"),
            ("b2", "returned"),
        ]
        assert catalogue.batch(connection, "b9") is None
        assert [b.id for b in catalogue.batches_of_list(connection, "sha256:00")] == ["b1"]
        assert catalogue.batches_of_list(connection, "sha256:01") == []


def test_every_object_that_sites_must_hold_is_listed(database: Database, ledger: Ledger) -> None:
    two = registered(2, components=(component("o2"), component("o3", role="attachment")))
    write(database, ledger, registered(1), two, recoded(1, code(1), code(9), 9))
    with database.read() as connection:
        listed = list(catalogue.all_components(connection))
    assert [(part.object_id, part.item, part.code) for part in listed] == [
        ("o1", "i1", code(9)),
        ("o2", "i2", code(2)),
        ("o3", "i2", code(2)),
    ]
    assert listed[0].sealed_blake3 == component("o1").sealed_blake3


def test_known_contents_are_those_of_visible_items(database: Database, ledger: Ledger) -> None:
    same = component("o1").sha256
    copy = registered(2, components=(component("o2", sha256=same),), access="open")
    write(database, ledger, registered(1), copy)
    with database.read() as connection:
        digests = [same, "00" * 32, *(f"{n:064x}" for n in range(1200))]
        assert catalogue.digests_known(connection, digests, EVERYTHING) == {same: code(1)}
        public = View((Clause(None, frozenset({"open"})),))
        assert catalogue.digests_known(connection, digests, public) == {same: code(2)}
        assert catalogue.digests_known(connection, digests, NOTHING) == {}


def rows() -> list[Event]:
    """An item of every status, mark and wish there is, and of some that are none; every third withdrawn."""
    ways = len(ITEMS)
    events: list[Event] = []
    for n in range(ways):
        fields = {"title": f"题名 {n}", "secrecy": MARKS_AS_WRITTEN[n % len(MARKS_AS_WRITTEN)]}
        fonds, held = FONDS[n % len(FONDS)], HELD[n * 5 % len(HELD)]
        appraisal = {"reason": "r", "holder": held} if held else {}
        status = OPEN if n % 2 else ACCESS[n // 2 % len(ACCESS)]
        events.append(registered(n, fonds=fonds, access=status, fields=fields, appraisal=appraisal))
        if n % 3 == 0:
            events.append(ItemWithdrawn(f"i{n}", *BY))
    return events


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(views | subjects.map(view_of))
def test_the_database_lets_through_what_the_rule_lets_through(
    database: Database, ledger: Ledger, view: View
) -> None:
    with database.read() as connection:
        filled = ledger.size(connection) > 0
    if not filled:
        write(database, ledger, *rows())
    with database.read() as connection:
        every = [record.standing for record in catalogue.all_items(connection)]
        seen = {r.item.id for r in catalogue.items(connection, ITEMS, view)}
        handled = {r.item.id for r in catalogue.items(connection, ITEMS, view.handled)}
    assert len(every) == len(ITEMS)
    assert seen == {record.item for record in every if may(view, record)}
    assert handled == {record.item for record in every if shows_all(view, record)}


def test_what_the_catalogue_holds_of_a_mark_is_what_the_rule_makes_of_it_today() -> None:
    """Whoever changes what a mark means raises VIEWS, so that every catalogue is made again."""
    told = json.dumps([sorted(MARKS.items()), HOLDERS], ensure_ascii=False).encode()
    assert (tables.VIEWS, hashlib.sha256(told).hexdigest()[:8]) == (9, "17afa953")


def test_an_item_of_many_findings_and_strange_texts_comes_back_as_it_was(
    database: Database, ledger: Ledger
) -> None:
    strange = item(1, fields={"title": '引号"\\\u0000\u2028😀', "notes": ""}, components=(), findings=())
    write(database, ledger, ItemRegistered(strange))
    with database.read() as connection:
        record = catalogue.item_by_id(connection, "i1", EVERYTHING)
    assert record is not None
    assert record.item == strange
