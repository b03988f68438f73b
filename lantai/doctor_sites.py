"""The doctor's checks of the sites: that they can be reached, how far they are, and how far apart.

Not done here: reading copies (`processes.audit`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from archive import working
from lantai.doctor_checks import Check
from lantai.settings import Settings, SiteSettings, site_folder
from lantai.wiring import Archive
from policies.errors import LantaiError

OFF_SITE_KM = 300.0
_EARTH_KM = 6371.0088  # mean radius, IUGG

Position = tuple[float, float]


def distance_km(one: Position, other: Position) -> float:
    """The great-circle distance of two places in degrees north and east, in kilometres (haversine)."""
    (north_1, east_1), (north_2, east_2) = (tuple(map(radians, place)) for place in (one, other))
    half = sin((north_2 - north_1) / 2) ** 2
    half += cos(north_1) * cos(north_2) * sin((east_2 - east_1) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(min(1.0, half)))


def off_site(home: Path, settings: Settings) -> Iterator[Check]:
    """One copy at least must be off-site; two folders of one machine are not, whatever they are named."""
    pairs = list(_placed(settings))
    far = [pair for pair in pairs if pair[0] >= OFF_SITE_KM]
    apart = [pair for pair in far if not _one_disk(home, pair[1], pair[2])]
    if apart:
        distance, one, other = max(apart, key=lambda pair: pair[0])
        text = f"{one.name} and {other.name} are {distance:,.0f} km apart"
    elif far:
        distance, one, other = far[0]
        text = f"{one.name} and {other.name} are said to be {distance:,.0f} km apart, but stand on one disk"
    elif pairs:
        distance, one, other = max(pairs, key=lambda pair: pair[0])
        text = f"{one.name} and {other.name} are {distance:,.0f} km apart, less than {OFF_SITE_KM:.0f}: "
        text += "no copy is off-site"
    else:
        where = "disk" if _all_on_one_disk(home, settings) else "machine"
        text = f"the sites stand on one {where}: no copy is off-site, a fire takes all of them"
    yield Check("off-site copy", bool(apart), "warn", text)


def _placed(settings: Settings) -> Iterator[tuple[float, SiteSettings, SiteSettings]]:
    """Every two sites whose positions are known, with their distance in km."""
    for one, other in combinations(settings.sites, 2):
        if one.position and other.position:
            yield distance_km(one.position, other.position), one, other


def _one_disk(home: Path, one: SiteSettings, other: SiteSettings) -> bool:
    devices = {_device(home, one), _device(home, other)}
    return len(devices) == 1 and None not in devices


def _all_on_one_disk(home: Path, settings: Settings) -> bool:
    return all(_one_disk(home, one, other) for one, other in combinations(settings.sites, 2))


def _device(home: Path, site: SiteSettings) -> int | None:
    """The device that a site's folder is on; None for one that is away, or a bucket."""
    if site.kind != "local":
        return None
    try:
        return site_folder(site, home).stat().st_dev
    except OSError:
        return None


def sites(archive: Archive) -> Iterator[Check]:
    """Every site can be reached and has the ledger's head."""
    with archive.database.read() as conn:
        size, stands = archive.ledger.size(conn), working.published(conn)
    for name in archive.vault.sites:
        try:
            free = archive.vault.site(name).free_bytes()
        except LantaiError as fault:
            yield Check(f"site {name}", False, "fail", str(fault))
            continue
        behind = size - stands.get(name, 0)
        room = "room unknown" if free is None else f"{free >> 30} GiB free"
        yield Check(f"site {name}", behind == 0, "warn", f"{behind} entries behind, {room}")


def copies(_home: Path, settings: Settings) -> Iterator[Check]:
    """Two copies are the least."""
    enough = len(settings.sites) >= settings.min_copies >= 2
    yield Check("copies", enough, "fail", f"{len(settings.sites)} sites, {settings.min_copies} wanted")
