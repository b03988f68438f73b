"""Buckets filled and given up: nothing stays but what the server must keep, and that is said."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
import seaweed
from batches import lantai, mixed_batch, new_home


def with_bucket(home: Path, s3: seaweed.Store, bucket: str, prefix: str, more: str = "") -> None:
    where = f'endpoint = "{s3.endpoint}"\nbucket = "{bucket}"\nprefix = "{prefix}"\n{more}'
    path = home / "lantai.toml"
    path.write_text(path.read_text("utf-8") + f'\n[[sites]]\nname = "bucket"\nkind = "s3"\n{where}', "utf-8")


@pytest.fixture
def home(tmp_path: Path, s3: seaweed.Store, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    home = new_home(tmp_path)
    lantai(home, "ingest", mixed_batch(tmp_path), status=0)
    return home


@pytest.mark.parametrize("bucket", [seaweed.PLAIN, seaweed.VERSIONED])
def test_a_bucket_is_filled_and_given_up_to_its_last_version(
    home: Path, s3: seaweed.Store, bucket: str
) -> None:
    prefix = uuid4().hex
    before = (home / "lantai.toml").read_bytes()
    with_bucket(home, s3, bucket, prefix)
    done = lantai(home, "replicate", status=0).document
    assert (done["sites"][2]["objects"], done["sites"][2]["files"], done["secured"]) == (6, 3, 1)
    lantai(home, "audit", status=0)
    done = lantai(home, "sites", "retire", "bucket", status=0).document
    assert (done["objects"], done["kept"], done["checked"]) == (6, 0, ["site-a", "site-b"])
    left = s3.client().list_objects(bucket, prefix=prefix, recursive=True, include_version=True)
    assert [one.object_name for one in left] == []
    assert (home / "lantai.toml").read_bytes().rstrip(b"\n") == before.rstrip(b"\n")
    lantai(home, "audit", status=0)


def test_what_a_bucket_must_keep_is_told_and_entered(home: Path, s3: seaweed.Store) -> None:
    prefix = uuid4().hex
    with_bucket(home, s3, seaweed.LOCKED, prefix, 'lock = "governance"\nlock_days = 3\n')
    lantai(home, "replicate", status=0)
    done = lantai(home, "sites", "retire", "bucket", status=1).document
    assert (done["objects"], done["kept"]) == (0, 6)
    assert done["kept_until"].endswith("Z")
    left = s3.client().list_objects(seaweed.LOCKED, prefix=prefix, recursive=True, include_version=True)
    kept = {one.object_name for one in left if one.object_name and not one.is_delete_marker}
    assert len(kept) == 6
    assert all("/objects/" in name for name in kept)


def test_a_bucket_under_a_second_host_name_is_not_emptied(home: Path, s3: seaweed.Store) -> None:
    prefix = uuid4().hex
    with_bucket(home, s3, seaweed.PLAIN, prefix)
    lantai(home, "replicate", status=0)
    path = home / "lantai.toml"
    other = s3.endpoint.replace("127.0.0.1", "2130706433")  # the same address, as no setting knows it
    where = f'endpoint = "{other}"\nbucket = "{seaweed.PLAIN}"\n'
    again = f'\n[[sites]]\nname = "again"\nkind = "s3"\n{where}prefix = "{prefix}"\n'
    path.write_text(path.read_text("utf-8") + again, "utf-8")
    lantai(home, "replicate", status=0)
    refused = lantai(home, "sites", "retire", "bucket", status=4).document["error"]
    assert "site again is the same place under another name" in refused["text"]
    assert lantai(home, "audit", status=0).document["sites"][2]["objects"] == 6


def test_a_bucket_that_is_not_there_is_not_made(home: Path, s3: seaweed.Store) -> None:
    with_bucket(home, s3, "nowhere", "archive")
    done = lantai(home, "replicate", status=1).document["sites"][2]
    assert (done["objects"], bool(done["unreachable"])) == (0, True)
    shown = lantai(home, "sites", status=1).document["sites"][2]
    assert (shown["reachable"], shown["place"].endswith("/nowhere/archive")) == (False, True)
    assert not s3.client().bucket_exists("nowhere")
