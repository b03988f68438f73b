"""Reading from a bucket behind a network that breaks and a server that sends something else."""

from __future__ import annotations

import hashlib
from random import Random

import pytest
from fault_proxy import (
    Fault,
    Message,
    Proxy,
    cut,
    flipped,
    of,
    with_header,
)
from seaweed import HASTE, Store
from site_contract import MIB

from storage.copies import CopyState, check_copy
from storage.errors import ObjectDamaged, ObjectMissing, SiteError, SiteUnavailable
from storage.site import put
from storage.site_s3 import S3Site
from storage.site_s3_client import Bucket, Patience

NAME = "objects/b1/o1"


def content(size: int, seed: int = 0) -> bytes:
    """Bytes that come from nowhere else."""
    return Random(seed).randbytes(size)


@pytest.fixture
def site(s3: Store, bucket: Bucket) -> S3Site:
    return s3.site(bucket)


@pytest.mark.parametrize("limit", [0, 1, 100_000, MIB + 1])
def test_a_stream_goes_on_where_the_connection_broke(
    s3: Store, bucket: Bucket, proxy: Proxy, limit: int
) -> None:
    site = s3.site(bucket, patience=Patience(attempts=3, pause_seconds=0.01))
    put(site, NAME, content(3 * MIB))
    proxy.order(Fault(of("GET", NAME), 2, limit=limit))
    assert b"".join(bytes(piece) for piece in site.stream(NAME)) == content(3 * MIB)


def test_a_stream_does_not_go_on_in_another_object(site: S3Site, direct: S3Site, proxy: Proxy) -> None:
    put(site, NAME, content(3 * MIB))
    proxy.order(Fault(of("GET", NAME), limit=MIB))
    pieces = site.stream(NAME)
    next(pieces)
    put(direct, NAME, content(3 * MIB, seed=7))
    with pytest.raises(SiteUnavailable, match="replaced while it was read"):
        list(pieces)


def test_a_server_that_knows_no_ranges_or_sends_another_one_is_understood(site: S3Site, proxy: Proxy) -> None:
    def whole(request: Message, answer: Message) -> Message:
        tag = ("ETag", answer.header("etag"))
        return Message(["HTTP/1.1", "200", "OK"], [tag, ("Content-Length", str(MIB))], content(MIB))

    put(site, NAME, content(MIB))
    unranged = proxy.order(Fault(of("GET", NAME), after=whole))
    assert site.read(NAME, 5, 10) == content(MIB)[5:15]
    other = proxy.order(Fault(of("GET", NAME), after=with_header("Content-Range", "bytes 6-15/1048576")))
    assert site.read(NAME, 5, 10) == content(MIB)[5:15]
    assert len(unranged.seen) == len(other.seen) == 1


def test_an_object_that_the_server_never_gives_out_whole_is_damaged_and_the_site_is_not_away(
    site: S3Site, proxy: Proxy
) -> None:
    put(site, NAME, content(MIB))
    proxy.order(Fault(lambda request: "300000-" in request.header("range"), 1000, before=cut))
    proxy.order(Fault(of("GET", NAME), 1000, limit=300_000))
    with pytest.raises(ObjectDamaged):
        site.read(NAME)
    with pytest.raises(ObjectDamaged):
        list(site.stream(NAME))
    assert check_copy(site, NAME, MIB, "") is CopyState.DAMAGED


@pytest.mark.parametrize("by", [-1, 1, MIB])
def test_a_server_that_lies_about_lengths_gives_nothing_for_whole(
    site: S3Site, proxy: Proxy, by: int
) -> None:
    data = content(MIB)
    digest = hashlib.sha256(data).hexdigest()
    put(site, NAME, data)
    proxy.order(Fault(of("GET", NAME), 50, after=with_header("Content-Length", str(MIB + by)), limit=MIB))
    try:
        read = b"".join(bytes(piece) for piece in site.stream(NAME))
    except (ObjectDamaged, SiteUnavailable):
        return
    assert hashlib.sha256(read).hexdigest() != digest


def test_a_flipped_bit_on_the_way_back_is_found_by_whoever_knows_the_digest(
    site: S3Site, proxy: Proxy
) -> None:
    from blake3 import blake3

    put(site, NAME, content(MIB))
    proxy.order(Fault(of("GET", NAME), after=flipped))
    assert check_copy(site, NAME, MIB, blake3(content(MIB)).hexdigest()) is CopyState.DAMAGED
    assert check_copy(site, NAME, MIB, blake3(content(MIB)).hexdigest()) is CopyState.WHOLE


def test_a_list_that_is_cut_is_not_a_short_list(site: S3Site, proxy: Proxy) -> None:
    for number in range(20):
        put(site, f"objects/b1/o{number}", b"x")
    proxy.order(Fault(of("GET", "list-type"), HASTE.attempts, limit=600))
    with pytest.raises(SiteError):
        list(site.list("objects/b1/"))
    assert len(list(site.list("objects/b1/"))) == 20


def test_an_object_that_vanishes_between_two_questions_is_missing(site: S3Site, direct: S3Site) -> None:
    put(site, NAME, content(MIB))
    pieces = site.stream(NAME, 4096)
    direct.delete(NAME)
    with pytest.raises(ObjectMissing):
        list(pieces)
