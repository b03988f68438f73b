"""What a bucket may forbid or keep: versions, locks, credentials without rights."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from fault_proxy import Fault, Proxy, cut_after, of
from minio.objectlockconfig import ObjectLockConfig
from seaweed import LOCKED, PLAIN, UNDELETABLE, VERSIONED, Store
from site_contract import MIB, content

from storage.errors import ObjectLocked, ObjectMissing, SiteReadOnly, SiteUnavailable
from storage.site import put
from storage.site_s3 import ABANDONED, S3Site

NAME = "objects/b1/o1"
LARGE = 6 * MIB
KEYRING = "keyrings/b1.json"


def versions(store: Store, site: S3Site, name: str) -> list[bool]:
    """Of each version that others see whether it marks a deletion, the newest first."""
    key = site._bucket.key(name)
    found = store.client().list_objects(site._bucket.bucket, key, include_version=True)
    newest = sorted((one for one in found if one.object_name == key), key=lambda one: one.is_latest != "true")
    return [one.is_delete_marker for one in newest]


@pytest.mark.parametrize("size", [10, LARGE])
def test_the_same_content_is_not_written_twice_where_versions_are_kept(s3: Store, size: int) -> None:
    bucket = s3.bucket(VERSIONED)
    for _ in range(2):
        site = s3.site(bucket)
        put(site, NAME, content(size))
        site.settle()
    assert versions(s3, site, NAME) == [False]
    put(site, NAME, content(size, seed=1))
    site.settle()
    assert versions(s3, site, NAME) == [False, False]
    assert site.read(NAME) == content(size, seed=1)


@pytest.mark.parametrize("size", [10, LARGE])
def test_a_lost_answer_makes_no_second_version(s3: Store, size: int) -> None:
    with Proxy(s3.endpoint) as proxy:
        site = s3.site(s3.bucket(VERSIONED, endpoint=proxy.endpoint))
        put(site, "objects/b1/first", b"x")
        lost = proxy.order(
            Fault(of("PUT" if size == 10 else "POST", NAME, without="uploads"), after=cut_after)
        )
        put(site, NAME, content(size))
        site.settle()
        assert len(lost.seen) == 1
    assert versions(s3, site, NAME) == [False]


def test_purging_removes_every_version_and_deleting_only_hides_them(s3: Store) -> None:
    site = s3.site(s3.bucket(VERSIONED))
    assert site.versioned()
    for number in range(3):
        put(site, KEYRING, b"revision %d" % number)
    put(site, KEYRING + ".not-this-one", b"other")
    site.delete(KEYRING)
    assert versions(s3, site, KEYRING) == [True, False, False, False]
    site.purge(KEYRING)
    site.purge(KEYRING)
    site.settle()
    assert [
        one.object_name
        for one in s3.client().list_objects(VERSIONED, site._bucket.key(KEYRING), include_version=True)
    ] == [site._bucket.key(KEYRING + ".not-this-one")]


def test_purging_where_no_versions_are_kept_deletes(s3: Store) -> None:
    site = s3.site(s3.bucket(PLAIN))
    put(site, NAME, b"content")
    assert not site.versioned()
    assert site.locked_until(NAME) is None
    site.purge(NAME)
    with pytest.raises(ObjectMissing):
        site.stat(NAME)
    with pytest.raises(ObjectMissing):
        site.locked_until(NAME)


@pytest.mark.parametrize("mode", ["governance", "compliance"])
@pytest.mark.parametrize("size", [10, LARGE])
def test_a_locked_object_stays_until_its_day_and_all_else_goes(s3: Store, mode: str, size: int) -> None:
    now = [datetime.now(UTC)]
    bucket = s3.bucket(LOCKED, lock=mode, days=1)  # type: ignore[arg-type]
    site = s3.site(bucket, clock=lambda: now[0])
    put(site, NAME, content(size))
    site.settle()
    until = site.locked_until(NAME)
    assert until is not None
    assert abs(until - now[0] - timedelta(days=1)) < timedelta(seconds=2)
    with pytest.raises(ObjectLocked) as kept:
        site.purge(NAME)
    assert kept.value.until == until
    assert list(site.list()) == []
    with pytest.raises(ObjectMissing):
        site.read(NAME)
    key = bucket.key(NAME)
    held = [
        one for one in s3.client().list_objects(LOCKED, key, include_version=True) if not one.is_delete_marker
    ]
    assert s3.client().get_object(LOCKED, key, version_id=held[0].version_id).data == content(size)
    now[0] += timedelta(days=2)
    assert s3.site(bucket, clock=lambda: now[0])._locked_until(NAME, held[0].version_id) is None


def test_keyrings_and_the_ledger_are_never_locked(s3: Store) -> None:
    site = s3.site(s3.bucket(LOCKED, lock="compliance", days=100))
    for name in (KEYRING, "ledger/payloads/000", "ledger/checkpoint"):
        put(site, name, b"1")
        put(site, name, b"2")
        assert site.locked_until(name) is None
        site.purge(name)
        assert versions(s3, site, name) == []


def test_a_locked_object_that_somebody_hid_can_be_written_again(s3: Store) -> None:
    site = s3.site(s3.bucket(LOCKED, lock="governance", days=1))
    put(site, NAME, b"genuine")
    s3.client().remove_object(LOCKED, site._bucket.key(NAME))
    with pytest.raises(ObjectMissing):
        site.stat(NAME)
    put(site, NAME, b"genuine")
    site.settle()
    assert site.read(NAME) == b"genuine"
    assert sorted(versions(s3, site, NAME)) == [False, False, True]


@pytest.mark.parametrize("where", [PLAIN, VERSIONED])
def test_a_lock_that_the_bucket_does_not_know_is_refused_at_the_first_object(s3: Store, where: str) -> None:
    site = s3.site(s3.bucket(where, lock="governance", days=1))
    put(site, KEYRING, b"not locked")
    with pytest.raises(SiteUnavailable):
        put(site, NAME, b"content")
    assert [stored.name for stored in site.list()] == [KEYRING]


def test_a_bucket_that_locks_everything_by_itself_takes_nothing(s3: Store) -> None:
    name = f"rule-{os.urandom(6).hex()}"
    s3.client().make_bucket(name, object_lock=True)
    s3.client().set_object_lock_config(name, ObjectLockConfig("GOVERNANCE", 1, "Days"))
    site = s3.site(s3.bucket(name), user="admin")
    for place in (NAME, KEYRING):
        with pytest.raises(SiteUnavailable, match="by a rule of its own"):
            put(site, place, b"content")
    assert list(site.list()) == []


def test_credentials_that_cannot_delete_do_everything_else(s3: Store) -> None:
    site = s3.site(s3.bucket(UNDELETABLE))
    for size in (10, LARGE):
        put(site, NAME, content(size))
        site.settle()
        assert site.read(NAME) == content(size)
        assert site.adopt(NAME) == size
    for refused in (site.delete, site.purge):
        with pytest.raises(SiteReadOnly, match="may not delete"):
            refused(NAME)
    site.delete("objects/b1/never")
    site.settle()
    assert [stored.name for stored in site.list()] == [NAME]


def test_credentials_that_cannot_write_read_everything(s3: Store) -> None:
    place = s3.bucket(PLAIN)
    writer = s3.site(place)
    put(writer, NAME, content(LARGE))
    site = s3.site(place, user="reader")
    assert site.read(NAME) == content(LARGE)
    assert [stored.name for stored in site.list()] == [NAME]
    for size in (10, LARGE):
        with pytest.raises(SiteReadOnly, match="may not write"):
            put(site, NAME, content(size))
    with pytest.raises(SiteReadOnly, match="may not delete"):
        site.delete(NAME)
    assert writer.read(NAME) == content(LARGE)


def test_an_upload_is_swept_when_nothing_came_for_a_day(s3: Store) -> None:
    place = s3.bucket(PLAIN)
    s3.client()._create_multipart_upload(PLAIN, place.key(NAME), {})
    elsewhere = s3.bucket(PLAIN)
    s3.client()._create_multipart_upload(PLAIN, elsewhere.key(NAME), {})
    now = datetime.now(UTC)
    site = s3.site(place)
    assert site.sweep() == 0
    later = s3.site(place, clock=lambda: now + ABANDONED - timedelta(minutes=1))
    assert later.sweep() == 0
    tomorrow = s3.site(place, clock=lambda: now + ABANDONED + timedelta(minutes=1))
    assert (tomorrow.sweep(), tomorrow.sweep()) == (1, 0)
    assert s3.site(elsewhere, clock=lambda: now + 2 * ABANDONED).sweep() == 1
