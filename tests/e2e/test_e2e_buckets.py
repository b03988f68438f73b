"""A home whose sites are a folder and a bucket, as a person uses it: made, filled, damaged, mended."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from batches import codes, lantai, mixed_batch
from seaweed import PLAIN, Store

from storage.site_local import LocalSite
from storage.site_s3_client import Bucket


@pytest.fixture
def bucket(s3: Store) -> Bucket:
    return s3.bucket(PLAIN)


def sites_file(folder: Path, s3: Store, bucket: Bucket, **more: str) -> Path:
    """A file of two sites: a folder outside the home, and a bucket with its credentials in a file."""
    access, secret = s3.users["keeper"]
    credentials = folder / "bucket.toml"
    credentials.write_text(f'access_key = "{access}"\nsecret_key = "{secret}"\n', "utf-8")
    credentials.chmod(0o600)
    told = {
        "endpoint": bucket.endpoint,
        "bucket": bucket.bucket,
        "prefix": bucket.prefix,
        "credentials": str(credentials),
    } | more
    path = folder / "sites.toml"
    path.write_text(
        f'[[sites]]\nname = "cellar"\npath = "{folder / "cellar"}"\n'
        + '[[sites]]\nname = "tower"\nkind = "s3"\n'
        + "".join(f'{name} = "{value}"\n' for name, value in told.items()),
        "utf-8",
    )
    return path


def stored(s3: Store, bucket: Bucket) -> list[str]:
    """Names of everything in the bucket, as anybody else's program sees them."""
    found = s3.client().list_objects(bucket.bucket, bucket.key(""), recursive=True)
    return sorted(one.object_name.removeprefix(bucket.key("")) for one in found)


def test_an_archive_in_a_folder_and_a_bucket_is_filled_damaged_and_mended(
    tmp_path: Path, s3: Store, bucket: Bucket
) -> None:
    home = tmp_path / "home"
    lantai(home, "init", "--sites", sites_file(tmp_path, s3, bucket), status=0)
    assert not list((home / "sites").iterdir())
    report = lantai(home, "ingest", mixed_batch(tmp_path), "--wait", "secured", status=0).document
    assert report["state"] == "secured"
    lantai(home, "audit", status=0)

    names = [name for name in stored(s3, bucket) if name.startswith("objects/")]
    folder = [path.relative_to(tmp_path / "cellar") for path in (tmp_path / "cellar/objects").rglob("o*")]
    assert names == sorted(map(str, folder))
    client = s3.client()
    spoiled = client.get_object(PLAIN, bucket.key(names[0])).data
    spoiled = spoiled[:-20] + bytes([spoiled[-20] ^ 1]) + spoiled[-19:]
    client.put_object(PLAIN, bucket.key(names[0]), io.BytesIO(spoiled), len(spoiled))
    client.remove_object(PLAIN, bucket.key(names[1]))
    audit = {site["site"]: site for site in lantai(home, "audit", status=1).document["sites"]}
    assert [copy["object"] for copy in audit["tower"]["damaged"]] == [names[0].rpartition("/")[2]]
    assert [copy["object"] for copy in audit["tower"]["missing"]] == [names[1].rpartition("/")[2]]
    assert audit["cellar"]["damaged"] == audit["cellar"]["missing"] == []
    lantai(home, "audit", "--repair", status=1)
    lantai(home, "audit", status=0)

    for path in (tmp_path / "cellar/objects").rglob("o*"):
        path.unlink()
    code = codes(report)[0]
    lantai(home, "get", str(code), "-o", tmp_path / "got.jpg", status=0)
    assert (tmp_path / "got.jpg").read_bytes() == (tmp_path / "batch/photo-1.jpg").read_bytes()
    shown = lantai(home, "sites").document["sites"]
    assert [site["name"] for site in shown] == ["cellar", "tower"]


def test_no_secret_of_a_bucket_is_in_the_home_or_in_what_is_said(
    tmp_path: Path, s3: Store, bucket: Bucket
) -> None:
    home = tmp_path / "home"
    lantai(home, "init", "--sites", sites_file(tmp_path, s3, bucket), status=0)
    secret = s3.users["keeper"][1]
    (tmp_path / "bucket.toml").chmod(0o644)
    said = lantai(home, "ingest", mixed_batch(tmp_path), LANTAI_DEBUG="1", status=4)
    assert secret not in f"{said.document}{said.errors}"
    said = lantai(home, "doctor", LANTAI_DEBUG="1")
    assert secret not in f"{said.document}{said.errors}"
    told = [check for check in said.document["checks"] if check["name"] == "site tower"]
    assert [check["ok"] for check in told] == [False]
    assert not [path for path in home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_sites_that_hold_another_archive_are_not_taken(tmp_path: Path, s3: Store, bucket: Bucket) -> None:
    sites = sites_file(tmp_path, s3, bucket)
    lantai(tmp_path / "home", "init", "--sites", sites, status=0)
    before = stored(s3, bucket)
    said = lantai(tmp_path / "second", "init", "--sites", sites, status=2).document
    assert "is not empty" in said["error"]["text"]
    assert stored(s3, bucket) == before
    assert not (tmp_path / "second").exists()


def test_an_archive_that_was_not_made_leaves_nothing_at_its_sites(
    tmp_path: Path, s3: Store, bucket: Bucket
) -> None:
    reader = sites_file(tmp_path, s3, bucket)
    access, secret = s3.users["reader"]
    (tmp_path / "bucket.toml").write_text(f'access_key = "{access}"\nsecret_key = "{secret}"\n', "utf-8")
    said = lantai(tmp_path / "home", "init", "--sites", reader, status=4).document
    assert "may not write" in said["error"]["text"]
    assert list(LocalSite("cellar", tmp_path / "cellar").list()) == []
    assert not (tmp_path / "home").exists()
    lantai(tmp_path / "home", "init", "--sites", sites_file(tmp_path, s3, bucket), status=0)
