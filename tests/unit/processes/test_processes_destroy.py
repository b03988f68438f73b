"""What destroying promises beyond what a person sees: older copies put back, holds, redactions."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import seaweed
from batches import document, lantai, new_home, row, write_batch
from canaries import Canary, heard, keys_in, note_sealed, taken_in

from archive import catalogue
from archive.errors import LedgerDamaged, LedgerSetBack
from archive.events import BatchRedacted, ItemDestroyed
from ingest.publish import publish
from ingest.tools import Tools
from lantai.wiring import Archive, opened
from policies.access import Subject
from processes.auditing.audit import Scope, audit
from processes.desk.hold import hold
from processes.destruction.destroy import destroy, go_on, unfinished
from processes.destruction.destroy_certificate import pending
from processes.errors import Held, NotForThisAccount, NotFound
from processes.finding.show import show
from storage.errors import SecretError, StorageError
from storage.site import Site, put
from storage.site_s3 import S3Site
from storage.vault import Vault


@pytest.fixture(scope="module")
def sung(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Canary]:
    folder = tmp_path_factory.mktemp("sung")
    home = new_home(folder)
    canary = taken_in(home, folder / "incoming")
    note_sealed(home, canary)
    return home, canary


@pytest.fixture
def home(sung: tuple[Path, Canary], tmp_path: Path) -> Path:
    return Path(shutil.copytree(sung[0], tmp_path / "home"))


@pytest.fixture
def canary(sung: tuple[Path, Canary]) -> Canary:
    return sung[1]


def destroyed(home: Path, *codes: str) -> None:
    with opened(home) as archive:
        assert destroy(archive.tools(), archive.index, list(codes), "期满").whole


def opens(home: Path, canary: Canary) -> bool:
    """Whether anything of the item's keys can still be had in the home as it stands."""
    with opened(home) as archive:
        try:
            keyring = archive.vault.keyring(canary.batch)
        except StorageError:
            return False
        with archive.database.read() as conn:
            (stone,) = archive.ledger.of_type(conn, ItemDestroyed.type)
        event = stone.event()
        assert isinstance(event, ItemDestroyed)
        return any(name in keyring for name in (event.item, *event.objects))


def put_back(older: Path, home: Path, *areas: str) -> None:
    for site in ("site-a", "site-b"):
        for area in areas:
            shutil.copytree(older / "sites" / site / area, home / "sites" / site / area, dirs_exist_ok=True)


def test_older_keyrings_put_back_open_nothing_and_never_count(
    sung: tuple[Path, Canary], home: Path, canary: Canary
) -> None:
    destroyed(home, canary.code)
    put_back(sung[0], home, "keyrings", "objects")
    assert not opens(home, canary)
    with opened(home) as archive, pytest.raises(SecretError):
        old = (sung[0] / "sites" / "site-a" / "keyrings" / f"{canary.batch}.json").read_bytes()
        archive.vault.read_keyring(canary.batch, old)


def test_one_older_keyring_is_never_taken_into_a_repair(
    sung: tuple[Path, Canary], home: Path, canary: Canary
) -> None:
    destroyed(home, canary.code)
    name = f"sites/site-b/keyrings/{canary.batch}.json"
    shutil.copy(sung[0] / name, home / name)
    with opened(home) as archive:
        audit(archive.tools(), Scope(), repair=True)
        assert audit(archive.tools(), Scope(), repair=False).whole
    assert keys_in(home, canary.batch, "site-a") == keys_in(home, canary.batch, "site-b")
    assert not opens(home, canary)


def test_older_objects_put_back_are_named_as_destroyed_and_are_no_damage(
    sung: tuple[Path, Canary], home: Path, canary: Canary
) -> None:
    destroyed(home, canary.code)
    put_back(sung[0], home, "objects")
    with opened(home) as archive:
        found = audit(archive.tools(), Scope(), repair=False)
    extra = [copy for _, copy in found.copies("extra")]
    assert found.whole
    assert [copy.code for copy in extra] == [canary.code] * 2
    assert all(copy.kind == "destroyed" for copy in extra)


