"""A bucket behind a network that breaks, and a server that fails, hesitates or lies: nothing is lost, nothing
counts that is not there, and everything comes out as an error of the contract.
"""

from __future__ import annotations

import hashlib
from random import Random

import pytest
from fault_proxy import (
    Fault,
    Message,
    Proxy,
    cut,
    cut_after,
    of,
    says,
    slow,
    slow_answer,
    with_header,
)
from seaweed import HASTE, PLAIN, Store
from site_contract import MIB

from storage.errors import SiteError, SiteFull, SiteUnavailable
from storage.site import Stored, put
from storage.site_s3 import S3Site
from storage.site_s3_client import Bucket, Patience

NAME = "objects/b1/o1"
LARGE = 6 * MIB + 3  # two parts
IMPATIENT = Patience(attempts=3, pause_seconds=0.01, connect_seconds=1, read_seconds=0.4)


def content(size: int, seed: int = 0) -> bytes:
    """Bytes that come from nowhere else."""
    return Random(seed).randbytes(size)


@pytest.fixture
def site(s3: Store, bucket: Bucket) -> S3Site:
    return s3.site(bucket)


@pytest.mark.parametrize("wrong", [Fault(before=cut), Fault(after=cut_after), Fault(before=says(503))])
@pytest.mark.parametrize("size", [0, 10, LARGE])
def test_one_failure_anywhere_is_made_good_by_asking_again(
    site: S3Site, direct: S3Site, proxy: Proxy, wrong: Fault, size: int
) -> None:
    put(site, "objects/b1/first", b"connections are open")
    site.settle()
    steps = len(proxy.requests)
    put(site, NAME, content(size))
    site.settle()
    steps = len(proxy.requests) - steps
    for step in range(steps):
        place = f"objects/b2/o{step}"
        passed = iter(range(steps * 9))
        proxy.order(
            Fault(lambda _, passed=passed, step=step: next(passed) == step, 1, wrong.before, wrong.after)
        )
        put(site, place, content(size, seed=step))
        site.settle()
        assert direct.read(place) == content(size, seed=step)
    assert len(list(direct.list())) == steps + 2
    assert direct.sweep() == 0


@pytest.mark.parametrize("size", [10, LARGE])
def test_timing_out_after_success_is_success(s3: Store, bucket: Bucket, proxy: Proxy, size: int) -> None:
    site = s3.site(bucket, patience=IMPATIENT)
    method = "POST" if size == LARGE else "PUT"
    late = proxy.order(Fault(of(method, NAME, without="uploads"), after=slow_answer(1.0)))
    put(site, NAME, content(size))
    site.settle()
    assert len(late.seen) == 1
    assert site.read(NAME) == content(size)


def test_a_server_that_is_slow_is_waited_for(site: S3Site, proxy: Proxy) -> None:
    proxy.order(Fault(times=100, before=slow(0.05)))
    put(site, NAME, content(LARGE))
    site.settle()
    assert b"".join(bytes(piece) for piece in site.stream(NAME)) == content(LARGE)


def test_a_server_that_hangs_is_away(s3: Store, bucket: Bucket, proxy: Proxy) -> None:
    site = s3.site(bucket, patience=IMPATIENT)
    put(site, NAME, b"content")
    proxy.order(Fault(times=100, before=slow(1.5)))
    for ask in (site.stat, site.read, site.delete, lambda name: list(site.stream(name))):
        with pytest.raises(SiteUnavailable, match="no answer in time"):
            ask(NAME)


@pytest.mark.parametrize("wrong", [cut, says(500), says(503), says(502, body=b"<html>"), says(429)])
def test_a_server_that_keeps_failing_is_away_for_every_request(
    s3: Store, site: S3Site, bucket: Bucket, proxy: Proxy, wrong: object
) -> None:
    put(site, NAME, b"content")
    proxy.order(Fault(times=10_000, before=wrong))
    asked = [site.stat, site.read, site.delete, site.adopt, site.purge, site.descriptor, site.locked_until]
    for ask in asked:
        with pytest.raises(SiteUnavailable):
            ask(NAME)
    anew = s3.site(bucket)
    for other in (anew.settle, anew.sweep, anew.versioned, lambda: list(anew.list())):
        with pytest.raises(SiteError):
            other()


@pytest.mark.parametrize("status", [403, 404, 405, 412])
def test_a_page_that_says_not_found_is_no_word_of_the_server(
    s3: Store, bucket: Bucket, proxy: Proxy, direct: S3Site, status: int
) -> None:
    """As of a balancer without servers behind it: nothing is missing, everything is away."""
    put(direct, NAME, b"still here")
    page = says(status, "No", b"<html>nothing here</html>", Content_Type="text/html")
    proxy.order(Fault(times=10_000, before=page))
    site = s3.site(bucket, patience=IMPATIENT)
    for ask in (site.read, site.stat, site.delete, lambda name: list(site.stream(name))):
        with pytest.raises(SiteError):
            ask(NAME)
    with pytest.raises(SiteError):
        list(site.list(NAME))
    with pytest.raises(SiteError):
        site.read(NAME, 3, 4)
    with pytest.raises(SiteError):
        put(site, "objects/b1/o2", b"new")
    assert direct.read(NAME) == b"still here"


