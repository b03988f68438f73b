"""Files that hold a secret, of mode 0600: plain, or sealed so that the file alone is of no use to a thief.

    {"lantai":"key-encryption-key/1", "secret":<base64>, "sum"}                               plain
    {"lantai":"sealed-secret/1", "seal":"passphrase"|"transit", …, "sum"}                     sealed

What is sealed is the whole plain record, kind and sum included, so that one secret cannot be passed off for
another. A file is opened by what it says of itself, whatever the settings say. Replacing one leaves nothing
of the old content behind: it is kept under a second name until the new one stands, then overwritten.

Not done here: what seals (`seals`), which files there are (`keychain`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from storage import records
from storage.durable import ERASING, INCOMPLETE, erase, sync_folder, write_file
from storage.errors import SecretFileDamaged, SecretFileExposed

PLAIN = "none"
SEALED_KIND = "sealed-secret/1"
LONGEST = 1 << 16

_NEW, _ERASE = ".new", ERASING


class Seal(Protocol):
    """One way to seal secrets. `form` is its name in files and settings."""

    @property
    def form(self) -> str:
        """none, passphrase or transit."""

    def seal(self, plain: bytes) -> Mapping[str, object]:
        """What the file says: enough for `open`, and nothing of `plain`. Raises `SecretError`."""

    def open(self, fields: Mapping[str, object]) -> bytes:
        """What was sealed. Raises `SecretError`."""


class Opens(Protocol):
    """Knows the seal of every form that this home can open."""

    def of(self, form: str) -> Seal | None:
        """The seal of that form, None for plain. Raises `SecretRefused` where there is none here."""


def read_bytes(path: Path) -> bytes:
    """The file as it stands. Raises `SecretFileExposed` and FileNotFoundError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        if stat.S_IMODE(os.fstat(fd).st_mode) & 0o077:
            raise SecretFileExposed(f"{path.name}: others than its owner may use it; expected mode 0600")
        return file.read(LONGEST)


def form_of(data: bytes) -> str:
    """How a file's content is sealed; what is no sealed file, whatever it is, counts as plain."""
    try:
        return str(records.load(SEALED_KIND, data).get("seal", ""))
    except ValueError:
        return PLAIN


def decoded(name: str, data: bytes, kind: str, opens: Opens) -> dict[str, object]:
    """The fields of the secret that `data`, the file called `name`, holds.

    Raises `SecretFileDamaged`, and what the seal raises.
    """
    seal = opens.of(form_of(data))
    try:
        if seal is None:
            return records.load(kind, data)
        return records.load(kind, seal.open(records.load(SEALED_KIND, data)))
    except ValueError as error:
        raise SecretFileDamaged(f"{name}: {error}") from None


def encoded(kind: str, fields: Mapping[str, object], seal: Seal | None) -> bytes:
    """The file's content: the record `fields`, sealed where `seal` does."""
    plain = records.dump(kind, fields)
    if seal is None:
        return plain
    return records.dump(SEALED_KIND, {**seal.seal(plain), "seal": seal.form})


def make(path: Path, data: bytes) -> None:
    """A file that must not be there yet, durably. Raises FileExistsError rather than replace a secret."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_file(path, data, replace=False)


def replace(path: Path, data: bytes) -> None:
    """Put `data` in the place of what stands there, durably, and erase that. May be killed anywhere: the old
    or the new content stands under the name, and `tidy` removes what is left over.
    """
    tidy_one(path)
    new, old = _beside(path, _NEW), _beside(path, _ERASE)
    write_file(new, data)
    if path.exists():
        old.hardlink_to(path)
        sync_folder(path.parent)
    new.rename(path)
    sync_folder(path.parent)
    if old.exists():
        erase(old)


def move(source: Path, target: Path, keep: Path) -> None:
    """Give `source` the name `target`, and what stood there the name `keep`; `target` is never missing."""
    if not keep.exists():
        keep.hardlink_to(target)
        sync_folder(target.parent)
    source.rename(target)
    sync_folder(target.parent)


def tidy_one(path: Path) -> None:
    """Erase what an interrupted `replace` of `path` left; never what stands under `path` itself."""
    for left in (_beside(path, _NEW), _beside(path, _ERASE)):
        if left.exists():
            erase(left)


def tidy(folder: Path) -> None:
    """Erase what interrupted writes left in `folder`: unfinished files, and what was being replaced."""
    for entry in sorted(folder.iterdir()):
        if entry.name.endswith((_NEW, _ERASE)) or entry.name.startswith(INCOMPLETE):
            erase(entry)


def leftovers(folder: Path) -> list[str]:
    """The names that `tidy` would erase."""
    names = (entry.name for entry in folder.iterdir())
    return sorted(name for name in names if name.endswith((_NEW, _ERASE)) or name.startswith(INCOMPLETE))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
