"""A site that is a bucket of an S3-compatible server. The contract is `Site`.

What a server acknowledged it holds durably; `settle` asks for the length and the tag of everything all the
same, and a bucket that was exchanged or lost something in between does not settle. The bucket must be there:
it is never made here, and one that is gone is a site that is not there, not an empty one.

With a lock, what is written under `objects/` is kept by the server for `lock_days`; nothing else ever is,
for keyrings and payloads must be deletable. In a bucket that keeps versions the same content is not written
twice.

An error while leaving a sink leaves open whether the old or the new content stands (the answer may be lost);
it is one of the two, whole.

Not done here: sealing, digests, counting copies; requests (`site_s3_client`), writing (`site_s3_sink`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from minio.credentials.providers import Provider

from storage.errors import ObjectLocked, SiteError, SiteReadOnly, SiteUnavailable
from storage.site import STREAM_BYTES, Stored, safe_name
from storage.site_s3_client import Bucket, Client, Head, Patience, document, gone
from storage.site_s3_faults import Fault, told
from storage.site_s3_names import Version, last_part, listed, uploads, versions
from storage.site_s3_reading import read_range, stream
from storage.site_s3_sink import PART_BYTES, S3Sink, Target

ABANDONED = timedelta(days=1)
"""An upload of which nothing came for so long is nobody's any more."""

_LOCKED_AREA = "objects/"
_THREADS = 8


