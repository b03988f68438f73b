"""The register of certificates: numbers come from the envelopes, whatever became of the texts."""

from __future__ import annotations

import pytest
from archive_samples import registered
from lost_desk import BY, Desk, code, received

from archive import certificates
from archive.database import Database
from archive.events import ItemDestroyed
from archive.ledger import Ledger
from archive.visit_events import CertificateIssued, CertificateVoided


@pytest.fixture
def desk(database: Database, ledger: Ledger) -> Desk:
    return Desk(database, ledger)


def issued(item: int, name: str) -> CertificateIssued:
    return CertificateIssued(f"i{item}", name, "v1", code(item), "题名", (), "摘录", "王", *BY)


def years_of(desk: Desk) -> list[int]:
    with desk.database.read() as conn:
        return certificates.years(conn)


def states(desk: Desk) -> list[str | None]:
    """How each number of the one year stands; None where its text is gone."""
    with desk.database.read() as conn:
        rows = certificates.register(conn, certificates.years(conn)[0])
    assert [number for number, _, _ in rows] == list(range(1, len(rows) + 1))
    return [found.state if found else None for _, _, found in rows]


def test_a_destroyed_item_takes_its_text_along_and_leaves_its_number(desk: Desk) -> None:
    desk.enter(received(), registered(1), registered(2), issued(1, "a"), issued(2, "b"))
    desk.enter(ItemDestroyed("i1", (code(1),), (), *BY))
    assert states(desk) == [None, "valid"]
    year = years_of(desk)[0]
    with desk.database.write() as tx:
        assert certificates.next_number(tx, year) == 3
        assert certificates.next_number(tx, year // 100) == 1
        assert certificates.register(tx, year // 100) == []


def test_a_lost_voiding_leaves_every_certificate_of_its_item_in_doubt(desk: Desk) -> None:
    desk.enter(received(), registered(1), registered(2), issued(1, "a"), issued(2, "b"))
    desk.enter(CertificateVoided("i1", "a", *BY))
    assert states(desk) == ["void", "valid"]
    desk.lose(5)
    assert states(desk) == ["doubted", "valid"]
    assert desk.again()


def test_a_lost_certificate_closes_no_item_and_its_number_is_not_given_again(desk: Desk) -> None:
    desk.enter(received(), registered(1, access="open"), issued(1, "a"), issued(1, "b"))
    desk.lose(2)
    assert states(desk) == [None, "valid"]
    assert desk.access(1) == "open"
    assert desk.again()