def test_older_ledger_files_put_back_are_seen_and_mended(
    sung: tuple[Path, Canary], home: Path, canary: Canary
) -> None:
    destroyed(home, canary.code)
    path = "sites/site-b/ledger/payloads/000"
    shutil.copy(sung[0] / path, home / path)
    with opened(home) as archive:
        found = audit(archive.tools(), Scope(), repair=True)
        assert [copy.name for _, copy in found.copies("repaired")] == ["ledger/payloads/000"]
    assert (home / path).read_bytes() == (home / "sites/site-a/ledger/payloads/000").read_bytes()


def test_an_older_database_is_refused(sung: tuple[Path, Canary], home: Path, canary: Canary) -> None:
    destroyed(home, canary.code)
    for log in home.glob("database.sqlite*"):
        log.unlink()
    for part in sung[0].glob("database.sqlite*"):
        shutil.copy(part, home / part.name)
    with opened(home) as archive, pytest.raises(LedgerSetBack):
        publish(archive.tools())


def test_a_held_item_keeps_the_whole_list_from_being_destroyed(home: Path, canary: Canary) -> None:
    with opened(home) as archive:
        tools = archive.tools()
        hold(tools, [canary.code], "案件")
        with archive.database.read() as conn:
            before = catalogue.dump(conn)
        with pytest.raises(Held, match=canary.code):
            destroy(tools, archive.index, [canary.neighbours[0], canary.code], "期满")
        with archive.database.read() as conn:
            assert catalogue.dump(conn) == before
        assert show(archive.database, archive.ledger, canary.code, tools.subject)["hold"]["reason"] == "案件"
        hold(tools, [canary.code], "结案", lift=True)
        assert destroy(tools, archive.index, [canary.code], "期满").whole


def test_a_tombstone_is_told_to_who_handles_the_fonds_and_to_nobody_else(home: Path, canary: Canary) -> None:
    destroyed(home, canary.code)
    with opened(home) as archive:
        told = show(archive.database, archive.ledger, canary.code, Subject("a", frozenset({"A014"})))
        assert told["destroyed"]["reason"] == "期满"
        for handles in (frozenset({"B001"}), frozenset[str]()):
            with pytest.raises(NotFound) as refused:
                show(archive.database, archive.ledger, canary.code, Subject("b", handles))
            with pytest.raises(NotFound) as absent:
                show(archive.database, archive.ledger, "A014-LY·2016-Y-BGS-0999", Subject("b", handles))
            assert str(refused.value).replace(canary.code, "X") == str(absent.value).replace(
                "A014-LY·2016-Y-BGS-0999", "X"
            )


def test_a_report_without_redaction_is_damage(home: Path, canary: Canary) -> None:
    with opened(home) as archive:
        with archive.database.write() as tx:
            archive.ledger.destroy_reports(tx, canary.batch, 1 << 40)
        with pytest.raises(LedgerDamaged):
            catalogue.rebuild(archive.database, archive.ledger)


def test_all_items_of_a_batch_can_go_one_after_the_other(home: Path, canary: Canary, tmp_path: Path) -> None:
    for code in (canary.code, *canary.neighbours):
        destroyed(home, code)
    with opened(home) as archive:
        with archive.database.read() as conn:
            before = catalogue.dump(conn)
            whole = [e for e in archive.ledger.of_type(conn, BatchRedacted.type) if e.payload is not None]
        assert len(whole) == 2  # of the batch and of the attempt before it, the last of each
        catalogue.rebuild(archive.database, archive.ledger)
        with archive.database.read() as conn:
            assert catalogue.dump(conn) == before
        assert audit(archive.tools(), Scope(), repair=False).whole
    batch = write_batch(tmp_path / "b", {"new.pdf": document(9)}, [row("new.pdf", category="WS")])
    lantai(home, "ingest", batch, status=0)


def test_two_destructions_at_once_both_come_to_their_end(home: Path, canary: Canary) -> None:
    failed: list[BaseException] = []

    def run(code: str) -> None:
        try:
            destroyed(home, code)
        except BaseException as fault:  # noqa: BLE001 - told by the test itself
            failed.append(fault)

    some = [threading.Thread(target=run, args=(code,)) for code in (canary.code, canary.neighbours[0])]
    for one in some:
        one.start()
    for one in some:
        one.join()
    assert not failed
    with opened(home) as archive:
        assert not unfinished(archive.tools())
        assert audit(archive.tools(), Scope(), repair=False).whole
    assert not heard(canary, [home])


