"""What stands in a bucket: names in their order, versions, and uploads that were never finished.

Servers that keep names in folders list `a/b/1` before `a/b-1`; the order of names is the other way round. So
each level is listed by itself, and a folder waits until nothing can come before it: a request more for each
folder, and memory for one page.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element

from storage.errors import UnsafeName
from storage.site import Stored, safe_name
from storage.site_s3_client import Client, document
from storage.site_s3_faults import Fault

_PAGE = 1000
_LEAST = "-"  # the smallest character that a name may go on with


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or the mark that it was deleted."""

    name: str
    id: str
    marker: bool


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload that nobody has completed."""

    name: str
    id: str
    begun: datetime


def listed(client: Client, prefix: str) -> Iterator[Stored]:
    """Everything whose name starts with `prefix`, in the order of names. Raises `Fault`."""
    for name, size in _in_order(_level(client, prefix)):
        try:
            safe_name(name.removesuffix("/"))
        except UnsafeName:  # not ours: no site would keep anything of that name
            continue
        if size is None:
            yield from listed(client, name)
        else:
            yield Stored(name, size)


def _in_order(level: Iterator[tuple[str, int | None]]) -> Iterator[tuple[str, int | None]]:
    """One level, folders with a "/" at their end, in the order of names; it may come in the order of names or
    in that of folders.
    """
    waiting: list[tuple[str, int | None]] = []
    for name, size in level:
        heapq.heappush(waiting, (name, size))
        while waiting and waiting[0][0] < name.rstrip("/") + _LEAST:
            yield heapq.heappop(waiting)
    while waiting:
        yield heapq.heappop(waiting)


def _level(client: Client, prefix: str) -> Iterator[tuple[str, int | None]]:
    """Objects with their lengths and folders with None, page by page, each page in the order of folders."""
    query = {"list-type": "2", "delimiter": "/"}
    for page in _pages(client, prefix, query, ("continuation-token", "NextContinuationToken")):
        found: list[tuple[str, int | None]] = [
            (_name(client, _text(entry, "Key")), int(_text(entry, "Size") or 0))
            for entry in page.iter("Contents")
            if not _text(entry, "Key").endswith(("/", "%2F"))  # what some tools make for an empty folder
        ]
        found += [(_name(client, _text(entry, "Prefix")), None) for entry in page.iter("CommonPrefixes")]
        yield from sorted(found, key=lambda one: one[0].rstrip("/"))


def versions(client: Client, name: str) -> list[Version]:
    """All versions of one object, and the marks that it was deleted. Raises `Fault`."""
    markers = (("key-marker", "NextKeyMarker"), ("version-id-marker", "NextVersionIdMarker"))
    return [
        Version(name, _text(entry, "VersionId"), entry.tag == "DeleteMarker")
        for page in _pages(client, name, {"versions": ""}, *markers)
        for entry in page
        if entry.tag in ("Version", "DeleteMarker") and _name(client, _text(entry, "Key")) == name
    ]


def uploads(client: Client) -> Iterator[Upload]:
    """Multipart uploads under way or left behind. Raises `Fault`."""
    markers = (("key-marker", "NextKeyMarker"), ("upload-id-marker", "NextUploadIdMarker"))
    for page in _pages(client, "", {"uploads": ""}, *markers):
        for entry in page.iter("Upload"):
            name, begun = _name(client, _text(entry, "Key")), _time(_text(entry, "Initiated"))
            if begun is not None:
                yield Upload(name, _text(entry, "UploadId"), begun)


def last_part(client: Client, upload: Upload) -> datetime:
    """When the newest part of an upload came; when it was begun where none has. Raises `Fault`."""
    newest, after = upload.begun, ""
    while True:
        query = {"uploadId": upload.id, "max-parts": str(_PAGE)}
        query |= {"part-number-marker": after} if after else {}
        page = client.ask("GET", upload.name, query=query, check=document)
        times = (_time(_text(part, "LastModified")) for part in page.iter("Part"))
        newest = max([newest, *(time for time in times if time is not None)])
        after = _text(page, "NextPartNumberMarker")
        if not _truncated(page) or not after:
            return newest


def _pages(
    client: Client, prefix: str, query: dict[str, str], *markers: tuple[str, str]
) -> Iterator[Element]:
    """The pages of a list; `markers` are what to ask with, and where the page before says it."""
    size = "max-uploads" if "uploads" in query else "max-keys"
    asked = query | {"prefix": client.bucket.key(prefix), size: str(_PAGE), "encoding-type": "url"}
    after: dict[str, str] = {}
    while True:
        page = client.ask("GET", query=asked | after, check=document)
        yield page
        if not _truncated(page):
            return
        before = after
        after = {ask: _marker(page, say) for ask, say in markers if _text(page, say)}
        if not after or after == before:
            raise Fault("broken", "the server does not say where its list goes on")


def _marker(page: Element, tag: str) -> str:
    text = _text(page, tag)
    return unquote_plus(text) if tag == "NextKeyMarker" and _text(page, "EncodingType") == "url" else text


def _truncated(page: Element) -> bool:
    return _text(page, "IsTruncated").lower() == "true"


def _name(client: Client, key: str) -> str:
    """The name of an object at the site, from its name in the bucket."""
    return unquote_plus(key).removeprefix(client.bucket.key(""))


def _text(element: Element, tag: str) -> str:
    return element.findtext(tag) or ""


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
