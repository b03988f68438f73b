"""What a site must keep, one thing at a time: how its copy is read, judged and mended.

Reading happens at each site by itself and by many threads; judging sees what all sites gave together, for
what is old or another's can only be told beside the others. Not done here: keyrings (`copies_keyring`), the
recovery file (`copies_recovery`), the published ledger (`copies_ledger`), what there is to keep (`holdings`).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Protocol

from blake3 import blake3

from archive import catalogue
from archive.catalogue_audit import is_kept
from ingest.tools import Tools
from processes.auditing.audited import Kind
from storage import records
from storage.copies import CopyState
from storage.errors import ObjectError, ObjectMissing, SiteError
from storage.sealing import HEADER_BYTES
from storage.site import Site, put
from storage.vault import object_name

Headers = MutableMapping[str, bytes]
"""The headers of sealed objects, as whole copies have them."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one site gave: `count` bytes were really read; and what is known of them without the others.

    `kind` is None where nothing is wrong so far. `content` is a small file's, or a whole object's header;
    `digest` is a spoilt object's, by which another's is known.
    """

    kind: Kind | None
    count: int = 0
    content: bytes = b""
    digest: str = ""


Looks = Mapping[str, Look]
"""What each site that could be read gave."""


class Kept(Protocol):
    """One thing that every site keeps. `label` names it to people, `code` is its item's or None."""

    @property
    def label(self) -> str:
        """The object's identifier or the file's name."""

    @property
    def code(self) -> str | None:
        """The archival code of the item it belongs to."""

    @property
    def weight(self) -> int:
        """About how many bytes of it stay in memory until it is judged."""

    @property
    def derived(self) -> bool:
        """Whether the database makes it again, whatever the sites hold: then it is never lost."""

    def look(self, site: str) -> Look:
        """Read the copy at `site` to its end. Raises `SiteError` where nothing is known of it."""

    def judge(self, looks: Looks) -> dict[str, Kind]:
        """The sites whose copy is not whole, and what is wrong with it."""

    def mend(self, site: str) -> bool:
        """Replace the copy at `site` by a good one; False, or `CopiesError` or `SecretError`, where there is
        none. Raises `SiteError` where `site` does not take it.
        """


@dataclass(frozen=True, slots=True)
class KeptObject:
    """A sealed object. What a whole copy begins with is noted in `headers`: its keyring is proved by it."""

    tools: Tools
    stored: catalogue.StoredObject
    headers: Headers
    derived: bool = False
    weight: int = HEADER_BYTES

    @property
    def label(self) -> str:
        """The object's identifier."""
        return self.stored.object_id

    @property
    def code(self) -> str | None:
        """Its item's code."""
        return self.stored.code

    def look(self, site: str) -> Look:
        """Length and BLAKE3 against the ledger's."""
        stored, found, count, header = self.stored, blake3(), 0, b""
        try:
            for piece in self.tools.vault.site(site).stream(object_name(stored.batch, stored.object_id)):
                header = header or bytes(piece[:HEADER_BYTES])
                found.update(piece)
                count += len(piece)
        except ObjectMissing:
            return Look(Kind.MISSING, count)
        except ObjectError:
            return Look(Kind.UNREADABLE, count)
        digest = found.hexdigest()
        if count == stored.sealed_bytes and digest == stored.sealed_blake3:
            return Look(None, count, header)
        return Look(Kind.TRUNCATED if count < stored.sealed_bytes else Kind.ALTERED, count, digest=digest)

    def judge(self, looks: Looks) -> dict[str, Kind]:
        """As each was found."""
        for look in looks.values():
            if look.kind is None:
                self.headers[self.stored.object_id] = look.content
                break
        return {site: look.kind for site, look in looks.items() if look.kind is not None}

    def mend(self, site: str) -> bool:
        """From another site whose copy is checked while it is copied."""
        stored = self.stored
        name = object_name(stored.batch, stored.object_id)
        return self.tools.vault.repair(name, stored.sealed_bytes, stored.sealed_blake3, site)


def is_gone(tools: Tools, stored: catalogue.StoredObject) -> bool:
    """Whether the object's item was destroyed since the batch was read: then no copy may be brought."""
    with tools.database.read() as conn:
        return not is_kept(conn, stored.object_id)


def take_back(site: Site, stored: catalogue.StoredObject) -> None:
    """Remove a copy that was brought while the object was destroyed: the destruction may have passed here."""
    site.purge(object_name(stored.batch, stored.object_id))
    site.settle()


def read_small(tools: Tools, site: str, name: str) -> Look:
    """Read a small file at `site`. Raises `SiteError`."""
    try:
        content = tools.vault.site(site).read(name)
    except ObjectMissing:
        return Look(Kind.MISSING)
    except ObjectError:
        return Look(Kind.UNREADABLE)
    return Look(None, len(content), content)


def read_file(tools: Tools, site: str, name: str) -> bytes | CopyState:
    """A small file at `site`, or why there is none. Raises `SiteError`."""
    look = read_small(tools, site, name)
    if look.kind is None:
        return look.content
    return CopyState.MISSING if look.kind is Kind.MISSING else CopyState.DAMAGED


def read_elsewhere(tools: Tools, looks: Looks, name: str) -> dict[str, Look]:
    """What every site has under `name`: `looks`, and what the others that can be read give."""
    found = dict(looks)
    for site in tools.vault.sites:
        if site not in found:
            try:
                found[site] = read_small(tools, site, name)
            except SiteError:
                continue  # that site's own result says so
    return found


def misshapen(kind: str, content: bytes) -> Kind | None:
    """Whether a record, which can be read, has other bytes than it was written with. Raises ValueError where
    it cannot be read.
    """
    written = records.dump(kind, records.load(kind, content))
    if content == written:
        return None
    return Kind.TRUNCATED if written.startswith(content) else Kind.ALTERED


def replace_file(tools: Tools, site: str, name: str, content: bytes) -> bool:
    """Write a small file at `site`, durably. Raises `SiteError`."""
    target = tools.vault.site(site)
    put(target, name, content)
    target.settle()
    return True


def is_whole(one: Kept, site: str) -> bool:
    """Whether the copy at `site` is whole now. Raises `SiteError`."""
    return not one.judge({site: one.look(site)})
