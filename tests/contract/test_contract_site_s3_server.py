"""An S3 server of one's own that loses its power and whose disk loses bits: what was settled is there or is
said not to be.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from blake3 import blake3
from lacking import lacking
from seaweed import PLAIN, Store, store_of, users
from site_contract import MIB, content

from lantai.local_store import LocalStore, NoStore
from storage.copies import CopyState, check_copy
from storage.errors import SiteError
from storage.site import put
from storage.site_s3_client import Patience

PATIENT = Patience(attempts=8, pause_seconds=0.1)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalStore, Store, Path]]:
    folder, known = tmp_path_factory.mktemp("store"), users()
    server = LocalStore(folder, known)
    try:
        server.start()
    except NoStore as why:
        lacking(str(why))
    try:
        store = store_of(server, known)
        store.client().make_bucket(PLAIN)
        yield server, store, folder
    finally:
        server.stop()


def test_what_was_settled_outlives_the_server(running: tuple[LocalStore, Store, Path]) -> None:
    server, store, _ = running
    bucket = store.bucket(PLAIN)
    settled: dict[str, int] = {}
    failed = threading.Event()

    def write() -> None:
        site = store.site(bucket)
        for number in range(10_000):
            name, size = f"objects/b1/o{number}", 1000 + number * 977 % 300_000
            try:
                put(site, name, content(size))
                site.settle()
            except SiteError:
                failed.set()
                return
            settled[name] = size

    writer = threading.Thread(target=write)
    writer.start()
    while len(settled) < 20:
        assert writer.is_alive()
    server.stop(gently=False)
    writer.join()
    assert failed.is_set()
    server.start()
    site = store.site(bucket, patience=PATIENT)
    for name, size in settled.items():
        assert site.read(name) == content(size)
    assert {stored.name for stored in site.list()} - set(settled) <= {f"objects/b1/o{len(settled)}"}


@pytest.mark.long  # this server tries for 15 seconds to read what it cannot, each time it is asked
def test_a_bit_that_the_servers_disk_lost_is_found_and_the_copy_replaced(
    running: tuple[LocalStore, Store, Path],
) -> None:
    server, store, folder = running
    bucket = store.bucket(PLAIN)
    data = b"a page that is nowhere else" + content(MIB)
    site = store.site(bucket)
    put(site, "objects/b1/o1", data)
    put(site, "objects/b1/o2", data[::-1])
    site.settle()
    server.stop()
    damaged = 0
    for volume in (folder / "data").glob("*.dat"):
        stored = volume.read_bytes()
        if (at := stored.find(data[:200])) >= 0:
            with volume.open("r+b") as file:
                file.seek(at + 100)
                file.write(bytes([stored[at + 100] ^ 1]))
            damaged += 1
    assert damaged == 1
    server.start()
    site = store.site(bucket, patience=Patience())
    digests = [blake3(data).hexdigest(), blake3(data[::-1]).hexdigest()]
    assert check_copy(site, "objects/b1/o2", len(data), digests[1]) is CopyState.WHOLE
    assert check_copy(site, "objects/b1/o1", len(data), digests[0]) is CopyState.DAMAGED
    put(site, "objects/b1/o1", data)
    site.settle()
    assert check_copy(site, "objects/b1/o1", len(data), digests[0]) is CopyState.WHOLE
