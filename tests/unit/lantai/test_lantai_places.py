"""Sites as settings and URLs name them: what is one place under two names is refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from lantai.endpoints import endpoint_mistake
from lantai.errors import UsageMistake
from lantai.places import open_site, settings_of_url
from lantai.settings_sites import SiteSettings, mistakes, place_of
from storage.site import put
from storage.site_local import LocalSite, prepare

SERVER = "https://store.example.org:9000"


def bucket(name: str, **fields: object) -> SiteSettings:
    told = {"name": name, "kind": "s3", "endpoint": SERVER, "bucket": "archive"} | fields
    return msgspec.convert(told, SiteSettings)


def refused(*sites: SiteSettings) -> str:
    return next(mistakes(sites, Path("/nonexistent/home")), "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({"prefix": "a"}, {}),
        ({"prefix": "a/b"}, {"prefix": "a/b/"}),
        ({"prefix": "a"}, {"prefix": "a/b"}),
        ({}, {"endpoint": "https://STORE.example.org:9000"}),
        ({"endpoint": "https://store.example.org"}, {"endpoint": "https://store.example.org:443/"}),
        ({"endpoint": "http://localhost:9000"}, {"endpoint": "http://127.0.0.1:9000"}),
        ({"endpoint": "http://[::1]:9000"}, {"endpoint": "http://127.0.0.2:9000"}),
    ],
)
def test_two_sites_that_overlap_in_one_bucket_are_refused(one: dict[str, str], other: dict[str, str]) -> None:
    assert "a copy that they share is one copy" in refused(bucket("a", **one), bucket("b", **other))


@pytest.mark.parametrize(
    "other", [{"prefix": "b"}, {"prefix": "ab"}, {"bucket": "other"}, {"endpoint": "https://elsewhere.org"}]
)
def test_two_sites_that_are_apart_are_accepted(other: dict[str, str]) -> None:
    assert not refused(bucket("a", prefix="a"), bucket("b", **({"prefix": "a"} | other)))


@pytest.mark.parametrize(
    "field",
    [
        {"endpoint": ""},
        {"bucket": ""},
        {"path": "somewhere"},
        {"lock": "governance"},
        {"lock_days": 30},
        {"endpoint": "http://10.0.0.7:9000", "ca": "ca.pem"},
        {"endpoint": "http://store.example.org"},
        {"endpoint": "https://user:secret@store.example.org"},
        {"endpoint": "https://store.example.org/bucket"},
        {"endpoint": "ftp://store.example.org"},
        {"endpoint": "https://store.example.org:99999"},
        {"endpoint": "https://"},
    ],
)
def test_a_bucket_that_cannot_be_meant_is_refused(field: dict[str, object]) -> None:
    said = refused(bucket("a", **field))
    assert said
    assert "secret" not in said


@pytest.mark.parametrize(
    "field",
    [{"endpoint": SERVER}, {"bucket": "archive"}, {"lock": "governance", "lock_days": 1}, {"path": ""}],
)
def test_a_folder_with_words_of_a_bucket_is_refused(field: dict[str, object]) -> None:
    assert refused(msgspec.convert({"name": "a", "path": "/somewhere"} | field, SiteSettings))


@pytest.mark.parametrize("name", ["Upper", "a_b", "ab/c", "a", "-ab", "a" * 64])
def test_a_bucket_has_a_name_by_the_rules_of_s3(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        bucket("a", bucket=name)


@pytest.mark.parametrize("prefix", ["/a", "a//b", "../a", "a/.b", "a b"])
def test_a_prefix_is_of_plain_parts(prefix: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        bucket("a", prefix=prefix)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "[fd00::1]", "store-a", "a.internal", "nas.local"])
def test_an_unencrypted_address_is_for_private_networks(host: str) -> None:
    assert not endpoint_mistake(f"http://{host}:8333")


@pytest.mark.parametrize("host", ["8.8.8.8", "example.org", "[2001:4860::1]", "local.example"])
def test_an_unencrypted_address_on_the_internet_is_refused(host: str) -> None:
    assert "not encrypted" in endpoint_mistake(f"http://{host}:8333")


@pytest.mark.parametrize("url", ["s3+https://h.example:9000/bucket", "s3+http://127.0.0.1:1/bucket/a/b"])
def test_the_url_of_a_bucket_is_said_back(url: str) -> None:
    site = settings_of_url(url, "source")
    assert (site.kind, place_of(site, Path("/nonexistent"))) == ("s3", url)


def test_a_folder_is_named_by_its_path_or_a_file_url(tmp_path: Path) -> None:
    prepare(tmp_path / "one site")
    for url in (str(tmp_path / "one site"), (tmp_path / "one site").as_uri()):
        site = open_site(settings_of_url(url, "source"), Path("/nonexistent"))
        assert isinstance(site, LocalSite)
        put(site, "objects/b1/o1", b"content")
        assert site.read("objects/b1/o1") == b"content"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://h.example/bucket",
        "s3+https://h.example",
        "s3+https://h.example/Bucket",
        "s3+http://h.example/bucket",
        "s3+https://user:secret@h.example/bucket",
        "s3+https://h.example/bucket/../other",
        "s3://bucket",
        "file://elsewhere/folder",
    ],
)
def test_a_url_that_names_no_site_is_refused_and_no_password_is_repeated(url: str) -> None:
    with pytest.raises(UsageMistake) as refusal:
        settings_of_url(url, "source")
    assert "secret" not in str(refusal.value)
