"""An audit where one of the sites is a bucket of a real S3 server."""

from __future__ import annotations

from dataclasses import replace

import pytest
import seaweed
from processes_audits import at, kinds, objects

from ingest.tools import Tools
from lantai.wiring import Archive
from processes.auditing.audit import Scope, audit
from storage.site import Site, put
from storage.vault import Vault


@pytest.fixture
def tools(archive: Archive, s3: seaweed.Store) -> Tools:
    """The archive with its second site moved into a bucket."""
    root = at(archive.home, "site-b")
    bucket = s3.site(s3.bucket(), name="site-b")
    for path in root.rglob("*"):
        if path.is_file():
            put(bucket, str(path.relative_to(root)), path.read_bytes())
    bucket.settle()
    sites: list[Site] = [archive.vault.site("site-a"), bucket]
    vault = Vault(sites, archive.keychain.custody, archive.settings.archive, 2)
    return replace(archive.tools(), vault=vault)


def test_a_bucket_is_audited_and_mended_like_a_folder(archive: Archive, tools: Tools) -> None:
    bucket = tools.vault.site("site-b")
    first, second, third = (
        str(path.relative_to(at(archive.home, "site-a"))) for path in objects(archive.home)
    )
    bucket.delete(first)
    put(bucket, second, bucket.read(second)[:-3])
    put(bucket, third, bucket.read(third, 0, 60) + b"else")
    put(bucket, "keyrings/note.txt", b"left behind")
    bucket.settle()
    expected = {first: "missing", second: "truncated", third: "truncated"}
    found = audit(tools, Scope(), repair=True)
    site = found.sites[1]
    told = kinds(site.damaged) | kinds(site.missing)
    assert told == {name.rpartition("/")[2]: kind for name, kind in expected.items()}
    assert kinds(site.extra) == {"keyrings/note.txt": "extra"}
    assert len(site.repaired) == 3
    assert found.sites[0].whole
    whole = audit(tools, Scope(), repair=False)
    assert whole.whole
    assert whole.sites[1].objects == 3


def test_what_a_folder_lost_is_mended_from_a_bucket(archive: Archive, tools: Tools) -> None:
    victims = [objects(archive.home)[0], next(at(archive.home, "site-a").glob("keyrings/b*.json"))]
    contents = [path.read_bytes() for path in victims]
    for path in victims:
        path.unlink()
    assert len(audit(tools, Scope(), repair=True).sites[0].repaired) == 2
    assert [path.read_bytes() for path in victims] == contents
