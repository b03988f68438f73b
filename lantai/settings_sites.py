"""What `lantai.toml` says of sites, and what cannot be meant: above all two names for one place.

A copy that two sites share is one copy, so two folders that are the same on the disk, or two buckets that
overlap, are refused. Not done here: nothing is opened (see `places`), no name is looked up in the network, so
one server under two host names is two servers here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from lantai.endpoints import endpoint_mistake, host_and_port

Name = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")]
"""A name that can stand in a report, a file name and a command without quotes."""

Text = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00-\x1f\x7f]+\Z")]
"""Not empty, in one line."""

Line = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
"""In one line, or nothing."""

Bucket = Annotated[str, msgspec.Meta(pattern=r"\A([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?\Z")]
"""A bucket's name by the rules of S3, or nothing."""

Prefix = Annotated[str, msgspec.Meta(pattern=r"\A([A-Za-z0-9_-][A-Za-z0-9._-]{0,127}(/|\Z)){0,8}\Z")]
"""What the names of a site's objects begin with in its bucket: plain parts, "/" between them."""

Identity = tuple[int, int]
"""A folder as the disk knows it: device and inode."""


class SiteSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place that keeps copies: a folder (`path`) or a bucket (`endpoint`, `bucket`, `prefix`).

    `path`, `credentials` and `ca` are relative to the home unless absolute. `retiring` is the time since when
    the site is being emptied: nothing is kept there any more.
    """

    name: Name
    path: Line = ""
    kind: Literal["local", "s3"] = "local"
    role: Literal["preservation", "backup", "use"] = "preservation"
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    river_basin: Line = ""
    power_grid: Line = ""
    seismic_belt: Line = ""
    medium: Line = ""
    endpoint: Line = ""
    bucket: Bucket = ""
    prefix: Prefix = ""
    region: Text = "us-east-1"
    credentials: Line = ""
    ca: Line = ""
    lock: Literal["none", "governance", "compliance"] = "none"
    lock_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    retiring: Line = ""

    @property
    def position(self) -> tuple[float, float] | None:
        """Degrees north and east, where both are given."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude

    @property
    def host(self) -> str:
        """The bucket's server as `host:port`, in small letters; nothing for a folder."""
        return host_and_port(self.endpoint) if self.kind == "s3" else ""


def site_folder(site: SiteSettings, home: Path) -> Path:
    """The folder of a local site, links followed: where its copies really stand. Raises ValueError for a
    bucket, which has none.
    """
    if site.kind != "local":
        raise ValueError(f"site {site.name} is a bucket")
    return (home.resolve() / site.path).resolve()


def place_of(site: SiteSettings, home: Path) -> str:
    """Where a site is, in one line for people: a folder, or the URL that `restore --from` takes."""
    if site.kind == "local":
        return str(site_folder(site, home))
    prefix = site.prefix.strip("/")
    return f"s3+{site.endpoint.rstrip('/')}/{site.bucket}{'/' if prefix else ''}{prefix}"


def mistakes(sites: Sequence[SiteSettings], home: Path) -> Iterator[str]:
    """What is wrong with sites although each value by itself could be right."""
    for site in sites:
        if (site.latitude is None) != (site.longitude is None):
            yield f"site {site.name} has one half of a position: give latitude and longitude, or neither"
        yield from _mistakes_of_folder(site, home) if site.kind == "local" else _mistakes_of_bucket(site)
    for one, other in combinations(sites, 2):
        if one.name.casefold() == other.name.casefold():
            yield f"two sites are named {one.name}"
        if one.kind == other.kind and (why := _shared(one, other, home)):
            yield f"sites {one.name} and {other.name} {why}: a copy that they share is one copy"


def _mistakes_of_folder(site: SiteSettings, home: Path) -> Iterator[str]:
    for field in ("endpoint", "bucket", "prefix", "credentials", "ca"):
        if getattr(site, field):
            yield f"site {site.name} is a folder and has no {field}: take it out, or say kind s3"
    if site.lock != "none" or site.lock_days:
        yield f"site {site.name} is a folder and locks nothing: take lock and lock_days out"
    if not site.path:
        yield f"site {site.name} has no path"
    elif _within(home.resolve(), place := site_folder(site, home)):
        yield f"site {site.name} holds the home itself ({place}): copies stand apart from what they copy"


def _mistakes_of_bucket(site: SiteSettings) -> Iterator[str]:
    if site.path:
        yield f"site {site.name} is a bucket and has no path: name endpoint and bucket"
    if not site.endpoint or not site.bucket:
        yield f"site {site.name} is a bucket: name endpoint and bucket"
    elif why := endpoint_mistake(site.endpoint):
        yield f"site {site.name}: endpoint {why}"
    if site.ca and urlsplit(site.endpoint).scheme != "https":
        yield f"site {site.name} has a ca, but its endpoint is no https:// address"
    if (site.lock == "none") != (site.lock_days == 0):
        yield f"site {site.name} has one half of an object lock: give lock and lock_days, or neither"


def _shared(one: SiteSettings, other: SiteSettings, home: Path) -> str:
    """Why two sites of one kind are not apart, or nothing."""
    if one.kind == "s3":
        return _shared_bucket(one, other)
    return _shared_folder(site_folder(one, home), site_folder(other, home))


def _shared_bucket(one: SiteSettings, other: SiteSettings) -> str:
    if (one.host, one.bucket) != (other.host, other.bucket):
        return ""
    prefixes = [[part for part in site.prefix.split("/") if part] for site in (one, other)]
    least = min(map(len, prefixes))
    if prefixes[0][:least] != prefixes[1][:least]:
        return ""
    same = "are the same place" if len(prefixes[0]) == len(prefixes[1]) else "stand one inside the other"
    return f"{same} in the bucket {one.bucket} of {one.host}"


def _shared_folder(one: Path, other: Path) -> str:
    """Why two folders of sites are not apart, or nothing. Folders that are not there have only names."""
    if one == other:
        return f"are the same folder {one}"
    if _within(one, other) or _within(other, one):
        return f"stand one inside the other ({one}, {other})"
    if _identities(one) & _identities(other):
        return f"lead to the same folder on the disk ({one}, {other})"
    return ""


def _within(inner: Path, outer: Path) -> bool:
    """Whether `inner` is `outer` or below it, by name or, for other mounts of the same disk, by identity."""
    there = _identity(outer)
    above = (inner, *inner.parents)
    return outer in above or (there is not None and any(_identity(folder) == there for folder in above))


def _identities(folder: Path) -> set[Identity]:
    """The folder and what stands in it, as the disk knows them: a part may be a link or a mount."""
    parts = (folder, *(folder / area for area in ("objects", "keyrings", "ledger")))
    return {found for part in parts if (found := _identity(part))}


def _identity(folder: Path) -> Identity | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
