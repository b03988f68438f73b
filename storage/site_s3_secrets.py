"""The credentials of a bucket: from a file of mode 0600 or from the environment, asked for at every request.

A file that is written anew counts from the next request on, so credentials can be exchanged under a running
process. Not done here: signing (`minio`); no message repeats what the file holds.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minio.credentials.credentials import Credentials
from minio.credentials.providers import Provider

from storage.site_s3_faults import Fault

ACCESS_KEY = "LANTAI_S3_ACCESS_KEY"
SECRET_KEY = "LANTAI_S3_SECRET_KEY"  # noqa: S105 - the name of a variable
SESSION_TOKEN = "LANTAI_S3_SESSION_TOKEN"  # noqa: S105 - the name of a variable

_MOST_BYTES = 1 << 16


class FileSecrets(Provider):
    """`access_key`, `secret_key` and, if given, `session_token` from a TOML file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._known: Credentials | None = None

    def retrieve(self) -> Credentials:
        """See `Provider`. Raises `Fault`."""
        try:
            found = self._path.stat()
            version = (found.st_ino, found.st_size, found.st_mtime_ns)
            if self._known is None or version != self._seen:
                self._known, self._seen = self._read(), version
        except OSError as error:
            reason = error.strerror or "it cannot be opened"
            raise Fault("away", f"the credentials in {self._path.name} cannot be read: {reason}") from None
        return self._known

    def _read(self) -> Credentials:
        fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            if stat.S_IMODE(os.fstat(fd).st_mode) & 0o077:
                raise Fault(
                    "away", f"others may use the credentials in {self._path.name}; expected mode 0600"
                )
            data = file.read(_MOST_BYTES)
        try:
            return _credentials(
                tomllib.loads(data.decode("utf-8")), "access_key", "secret_key", "session_token"
            )
        except ValueError:
            wanted = 'two lines: access_key = "…" and secret_key = "…"'
            raise Fault("away", f"{self._path.name} holds no credentials; expected {wanted}") from None


class EnvironmentSecrets(Provider):
    """The credentials of all buckets that have no file of their own."""

    def retrieve(self) -> Credentials:
        """See `Provider`. Raises `Fault`."""
        try:
            return _credentials(os.environ, ACCESS_KEY, SECRET_KEY, SESSION_TOKEN)
        except ValueError:
            text = f"no credentials: name a file of them, or set {ACCESS_KEY} and {SECRET_KEY}"
            raise Fault("away", text) from None


def _credentials(given: Mapping[str, Any], access: str, secret: str, token: str) -> Credentials:
    """Raises ValueError for what is no text or not there."""
    values = [given.get(name, "") for name in (access, secret, token)]
    if not all(isinstance(value, str) for value in values):
        raise ValueError("credentials are texts")
    return Credentials(values[0].strip(), values[1].strip(), values[2].strip() or None)
