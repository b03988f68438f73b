"""A place in a bucket behind a proxy that does wrong what it is told to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fault_proxy import Proxy
from seaweed import PLAIN, Store

from storage.site_s3 import S3Site
from storage.site_s3_client import Bucket


@pytest.fixture
def proxy(s3: Store) -> Iterator[Proxy]:
    with Proxy(s3.endpoint) as running:
        yield running


@pytest.fixture
def bucket(s3: Store, proxy: Proxy) -> Bucket:
    return s3.bucket(PLAIN, endpoint=proxy.endpoint)


@pytest.fixture
def direct(s3: Store, bucket: Bucket) -> S3Site:
    """The same place, past the proxy."""
    return s3.site(s3.bucket(PLAIN, bucket.prefix))
