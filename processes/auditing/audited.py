"""What is asked of an audit, and what it found: values alone. Not done here: checking (`audit`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from policies.errors import LantaiError

KINDS = ("damaged", "missing", "repaired", "lost", "extra")


class ScopeMistake(LantaiError):
    """An audit was asked for a share that is none, or since what is no date."""

    code = "usage"


class Kind(StrEnum):
    """What is wrong with a copy.

    ALTERED    other bytes than the ledger says: turned bits, zeros, something else
    TRUNCATED  only its front part is there
    SWAPPED    genuine, but another thing's: an object under another's name, a key for another object
    OLD        genuine, but an older version than the one that must stand there
    MISSING    nothing is there
    UNREADABLE the medium does not give it back
    UNOPENABLE no site holds the key that opens it
    EXTRA      the ledger knows nothing of it
    DESTROYED  an object of a destroyed item, which no key opens
    """

    ALTERED = "altered"
    TRUNCATED = "truncated"
    SWAPPED = "swapped"
    OLD = "old"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNOPENABLE = "unopenable"
    EXTRA = "extra"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class Scope:
    """What to check: one site or all, a share in percent, only what was registered since a date.

    `since` is a date or time in ISO 8601, in UTC where it names no zone. Raises `ScopeMistake`.
    """

    site: str = ""
    percent: float = 100.0
    since: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.percent <= 100:
            raise ScopeMistake(f"a share is more than 0 and at most 100 percent, not {self.percent}")
        _ = self.earliest

    @property
    def earliest(self) -> str:
        """`since` as the ledger writes times; "" for no bound. Raises `ScopeMistake`."""
        if not self.since:
            return ""
        try:
            given = datetime.fromisoformat(self.since)
            given = given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise ScopeMistake(f"{self.since!r} is no date; write it as 2026-01-31") from None
        return given.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"

    @property
    def everything(self) -> bool:
        """Whether every object is in scope."""
        return self.percent >= 100 and not self.since


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy is of, by its object's identifier or file name; the code of the item it belongs to, if any;
    and what is wrong with it.
    """

    name: str
    code: str | None
    kind: Kind = Kind.ALTERED

    def as_json(self) -> dict[str, str | None]:
        """The copy as `audit --json` names it."""
        return {"object": self.name, "code": self.code, "kind": self.kind.value}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Copy:
        """The copy that `as_json` told."""
        return cls(told["object"], told["code"], Kind(told["kind"]))


@dataclass(slots=True)
class SiteAudit:
    """What one site's copies were found to be. A damaged copy stands once among damaged or missing, and
    again among repaired, or among lost where no site holds a whole one.

    `bytes` were really read. `expected` objects were to be checked. `extra` are things that the ledger does
    not know: no fault, and never deleted. `had` is how far the site is known to have had the ledger where it
    shows an older head, `has`: it was set back; else both are 0.
    """

    site: str
    objects: int = 0
    files: int = 0
    bytes: int = 0
    expected: int = 0
    has: int = 0
    had: int = 0
    damaged: list[Copy] = field(default_factory=list)
    missing: list[Copy] = field(default_factory=list)
    repaired: list[Copy] = field(default_factory=list)
    lost: list[Copy] = field(default_factory=list)
    extra: list[Copy] = field(default_factory=list)
    unreachable: str = ""
    refused: str = ""

    @property
    def checked(self) -> int:
        """How many copies were checked: of objects, and of keyrings and the ledger's files."""
        return self.objects + self.files

    @property
    def unchecked(self) -> int:
        """How many objects in scope were not looked at."""
        return max(self.expected - self.objects, 0)

    @property
    def whole(self) -> bool:
        """Whether the site was read to the end and nothing was found."""
        return self.complete and not (self.refused or self.damaged or self.missing or self.lost)

    @property
    def complete(self) -> bool:
        """Whether everything in scope was looked at."""
        return not (self.unreachable or self.unchecked)

    def note(self, copy: Copy) -> None:
        """Enter a copy that is not whole."""
        (self.missing if copy.kind is Kind.MISSING else self.damaged).append(copy)

    def counts(self) -> dict[str, str | int]:
        """The site as the ledger records it: counts, and nothing that a stranger could not be told."""
        listed = {kind: len(getattr(self, kind)) for kind in KINDS}
        return {**self._named(), "unchecked": self.unchecked, **listed, "unreachable": self.unreachable}

    def as_json(self) -> dict[str, object]:
        """The site as `audit --json` tells it."""
        listed = {kind: [copy.as_json() for copy in getattr(self, kind)] for kind in KINDS}
        told: dict[str, object] = {
            name: getattr(self, name) for name in ("unreachable", "refused") if getattr(self, name)
        }
        if self.unchecked:
            told["unchecked"] = self.unchecked
        if self.had:
            told["set_back"] = {"from": self.had, "to": self.has}
        return {**self._named(), **listed, **told}

    def _named(self) -> dict[str, str | int]:
        counted = {"checked": self.checked, "objects": self.objects, "files": self.files, "bytes": self.bytes}
        return {"site": self.site, **counted}

    def to_detail(self) -> dict[str, Any]:
        """All of it, to go on from later."""
        told = {name: value for name, value in asdict(self).items() if name not in KINDS}
        return told | {kind: [copy.as_json() for copy in getattr(self, kind)] for kind in KINDS}

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> SiteAudit:
        """What `to_detail` gave."""
        lists = {kind: [Copy.from_json(told) for told in detail[kind]] for kind in KINDS}
        return cls(**(dict(detail) | lists))


