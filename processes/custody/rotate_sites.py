"""What a change of keys does at the sites: recovery files, keyrings, and bringing late sites up to date.

A site that fails is *pending* from there on: it keeps what it has, and is told by name. Everything here may
be repeated; what stands already as it should is not written again.

Not done here: the order of the steps (`rotate`), the home's own files (`storage.keychain`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from ingest.tools import Tools
from ingest.whose import refuse_another_archives
from processes.custody.rotate_guard import need_known
from storage.errors import NoGoodCopy, ObjectError, SecretError, SiteError, TooFewCopies
from storage.keyring import Keyring, keyring_name
from storage.keys import Custody
from storage.recovery import RECOVERY_NAME
from storage.recovery_box import RecoveryPart
from storage.site import Site, put

_PREFIX, _ENDING = "keyrings/", ".json"


@dataclass(slots=True)
class Reach:
    """The sites that a change of keys still reaches, and why it does not reach the others: of another
    archive's nothing is asked.
    """

    tools: Tools
    pending: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ask(partial(refuse_another_archives, self.tools))

    @property
    def sites(self) -> tuple[str, ...]:
        """Those that have taken everything so far."""
        return tuple(name for name in self.tools.vault.sites if name not in self.pending)

    def each(self, act: Callable[[Site], None]) -> None:
        """Let `act` work at every site that is reached. Raises `TooFewCopies` when fewer than the archive
        demands are left.
        """
        self.ask(act)
        if len(self.sites) < self.tools.vault.min_copies:
            raise TooFewCopies("the keys must change at more sites than can be reached", self.pending)

    def ask(self, act: Callable[[Site], None]) -> None:
        """As `each`, however few are left."""
        for name in self.sites:
            try:
                act(self.tools.vault.site(name))
            except SiteError as fault:
                self.pending[name] = fault.reason


def write_recovery(reach: Reach, part: RecoveryPart | None = None) -> None:
    """Put a recovery file that holds what it must now at every site that has no such one, durably; for the
    recovery key of `part`, the home's own where none is given.
    """
    chosen = part or reach.tools.keychain.part
    reach.each(lambda site: bring_recovery(reach.tools, site, chosen))


def bring_recovery(tools: Tools, site: Site, part: RecoveryPart | None = None) -> None:
    """The same at one site. Raises `SiteError`, `RecoveryOutdated` where the home has no part, `KeysSetBack`
    where what stands there must not be replaced.
    """
    chosen = part or tools.keychain.part
    if not recovery_is_current(tools, site, chosen):
        with suppress(ObjectError):
            need_known(tools, site.name, site.read(RECOVERY_NAME))
        put(site, RECOVERY_NAME, chosen.seal(tools.keychain.recovery(tools.vault.archive_id)))
        site.settle()


def recovery_is_current(tools: Tools, site: Site, part: RecoveryPart | None = None) -> bool:
    """Whether the recovery file at `site` is this home's and holds just what it must. Raises `SiteError`,
    and `RecoveryOutdated` where the home cannot know.
    """
    chosen = part or tools.keychain.part
    try:
        found = site.read(RECOVERY_NAME)
    except ObjectError:
        return False
    return tools.keychain.is_current(found, tools.vault.archive_id, chosen)


def holders(reach: Reach) -> list[str]:
    """Whose keyrings stand at any site that is reached: batches, registered or not, and the archive."""
    found: set[str] = set()

    def look(site: Site) -> None:
        for stored in site.list(_PREFIX):
            if stored.name != RECOVERY_NAME and stored.name.endswith(_ENDING):
                found.add(stored.name.removeprefix(_PREFIX).removesuffix(_ENDING))

    reach.ask(look)
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many keyrings and keys are under the key they were to be moved to, and the keyrings that nobody
    can read: leftovers that no record needs.
    """

    keyrings: int
    keys: int
    unreadable: tuple[str, ...]


class Needed(Protocol):
    """Knows what records need of the keyrings."""

    def holders(self) -> Iterable[str]:
        """Whose keyrings there must be."""

    def check(self, holder: str, keyring: Keyring | None) -> None:
        """Shown every keyring before it is moved; raises where it lacks what records need."""


def move_keyrings(reach: Reach, target: Custody, needed: Needed) -> Moved:
    """Write every keyring anew under `target`, at every site that is reached, durably."""
    vault = reach.tools.vault
    keyrings = keys = 0
    unreadable = []
    for holder in sorted({*holders(reach), *needed.holders()}):
        try:
            found = vault.keyring(holder)
        except NoGoodCopy:
            needed.check(holder, None)
            unreadable.append(holder)
            continue
        needed.check(holder, found)
        moved = found if found.kek_id == target.id else found.rewrapped(target)
        write_keyring(reach, moved)
        keyrings, keys = keyrings + 1, keys + len(moved)
    reach.each(lambda site: site.settle())
    return Moved(keyrings, keys, tuple(unreadable))


def write_keyring(reach: Reach, keyring: Keyring) -> None:
    """Put `keyring` where not the same one stands; durable after `settle`."""
    content = keyring.to_bytes()

    def write(site: Site) -> None:
        if not _stands(reach.tools, site, keyring):
            put(site, keyring_name(keyring.batch), content)

    reach.each(write)


def _stands(tools: Tools, site: Site, keyring: Keyring) -> bool:
    """Whether just this keyring stands at `site`. Raises `SiteError`."""
    try:
        found = tools.vault.read_keyring(keyring.batch, site.read(keyring_name(keyring.batch)))
    except (ObjectError, SecretError):
        return False
    return found.same_as(keyring)


def refresh(tools: Tools, site_name: str) -> int:
    """Bring the keyrings and the recovery file of one site up to date from the others, as after it was away
    during a rotation; how many files were written. Hold the lock of the keys (`ingest.keyhold.keys_held`).

    A keyring that no other site has sound is left as it is. Raises `SiteError`, and `RecoveryOutdated` for a
    home whose recovery files are of the first form.
    """
    site, written = tools.vault.site(site_name), 0
    reach = Reach(tools)
    known = set(holders(reach))
    current = tools.keychain.custody.id
    for holder in sorted(known):
        try:
            keyring = tools.vault.keyring(holder)
        except NoGoodCopy:
            continue
        if keyring.kek_id != current:  # of a rotation that is under way: that one's business
            continue
        if not _stands(tools, site, keyring):
            put(site, keyring_name(holder), keyring.to_bytes())
            written += 1
    site.settle()
    if not recovery_is_current(tools, site):
        bring_recovery(tools, site)
        written += 1
    return written


def outdated(tools: Tools, sites: Iterable[str] | None = None) -> Mapping[str, str]:
    """The sites whose keys are not up to date, with reasons; also those that cannot be asked.

    The recovery file is written last by `refresh` and by a rotation: where it is current, all is. Raises
    `RecoveryOutdated` for a home whose recovery files are of the first form.
    """
    part = tools.keychain.part
    found: dict[str, str] = {}
    for name in tools.vault.sites if sites is None else sites:
        try:
            if not recovery_is_current(tools, tools.vault.site(name), part):
                found[name] = "its keys are not up to date"
        except SiteError as fault:
            found[name] = fault.reason
    return found
