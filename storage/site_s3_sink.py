"""Writing one object to a bucket: in one request, or in parts of which nobody sees any before all are there.

While one part is on its way the next is filled, so an object of any length takes the memory of two parts.
Each request says the MD5 of what it sends, so a server keeps nothing else, and the tag of its answer is held
against it: an acknowledgement of other bytes is none.

An answer that is lost leaves open whether the object stands. So every request here may be repeated, and what
a repeated one meets (an upload that is gone, an object that stands there) is compared with what was sent.

Not done here: which names may be locked, and what a committed object is held against later (`site_s3`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from xml.etree import ElementTree

from storage.errors import SizeDiffers
from storage.site import Buffer
from storage.site_s3_client import Client, Head, Response, document, encrypted, tag_of, time_of
from storage.site_s3_faults import Fault, told

LEAST_PART_BYTES = 5 << 20
"""The smallest part that S3 takes, except for the last one."""

PART_BYTES = 8 << 20
_MOST_PARTS = 10_000
_ONCE = {"If-None-Match": "*"}
_TYPE = "application/octet-stream"


def part_bytes(size: int, usual: int) -> int:
    """How long the parts of an object of `size` bytes are, so that they are not too many."""
    return max(usual, LEAST_PART_BYTES, -(-size // _MOST_PARTS))


@dataclass(frozen=True, slots=True)
class Target:
    """What one object is written to. `headers` lock it; `once`: what stands there already is not written
    again, as where every version is kept.
    """

    client: Client
    site: str
    name: str
    headers: Mapping[str, str]
    once: bool
    executor: Executor


class S3Sink:
    """See `Sink`. `commit` is told what stands under the name after leaving."""

    def __init__(self, target: Target, size: int, usual: int, commit: Callable[[Head], None]) -> None:
        self._to = target
        self._size = size
        self._part = part_bytes(size, usual)
        self._commit = commit
        self._written = 0
        self._buffer = bytearray()
        self._upload = ""
        self._digests: list[bytes] = []
        self._sending: Future[None] | None = None

    def write(self, data: Buffer) -> None:
        """See `Sink.write`."""
        view = memoryview(data).cast("B")
        self._written += len(view)
        if self._written > self._size:  # nothing of it will be kept
            self._buffer.clear()
            return
        with told(self._to.site, self._to.name, "write"):
            while view:
                room = self._part - len(self._buffer)
                self._buffer += view[:room]
                view = view[room:]
                if len(self._buffer) == self._part and self._size > self._part:
                    self._send_part()

    def __enter__(self) -> S3Sink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        whole = kind is None and self._written == self._size
        try:
            if whole:
                with told(self._to.site, self._to.name, "write"):
                    self._commit(self._finish())
        finally:
            if self._upload:
                self._abandon()
        if kind is None and not whole:
            announced = f"{self._written} bytes came, {self._size} were announced"
            raise SizeDiffers(self._to.name, announced, self._to.site)

    def _send_part(self) -> None:
        """Hand the full buffer over, after the part before it has arrived."""
        self._arrived()
        if not self._upload:
            headers = {"Content-Type": _TYPE, **self._to.headers}
            self._upload = self._to.client.ask(
                "POST", self._to.name, headers=headers, query={"uploads": ""}, check=_begun
            )
        data, self._buffer = self._buffer, bytearray()
        digest = hashlib.md5(data, usedforsecurity=False)
        self._digests.append(digest.digest())
        query = {"partNumber": str(len(self._digests)), "uploadId": self._upload}
        self._sending = self._to.executor.submit(self._put, data, digest.digest(), query, {})

    def _arrived(self) -> None:
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.result()

    def _put(self, data: bytearray, digest: bytes, query: Mapping[str, str], more: Mapping[str, str]) -> None:
        headers = {"Content-MD5": base64.b64encode(digest).decode(), **more}
        check = _tagged(digest.hex())
        self._to.client.ask("PUT", self._to.name, body=data, headers=headers, query=query, check=check)

    def _finish(self) -> Head:
        """Everything under its name; what stands there then."""
        if self._size <= self._part:
            return self._finish_small()
        if self._buffer:
            self._send_part()
        self._arrived()
        tag = hashlib.md5(b"".join(self._digests), usedforsecurity=False).hexdigest()
        return self._place(f"{tag}-{len(self._digests)}", self._complete)

    def _finish_small(self) -> Head:
        digest = hashlib.md5(self._buffer, usedforsecurity=False).digest()
        headers = {
            "Content-MD5": base64.b64encode(digest).decode(),
            "Content-Type": _TYPE,
            **self._to.headers,
        }

        def put(condition: Mapping[str, str], tag: str) -> Head:
            return self._to.client.ask(
                "PUT",
                self._to.name,
                body=self._buffer,
                headers={**headers, **condition},
                check=self._placed(tag),
            )

        return self._place(digest.hex(), put)

    def _place(self, tag: str, put: Callable[[Mapping[str, str], str], Head]) -> Head:
        """`put` under the condition that nothing stands there, where versions are kept. The very same content
        is then left as it is; other content becomes an older version.
        """
        if self._to.once:
            try:
                return put(_ONCE, tag)
            except Fault as fault:
                if fault.kind == "stands":
                    found = self._to.client.head(self._to.name)
                    if (found.size, found.tag) == (self._size, tag):
                        return found
                elif fault.kind != "unknown":
                    raise
        return put({}, tag)

    def _complete(self, condition: Mapping[str, str], tag: str) -> Head:
        root = ElementTree.Element("CompleteMultipartUpload")
        for number, digest in enumerate(self._digests, 1):
            part = ElementTree.SubElement(root, "Part")
            ElementTree.SubElement(part, "PartNumber").text = str(number)
            ElementTree.SubElement(part, "ETag").text = f'"{digest.hex()}"'
        query = {"uploadId": self._upload}
        headers = {"Content-Type": "application/xml", **condition}

        def completed(response: Response) -> Head:
            said = (document(response).findtext("ETag") or "").strip('"')
            return self._placed(tag)(response, said)

        try:
            found = self._to.client.ask(
                "POST",
                self._to.name,
                body=ElementTree.tostring(root),
                headers=headers,
                query=query,
                check=completed,
            )
        except Fault as fault:
            if fault.kind != "upload":
                raise
            found = self._completed_before(tag, fault)
        self._upload = ""
        return found

    def _completed_before(self, tag: str, fault: Fault) -> Head:
        """What stands there when the upload is gone: ours, if an answer was lost."""
        found = self._to.client.head(self._to.name)
        if found.size != self._size or not (found.tag == tag or found.encrypted):
            raise fault
        return found

    def _placed(self, tag: str) -> Callable[..., Head]:
        """What stands there by an answer, whose tag has to be `tag` where it is a digest."""
        check = _tagged(tag)

        def placed(response: Response, said: str = "") -> Head:
            found = check(response, said)
            version = response.headers.get("x-amz-version-id", "")
            return Head(
                self._size, found, time_of(response.headers.get("date", "")), encrypted(response), version
            )

        return placed

    def _abandon(self) -> None:
        """Throw away the parts; what a server keeps of them all the same, `sweep` finds."""
        with suppress(Fault):
            self._arrived()
        upload, self._upload = self._upload, ""
        with suppress(Fault):
            self._to.client.ask(
                "DELETE", self._to.name, query={"uploadId": upload}, check=lambda _: None, attempts=1
            )


def _begun(response: Response) -> str:
    upload = document(response).findtext("UploadId")
    if not upload:
        raise Fault("broken", "the server began no upload", again=True)
    return upload


def _tagged(tag: str) -> Callable[..., str]:
    """The tag of an answer; a fault when it is a digest and another one than `tag`."""

    def check(response: Response, said: str = "") -> str:
        found = said or tag_of(response)
        if not found:
            raise Fault("broken", "the server acknowledged nothing", again=True)
        comparable = len(found) == len(tag) or found.count("-") == tag.count("-") == 1
        if found != tag and comparable and not encrypted(response):
            raise Fault("broken", "the server acknowledged other bytes than were sent", again=True)
        return found

    return check
