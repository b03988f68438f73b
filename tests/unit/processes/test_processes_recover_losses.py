"""What no site has any more: named, closed, and no number given twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from recover_homes import (
    SITES,
    at,
    dump,
    enter,
    found,
    items,
    lose_database,
    next_code,
    rebuilt,
    size,
    spoil_payload,
    typed,
)

from archive.errors import NumbersUnknown
from lantai.wiring import opened
from processes.auditing.audit import Scope, audit


def test_a_lost_decision_closes_the_item_and_is_named(lived: Path) -> None:
    first = items(lived)[0].item
    lose_database(lived)
    entry = next(n for n in range(20) if typed(at(lived, "site-a"), n) == "item.described")
    for site in SITES:
        spoil_payload(lived, site, entry)
    done = rebuilt(lived)
    assert not done.whole and not done.read_only
    assert [(line.entry, line.type, line.item) for line in done.ledger.lost] == [
        (entry, "item.described", first.id)
    ]
    assert done.ledger.closed == [first.code]
    assert items(lived)[0].item.access == "closed"
    assert found(lived) == 1


def test_an_item_whose_registration_is_lost_is_unknown_and_its_number_is_not_given_again(
    lived: Path, tmp_path: Path
) -> None:
    second = items(lived)[1].item
    lose_database(lived)
    entry = max(n for n in range(6) if typed(at(lived, "site-a"), n) == "item.registered")
    for site in SITES:
        spoil_payload(lived, site, entry)
    done = rebuilt(lived)
    assert [line.entry for line in done.ledger.lost] == [entry]
    assert [record.item.id for record in items(lived)] == [items(lived)[0].item.id]
    assert second.code in done.ledger.closed
    assert next_code(lived, tmp_path).endswith("0003")


def test_no_number_is_given_where_none_is_known_until_that_is_accepted(lived: Path, tmp_path: Path) -> None:
    lose_database(lived)
    report, entry = (
        next(n for n in range(6) if typed(at(lived, "site-a"), n) == kind)
        for kind in ("batch.received", "item.registered")
    )
    for site in SITES:
        spoil_payload(lived, site, entry)
        spoil_payload(lived, site, report)
    assert rebuilt(lived).as_json()["numbers_known"] is False
    with pytest.raises(AssertionError, match="numbers-unknown"):
        next_code(lived, tmp_path)
    assert NumbersUnknown.code == "numbers-unknown"
    assert rebuilt(lived, accept_lost=True).as_json()["numbers_known"] is True
    assert next_code(lived, tmp_path / "again").endswith("0004")  # 0002 is known, one may have been given


def test_what_is_found_again_at_a_site_that_comes_back_is_whole_again(lived: Path) -> None:
    """A site that was away has the payload that the other lost: publishing must not take it away."""
    before = dump(lived)
    at(lived, "site-a").rename(lived / "away")
    lose_database(lived)
    entry = next(n for n in range(20) if typed(lived / "away", n) == "item.described")
    spoil_payload(lived, "site-b", entry)
    rebuilt(lived)
    done = rebuilt(lived, accept_head=size(lived))
    assert done.ledger.lost
    (lived / "away").rename(at(lived, "site-a"))
    enter(lived)
    with opened(lived) as archive:
        audit(archive.tools(), Scope(), repair=True)
    done = rebuilt(lived)
    assert done.whole, done.as_json()
    assert dump(lived) == before
