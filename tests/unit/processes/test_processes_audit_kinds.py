"""What is wrong with a copy: old, another's, or a key that is not where it belongs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from processes_audits import SITES, at, checked, kinds, names, objects, spoil

from archive import working
from ingest.payloads import ARCHIVE_KEYRING
from lantai.wiring import Archive, opened
from storage.keyring import Keyring, keyring_name


def of_batch(archive: Archive) -> str:
    return objects(archive.home)[0].parent.name


def forge(archive: Archive, sites: tuple[str, ...], prefix: str = "o") -> Keyring:
    """Exchange two keys of the batch's keyring under a right seal, at `sites`."""
    keyring = archive.vault.keyring(of_batch(archive))
    one, other = sorted(name for name in keyring._wrapped if name.startswith(prefix))[:2]
    keyring._wrapped[one], keyring._wrapped[other] = keyring._wrapped[other], keyring._wrapped[one]
    for site in sites:
        (at(archive.home, site) / keyring_name(keyring.batch)).write_bytes(keyring.to_bytes())
    return keyring


@pytest.mark.parametrize("prefix", ["o", "i"])
@pytest.mark.parametrize("site", SITES)
def test_exchanged_keys_under_a_right_seal_are_found_and_put_right(
    archive: Archive, site: str, prefix: str
) -> None:
    before = archive.vault.keyring(of_batch(archive))
    forge(archive, (site,), prefix)
    done = checked(archive, repair=True)
    told = {each.site: each for each in done.sites}
    assert kinds(told[site].repaired) == {keyring_name(before.batch): "swapped"}
    assert all(each.damaged == [] for name, each in told.items() if name != site)
    assert checked(archive).whole
    after = archive.vault.keyring(of_batch(archive))
    assert all(after.key(name) == before.key(name) for name in before._wrapped)


def test_two_flawed_keyrings_make_one_good_one(archive: Archive) -> None:
    batch = of_batch(archive)
    before = archive.vault.keyring(batch)
    missing = sorted(name for name in before._wrapped if name.startswith("o"))[2]
    forge(archive, ("site-a",))
    lacking = before.only(set(before._wrapped) - {missing})
    (at(archive.home, "site-b") / keyring_name(batch)).write_bytes(lacking.to_bytes())
    found = checked(archive)
    assert [site.lost for site in found.sites] == [[], []]
    done = checked(archive, repair=True)
    assert [names(site.repaired) for site in done.sites] == [[keyring_name(batch)]] * 2
    after = archive.vault.keyring(batch)
    assert after.revision > lacking.revision
    assert all(after.key(name) == before.key(name) for name in before._wrapped)
    assert checked(archive).whole


def test_exchanged_keys_at_every_site_are_lost_and_named_with_their_codes(archive: Archive) -> None:
    forge(archive, SITES)
    done = checked(archive, repair=True)
    for site in done.sites:
        assert kinds(site.damaged) == {keyring_name(of_batch(archive)): "swapped"}
        keys = site.lost[1:]
        assert len(keys) == 2
        assert all(copy.code and copy.kind.value == "unopenable" for copy in keys)
        assert site.repaired == []


def test_an_older_keyring_is_replaced_and_never_replaces(archive: Archive) -> None:
    batch = of_batch(archive)
    path = at(archive.home, "site-a") / keyring_name(batch)
    older = path.read_bytes()
    archive.vault.put_keyring(archive.vault.keyring(batch).without(()))
    newest = path.read_bytes()
    path.write_bytes(older)
    done = checked(archive, site="site-a", repair=True)
    assert kinds(done.sites[0].repaired) == {keyring_name(batch): "old"}
    assert [(at(archive.home, site) / keyring_name(batch)).read_bytes() for site in SITES] == [newest] * 2


def test_a_destroyed_key_does_not_come_back_with_an_older_keyring(archive: Archive) -> None:
    batch = of_batch(archive)
    path = at(archive.home, "site-a") / keyring_name(batch)
    keyring = archive.vault.keyring(batch)
    keyring.new_key("o-destroyed")
    archive.vault.put_keyring(keyring)
    older = path.read_bytes()
    archive.vault.put_keyring(keyring.without(["o-destroyed"]))
    path.write_bytes(older)
    assert kinds(checked(archive, repair=True).sites[0].repaired) == {keyring_name(batch): "old"}
    for site in SITES:
        stands = archive.vault.read_keyring(
            batch, (at(archive.home, site) / keyring_name(batch)).read_bytes()
        )
        assert "o-destroyed" not in stands
        assert "o-destroyed" in stands.gone