class S3Site:
    """The site `name` in `bucket`. After a failed `settle` make another one: this one stays failed."""

    def __init__(
        self,
        name: str,
        bucket: Bucket,
        secrets: Provider,
        *,
        patience: Patience | None = None,
        part_bytes: int = PART_BYTES,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._name = name
        self._bucket = bucket
        self._client = Client(bucket, secrets, patience or Patience())
        self._part = part_bytes
        self._clock = clock
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"site-{name}")
        self._lock = threading.Lock()  # guards the four below; never held over a request
        self._stands: dict[str, Head] = {}
        self._deleted: set[str] = set()
        self._failure: str | None = None
        self._versions: bool | None = None

    @property
    def name(self) -> str:
        """What the archive calls this site."""
        return self._name

    def create(self, name: str, size: int) -> S3Sink:
        """See `Site.create`."""
        safe_name(name)
        self._check()
        headers = self._lock_headers(name)
        with told(self._name, name, "write"):
            versions = self._keeps_versions()
            if headers and not versions:
                raise Fault("away", "the bucket keeps no versions, so it can lock nothing")
        once = versions and name.startswith(_LOCKED_AREA)
        target = Target(self._client, self._name, name, headers, once, self._threads)
        return S3Sink(target, size, self._part, lambda head: self._committed(name, head))

    def settle(self) -> None:
        """See `Site.settle`."""
        self._check()
        with self._lock:
            stands, self._stands = self._stands, {}
            self._deleted = set()
        try:
            with told(self._name, "", "read"):
                self._client.present()
                for _ in self._threads.map(self._still_there, stands.items()):
                    pass
        except SiteError as error:
            with self._lock:
                self._failure = error.reason
            raise

    def adopt(self, name: str) -> int:
        """See `Site.adopt`."""
        self._check()
        head = self._head(name)
        self._committed(name, head)
        return head.size

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """See `Site.read`."""
        safe_name(name)
        with told(self._name, name, "read"):
            return read_range(self._client, name, start, length)

    def stream(self, name: str, chunk_bytes: int = STREAM_BYTES) -> Iterator[memoryview]:
        """See `Site.stream`."""
        safe_name(name)
        with told(self._name, name, "read"):
            yield from stream(self._client, name, min(chunk_bytes, STREAM_BYTES))

    def descriptor(self, name: str) -> None:
        """See `Site.descriptor`: a bucket keeps no files of this machine."""
        self._head(name)

    def stat(self, name: str) -> int:
        """See `Site.stat`."""
        return self._head(name).size

    def delete(self, name: str) -> None:
        """See `Site.delete`. Where versions are kept, older ones stay (`purge` removes them)."""
        safe_name(name)
        self._forget(name)
        try:
            with told(self._name, name, "delete"):
                self._client.ask("DELETE", name, check=gone)
        except SiteReadOnly:
            with told(self._name, name, "delete"):
                if self._stands_there(name):
                    raise

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """See `Site.list`."""
        above = prefix.rpartition("/")[0]
        if above:
            safe_name(above)
        with told(self._name, "", "read"):
            yield from listed(self._client, prefix)

    def free_bytes(self) -> None:
        """See `Site.free_bytes`: a bucket does not say."""

    def sweep(self) -> int:
        """See `Site.sweep`: uploads of which nothing has come for a day."""
        removed = 0
        with told(self._name, "", "delete"):
            for upload in list(uploads(self._client)):
                before = self._clock() - ABANDONED
                if upload.begun < before and last_part(self._client, upload) < before:
                    self._client.ask("DELETE", upload.name, query={"uploadId": upload.id}, check=gone)
                    removed += 1
        return removed

    def versioned(self) -> bool:
        """See `Site.versioned`."""
        with told(self._name, "", "read"):
            return self._keeps_versions()

    def locked_until(self, name: str) -> datetime | None:
        """See `Site.locked_until`."""
        self._head(name)
        with told(self._name, name, "read"):
            return self._locked_until(name, "")

    def purge(self, name: str) -> None:
        """See `Site.purge`."""
        if not self.versioned():
            self.delete(name)
            return
        safe_name(name)
        self._forget(name)
        with told(self._name, name, "delete"):
            found = versions(self._client, name)
            kept = [self._remove(one) for one in found if not one.marker]
            until = max((time for time in kept if time is not None), default=None)
            if until is None:
                for one in found:
                    if one.marker:
                        self._remove(one)
            elif not any(one.marker for one in found):
                self._client.ask("DELETE", name, check=gone)  # what must stay is at least not listed
        if until is not None:
            raise ObjectLocked(name, until, self._name)

    def _remove(self, one: Version) -> datetime | None:
        """Delete one version; until when the server keeps it if it does."""
        try:
            self._client.ask("DELETE", one.name, query={"versionId": one.id}, check=gone)
        except Fault as fault:
            until = (
                self._locked_until(one.name, one.id) if fault.kind == "denied" and not one.marker else None
            )
            if until is None:
                raise
            return until
        return None

    def _locked_until(self, name: str, version: str) -> datetime | None:
        query = {"retention": ""} | ({"versionId": version} if version else {})
        try:
            text = self._client.ask("GET", name, query=query, check=document).findtext("RetainUntilDate")
        except Fault as fault:
            if fault.kind in ("slow", "broken"):
                raise
            return None  # no retention, or a server that knows none
        until = datetime.fromisoformat(text) if text else None
        return until if until is not None and until > self._clock() else None

    def _head(self, name: str) -> Head:
        safe_name(name)
        with told(self._name, name, "read"):
            return self._client.head(name)

    def _stands_there(self, name: str) -> bool:
        try:
            self._client.head(name)
        except Fault as fault:
            if fault.kind != "absent":
                raise
            return False
        return True

    def _committed(self, name: str, head: Head) -> None:
        with self._lock:
            self._stands[name] = head

    def _forget(self, name: str) -> None:
        with self._lock:
            self._stands.pop(name, None)
            self._deleted.add(name)

    def _changed_since(self, name: str) -> bool:
        """Whether this site object wrote or deleted `name` after `settle` was called."""
        with self._lock:
            return name in self._stands or name in self._deleted

    def _check(self) -> None:
        if self._failure is not None:
            raise SiteUnavailable(self._name, self._failure)

    def _still_there(self, committed: tuple[str, Head]) -> None:
        """Raise unless the server holds what it acknowledged, or something that was written there since."""
        name, head = committed
        try:
            found = self._client.head(name)
        except Fault as fault:
            if fault.kind != "absent":
                raise
            if self._changed_since(name):
                return
            raise Fault("away", f"{name} was acknowledged and is not there") from None
        if (found.size, found.tag) == (head.size, head.tag) or (not head.tag and found.size == head.size):
            return
        newer = found.modified and head.modified and found.modified >= head.modified
        if (name.startswith(_LOCKED_AREA) or not newer) and not self._changed_since(name):
            raise Fault("away", f"{name} was acknowledged and is another one")

    def _keeps_versions(self) -> bool:
        """Whether the bucket keeps what is replaced or deleted; yes where it does not say. Raises `Fault` for
        one that locks everything by a rule of its own: keyrings have to be deletable.
        """
        if self._versions is None:
            status = self._rule("versioning", "Status")
            versions = status is None or status in ("Enabled", "Suspended")
            if versions and self._rule("object-lock", "Rule/DefaultRetention/Mode"):
                raise Fault("away", "the bucket locks everything by a rule of its own, keyrings too")
            self._versions = versions
        return self._versions

    def _rule(self, about: str, path: str) -> str | None:
        """What the bucket says of itself: "" where there is no such rule, None where it may not be asked."""
        try:
            return self._client.ask("GET", query={about: ""}, check=document).findtext(path) or ""
        except Fault as fault:
            if fault.kind in ("denied", "unknown", "absent"):
                return None if fault.kind == "denied" else ""
            raise

    def _lock_headers(self, name: str) -> dict[str, str]:
        if self._bucket.lock == "none" or not name.startswith(_LOCKED_AREA):
            return {}
        until = self._clock() + timedelta(days=self._bucket.lock_days)
        return {
            "x-amz-object-lock-mode": self._bucket.lock.upper(),
            "x-amz-object-lock-retain-until-date": until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
