"""Use copies as they are kept: sealed like objects, under keys that come from the objects' own, in a folder.

    <folder>/<batch>/<object id>/<kind>.<FORM>      a sealed object; changed last when it was used last

A use copy is a view: it stands in no ledger and at no site, and is made again where it is missing. Its key is
derived from the key of the object it shows (HKDF-Expand, with archive, object and kind), so nothing of it can
be opened once that key is destroyed, whatever happens to the file. An empty content says that there is no
such copy to be made. What does not open, as after a power cut, counts as missing; what is of another `FORM`
is not there, and goes with the next sweep.

Not done here: making copies (`processes.use_copies`), who may have one. Nothing is durable, on purpose.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from policies.canonical import canonical
from policies.suites import COBBLESTONE_256
from storage.errors import ObjectDamaged
from storage.sealed_file import SealedFile
from storage.sealing import KEY_BYTES, Key, Opener, Sealer
from storage.site import Buffer

FORM: Final = 2
"""How copies are made; whoever changes what one looks like raises it, and all are made again."""
_USED_SECONDS = 3600
"""That a copy was used is noted at most so often."""
_DRAFT = ".draft-"
_SUFFIX = f".{FORM}"
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """The object that a copy shows, and the key it is sealed with."""

    archive: str
    batch: str
    object_id: str
    key: Key

    def bound(self, kind: str) -> bytes:
        """What a copy of this kind is bound to."""
        return canonical(["lantai-use-copy", FORM, self.archive, self.object_id, kind])

    def key_of(self, kind: str) -> Key:
        """The key of a copy of this kind."""
        digest = hashes.SHA256() if self.key.cipher == COBBLESTONE_256 else hashes.SM3()
        derived = HKDFExpand(digest, KEY_BYTES, b"lantai use copy\x00" + self.bound(kind))
        return Key(self.key.cipher, derived.derive(self.key.secret))


class UseCopies:
    """The use copies in `folder`. For many threads and processes: a copy is whole or absent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, shown: Shown, kind: str) -> bytes | None:
        """The content of a copy; None where there is none that opens."""
        try:
            sealed = self._path(shown, kind).read_bytes()
            opener = Opener(shown.key_of(kind), shown.bound(kind), kind)
            content = opener.update(sealed) + opener.finalize()
        except (OSError, ObjectDamaged):
            return None
        self._used(shown, kind)
        return content

    @contextmanager
    def opened(self, shown: Shown, kind: str) -> Iterator[SealedFile]:
        """A copy as a file to seek in. Raises FileNotFoundError, and `ObjectDamaged` as reading it does."""
        with self._path(shown, kind).open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size

            def read(start: int, length: int) -> bytes:
                return os.pread(file.fileno(), length, start)

            self._used(shown, kind)
            yield SealedFile(read, size, shown.key_of(kind), shown.bound(kind))

    def has(self, batch: str, object_id: str, kind: str) -> bool:
        """Whether a copy of this `FORM` stands there, whether it opens or not."""
        return (self.folder / batch / object_id / _named(kind)).exists()

    def put(self, shown: Shown, kind: str, content: Buffer) -> None:
        """Keep a copy, in the place of any other; whole or not at all. Raises OSError."""
        path = self._path(shown, kind)
        draft = path.with_name(f"{_DRAFT}{secrets.token_hex(8)}")
        sealer = Sealer(shown.key_of(kind), shown.bound(kind))
        try:
            with os.fdopen(_begun(draft), "wb") as out:
                out.write(sealer.update(content))
                out.write(sealer.finalize())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)

    def discard(self, shown: Shown, kind: str) -> None:
        """Remove one copy, as one that does not open to its end; it is made again."""
        with suppress(OSError):
            self._path(shown, kind).unlink()

    def forget(self, batch: str, object_ids: Iterable[str]) -> None:
        """Remove all copies of these objects. Raises OSError where they cannot be removed."""
        for name in object_ids:
            with suppress(FileNotFoundError):
                shutil.rmtree(self.folder / batch / name)
        with suppress(OSError):
            (self.folder / batch).rmdir()  # only an empty one goes

    def sweep(self, most_bytes: int) -> int:
        """Remove what crashes left, copies of another `FORM`, the copies unused for longest until no more
        than `most_bytes` are kept, and folders that hold nothing then; how many copies went.
        """
        found, removed = [], 0
        for path in self._files():
            with suppress(OSError):
                known = path.stat()
                if path.name.startswith(_DRAFT):
                    if time.time() - known.st_mtime > _USED_SECONDS:
                        path.unlink()
                elif path.suffix != _SUFFIX:
                    path.unlink()
                    removed += 1
                else:
                    found.append((known.st_mtime, known.st_size, path))
        left = sum(size for _, size, _ in found)
        for _, size, path in sorted(found, key=lambda one: one[:2]):
            if left <= most_bytes:
                break
            with suppress(OSError):
                path.unlink()
                removed, left = removed + 1, left - size
        self._drop_empty()
        return removed

    def _files(self) -> Iterator[Path]:
        for folder, _, names in os.walk(self.folder):
            if folder != str(self.folder):
                yield from (Path(folder, name) for name in names)

    def _drop_empty(self) -> None:
        for folder, _, _ in os.walk(self.folder, topdown=False):
            if folder != str(self.folder):
                with suppress(OSError):
                    Path(folder).rmdir()  # only an empty one goes

    def _path(self, shown: Shown, kind: str) -> Path:
        return self.folder / shown.batch / shown.object_id / _named(kind)

    def _used(self, shown: Shown, kind: str) -> None:
        path = self._path(shown, kind)
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _USED_SECONDS:
                os.utime(path)


def _named(kind: str) -> str:
    return f"{kind}{_SUFFIX}"


def _begun(draft: Path) -> int:
    """A descriptor of a new file; its folder is made anew where a sweep just took it for an empty one."""
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):
            draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    raise FileNotFoundError(errno.ENOENT, "its folder goes each time", draft.name)
