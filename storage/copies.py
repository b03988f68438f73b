"""Copies of one object: checked, opened, brought to another site; and what is told of several.

Not done here: choosing among sites, counting copies (`vault`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from blake3 import blake3

from storage.cached import flowing
from storage.errors import ObjectDamaged, ObjectError, ObjectMissing, SiteError
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


def opened(
    site: Site, name: str, sealed_bytes: int, opener: Opener, *, cached: bool = False
) -> Iterator[bytes]:
    """The content of the copy through `opener`, read past the page cache or through it. Raises `ObjectError`
    and `SiteUnavailable`.
    """
    if (found := site.stat(name)) != sealed_bytes:
        raise ObjectDamaged(name, f"{found} bytes, expected {sealed_bytes}", site.name)
    for piece in flowing(site, name) if cached else site.stream(name):
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


def bring(sources: Iterable[Site], target: Site, name: str, sealed_bytes: int, digest: str) -> bool:
    """Replace the copy at `target` from the first of `sources`, itself passed over, whose copy is whole;
    False when none is. Durable after `target.settle()`. Raises `SiteError` when `target` cannot take it.
    """
    for source in sources:
        if source.name == target.name:
            continue
        try:
            copy_whole(source, target, name, sealed_bytes, digest)
            return True
        except ObjectError:
            continue  # not whole, or not there
        except SiteError as error:
            if error.site == target.name:
                raise
    return False


def adopt_copies(
    among: Sequence[Site], name: str, sealed_bytes: int, digest: str, lost: MutableMapping[str, str]
) -> tuple[str, ...]:
    """Count the whole copies that stand at `among`, and bring one to each site that lacks it; the sites that
    hold one, none where no copy is whole. A site that fails is named, with its reason, in `lost`.
    """
    whole, lacking = [], []
    for site in among:
        try:
            if check_copy(site, name, sealed_bytes, digest) is CopyState.WHOLE:
                site.adopt(name)
                whole.append(site)
            else:
                lacking.append(site)
        except ObjectError:
            lacking.append(site)
        except SiteError as error:
            lost[site.name] = error.reason
    holding = {site.name for site in whole}
    for site in lacking if whole else ():
        try:
            if bring(whole, site, name, sealed_bytes, digest):
                holding.add(site.name)
            else:
                lost[site.name] = f"{name} cannot be brought there: no copy is whole any more"
        except SiteError as error:
            lost[site.name] = error.reason
    return tuple(site.name for site in among if site.name in holding)
