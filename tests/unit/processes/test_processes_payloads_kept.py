"""A sealed payload at a site is never replaced by nothing because a database or a keyring lost something."""

from __future__ import annotations

from pathlib import Path

from processes_audits import checked
from recover_homes import SITES, at, enter, lose_database, rebuilt, spoil_payload, typed

from ingest.payloads import open_payloads
from lantai.wiring import opened


def bundle(home: Path, site: str) -> Path:
    """The ledger's only bundle of sealed payloads, as the site has it last."""
    found = (path for path in (at(home, site) / "ledger/payloads").rglob("*") if path.is_file())
    return max(found, key=lambda path: int(path.name))


def payloads(home: Path, site: str) -> list[bytes]:
    return open_payloads(bundle(home, site).read_bytes())


def put_payload(home: Path, site: str, entry: int, sealed: bytes) -> None:
    parts = payloads(home, site)
    parts[entry] = sealed
    bundle(home, site).write_bytes(b"".join(len(part).to_bytes(4, "big") + part for part in parts))


def test_a_site_without_a_checkpoint_keeps_payloads_whose_key_cannot_be_had(home: Path) -> None:
    before = payloads(home, "site-a")
    assert all(before)
    (at(home, "site-a") / "ledger/checkpoint").unlink()
    for site in SITES:
        for path in (at(home, site) / "keyrings").iterdir():
            path.rename(home / f"{site}-{path.name}")  # on a disk that is away, say
    enter(home)
    assert payloads(home, "site-a") == before


def test_repair_takes_no_payload_away_that_is_lost_to_the_database(lived: Path) -> None:
    """The bundle that it would be repaired from is whole but for the one that is lost."""
    lose_database(lived)
    entry = next(n for n in range(20) if typed(at(lived, "site-a"), n) == "item.described")
    whole = payloads(lived, "site-a")[entry]
    for site in SITES:
        spoil_payload(lived, site, entry)
    assert rebuilt(lived).ledger.lost
    put_payload(lived, "site-a", entry, whole)  # on a disk that was away, say
    put_payload(lived, "site-b", entry, b"")
    spoil_payload(lived, "site-a", entry + 1)
    with opened(lived) as archive:
        assert checked(archive, repair=True).sites[0].repaired
    assert payloads(lived, "site-a")[entry] == whole
