"""What a site is: a place that keeps copies. The docstrings here are the contract.

Every site, folder or bucket, is laid out alike: `objects/` (sealed objects), `keyrings/` (wrapped
keys) and `ledger/`. The suite in `tests/contract/` runs on every implementation.

Not done here: sealing, digests, choosing sites, counting copies. A site keeps bytes under names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol

from storage.errors import UnsafeName

Buffer = bytes | bytearray | memoryview

AREAS = ("objects", "keyrings", "ledger")
STREAM_BYTES = 1 << 20

_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_LONGEST_NAME = 512


def safe_name(name: str) -> str:
    """`name` itself when it is a name that a site may keep, else `UnsafeName`.

    A name is "/"-separated parts of letters, digits, `.`, `_` and `-` (ASCII, at most 128 a part and 512
    in all); no part is empty or starts with a dot, so no name can climb or reach a site's own files.
    """
    if len(name) > _LONGEST_NAME or not all(_PART.fullmatch(part) for part in name.split("/")):
        raise UnsafeName(f"not a name that a site may keep: {name[:80]!a}")
    return name


def put(site: Site, name: str, data: bytes) -> None:
    """Commit `data` under `name` at `site`; durable after `site.settle()`."""
    with site.create(name, len(data)) as sink:
        sink.write(data)


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as a site lists it: its name and its length in bytes."""

    name: str
    bytes: int


class Sink(Protocol):
    """Takes the content of one object; a context manager that may be entered once.

    Leaving normally commits, leaving by an exception throws away what was written and leaves what stood
    under the name before. Leaving normally with another number of bytes than announced raises
    `SizeDiffers` and keeps nothing. A process that is killed inside leaves what stood before.
    """

    def write(self, data: Buffer) -> None:
        """Append `data` (any length; the buffer may be used again on return). Raises the errors of
        `SiteError`; after one the sink is only good for leaving.
        """

    def __enter__(self) -> Sink: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Site(Protocol):
    """A place that keeps copies. All methods may be called from several threads at once.

    Every method raises `UnsafeName` for a name that `safe_name` refuses and `SiteUnavailable` (worth
    another try later) when the place is not there or fails.
    """

    @property
    def name(self) -> str:
        """What the archive calls this site; unique among its sites."""

    def create(self, name: str, size: int) -> Sink:
        """A sink for `size` bytes that stand under `name` once it has been left.

        What stood there is replaced, atomically: every reader, here and in other processes, sees the old
        or the whole new content, whatever is killed when. Readers of *this* site object see the new
        content at once, others at the latest when `settle` returns. Not durable before `settle`.
        Raises `SiteFull` and `SiteReadOnly`.
        """

    def settle(self) -> None:
        """When it returns, all that this site object committed, adopted and deleted before the call is
        durable: it stands after a loss of power.

        A settle that raises is final: nothing that was committed since the last one that returned may be
        relied on, and every later call of `create` and `settle` on this site object raises again (an
        operating system reports a failed write once; asking again would get a false yes). Write it again
        through a new site object; a process that goes on after a failure makes one, too. A place that is not
        there when everything is durable fails like this as well: what it holds must not count.
        """

    def adopt(self, name: str) -> int:
        """Count what stands under `name` as committed by this site object, as after an interrupted run
        whose `settle` nobody saw return; its length in bytes. Says nothing about its content.
        Raises `ObjectMissing`.
        """

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """The bytes from `start`, at most `length`, fewer where the object ends. For small objects and
        ranges. Raises `ObjectMissing`; `ObjectDamaged` where the medium cannot read them.
        """

    def stream(self, name: str, chunk_bytes: int = STREAM_BYTES) -> Iterator[memoryview]:
        """The whole object in order, in pieces of at most `chunk_bytes` (4,096 or more), read from the medium
        rather than a cache where the platform allows. A piece is valid until the next is asked for.
        Raises like `read`, at the latest when the first piece is asked for.
        """

    def descriptor(self, name: str) -> int | None:
        """An open file to read the object from, the caller's to close; None where the site keeps no files of
        this machine. Raises like `read`.
        """

    def stat(self, name: str) -> int:
        """Length in bytes. Raises `ObjectMissing`."""

    def delete(self, name: str) -> None:
        """Remove the object; nothing under the name is fine. Durable after `settle`."""

    def versioned(self) -> bool:
        """Whether the site keeps what was replaced or deleted, so that only `purge` removes it; yes where it
        does not say.
        """

    def locked_until(self, name: str) -> datetime | None:
        """Until when the site will not let go of what stands under `name`; None when it will at once.
        Raises `ObjectMissing`.
        """

    def purge(self, name: str) -> None:
        """Remove the object and everything that ever stood under its name; nothing there is fine. Durable
        after `settle`. Raises `ObjectLocked` when the site keeps some of it: the rest is gone, and what is
        kept is not listed any more.
        """

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """Everything whose name starts with `prefix`, in the order of names. Unfinished writes never show."""

    def free_bytes(self) -> int | None:
        """Room left, or None where the site cannot say."""

    def sweep(self) -> int:
        """Remove what interrupted writes left behind, never one still under way in any process; how many
        files. No more than tidying: call it when there is time.
        """