@dataclass(frozen=True, slots=True)
class Beside:
    """Another audit that was begun and has not ended: it runs now, or it was interrupted."""

    run: str
    started: str
    running: bool

    def as_json(self) -> dict[str, object]:
        """As `audit --json` tells it."""
        return {"run": self.run, "started": self.started, "running": self.running}


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit of one or more sites. `registered` items are in the archive, `chosen` objects were in scope.

    `pending` says why the audit's own entry, which stands in the database, is not yet at enough sites.
    `resumed` counts how often it was continued; an `interrupted` one has no entry yet and can be continued.
    """

    sites: tuple[SiteAudit, ...]
    scope: Scope = Scope()
    repair: bool = False
    registered: int = 0
    chosen: int = 0
    pending: str = ""
    run: str = ""
    started: str = ""
    seconds: float = 0.0
    resumed: int = 0
    interrupted: bool = False
    beside: tuple[Beside, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether no object was in scope although the archive has some: then nothing was checked."""
        return self.registered > 0 and self.chosen == 0

    @property
    def whole(self) -> bool:
        """Whether every copy in scope was checked and found whole, and the ledger's entry of it stands at
        enough sites.

        Damage is no pass even where it was repaired: a person must hear of it, and the next audit passes.
        Nor is a scope that holds no object, where the archive has some, nor one that was not gone through.
        """
        return self.outcome == "whole" and not self.pending

    @property
    def outcome(self) -> str:
        """In one word, the worst first: unchecked, lost, damaged, repaired, whole."""
        if self.interrupted or self.empty:
            return "unchecked"
        return outcome_of([site.counts() for site in self.sites], refused=any(s.refused for s in self.sites))

    def as_json(self) -> dict[str, object]:
        """The document that `audit --json` prints."""
        asked = {"site": self.scope.site, "percent": self.scope.percent, "since": self.scope.earliest}
        return {
            "run": self.run,
            "started": self.started,
            "seconds": round(self.seconds, 3),
            "outcome": self.outcome,
            "interrupted": self.interrupted,
            "resumed": self.resumed,
            "sites": [site.as_json() for site in self.sites],
            "scope": {**asked, "repair": self.repair, "objects": self.chosen},
            "pending": self.pending,
            "beside": [run.as_json() for run in self.beside],
        }

    def copies(self, kind: str) -> Iterator[tuple[str, Copy]]:
        """The copies of one list (see `KINDS`) with their sites."""
        for site in self.sites:
            for copy in getattr(site, kind):
                yield site.site, copy


def outcome_of(sites: list[Mapping[str, Any]] | list[dict[str, str | int]], *, refused: bool = False) -> str:
    """What the counts of sites come to, the worst first: unchecked, lost, damaged, repaired, whole."""
    if not sites or any(site["unreachable"] or site.get("unchecked") for site in sites):
        return "unchecked"
    faults, repaired, lost = (sum(int(site[name]) for site in sites for name in names) for names in _SUMMED)
    if lost:
        return "lost"
    if refused or faults > repaired:
        return "damaged"
    return "repaired" if faults else "whole"


_SUMMED = (("damaged", "missing"), ("repaired",), ("lost",))
