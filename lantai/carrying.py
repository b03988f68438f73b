"""Carriers as both doors write and read them: what of a wish fits together, and the works behind.

Not done here: writing and reading (`processes.packages.carriers`, `processes.packages.carriers_kept`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ingest.tools import Progress, Tools
from lantai.errors import UsageMistake
from lantai.exchange import exchanged
from lantai.wiring import Archive
from policies.errors import LantaiError
from policies.ruleset import RuleSet
from policies.site_rules import SiteRules
from processes.auditing.audited import Scope
from processes.packages import carriers, carriers_kept
from processes.packages.carrier_order import Order

UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
SMALLEST = 2 << 20


@dataclass(frozen=True, slots=True)
class Wish:
    """A run of carriers, as it is asked for at a door."""

    set: str
    size: str = "25GB"
    plain: bool = False
    image: bool = False
    since: str = ""
    fonds: tuple[str, ...] = ()
    medium: str = ""
    kept_at: str = ""
    restricted_too: bool = False
    with_keys: bool = False

    def order(self, rules: RuleSet) -> Order:
        """The order it is. Raises `UsageMistake` for what does not fit together, `ScopeMistake`."""
        plain = self.plain or self.set == "use"
        if self.restricted_too and (self.set == "use" or not plain):
            raise UsageMistake("--restricted-too is for plain carriers of the sets preservation and off-site")
        if self.with_keys and plain:
            raise UsageMistake("--with-keys is for sealed carriers: plain ones need no keys")
        limit, earliest = size_in_bytes(self.size), Scope(since=self.since).earliest
        kind = rules.sites.medium_of(self.medium or ("optical" if self.image else "magnetic"))
        fonds, too, keys = tuple(sorted(set(self.fonds))), self.restricted_too, self.with_keys
        return Order(self.set, limit, plain, self.image, earliest, fonds, too, keys, kind, self.kept_at)


def size_in_bytes(text: str) -> int:
    """`25GB`, `4.7 GB`, `700MiB` or a number of bytes. Raises `UsageMistake`."""
    found = re.fullmatch(r"([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*([A-Za-z]*)", text.strip(), re.ASCII)
    unit = found[2].upper() if found else "?"
    if found is None or unit not in UNITS:
        raise UsageMistake(f"{text!r} is no size; write it as 25GB, 4.7GB, 700MiB or in bytes")
    size = int(float(found[1]) * UNITS[unit])
    if size < SMALLEST:
        raise UsageMistake(f"a carrier of {size} bytes holds nothing; the smallest has {SMALLEST}")
    return size


def register(tools: Tools, rules: SiteRules) -> dict[str, Any]:
    """The document that `carriers list --json` prints."""
    today = tools.clock().date()
    return {"carriers": [one.as_json(today) for one in carriers_kept.register(tools, rules)]}


def due(tools: Tools, rules: SiteRules, within: int) -> dict[str, Any]:
    """The document that `carriers due --json` prints: overdue, or due in so many days."""
    today = tools.clock().date()
    found = [
        one
        for one in carriers_kept.register(tools, rules)
        if not one.lost and (one.overdue(today) or one.due <= today + timedelta(days=within))
    ]
    return {"carriers": [one.as_json(today) for one in found]}


def write(archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Write carriers into the folder `to` of the exchange folder: `wish` as `Wish` has it.

    Raises `NoExchange`, `UsageMistake` and as `processes.packages.carriers.write`.
    """
    wish = Wish(**{**asked["wish"], "fonds": tuple(asked["wish"]["fonds"])})
    to = exchanged(archive, asked["to"])
    with _told_by_name(str(to), asked["to"]):
        run = carriers.write(archive.tools(progress), wish.order(archive.rules), to)
    return _without(run.as_json(), str(to), asked["to"])


def check(archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Read the carrier at `path` of the exchange folder again. Raises as `processes.packages`."""
    path = exchanged(archive, asked["path"])
    tools, rules = archive.tools(progress), archive.rules.sites
    told = (asked["number"], asked["sample"], asked["kept_at"])
    with _told_by_name(str(path), asked["path"]):
        found = carriers_kept.check(tools, rules, path, *told).as_json()
    return _without(found, str(path), asked["path"])


@contextmanager
def _told_by_name(place: str, name: str) -> Iterator[None]:
    """Errors name the path that was asked for, and not the server's own. What the folder itself refuses, as
    where a file stands in the way, is for people to put right. Raises `UsageMistake`.
    """
    try:
        yield
    except LantaiError as fault:
        fault.args = tuple(one.replace(place, name) if isinstance(one, str) else one for one in fault.args)
        raise
    except OSError as fault:
        raise UsageMistake(f"{name}: {fault.strerror or 'it cannot be read or written'}") from fault


def _without(document: Mapping[str, Any], place: str, name: str) -> dict[str, Any]:
    """The document with the path that was asked for, and not the server's own."""
    return {key: _renamed(value, place, name) for key, value in document.items()}


def _renamed(value: Any, place: str, name: str) -> Any:
    if isinstance(value, str):
        return name + value.removeprefix(place) if value.startswith(place) else value
    if isinstance(value, Mapping):
        return _without(value, place, name)
    return [_renamed(one, place, name) for one in value] if isinstance(value, list | tuple) else value
