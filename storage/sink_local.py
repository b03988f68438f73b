"""One object being written into a folder, and what the operating system's errors mean there.

Not done here: the order of system calls (`durable`), names (`site_local`).
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from types import TracebackType

from storage.durable import Draft
from storage.errors import (
    ObjectDamaged,
    ObjectError,
    ObjectMissing,
    SiteError,
    SiteFull,
    SiteReadOnly,
    SiteUnavailable,
    SizeDiffers,
)
from storage.site import Buffer

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
_UNREADABLE = {errno.EIO, errno.EILSEQ, errno.EISDIR}


def translated(error: OSError, site: str, name: str, *, reading: bool) -> SiteError | ObjectError:
    """What `error` means for whoever asked `site` for `name`. `reading`: one object was read at a site that
    is there, so an absent or unreadable file is that object's fault and not the site's.
    """
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return SiteFull(site, reason)
    if reading and error.errno in _ABSENT:
        return ObjectMissing(name, reason, site)
    if reading and error.errno in _UNREADABLE:
        return ObjectDamaged(name, reason, site)
    if not reading and error.errno in _READ_ONLY:
        return SiteReadOnly(site, reason)
    return SiteUnavailable(site, reason)


class LocalSink:
    """See `Sink`. `commit` gives the finished draft its name."""

    __slots__ = ("_commit", "_draft", "_name", "_site")

    def __init__(self, site: str, name: str, draft: Draft, commit: Callable[[], None]) -> None:
        self._site = site
        self._name = name
        self._draft = draft
        self._commit = commit

    def write(self, data: Buffer) -> None:
        """See `Sink.write`."""
        try:
            self._draft.write(memoryview(data))
        except OSError as error:
            raise translated(error, self._site, self._name, reading=False) from error

    def __enter__(self) -> LocalSink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        draft = self._draft
        if kind is not None or draft.written != draft.size:
            draft.abandon()
        if kind is None and draft.written != draft.size:
            announced = f"{draft.written} bytes came, {draft.size} were announced"
            raise SizeDiffers(self._name, announced, self._site)
        if kind is None:
            try:
                self._commit()
            except OSError as failure:
                raise translated(failure, self._site, self._name, reading=False) from failure