def test_an_account_that_handles_some_fonds_alone_destroys_nothing(home: Path, canary: Canary) -> None:
    with opened(home) as archive:
        tools = replace(archive.tools(), subject=Subject("a", frozenset({"A014"})))
        with pytest.raises(NotForThisAccount):
            destroy(tools, archive.index, [canary.code], "期满")


def test_too_few_sites_leave_everything_pending_and_nothing_lost(home: Path, canary: Canary) -> None:
    (home / "sites" / "site-b").rename(hidden := home / "sites" / ".site-b")
    with opened(home) as archive:
        outcome = destroy(archive.tools(), archive.index, [canary.code], "期满")
        assert outcome.waiting
        assert outcome.destruction.waiting == ("site-a", "site-b")
    hidden.rename(home / "sites" / "site-b")
    with opened(home) as archive:
        (outcome,) = go_on(archive.tools(), archive.index)
        assert outcome.whole
    assert not heard(canary, [home])


@pytest.fixture(params=[seaweed.VERSIONED, seaweed.LOCKED])
def bucket_tools(
    request: pytest.FixtureRequest, home: Path, s3: seaweed.Store
) -> Iterator[tuple[Archive, Tools, S3Site, str]]:
    """The archive with its second site in a bucket that keeps every version, in one of them locked."""
    lock, days = ("governance", 1) if request.param == seaweed.LOCKED else ("none", 0)
    bucket = s3.bucket(request.param, lock=lock, days=days)
    site = s3.site(bucket, name="site-b")
    root = home / "sites" / "site-b"
    with opened(home) as archive:
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            if path.is_file() and name.startswith(("objects/", "keyrings/", "ledger/")):
                put(site, name, b"an older version of it, which goes too")
                put(site, name, path.read_bytes())
        site.settle()
        sites: list[Site] = [archive.vault.site("site-a"), site]
        vault = Vault(sites, archive.keychain.custody, archive.settings.archive, 2)
        yield archive, replace(archive.tools(), vault=vault), site, bucket.prefix


def versions_of(s3: seaweed.Store, bucket: str, prefix: str, name: str) -> int:
    found = s3.client().list_objects(bucket, prefix=f"{prefix}/{name}", include_version=True, recursive=True)
    return sum(not one.is_delete_marker for one in found)


def test_a_bucket_with_versions_keeps_none_of_a_destroyed_item(
    bucket_tools: tuple[Archive, Tools, S3Site, str], canary: Canary, s3: seaweed.Store
) -> None:
    archive, tools, _, prefix = bucket_tools
    name = seaweed.LOCKED if archive_is_locked(bucket_tools) else seaweed.VERSIONED
    outcome = destroy(tools, archive.index, [canary.code], "期满")
    objects = [name for stone in outcome.destruction.stones for name in stone.objects]
    assert versions_of(s3, name, prefix, f"keyrings/{canary.batch}.json") == 1
    assert versions_of(s3, name, prefix, "keyrings/recovery.json") == 1
    assert versions_of(s3, name, prefix, "ledger/payloads/000") == 1
    left = sum(versions_of(s3, name, prefix, one) for one in objects)
    if name == seaweed.VERSIONED:
        assert (left, outcome.whole) == (0, True)
        return
    assert left == 2
    lock = outcome.destruction.locked["site-b"]
    assert (lock.kept, outcome.whole) == (1, False)
    assert [one["kind"] for one in pending(outcome)] == ["lock"]
    before = outcome.destruction.confirmed["site-b"].entry
    (again,) = go_on(tools, archive.index)  # the lock has not ended: nothing is entered anew
    assert again.destruction.confirmed["site-b"].entry == before


def archive_is_locked(given: tuple[Archive, Tools, S3Site, str]) -> bool:
    return given[2].locked_until(next(iter(given[2].list("objects/"))).name) is not None
