"""Who is let in: credentials from files and from the environment, certificates, and what must not be told."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import Authority
from fault_proxy import Proxy
from seaweed import HASTE, PLAIN, Store
from site_contract import MIB, content

from storage.errors import SiteError, SiteUnavailable
from storage.site import put
from storage.site_s3 import S3Site
from storage.site_s3_client import Bucket
from storage.site_s3_secrets import EnvironmentSecrets, FileSecrets

NAME = "objects/b1/o1"
LARGE = 6 * MIB


def credentials(folder: Path, text: str, mode: int = 0o600) -> FileSecrets:
    path = folder / "credentials.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return FileSecrets(path)


def test_credentials_come_from_a_file_that_may_be_written_anew(s3: Store, tmp_path: Path) -> None:
    access, secret = s3.users["keeper"]
    text = f'access_key = "{access}"\nsecret_key = "{secret}"\n'
    site = S3Site("bucket", s3.bucket(PLAIN), credentials(tmp_path, text), patience=HASTE)
    put(site, NAME, b"content")
    credentials(tmp_path, text.replace(secret, "exchanged"))
    with pytest.raises(SiteUnavailable):
        site.read(NAME)
    credentials(tmp_path, text)
    assert site.read(NAME) == b"content"


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ('access_key = "a"\nsecret_key = "{secret}"\n', 0o600),
        ('access_key = "{access}"\nsecret_key = "{secret}x"\n', 0o600),
        ('access_key = "{access}"\nsecret_key = "{secret}"\n', 0o640),
        ('access_key = "{access}"\n', 0o600),
        ('access_key = "{access}"\nsecret_key = 7\n', 0o600),
        ('access_key = "{access}\nsecret_key = "{secret}"\n', 0o600),
        ("", 0o600),
        (None, 0o600),
    ],
)
def test_credentials_that_are_wrong_make_a_site_that_is_away_and_are_told_to_nobody(
    s3: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str | None, mode: int
) -> None:
    caplog.set_level(logging.DEBUG)
    access, secret = s3.users["keeper"]
    given = FileSecrets(tmp_path / "absent")
    if text is not None:
        given = credentials(tmp_path, text.format(access=access, secret=secret), mode)
    site = S3Site("bucket", s3.bucket(PLAIN), given, patience=HASTE)
    for ask in (
        site.stat,
        site.read,
        site.delete,
        lambda name: put(site, name, b"x"),
        lambda _: site.settle(),
    ):
        with pytest.raises(SiteError) as refused:
            ask(NAME)
        assert secret[:8] not in str(refused.value)
        assert refused.value.__cause__ is None
    assert secret[:8] not in caplog.text
    assert secret[:8] not in repr(given)


def test_credentials_may_come_from_the_environment(s3: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in s3.environment():
        monkeypatch.delenv(name, raising=False)
    site = S3Site("bucket", s3.bucket(PLAIN), EnvironmentSecrets(), patience=HASTE)
    with pytest.raises(SiteUnavailable, match="no credentials"):
        site.stat(NAME)
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    put(site, NAME, b"content")
    assert site.read(NAME) == b"content"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure(s3: Store, authority: Authority) -> Iterator[Proxy]:
    with Proxy(s3.endpoint, authority.server("127.0.0.1")) as running:
        yield running


def test_a_private_authority_is_trusted_where_the_settings_name_it(
    s3: Store, secure: Proxy, authority: Authority
) -> None:
    place = Bucket(secure.endpoint, PLAIN, os.urandom(8).hex(), ca=authority.file)
    site = s3.site(place)
    for size in (10, LARGE):
        put(site, NAME, content(size))
        site.settle()
        assert b"".join(bytes(piece) for piece in site.stream(NAME)) == content(size)


@pytest.mark.parametrize("which", ["none", "other", "absent", "expired", "other host"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    s3: Store, authority: Authority, tmp_path: Path, which: str
) -> None:
    server = authority.server("127.0.0.1")
    if which == "expired":
        server = authority.server("127.0.0.1", days=-1)
    if which == "other host":
        server = authority.server("store.example.org")
    ca = {"none": None, "other": Authority(tmp_path / "other").file, "absent": tmp_path / "absent"}
    with Proxy(s3.endpoint, server) as proxy:
        site = s3.site(Bucket(proxy.endpoint, PLAIN, "x", ca=ca.get(which, authority.file)))
        with pytest.raises(SiteUnavailable, match="certificate"):
            site.stat(NAME)
        assert proxy.requests == []
