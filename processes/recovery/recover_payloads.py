"""Payloads had back from several sites: each is opened with its key and held against its commitment.

Whatever file a payload is found in, it counts only where it opens in its place and is what was committed to;
so leftovers and other sites' files may be looked into without harm. What opens nowhere is lost. A payload of
an item that has a tombstone, or of a report that was redacted, is destroyed, and not taken back even where
some site still has it.
Not done here: the entries themselves (`recover_tree`), what a loss means (`archive.catalogue_lost`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from archive.entries import SALT_BYTES, Entry
from archive.superseded import Superseded
from archive.tiles import TileName
from ingest.payloads import ARCHIVE_KEYRING, key_name, open_payloads, payload_context, payloads_path
from storage.errors import CopiesError, ObjectError, SecretError, SiteError, StorageError
from storage.keyring import Keyring, keyring_name
from storage.sealing import Opener
from storage.site import Site
from storage.vault import Vault

_KEYRINGS = 16
"""So many keyrings are kept open: entries of one batch stand together, corrections name former ones."""


@dataclass(slots=True)
class Payloads:
    """What `sites` hold of the payloads. `batch_of` tells the batch that brought an item, "" for none;
    `gone` is what the ledger says is destroyed.
    """

    sites: Sequence[Site]
    vault: Vault
    batch_of: Callable[[str], str]
    gone: Superseded
    missing: dict[str, str] = field(default_factory=dict)
    """Keyrings that could not be had, and why."""
    _keyrings: OrderedDict[str, Keyring | None] = field(default_factory=OrderedDict)

    def of(self, name: TileName, entries: Sequence[Entry]) -> tuple[list[Entry], list[int]]:
        """The entries of a bundle with their payloads; and the indices of those whose payload is lost."""
        opened: dict[int, Entry] = {}
        wanted = {place for place, entry in enumerate(entries) if not self.gone.covers(entry)}
        for sealed in self._files(name):
            for place in sorted(wanted - opened.keys()):
                if place < len(sealed) and sealed[place]:
                    whole = self._opened(entries[place], sealed[place])
                    if whole is not None:
                        opened[place] = whole
            if len(opened) == len(wanted):
                break
        lost = sorted(entries[place].index for place in wanted - opened.keys())
        return [opened.get(place, entry) for place, entry in enumerate(entries)], lost

    def _files(self, name: TileName) -> Iterator[list[bytes]]:
        """The sealed payloads of the bundle by place, as each site has them: first under the name that the
        head wants, then whatever else a site has of this bundle.
        """
        wanted, whole = payloads_path(name), payloads_path(TileName(-1, name.number))
        seen = set()
        for site in self.sites:
            for path in (wanted, *self._others(site, whole)):
                if (site.name, path) in seen:
                    continue
                seen.add((site.name, path))
                with suppress(SiteError, ObjectError, ValueError):
                    yield open_payloads(site.read(path))

    def _others(self, site: Site, whole: str) -> Iterator[str]:
        yield whole
        with suppress(SiteError):
            yield from (stored.name for stored in site.list(f"{whole}.p/"))

    def _opened(self, entry: Entry, sealed: bytes) -> Entry | None:
        holder = entry.batch or (self.batch_of(entry.item) if entry.item else "") or ARCHIVE_KEYRING
        keyring = self._keyring(holder)
        if keyring is None:
            return None
        try:
            key = keyring.key(key_name(entry, holder))
            opener = Opener(key, payload_context(entry.index, self.vault.archive_id))
            plain = opener.update(sealed) + opener.finalize()
        except StorageError:
            return None
        whole = replace(entry, salt=plain[:SALT_BYTES], payload=plain[SALT_BYTES:])
        return whole if whole.commitment_holds() else None

    def _keyring(self, holder: str) -> Keyring | None:
        if holder not in self._keyrings:
            try:
                self._keyrings[holder] = self.vault.keyring(holder)
            except (SecretError, CopiesError) as fault:
                self._keyrings[holder] = None
                self.missing[keyring_name(holder)] = str(fault)
            if len(self._keyrings) > _KEYRINGS:
                self._keyrings.popitem(last=False)
        self._keyrings.move_to_end(holder)
        return self._keyrings[holder]
