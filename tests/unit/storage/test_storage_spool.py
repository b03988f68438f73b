"""What has to seek in a sealed object gets a file, also where only buckets have it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import seaweed
from storage_sites import KEY, MIB, content

from storage.errors import NoGoodCopy
from storage.keys import KeyEncryptionKey
from storage.site import Site
from storage.site_local import LocalSite, prepare
from storage.vault import Vault


def vault(*sites: Site) -> Vault:
    return Vault(sites, KeyEncryptionKey.new(), "a1", 1)


def test_an_object_in_buckets_is_brought_to_a_file_without_a_name(tmp_path: Path, s3: seaweed.Store) -> None:
    bucket = s3.site(s3.bucket())
    kept = vault(bucket)
    kept.seal("b1", "o1", KEY, "main", 6 * MIB, [content(6 * MIB)])
    before = set(tmp_path.iterdir())
    with os.fdopen(kept.descriptor("b1", "o1", tmp_path), "rb") as file:
        assert os.pread(file.fileno(), 100, 5 * MIB) == bucket.read("objects/b1/o1", 5 * MIB, 100)
        assert os.fstat(file.fileno()).st_size == bucket.stat("objects/b1/o1")
        assert set(tmp_path.iterdir()) == before


def test_an_object_in_a_folder_is_not_copied(tmp_path: Path, s3: seaweed.Store) -> None:
    prepare(tmp_path / "site")
    kept = vault(s3.site(s3.bucket()), LocalSite("folder", tmp_path / "site"))
    kept.seal("b1", "o1", KEY, "main", 1000, [content(1000)])
    fd = kept.descriptor("b1", "o1", tmp_path / "absent")
    assert os.fstat(fd).st_ino == (tmp_path / "site/objects/b1/o1").stat().st_ino
    os.close(fd)


def test_an_object_that_no_site_has_is_in_no_file(tmp_path: Path, s3: seaweed.Store) -> None:
    with pytest.raises(NoGoodCopy, match="bucket: no such object"):
        vault(s3.site(s3.bucket())).descriptor("b1", "o1", tmp_path)
