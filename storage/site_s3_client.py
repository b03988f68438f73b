"""One request to a bucket, asked again with growing pauses where that can help; failures come out as `Fault`.

The only file that touches what `minio` keeps to itself: its `_execute`, one signed request. Multipart uploads
in the order that a `Sink` needs, conditions and object locks cannot be had through its public methods. Every
request here may be sent twice: whoever adds one sees to that.

Not done here: what requests mean together (`site_s3`, `site_s3_sink`, `site_s3_reading`, `site_s3_names`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, cast
from urllib.parse import urlsplit
from xml.etree import ElementTree

import urllib3
from minio import Minio
from minio.credentials.providers import Provider

from storage.site_s3_faults import NOT_S3, Fault, understood

Lock = Literal["none", "governance", "compliance"]
Response = urllib3.BaseHTTPResponse
_T = TypeVar("_T")

_DOCUMENTS = {
    "ListBucketResult",
    "ListVersionsResult",
    "ListMultipartUploadsResult",
    "ListPartsResult",
    "InitiateMultipartUploadResult",
    "CompleteMultipartUploadResult",
    "VersioningConfiguration",
    "Retention",
    "ObjectLockConfiguration",
}
"""What S3 answers with; anything else comes from somebody in between."""

CONNECTIONS = 32
"""Connections that are kept open for the threads of one process."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a site is: a server (`https://host:port`), a bucket, and what the names in it begin with."""

    endpoint: str
    bucket: str
    prefix: str = ""
    region: str = "us-east-1"
    ca: Path | None = None
    lock: Lock = "none"
    lock_days: int = 0

    def key(self, name: str) -> str:
        """The name of an object in the bucket."""
        prefix = self.prefix.strip("/")
        return f"{prefix}/{name}" if prefix else name


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and how often to ask. A request that gets no answer in time is asked twice.
    `verdict_seconds`: so long a server must fail at giving out one object before that counts as damaged; one
    that was just started may know its objects and not yet find their content.
    """

    attempts: int = 4
    pause_seconds: float = 0.3
    connect_seconds: float = 5.0
    read_seconds: float = 60.0
    verdict_seconds: float = 10.0
    sleep: Callable[[float], None] = time.sleep

    def again(self, fault: Fault, attempt: int) -> bool:
        """Whether to ask again after `attempt` failed with `fault`; if so, after a pause."""
        most = min(self.attempts, 2) if fault.kind == "slow" else self.attempts
        if not fault.again or attempt >= most:
            return False
        self.pause(attempt)
        return True

    def pause(self, attempt: int) -> None:
        """Wait after `attempt`, the longer the more there were; not all threads alike."""
        self.sleep(self.pause_seconds * 2 ** (min(attempt, 6) - 1) * random.uniform(0.5, 1.5))  # noqa: S311


@dataclass(frozen=True, slots=True)
class Head:
    """What a server says of one object. `encrypted`: its tag is no digest of what was sent."""

    size: int
    tag: str
    modified: datetime | None = None
    encrypted: bool = False
    version: str = ""


class Client:
    """Requests to one bucket, for many threads."""

    def __init__(self, bucket: Bucket, secrets: Provider, patience: Patience) -> None:
        self.bucket = bucket
        self.patience = patience
        address = urlsplit(bucket.endpoint)
        secure = address.scheme == "https"
        trust: dict[str, Any] = (
            {"cert_reqs": "CERT_REQUIRED", "ca_certs": str(bucket.ca)} if bucket.ca else {}
        )
        pool = urllib3.PoolManager(
            maxsize=CONNECTIONS,
            retries=False,
            timeout=urllib3.Timeout(connect=patience.connect_seconds, read=patience.read_seconds),
            **(trust if secure else {}),
        )
        self._minio = Minio(
            address.netloc, secure=secure, region=bucket.region, credentials=secrets, http_client=pool
        )

    def ask(
        self,
        method: str,
        name: str | None = None,
        *,
        body: bytes | bytearray | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        stream: bool = False,
        check: Callable[[Response], _T],
        attempts: int | None = None,
    ) -> _T:
        """What `check` makes of the answer; a `Fault` that it raises is treated like one of the server's.
        With `stream` the answer's body is still to be read, and the answer to be released.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return check(self._send(method, name, body, headers, query, stream))
            except Exception as error:  # noqa: BLE001 - a client that parses answers may raise anything
                fault = understood(error)
            if attempt >= (attempts or attempt + 1) or not self.patience.again(fault, attempt):
                raise fault from None

    def _send(
        self,
        method: str,
        name: str | None,
        body: bytes | bytearray | None,
        headers: Mapping[str, str] | None,
        query: Mapping[str, str] | None,
        stream: bool,
    ) -> Response:
        response: Response = self._minio._execute(
            method,
            self.bucket.bucket,
            None if name is None else self.bucket.key(name),
            body=cast(bytes, body),  # or any other buffer
            headers=dict(headers or {}),
            query_params=dict(query or {}),
            preload_content=not stream,
        )
        return response

    def head(self, name: str, attempts: int | None = None) -> Head:
        """What stands under `name`. Tells a bucket that is gone from an object that is (an answer to HEAD has
        no code).
        """
        try:
            return self.ask("HEAD", name, check=head_of, attempts=attempts)
        except Fault as fault:
            if fault.kind == "absent":
                self.present()
            raise

    def present(self) -> None:
        """Raise unless the bucket is there and may be listed."""
        query = {"list-type": "2", "prefix": self.bucket.key(""), "max-keys": "1"}
        self.ask("GET", query=query, check=document)


def gone(response: Response) -> None:
    """The answer to a deletion, which has no content."""
    if response.status != 204:
        raise Fault("broken", NOT_S3, again=True)


def head_of(response: Response) -> Head:
    """Length, tag and time of what an answer is about."""
    headers = response.headers
    size = headers.get("content-length", "")
    if not tag_of(response):
        raise Fault("broken", NOT_S3, again=True)
    if not size.isdecimal():
        raise Fault("broken", "the server does not say how long the object is", again=True)
    changed = headers.get("last-modified") or ""
    return Head(
        int(size),
        tag_of(response),
        time_of(changed),
        encrypted(response),
        headers.get("x-amz-version-id", ""),
    )


def tag_of(response: Response) -> str:
    """The entity tag without its quotes."""
    return str(response.headers.get("etag", "")).strip('"')


def encrypted(response: Response) -> bool:
    """Whether the server encrypts with keys of its own making, and its tags are therefore no digests."""
    kind = response.headers.get("x-amz-server-side-encryption", "")
    customer = response.headers.get("x-amz-server-side-encryption-customer-algorithm", "")
    return kind.startswith("aws:kms") or bool(customer)


def time_of(text: str) -> datetime | None:
    """A time as HTTP writes it."""
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def document(response: Response) -> ElementTree.Element:
    """The XML of an answer, names without their name space. S3 may answer with status 200 and an error."""
    root = ElementTree.fromstring(response.data)  # noqa: S314 - expat limits entities; the server is our own
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if root.tag == "Error":
        raise Fault("broken", "the server began to answer and failed", again=True)
    if root.tag not in _DOCUMENTS:
        raise Fault("broken", NOT_S3, again=True)
    return root
