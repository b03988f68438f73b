"""What is asked of a replication, and what became of it. Not done here: the work (`replicate`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from policies.errors import LantaiError

LEAST = 10
"""So few objects may always be written anew: one per cent of a small archive is nothing."""


class BrakeHeld(LantaiError):
    """More of what a site had held would be written anew than may be unasked; nothing was changed there."""

    code = "brake"


def _never(_site: str) -> str:
    return "it is not there, and nobody may make it"


@dataclass(frozen=True, slots=True)
class Terms:
    """How to replicate: to one `site` or all, `percent` of what a site had held before the brake asks,
    unless told to `go_ahead`; looking at every batch with `everything`, else at what is known to be behind.

    `prepare` makes the place of a site ready that nothing was ever brought to, or tells why it cannot.
    Sites `without` are passed over for the reasons given there.
    """

    site: str = ""
    percent: float = 1.0
    go_ahead: bool = False
    everything: bool = True
    prepare: Callable[[str], str] = _never
    without: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy is of: by its object's identifier or file name, and the code of the item it belongs to."""

    name: str
    code: str | None

    def as_json(self) -> dict[str, str | None]:
        """The copy as `replicate --json` names it."""
        return {"object": self.name, "code": self.code}


@dataclass(slots=True)
class SiteReplication:
    """What became of one site: so many `objects` of so many `bytes` and `files` (keyrings, the recovery file)
    were brought, and so many `batches` were read back whole.

    `damaged` copies stand there and were not touched; of `lost` ones no whole copy was found anywhere.
    `braked` says why nothing was changed; `unreachable` and `refused` what stopped it.
    """

    site: str
    objects: int = 0
    bytes: int = 0
    files: int = 0
    batches: int = 0
    damaged: list[Copy] = field(default_factory=list)
    lost: list[Copy] = field(default_factory=list)
    unreachable: str = ""
    braked: str = ""

    @property
    def whole(self) -> bool:
        """Whether the site was brought up to date and nothing was found."""
        return not (self.damaged or self.lost or self.unreachable or self.braked)

    def as_json(self) -> dict[str, object]:
        """The site as `replicate --json` tells it."""
        counted = {name: getattr(self, name) for name in ("site", "objects", "bytes", "files", "batches")}
        listed = {name: [c.as_json() for c in getattr(self, name)] for name in ("damaged", "lost")}
        told = {name: getattr(self, name) for name in ("unreachable", "braked") if getattr(self, name)}
        return {**counted, **listed, **told}


@dataclass(frozen=True, slots=True)
class Replication:
    """What became of all sites. `secured` batches became so; `pending` says why the ledger stands at too few
    sites.
    """

    sites: tuple[SiteReplication, ...]
    secured: int = 0
    pending: str = ""

    @property
    def whole(self) -> bool:
        """Whether every site asked for is up to date."""
        return bool(self.sites) and all(site.whole for site in self.sites) and not self.pending

    @property
    def objects(self) -> int:
        """How many copies of objects were brought."""
        return sum(site.objects for site in self.sites)

    def raise_for_brake(self) -> None:
        """Raise `BrakeHeld` where a site was left alone for want of a word."""
        if told := [site.braked for site in self.sites if site.braked]:
            raise BrakeHeld("; ".join(told))

    def as_json(self) -> dict[str, object]:
        """The document that `replicate --json` prints."""
        return {
            "sites": [site.as_json() for site in self.sites],
            "secured": self.secured,
            "pending": self.pending,
        }
