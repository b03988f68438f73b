"""The site contract on a bucket of a real S3 server, with and without versions and locks."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest
from seaweed import PLAIN, Store
from site_contract import MIB, SiteContract, content
from site_damage_contract import SiteDamageContract

from storage.site import put
from storage.site_s3 import S3Site
from storage.site_s3_client import Bucket

BUCKETS: dict[Path, tuple[Store, Bucket]] = {}


@pytest.fixture
def place(tmp_path: Path, s3: Store) -> Path:
    """Only a name; what it stands for is a place of its own in a bucket."""
    BUCKETS[tmp_path] = (s3, s3.bucket(PLAIN))
    return tmp_path


class TestBucket(SiteDamageContract, SiteContract):
    def make_site(self, place: Path) -> S3Site:
        store, bucket = BUCKETS[place]
        return store.site(bucket)

    def alter(self, place: Path, name: str, data: bytes | None) -> None:
        store, bucket = BUCKETS[place]
        client, key = store.client(), bucket.key(name)
        if data is None:
            client.remove_object(bucket.bucket, key)
        else:
            client.put_object(bucket.bucket, key, io.BytesIO(data), len(data))

    def maker_source(self, place: Path) -> str:
        store, bucket = BUCKETS[place]
        access, secret = store.users["keeper"]
        return (
            "from minio.credentials import StaticProvider\n"
            "from storage.site_s3 import S3Site\nfrom storage.site_s3_client import Bucket\n"
            f"bucket = Bucket({bucket.endpoint!r}, {bucket.bucket!r}, {bucket.prefix!r})\n"
            f"site = S3Site('bucket', bucket, StaticProvider({access!r}, {secret!r}), part_bytes={5 << 20})"
        )


def test_a_large_object_takes_the_memory_of_a_few_parts(s3: Store) -> None:
    size, piece = 60 * MIB, content(MIB)
    site = s3.site(s3.bucket(PLAIN))
    put(site, "objects/b1/first", b"connections are open")
    tracemalloc.start()
    try:
        with site.create("objects/b1/o1", size) as sink:
            for _ in range(size // MIB):
                sink.write(piece)
        site.settle()
        assert sum(len(one) for one in site.stream("objects/b1/o1")) == size
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 4 * (5 * MIB)