@pytest.mark.parametrize("name", [keyring_name(ARCHIVE_KEYRING), "keyrings/recovery.json"])
def test_a_small_file_without_its_last_byte_is_not_whole(archive: Archive, name: str) -> None:
    path = at(archive.home, "site-b") / name
    path.write_bytes(path.read_bytes()[:-1])
    assert kinds(checked(archive, repair=True).sites[1].repaired) == {name: "truncated"}
    assert checked(archive).whole


def test_another_keyring_under_the_name_is_swapped(archive: Archive) -> None:
    folder = at(archive.home, "site-a")
    shutil.copy(folder / keyring_name(ARCHIVE_KEYRING), folder / keyring_name(of_batch(archive)))
    assert kinds(checked(archive).sites[0].damaged) == {keyring_name(of_batch(archive)): "swapped"}


def test_a_whole_site_that_was_rolled_back_is_told_as_such(home: Path) -> None:
    older = home / "older"
    shutil.copytree(at(home, "site-b"), older)
    with opened(home) as archive:
        checked(archive)
        archive.vault.put_keyring(archive.vault.keyring(of_batch(archive)).without(()))
    shutil.rmtree(at(home, "site-b"))
    older.rename(at(home, "site-b"))
    with opened(home) as archive:
        site = checked(archive).sites[1]
        assert (site.has, site.had) == (site.had - 1, site.has + 1)
        found = kinds(site.damaged)
        assert found[keyring_name(of_batch(archive))] == found["ledger/checkpoint"] == "old"
        assert names(site.missing)


def test_a_site_is_rolled_back_also_where_nobody_noted_what_it_had(home: Path) -> None:
    older = home / "older"
    shutil.copytree(at(home, "site-b"), older)
    with opened(home) as archive:
        checked(archive)
    shutil.rmtree(at(home, "site-b"))
    older.rename(at(home, "site-b"))
    with opened(home) as archive:
        with archive.database.write() as tx:
            tx.exec_driver_sql("DELETE FROM publication")
        assert kinds(checked(archive).sites[1].damaged)["ledger/checkpoint"] == "old"


def test_what_stands_where_nothing_belongs_is_named_in_every_area(archive: Archive) -> None:
    root = at(archive.home, "site-a")
    strays = ["keyrings/b-unknown.json", "keyrings/note.txt", "ledger/tile/0/001", "ledger/old/checkpoint"]
    strays += ["ledger/payloads/000.p/1", "ledger/tile/0/000.p/999"]
    for name in strays:
        (root / name).parent.mkdir(exist_ok=True, parents=True)
        (root / name).write_bytes(b"left behind")
    done = checked(archive)
    assert done.whole
    assert sorted(names(done.sites[0].extra)) == sorted(strays)
    assert set(kinds(done.sites[0].extra).values()) == {"extra"}


def test_a_site_holds_a_batch_as_the_audit_found_it(archive: Archive) -> None:
    def held() -> list[str]:
        with archive.database.read() as conn:
            return [site for site in SITES if of_batch(archive) in working.held_at(conn, site)]

    checked(archive)
    assert held() == list(SITES)
    spoil(objects(archive.home)[0])
    checked(archive)
    assert held() == ["site-b"]
    checked(archive, repair=True)
    assert held() == list(SITES)


def test_payloads_are_mended_from_a_site_that_has_them_as_they_were(archive: Archive) -> None:
    folder = "ledger/payloads/000.p"
    (good,) = at(archive.home, "site-b").joinpath(folder).iterdir()
    spoil(at(archive.home, "site-a") / folder / good.name)
    expected = good.read_bytes()
    tools = archive.tools()
    from processes.auditing.holdings import ledger_end

    with ledger_end(tools, "site-a", 0) as files:
        (payloads,) = (one for one in files if "payloads" in one.label)
        assert payloads.mend("site-a")
    assert (at(archive.home, "site-a") / folder / good.name).read_bytes() == expected
