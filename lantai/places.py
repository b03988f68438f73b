"""From what settings or a URL say of a site to the site itself.

Not done here: judging settings (`settings_sites`); nothing is read or written, so a site that is away is
made all the same and says so when it is used.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from lantai.endpoints import endpoint_mistake
from lantai.errors import UsageMistake
from lantai.settings_sites import SiteSettings, mistakes, site_folder
from storage.site import Site
from storage.site_local import LocalSite

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def open_site(site: SiteSettings, home: Path) -> Site:
    """The site that `site` describes; `home` is where relative paths begin."""
    return LocalSite(site.name, site_folder(site, home)) if site.kind == "local" else _bucket(site, home)


def _bucket(site: SiteSettings, home: Path) -> Site:
    from storage.site_s3 import S3Site  # the client takes a third of a second to load
    from storage.site_s3_client import Bucket
    from storage.site_s3_secrets import EnvironmentSecrets, FileSecrets

    bucket = Bucket(
        endpoint=site.endpoint,
        bucket=site.bucket,
        prefix=site.prefix,
        region=site.region,
        ca=home.resolve() / site.ca if site.ca else None,
        lock=site.lock,
        lock_days=site.lock_days,
    )
    secrets = FileSecrets(home.resolve() / site.credentials) if site.credentials else EnvironmentSecrets()
    return S3Site(site.name, bucket, secrets)


def settings_of_url(url: str, name: str) -> SiteSettings:
    """The site at `url`: a folder (`/folder`, `file:///folder`) or a bucket
    (`s3+https://host[:port]/bucket[/prefix]`, `s3+http://…` on a private network).

    Paths are made absolute. Credentials of a bucket come from the environment. Raises `UsageMistake`, which
    never repeats what could be a password.
    """
    try:
        found = _of_url(url, name)
        built = msgspec.convert(msgspec.to_builtins(found), SiteSettings)  # holds fields against their rules
    except (ValueError, msgspec.ValidationError):
        raise UsageMistake(
            "that is no place of a site: write /folder, file:///folder or "
            "s3+https://host[:port]/bucket/prefix"
        ) from None
    if mistake := next(mistakes([built], Path("/nonexistent")), ""):
        raise UsageMistake(mistake)
    return built


def _of_url(url: str, name: str) -> SiteSettings:
    parts = urlsplit(url)
    if parts.scheme in ("s3+https", "s3+http"):
        endpoint = f"{parts.scheme.removeprefix('s3+')}://{parts.netloc}"
        if why := endpoint_mistake(endpoint):
            raise UsageMistake(f"the address {why}")
        bucket, _, prefix = unquote(parts.path).strip("/").partition("/")
        return SiteSettings(name, kind="s3", endpoint=endpoint, bucket=bucket, prefix=prefix)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return SiteSettings(name, path=str(Path(unquote(parts.path)).resolve()))
    if _SCHEME.match(url) or not url:
        raise ValueError(url)
    return SiteSettings(name, path=str(Path(url).resolve()))
