"""Objects brought from one site to another and opened on the way: one pass, checked sealed and opened.

Every object is read once: its BLAKE3 must be the ledger's, it must open with its key, and its content must
have the registered digests. What stands at the target whole already, as after an interrupted run, is read
there and not brought again. Not done here: which sites, the ledger (`recover`).
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby

from blake3 import blake3

from archive import catalogue
from archive.database import Database
from archive.digests import Digests
from archive.model import Component
from ingest.tools import Progress
from policies.access import EVERYTHING
from storage.errors import CopiesError, ObjectDamaged, ObjectError, SecretError, SiteError
from storage.keyring import Keyring
from storage.sealing import Opener, context
from storage.site import Sink, Site
from storage.vault import Vault, object_name

_PAGE = 1000
_AHEAD = 256
"""So many objects wait for a thread or to be counted: none waits for a larger one before it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One object: the batch it came with, its item's code, and what the ledger says of it."""

    batch: str
    code: str
    component: Component

    @property
    def name(self) -> str:
        """Its name at a site."""
        return object_name(self.batch, self.component.object_id)


@dataclass(frozen=True, slots=True)
class Lack:
    """An object that could not be had whole, or not be opened, and why."""

    object: str
    code: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """As `restore --json` tells it."""
        return {"object": self.object, "code": self.code, "reason": self.reason}


@dataclass(slots=True)
class Carried:
    """What was opened: so many objects of so many bytes of content; what was not."""

    objects: int = 0
    bytes: int = 0
    missing: list[Lack] = field(default_factory=list)


def every_part(database: Database) -> Iterator[Part]:
    """Every object of the catalogue, items in the order of their registration; memory stays flat."""
    after = -1
    while True:
        with database.read() as conn:
            page = catalogue.items_after(conn, after, EVERYTHING, _PAGE)
        if not page:
            return
        for record in page:
            item = record.item
            yield from (Part(item.batch, item.code, component) for component in item.components)
        after = page[-1].registered


def sample(parts: Iterable[Part], count: int) -> list[Part]:
    """`count` of the parts, each as likely as any other; all where there are not more."""
    chance, drawn = random.SystemRandom(), list[Part]()
    for place, part in enumerate(parts):
        if place < count:
            drawn.append(part)
        elif (at := chance.randrange(place + 1)) < count:
            drawn[at] = part
    return sorted(drawn, key=lambda part: part.batch)


def carry(
    parts: Iterable[Part], source: Site, target: Site, vault: Vault, threads: int, progress: Progress
) -> Carried:
    """Bring `parts` from `source` to `target`, opening each on the way; durable on return.

    Keys are those of `vault`. What the source does not hold whole is named, and nothing of it is kept. Raises
    `SiteError` where either site fails.
    """
    done = Carried()
    with ThreadPoolExecutor(threads) as pool:
        under_way: deque[tuple[Part, Future[Lack | None]]] = deque()
        try:
            for batch, group in groupby(parts, key=lambda part: part.batch):
                hand = _Hand(source, target, vault, batch)
                for part in group:
                    under_way.append((part, pool.submit(hand.bring, part)))
                    while len(under_way) > _AHEAD:
                        _note(done, *under_way.popleft(), progress)
            while under_way:
                _note(done, *under_way.popleft(), progress)
        finally:
            for _part, waiting in under_way:  # none but where a site failed
                waiting.cancel()
    target.settle()
    return done


def _note(done: Carried, part: Part, bringing: Future[Lack | None], progress: Progress) -> None:
    lack = bringing.result()
    progress.advance(1, part.component.sealed_bytes)
    if lack is None:
        done.objects += 1
        done.bytes += part.component.bytes
    else:
        done.missing.append(lack)


class _Hand:
    """Brings the objects of one batch. For many threads."""

    def __init__(self, source: Site, target: Site, vault: Vault, batch: str) -> None:
        self._source = source
        self._target = target
        self._archive = vault.archive_id
        self._keyring: Keyring | None = None
        self._why = ""
        try:
            self._keyring = vault.keyring(batch)
        except (SecretError, CopiesError) as fault:
            self._why = str(fault)

    def bring(self, part: Part) -> Lack | None:
        """One object; why it is not there whole and openable, or nothing."""
        try:
            opener, why = self._opener(part)
            if not self._held(part, opener):
                opener, why = self._opener(part)
                with self._target.create(part.name, part.component.sealed_bytes) as sink:
                    _pass(self._source, part, opener, sink)
        except ObjectError as fault:
            return Lack(part.component.object_id, part.code, fault.reason)
        return Lack(part.component.object_id, part.code, why) if why else None

    def _held(self, part: Part, opener: Opener | None) -> bool:
        """Whether the target has it whole, counted as committed then."""
        try:
            if self._target.stat(part.name) != part.component.sealed_bytes:
                return False
            _pass(self._target, part, opener, None)
            self._target.adopt(part.name)
        except ObjectError:
            return False
        return True

    def _opener(self, part: Part) -> tuple[Opener | None, str]:
        """What opens the object; without a key it is brought all the same, and the reason is told."""
        if self._keyring is None:
            return None, self._why
        component = part.component
        try:
            key = self._keyring.key(component.object_id)
        except SecretError as fault:
            return None, str(fault)
        bound = context(self._archive, component.object_id, component.role)
        return Opener(key, bound, part.name), ""


def _pass(site: Site, part: Part, opener: Opener | None, sink: Sink | None) -> None:
    """Read the object at `site` to its end: digested, opened, and written where there is a sink. Raises
    `ObjectError`.
    """
    component = part.component
    if (found := site.stat(part.name)) != component.sealed_bytes:
        raise ObjectDamaged(part.name, f"{found} bytes, expected {component.sealed_bytes}", site.name)
    sealed, content = blake3(), Digests(tuple(component.digests))
    for piece in site.stream(part.name):
        sealed.update(piece)
        if opener:
            content.update(opener.update(piece))
        if sink:
            sink.write(piece)
    if sealed.hexdigest() != component.sealed_blake3:
        raise ObjectDamaged(part.name, "its digest is not the registered one", site.name)
    if opener:
        content.update(opener.finalize())
        if any(content.hex(name) != digest for name, digest in component.digests.items()):
            raise ObjectDamaged(part.name, "its content does not have the registered digest", site.name)


def absent_objects(database: Database, sites: Sequence[Site]) -> list[str]:
    """The names of objects that no site lists, those of a batch at a time; a site that is away lists none."""
    missing: list[str] = []
    for batch, parts in groupby(every_part(database), key=lambda part: part.batch):
        wanted = {part.name for part in parts}
        for site in sites:
            with suppress(SiteError):
                wanted -= {stored.name for stored in site.list(f"objects/{batch}/")}
            if not wanted:
                break
        missing += sorted(wanted)
    return missing
