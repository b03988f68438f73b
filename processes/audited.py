"""What is asked of an audit, and what it found: values alone. Not done here: checking (`audit`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from policies.errors import LantaiError
from processes.copies import Kept, KeptObject, Look
from storage.copies import CopyState

KINDS = ("damaged", "missing", "repaired", "lost", "extra")


class ScopeMistake(LantaiError):
    """An audit was asked for a share that is none, or since what is no date."""

    code = "usage"


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
    """What a copy is of: by its object's identifier or file name, and the code of the item it belongs to."""

    name: str
    code: str | None

    def as_json(self) -> dict[str, str | None]:
        """The copy as `audit --json` names it."""
        return {"object": self.name, "code": self.code}


@dataclass(slots=True)
class SiteAudit:
    """What one site's copies were found to be. A damaged copy stands once among damaged or missing, and
    again among repaired, or among lost where no site holds a whole one.

    `bytes` were really read. `extra` are objects that the ledger does not know: no fault, and never deleted.
    """

    site: str
    objects: int = 0
    files: int = 0
    bytes: int = 0
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
    def whole(self) -> bool:
        """Whether the site was read to the end and nothing was found."""
        return not (self.unreachable or self.refused or self.damaged or self.missing or self.lost)

    def count(self, one: Kept, look: Look) -> None:
        """Enter one copy that was looked at."""
        if isinstance(one, KeptObject):
            self.objects += 1
        else:
            self.files += 1
        self.bytes += look.bytes

    def note(self, copy: Copy, state: CopyState) -> None:
        """Enter a copy that is not whole."""
        (self.missing if state is CopyState.MISSING else self.damaged).append(copy)

    def counts(self) -> dict[str, str | int]:
        """The site as the ledger records it: counts, and nothing that a stranger could not be told."""
        listed = {kind: len(getattr(self, kind)) for kind in KINDS}
        return {**self._named(), **listed, "unreachable": self.unreachable}

    def as_json(self) -> dict[str, object]:
        """The site as `audit --json` tells it."""
        listed = {kind: [copy.as_json() for copy in getattr(self, kind)] for kind in KINDS}
        told = {name: getattr(self, name) for name in ("unreachable", "refused") if getattr(self, name)}
        return {**self._named(), **listed, **told}

    def _named(self) -> dict[str, str | int]:
        counted = {"checked": self.checked, "objects": self.objects, "files": self.files, "bytes": self.bytes}
        return {"site": self.site, **counted}


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit of one or more sites. `registered` items are in the archive, `chosen` objects were in scope.

    `pending` says why the audit's own entry, which stands in the database, is not yet at enough sites.
    """

    sites: tuple[SiteAudit, ...]
    scope: Scope = Scope()
    repair: bool = False
    registered: int = 0
    chosen: int = 0
    pending: str = ""

    @property
    def whole(self) -> bool:
        """Whether every copy in scope was checked and found whole, and the ledger's entry of it stands at
        enough sites.

        Damage is no pass even where it was repaired: a person must hear of it, and the next audit passes.
        Nor is a scope that holds no object, where the archive has some: nothing was checked.
        """
        empty = self.registered > 0 and self.chosen == 0
        return bool(self.sites) and all(site.whole for site in self.sites) and not (empty or self.pending)

    def as_json(self) -> dict[str, object]:
        """The document that `audit --json` prints."""
        asked = {"site": self.scope.site, "percent": self.scope.percent, "since": self.scope.earliest}
        return {
            "sites": [site.as_json() for site in self.sites],
            "scope": {**asked, "repair": self.repair, "objects": self.chosen},
            "pending": self.pending,
        }
