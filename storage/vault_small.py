"""What a vault is beneath its sealed objects: the sites together, and the small files that all of them keep.

Keyrings, the recovery file and what else is read whole. Not done here: sealed objects and their copies
(`vault`), what stands in a keyring (`keyring`), which sites there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from policies.suites import INTERNATIONAL, Suite
from storage.copies import Written
from storage.errors import KeyringDamaged, NoGoodCopy, SiteError, SizeDiffers, StorageError, TooFewCopies
from storage.fan import Fan, Pour, piece_blocks
from storage.keyring import Keyring, keyring_name
from storage.keys import Custody
from storage.site import Buffer, Site

_T = TypeVar("_T")

# Passes that find their memory waiting; more may run.
_PASSES = 4


class SmallFiles:
    """The sites of one archive, and the files they keep that are small enough to be read whole.

    `suite` is what new keyrings are made for; what there is already is read by its own tags.
    """

    def __init__(
        self,
        sites: Sequence[Site],
        custody: Custody,
        archive_id: str,
        min_copies: int,
        suite: Suite = INTERNATIONAL,
    ) -> None:
        if min_copies < 1:
            raise ValueError("an archive that demands no copy keeps nothing")
        self._sites = {site.name: site for site in sites}
        if len(self._sites) != len(sites):
            raise ValueError("two sites of one name")
        self._custody = custody
        self._archive = archive_id
        self._least = min_copies
        self.suite = suite
        self._blocks = piece_blocks(_PASSES)
        self.lost: dict[str, str] = {}

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of all sites, in the order in which they are read."""
        return tuple(self._sites)

    def site(self, name: str) -> Site:
        """The site of that name. Raises KeyError."""
        return self._sites[name]

    @property
    def archive_id(self) -> str:
        """The archive that every sealed object is bound to."""
        return self._archive

    @property
    def min_copies(self) -> int:
        """So many sites must hold a thing before it counts as kept."""
        return self._least

    def write(self, name: str, size: int, chunks: Iterable[Buffer]) -> Written:
        """Write `size` bytes that are sealed already, or may be read by anybody, to every site in one pass.

        Raises like `seal`. Durable after `settle`.
        """
        with self._fan(name, size) as fan, self._blocks.lend() as block:
            pour = Pour(block, fan)
            for chunk in chunks:
                pour.add(chunk)
            digest = pour.finish()
            if pour.bytes != size:
                raise SizeDiffers(name, f"{pour.bytes} bytes came, {size} were announced")
        return Written(pour.bytes, digest, fan.sites)

    def settle(self) -> tuple[str, ...]:
        """Make durable what this vault wrote, adopted and discarded; the sites that are there and hold all it
        wrote and adopted.

        Raises `TooFewCopies`; then what was written since the last call counts for nothing.
        """
        settled = []
        for site in self._usable():
            try:
                site.settle()
                settled.append(site.name)
            except SiteError as error:
                self.lost[site.name] = error.reason
        if len(settled) < self._least:
            raise TooFewCopies(f"{len(settled)} of at least {self._least} sites have settled", self.lost)
        return tuple(settled)

    def new_keyring(self, batch: str) -> Keyring:
        """An empty keyring for `batch`, stored nowhere."""
        return Keyring(batch, self._custody, cipher=self.suite.cipher)

    def put_keyring(self, keyring: Keyring) -> tuple[str, ...]:
        """Store `keyring` at every site, durably; the sites that hold it. Raises `TooFewCopies`."""
        return self.put_small(keyring_name(keyring.batch), keyring.to_bytes())

    def keyring(self, batch: str) -> Keyring:
        """What the authentic copies at all sites hold together (`Keyring.union`). Raises `NoGoodCopy`."""
        return Keyring.union(self.get_small(keyring_name(batch), partial(self.read_keyring, batch)))

    def copies_of_keyring(self, batch: str) -> dict[str, Keyring | None]:
        """Each site's own copy of the keyring of `batch`, None where it is missing, damaged or not authentic;
        a site that is not there is left out.
        """
        found: dict[str, Keyring | None] = {}
        for site in self._sites.values():
            try:
                found[site.name] = self.read_keyring(batch, site.read(keyring_name(batch)))
            except SiteError:
                continue
            except StorageError:
                found[site.name] = None
        return found

    def read_keyring(self, batch: str, data: bytes) -> Keyring:
        """A site's copy of the keyring of `batch`. Raises `KeyringDamaged`, also where the seal is false."""
        keyring = Keyring.from_bytes(data, self._custody)
        if keyring.batch != batch:
            raise KeyringDamaged(f"it is the keyring of {keyring.batch}")
        return keyring

    def put_small(self, name: str, data: bytes) -> tuple[str, ...]:
        """Store `data` at every site, durably; the sites that hold it. Raises `TooFewCopies`."""
        self.write(name, len(data), [data])
        return self.settle()

    def get_small(self, name: str, parse: Callable[[bytes], _T]) -> list[_T]:
        """What `parse` makes of each site's copy, leaving out those it refuses with a `StorageError`; at
        least one. A site that failed before is only asked where no other has one. Raises `NoGoodCopy`.
        """
        found: list[_T] = []
        reasons: dict[str, str] = {}
        for site in self._readable():
            if found and site.name in self.lost:
                continue
            try:
                found.append(parse(site.read(name)))
            except SiteError as error:
                reasons[site.name] = self.lost[site.name] = error.reason
            except StorageError as error:
                reasons[site.name] = str(error)
        if not found:
            raise NoGoodCopy(f"{name} cannot be read", reasons)
        return found

    def _fan(self, name: str, size: int) -> Fan:
        return Fan(self._usable(), name, size, self._least, self.lost)

    def _usable(self) -> list[Site]:
        return [site for site in self._sites.values() if site.name not in self.lost]

    def _readable(self) -> list[Site]:
        """All sites; those that failed before come last."""
        return sorted(self._sites.values(), key=lambda site: site.name in self.lost)
