"""All sites of an archive together: sealed objects and keyrings in several copies.

A vault serves one run (a batch, an audit, a command). A site that fails is left out for the rest of it and
named in `lost`, so that the sites which `settle` returns hold everything this vault has written. A process
that goes on, such as a worker, makes new sites and a new vault for each round: a failure ends with its round.

Not done here: which identifiers there are, the ledger, when a batch counts as stored; keyrings and other
small files (`vault_small`), what sealed bytes are (`sealing`), how one pass writes many copies (`fan`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from storage.copies import CopyState, Sealed, adopt_copies, bring, check_copy, opened
from storage.errors import NoGoodCopy, ObjectDamaged, ObjectError, SiteError, SizeDiffers
from storage.fan import Pour
from storage.sealed_file import SealedFile
from storage.sealing import Key, Opener, Sealer, context, sealed_size
from storage.site import Buffer
from storage.spool import spooled
from storage.vault_small import SmallFiles


def object_name(batch: str, object_id: str) -> str:
    """Where an object stands at a site. One folder a batch: one sync settles all its names."""
    return f"objects/{batch}/{object_id}"


class Vault(SmallFiles):
    """The sites of the archive `archive_id`; every write demands `min_copies` of them.

    All methods may be called from several threads at once. `lost` names the sites left out, with reasons.
    """

    def seal(
        self, batch: str, object_id: str, key: Key, role: str, size: int, source: Iterable[Buffer]
    ) -> Sealed:
        """Seal `size` bytes from `source` under `key` and write them to every site, in one pass.

        Raises `TooFewCopies`, and `SizeDiffers` when `source` gives another number of bytes: then nothing is
        kept, as when `source` itself raises. Durable after `settle`.
        """
        name = object_name(batch, object_id)
        sealer = Sealer(key, context(self._archive, object_id, role))
        with self._fan(name, sealed_size(size)) as fan, self._blocks.lend() as block:
            pour = Pour(block, fan)
            taken = 0
            for piece in source:
                taken += memoryview(piece).nbytes
                if taken > size:
                    break
                pour.seal(sealer, piece)
            if taken != size:
                raise SizeDiffers(name, f"{taken} bytes came, {size} were announced")
            pour.add(sealer.finalize())
            digest = pour.finish()
        return Sealed(pour.bytes, digest, fan.sites)

    def adopt(self, name: str, sealed_bytes: int, digest: str) -> tuple[str, ...]:
        """Count the copies that an interrupted run left, where they are whole, and bring one to the sites
        that lack it; the sites that hold one, () where no copy is whole. Reads every copy to its end.

        A site that fails is left out from here on. Durable after `settle`.
        """
        return adopt_copies(self._usable(), name, sealed_bytes, digest, self.lost)

    def open(
        self, batch: str, object_id: str, key: Key, role: str, sealed_bytes: int, *, cached: bool = False
    ) -> Iterator[bytes]:
        """The content, verified before it is given out, from the first site that has it; where a copy fails
        on the way the next one goes on at the same byte. `sealed_bytes` is the length the ledger knows;
        what goes to readers is read through the page cache (`cached`).

        Raises `NoGoodCopy`; what came before that is genuine but not all.
        """
        name = object_name(batch, object_id)
        bound = context(self._archive, object_id, role)
        reasons: dict[str, str] = {}
        given = 0
        for site in self._readable():
            skip = given
            try:
                for piece in opened(site, name, sealed_bytes, Opener(key, bound, name), cached=cached):
                    fresh = piece[skip:] if skip else piece
                    skip -= len(piece) - len(fresh)
                    if fresh:
                        given += len(fresh)
                        yield fresh
                return
            except (SiteError, ObjectError) as error:
                reasons[site.name] = error.reason
                if cached and isinstance(error, SiteError):
                    self.lost[site.name] = error.reason  # the next reader asks it last
        raise NoGoodCopy(f"{name} cannot be opened", reasons)

    def whole(self, batch: str, object_id: str, key: Key, role: str, sealed_bytes: int) -> bytes:
        """All of the content of a small object, verified to its end, from the first site whose copy is good;
        read in one go, by one request where the site is a bucket. Raises `NoGoodCopy`.
        """
        name = object_name(batch, object_id)
        bound = context(self._archive, object_id, role)
        reasons: dict[str, str] = {}
        for site in self._readable():
            try:
                sealed = site.read(name, 0, sealed_bytes + 1)
                if len(sealed) != sealed_bytes:
                    raise ObjectDamaged(name, f"not the {sealed_bytes} bytes expected", site.name)
                opener = Opener(key, bound, name)
                front = opener.update(sealed)
                return front + opener.finalize()
            except (SiteError, ObjectError) as error:
                reasons[site.name] = error.reason
                if isinstance(error, SiteError):
                    self.lost[site.name] = error.reason
        raise NoGoodCopy(f"{name} cannot be opened", reasons)

    def opened_file(self, batch: str, object_id: str, key: Key, role: str, sealed_bytes: int) -> SealedFile:
        """The content as a file to seek in, from whichever sites hold it. Raises `NoGoodCopy`."""
        name = object_name(batch, object_id)
        readers = [partial(site.read, name) for site in self._readable()]
        bound = context(self._archive, object_id, role)
        try:
            return SealedFile(readers[0], sealed_bytes, key, bound, readers[1:])
        except (SiteError, ObjectError) as error:
            raise NoGoodCopy(f"{name} cannot be opened", {self.sites[0]: error.reason}) from None

    def descriptor(self, batch: str, object_id: str, folder: Path) -> int:
        """An open file of the sealed object, for a probe to seek in; the caller closes it. Where only buckets
        have it, it is brought to a file without a name in `folder`. Raises `NoGoodCopy`.
        """
        name = object_name(batch, object_id)
        reasons: dict[str, str] = {}
        elsewhere = []
        for site in self._readable():
            try:
                fd = site.descriptor(name)
            except (SiteError, ObjectError) as error:
                reasons[site.name] = error.reason
                continue
            if fd is not None:
                return fd
            elsewhere.append(site)
        for site in elsewhere:
            try:
                return spooled(site, name, folder)
            except (SiteError, ObjectError) as error:
                reasons[site.name] = error.reason
        raise NoGoodCopy(f"{name} cannot be read", reasons)

    def check(self, site: str, name: str, sealed_bytes: int, digest: str) -> CopyState:
        """Read one copy to its end and compare length and BLAKE3; no key is needed.
        Raises `SiteUnavailable`: then nothing is known of the copy.
        """
        return check_copy(self._sites[site], name, sealed_bytes, digest)

    def repair(self, name: str, sealed_bytes: int, digest: str, to_site: str) -> bool:
        """Replace the copy at `to_site` from the first other site whose copy is whole, durably.

        False when no other site has a whole copy; what stood at `to_site` is then untouched. Raises
        `SiteError` when `to_site` cannot take it.
        """
        target = self._sites[to_site]
        brought = bring(self._readable(), target, name, sealed_bytes, digest)
        if brought:
            target.settle()
        return brought

    def discard(self, names: Iterable[str]) -> dict[str, str]:
        """Delete `names` everywhere, durably; the sites that did not confirm, with their reasons."""
        wanted = list(names)
        pending: dict[str, str] = {}
        for site in self._sites.values():
            try:
                for name in wanted:
                    site.delete(name)
                site.settle()
            except SiteError as error:
                pending[site.name] = error.reason
        return pending

    def sweep(self) -> int:
        """Have every site that is there remove what interrupted writes left; how many files."""
        removed = 0
        for site in self._usable():
            with suppress(SiteError):
                removed += site.sweep()
        return removed