def test_a_portal_that_answers_in_the_servers_place_is_not_believed(site: S3Site, proxy: Proxy) -> None:
    put(site, NAME, b"content")
    page = says(200, "OK", b"<html>please log in</html>", Content_Type="text/html")
    proxy.order(Fault(times=10_000, before=page))
    for ask in (
        site.stat,
        site.read,
        site.adopt,
        lambda name: list(site.stream(name)),
        lambda _: list(site.list()),
    ):
        with pytest.raises(SiteUnavailable):
            ask(NAME)
    for ask in (lambda name: put(site, name, b"other"), site.delete, site.purge):
        with pytest.raises(SiteUnavailable):
            ask(NAME)


def test_a_server_that_cannot_be_reached_is_away(s3: Store) -> None:
    with Proxy(s3.endpoint) as gone:
        nowhere = s3.bucket(PLAIN, endpoint=gone.endpoint)
    site = s3.site(nowhere)
    for ask in (site.stat, site.read, site.delete, lambda name: list(site.list(name))):
        with pytest.raises(SiteUnavailable, match="cannot be reached"):
            ask(NAME)
    with pytest.raises(SiteUnavailable):
        put(site, NAME, b"content")
    with pytest.raises(SiteUnavailable):
        site.settle()


def test_a_flipped_bit_on_the_way_to_the_server_is_not_kept(
    site: S3Site, direct: S3Site, proxy: Proxy
) -> None:
    def spoil(request: Message) -> None:
        request.body = bytes([request.body[0] ^ 1]) + request.body[1:]

    for name, size in ((NAME, 1000), ("objects/b1/o2", LARGE)):
        spoiled = proxy.order(Fault(of("PUT", name), before=spoil))
        put(site, name, content(size))
        assert len(spoiled.seen) == 1
        assert direct.read(name) == content(size)


@pytest.mark.parametrize("size", [10, LARGE])
def test_an_acknowledgement_of_other_bytes_is_none(site: S3Site, proxy: Proxy, size: int) -> None:
    proxy.order(Fault(of("PUT", NAME), 100, after=with_header("ETag", '"%s"' % ("0" * 32))))
    with pytest.raises(SiteUnavailable, match="acknowledged other bytes"):
        put(site, NAME, content(size))


def acknowledged(request: Message) -> Message:
    """What a server that threw the object away might say."""
    tag = hashlib.md5(request.body).hexdigest()
    return Message(["HTTP/1.1", "200", "OK"], [("ETag", f'"{tag}"'), ("Content-Length", "0")], b"")


@pytest.mark.parametrize("before", [b"", b"old"])
def test_what_a_server_acknowledged_and_does_not_hold_does_not_settle(
    site: S3Site, direct: S3Site, proxy: Proxy, before: bytes
) -> None:
    if before:
        put(direct, NAME, before)
    lie = proxy.order(Fault(of("PUT", NAME), before=acknowledged))
    put(site, NAME, b"new")
    assert len(lie.seen) == 1
    with pytest.raises(SiteUnavailable, match="was acknowledged and is"):
        site.settle()


def test_a_settle_that_failed_is_final(s3: Store, site: S3Site, bucket: Bucket, proxy: Proxy) -> None:
    put(site, NAME, b"content")
    proxy.order(Fault(times=HASTE.attempts, before=says(500)))
    with pytest.raises(SiteUnavailable):
        site.settle()
    for again in (site.settle, lambda: site.create("objects/b1/o2", 1), lambda: site.adopt(NAME)):
        with pytest.raises(SiteUnavailable):
            again()
    assert site.read(NAME) == b"content"
    anew = s3.site(bucket)
    put(anew, NAME, b"content")
    anew.settle()


def test_an_upload_that_breaks_off_leaves_what_stood_there(
    s3: Store, site: S3Site, direct: S3Site, proxy: Proxy
) -> None:
    put(site, NAME, b"before")
    proxy.order(Fault(of("PUT", "partNumber=2"), 100, before=cut))
    with pytest.raises(SiteUnavailable), site.create(NAME, LARGE) as sink:
        for start in range(0, LARGE, MIB):
            sink.write(content(LARGE)[start : start + MIB])
    assert direct.read(NAME) == b"before"
    assert list(direct.list()) == [Stored(NAME, 6)]
    uploads = s3.client()._list_multipart_uploads(PLAIN, prefix=site._bucket.prefix).uploads
    assert uploads == []


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "QuotaExceeded", SiteFull),
        (507, "XMinioStorageFull", SiteFull),
        (404, "NoSuchBucket", SiteUnavailable),
        (403, "RequestTimeTooSkewed", SiteUnavailable),
        (400, "SomethingNew", SiteUnavailable),
    ],
)
def test_what_a_server_refuses_is_told_in_our_words(
    site: S3Site, proxy: Proxy, status: int, code: str, kind: type[SiteError]
) -> None:
    secret = "what a server writes is repeated nowhere"
    body = f"<Error><Code>{code}</Code><Message>{secret}</Message></Error>".encode()
    proxy.order(Fault(of("PUT", NAME), before=says(status, body=body, Content_Type="application/xml")))
    with pytest.raises(kind) as refused:
        put(site, NAME, b"content")
    assert secret not in str(refused.value)


def test_a_bucket_that_is_gone_is_a_site_that_is_away(s3: Store) -> None:
    site = s3.site(Bucket(s3.endpoint, "no-such-bucket", "prefix"), user="admin")
    for ask in (site.stat, site.read, site.adopt, lambda name: list(site.stream(name)), site.delete):
        with pytest.raises(SiteUnavailable, match="bucket is not there"):
            ask(NAME)
    for other in (site.settle, lambda: list(site.list()), lambda: put(site, NAME, b"x")):
        with pytest.raises(SiteUnavailable):
            other()
