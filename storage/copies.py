"""One copy of one object: checked, opened, copied to another site; and what is told of several.

Not done here: choosing among sites, counting copies (`vault`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from blake3 import blake3

from storage.errors import ObjectDamaged, ObjectMissing
from storage.sealing import Opener
from storage.site import Site


class CopyState(StrEnum):
    """What a check found."""

    WHOLE = "whole"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Written:
    """What stands at `sites` (not yet durably): its length, and its BLAKE3 in hexadecimal."""

    bytes: int
    blake3: str
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed object as it stands at `sites` (not yet durably)."""

    sealed_bytes: int
    sealed_blake3: str
    sites: tuple[str, ...]


def check_copy(site: Site, name: str, sealed_bytes: int, digest: str) -> CopyState:
    """Read the copy to its end and compare length and BLAKE3. Raises `SiteUnavailable`."""
    try:
        if site.stat(name) != sealed_bytes:
            return CopyState.DAMAGED
        found = blake3()
        for piece in site.stream(name):
            found.update(piece)
    except ObjectMissing:
        return CopyState.MISSING
    except ObjectDamaged:
        return CopyState.DAMAGED
    return CopyState.WHOLE if found.hexdigest() == digest else CopyState.DAMAGED


def opened(site: Site, name: str, sealed_bytes: int, opener: Opener) -> Iterator[bytes]:
    """The content of the copy through `opener`. Raises `ObjectError` and `SiteUnavailable`."""
    if (found := site.stat(name)) != sealed_bytes:
        raise ObjectDamaged(name, f"{found} bytes, expected {sealed_bytes}", site.name)
    for piece in site.stream(name):
        yield opener.update(piece)
    yield opener.finalize()


def copy_whole(source: Site, target: Site, name: str, sealed_bytes: int, digest: str) -> None:
    """Replace the copy at `target` by the one at `source`, which is digested on the way: when it is not whole
    `ObjectDamaged` is raised and `target` keeps what it had. Durable after `target.settle()`.
    """
    if (length := source.stat(name)) != sealed_bytes:
        raise ObjectDamaged(name, f"{length} bytes, expected {sealed_bytes}", source.name)
    found = blake3()
    with target.create(name, sealed_bytes) as sink:
        for piece in source.stream(name):
            found.update(piece)
            sink.write(piece)
        if found.hexdigest() != digest:
            raise ObjectDamaged(name, "its digest differs", source.name)
