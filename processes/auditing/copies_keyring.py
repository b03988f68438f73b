"""A batch's keyring at the sites: authentic, the newest, with every key that the ledger needs, each right.

A seal proves who wrote a keyring, not that its keys belong where they stand. So each key is held against the
header of what it seals: an object's, as a whole copy has it, or a published payload's. Where copies differ
that also tells which of them is right, and a good keyring is put together from several.

Not done here: keys that were destroyed (they are in nobody's needs, and `gone` keeps them out).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from archive.catalogue_audit import roles_of_batch
from ingest.tools import Tools
from processes.auditing.audited import Copy, Kind
from processes.auditing.copies import (
    Headers,
    Look,
    Looks,
    misshapen,
    read_elsewhere,
    read_small,
    replace_file,
)
from processes.auditing.copies_ledger import header_of_payload
from storage import records
from storage.errors import NoGoodCopy, ObjectDamaged, SecretError
from storage.keyring import Keyring, keyring_name
from storage.sealing import HEADER_BYTES, Chunks, Key, context

_ATTEMPTS = 3
_KIND = "keyring/1"


@dataclass(slots=True)
class Proofs:
    """Which key is right for what, by the headers of whole copies and of published payloads. One batch's."""

    tools: Tools
    batch: str
    headers: Headers = field(default_factory=dict)
    _roles: dict[str, str] | None = None
    _payloads: dict[str, tuple[bytes, bytes] | None] = field(default_factory=dict)
    _known: dict[tuple[str, bytes], bool] = field(default_factory=dict)

    def fits(self, identifier: str, key: Key) -> bool:
        """Whether nothing shows that `key` is another one's."""
        if identifier not in self.headers:
            return True
        place = identifier, key.secret
        if place not in self._known:
            role = self.roles.get(identifier, "")
            bound = context(self.tools.vault.archive_id, identifier, role)
            self._known[place] = _commits(self.headers[identifier], bound, key)
        return self._known[place]

    def fits_payload(self, identifier: str, key: Key) -> bool:
        """The same for an item's or a batch's own key, by a payload that was sealed under it."""
        if identifier not in self._payloads:
            with self.tools.database.read() as conn:
                ledger, of_item = self.tools.ledger, identifier != self.batch
                found = ledger.of_item(conn, identifier) if of_item else ledger.of_batch(conn, identifier)
                size = ledger.size(conn)
            entries = [entry for entry in found if bool(entry.item) is of_item and entry.payload is not None]
            self._payloads[identifier] = header_of_payload(self.tools, entries, size)
        proof = self._payloads[identifier]
        return proof is None or _commits(proof[0], proof[1], key)

    @property
    def roles(self) -> Mapping[str, str]:
        """The roles of the batch's objects: what their sealing is bound to."""
        if self._roles is None:
            with self.tools.database.read() as conn:
                self._roles = roles_of_batch(conn, self.batch)
        return self._roles


def _commits(header: bytes, bound: bytes, key: Key) -> bool:
    try:
        Chunks(key, bound, header[:HEADER_BYTES])
    except ObjectDamaged:
        return False
    return True


@dataclass(frozen=True, slots=True)
class KeptKeyring:
    """A batch's keyring: it must hold a key for each of `objects` (with its code), and for `others`, the
    items and the batch itself.
    """

    tools: Tools
    batch: str
    objects: Mapping[str, str | None]
    others: frozenset[str]
    proofs: Proofs
    code: None = None
    derived: bool = False

    @property
    def label(self) -> str:
        """The keyring's name."""
        return keyring_name(self.batch)

    @property
    def weight(self) -> int:
        """About a line a key."""
        return 120 * (len(self.objects) + len(self.others))

    def look(self, site: str) -> Look:
        """All of it."""
        return read_small(self.tools, site, self.label)

    def judge(self, looks: Looks) -> dict[str, Kind]:
        """Each copy beside the authentic ones of all sites."""
        found = _Found(self, read_elsewhere(self.tools, looks, self.label))
        kinds = {site: found.kind(look) for site, look in looks.items()}
        return {site: kind for site, kind in kinds.items() if kind}

    def mend(self, site: str) -> bool:
        """As another site has it, where that is whole; else put together from the authentic copies, as the
        next revision. Never without a key that is needed, nor older than any authentic copy, nor with a key
        that one of them says is destroyed. Raises `NoGoodCopy`.
        """
        for _ in range(_ATTEMPTS):
            found = _Found(self, read_elsewhere(self.tools, {}, self.label))
            content = found.whole()
            if content is None:
                return False
            replace_file(self.tools, site, self.label, content)
            if not self.judge({site: self.look(site)}):  # else somebody wrote a newer one meanwhile
                return True
        return False

    def can_be_made(self) -> bool:
        """Whether the authentic copies of all sites together have every key, each the right one."""
        try:
            return _Found(self, read_elsewhere(self.tools, {}, self.label)).whole() is not None
        except (NoGoodCopy, SecretError):
            return False

    def lost_keys(self) -> list[Copy]:
        """The objects that can never be opened again: no site's keyring has their key."""
        try:
            best = _Found(self, read_elsewhere(self.tools, {}, self.label)).best
        except (NoGoodCopy, SecretError):
            best = None
        return [
            Copy(name, code, Kind.UNOPENABLE)
            for name, code in sorted(self.objects.items())
            if best is None or not self._holds(best, (name,))
        ]

    def complete(self, keyring: Keyring) -> Kind | None:
        """What a keyring lacks: nothing; OLD where a key is not in it, SWAPPED where it is another's."""
        if not (self._holds(keyring, self.others) and all(name in keyring for name in self.objects)):
            return Kind.OLD
        return None if self._holds(keyring, self.objects) else Kind.SWAPPED

    def _holds(self, keyring: Keyring, names: Iterable[str]) -> bool:
        try:
            return all(self.proofs.fits(name, keyring.key(name)) for name in names)
        except SecretError:
            return False


class _Found:
    """The copies of one keyring at all sites, and what they come to together."""

    def __init__(self, kept: KeptKeyring, looks: Looks) -> None:
        self._kept = kept
        self._contents = {look.content for look in looks.values() if look.kind is None}
        self._faults: dict[bytes, SecretError] = {}
        self._authentic: dict[bytes, Keyring] = {}
        for content in self._contents:
            try:
                self._authentic[content] = kept.tools.vault.read_keyring(kept.batch, content)
            except SecretError as fault:
                self._faults[content] = fault
        copies = list(self._authentic.values())
        self.newest = max((copy.revision for copy in copies), default=0)
        self._gone = frozenset[str]().union(*(copy.gone for copy in copies))
        self._in_doubt = self._differing(copies)
        self._kinds: dict[bytes, Kind | None] = {}

    @property
    def best(self) -> Keyring:
        """What the authentic copies hold together, each key one that fits. Raises `NoGoodCopy`."""
        if not self._authentic:
            raise NoGoodCopy(f"{self._kept.label} cannot be read", {})
        return Keyring.union(list(self._authentic.values()), self._fits)

    def kind(self, look: Look) -> Kind | None:
        """What is wrong with one copy."""
        if look.kind is not None:
            return look.kind
        if look.content not in self._kinds:
            self._kinds[look.content] = self._judged(look.content)
        return self._kinds[look.content]

    def whole(self) -> bytes | None:
        """A good keyring: a copy's very bytes, or a new revision; None where a key is nowhere."""
        for content, copy in self._authentic.items():
            if self._flaw(content, copy) is None:
                return content
        best = self.best
        if self._kept.complete(best) or not all(self._fits(n, best.key(n)) for n in self._kept.others):
            return None
        return best.without(()).to_bytes()

    def _judged(self, content: bytes) -> Kind | None:
        if content in self._authentic:
            return self._flaw(content, self._authentic[content])
        return self._spoilt(content)

    def _flaw(self, content: bytes, copy: Keyring) -> Kind | None:
        if flaw := misshapen(_KIND, content):
            return flaw
        if copy.revision < self.newest or any(name in copy for name in self._gone):
            return Kind.OLD
        if flaw := self._kept.complete(copy):
            return flaw
        wrong = any(name in copy and not self._fits(name, copy.key(name)) for name in self._in_doubt)
        return Kind.SWAPPED if wrong else None

    def _spoilt(self, content: bytes) -> Kind:
        """Of what is not authentic: another batch's, an older one, cut, or altered."""
        try:
            fields = records.load(_KIND, content)
        except ValueError:
            return Kind.ALTERED if content.endswith(b"}\n") else Kind.TRUNCATED
        if fields.get("batch") != self._kept.batch:
            return Kind.SWAPPED
        revision = fields.get("revision")
        return Kind.OLD if isinstance(revision, int) and revision < self.newest else Kind.ALTERED

    def _fits(self, name: str, key: Key) -> bool:
        proofs = self._kept.proofs
        return proofs.fits_payload(name, key) if name in self._in_doubt else proofs.fits(name, key)

    def _differing(self, copies: list[Keyring]) -> frozenset[str]:
        """Items and batches whose key the copies do not agree on."""
        if len(copies) < 2:
            return frozenset()
        return frozenset(name for name in self._kept.others if len(_secrets(name, copies)) > 1)


def _secrets(name: str, copies: Iterable[Keyring]) -> set[bytes]:
    found = set()
    for copy in copies:
        try:
            found.add(copy.key(name).secret)
        except SecretError:
            continue
    return found
