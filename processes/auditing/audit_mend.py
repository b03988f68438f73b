"""What is done about copies that are not whole: mended from a good one, or named as lost.

A copy is replaced by one that was itself just checked, never the other way, and counts as mended when it was
read back. Not done here: finding them (`audit_visit`).
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace

from archive import catalogue
from ingest.keyhold import keys_held
from ingest.tools import Tools
from processes.auditing.audited import Copy, Kind, SiteAudit
from processes.auditing.copies import Kept, KeptObject, is_gone, is_whole, take_back
from processes.auditing.copies_keyring import KeptKeyring
from processes.auditing.copies_recovery import KeptRecovery
from storage.errors import SiteError, StorageError


@dataclass(frozen=True, slots=True)
class Mender:
    """Sees to broken copies and enters what becomes of them in the results."""

    tools: Tools
    sites: dict[str, SiteAudit]
    repair: bool
    again: bool = False
    """Whether some may be mended already, by a run that was interrupted."""

    def see_to(self, one: Kept, kinds: dict[str, Kind]) -> dict[str, Kind]:
        """List the broken copies of one thing, mend them if asked, and say so where none is whole anywhere.
        The sites where it is still broken afterwards.
        """
        with ExitStack() as held:
            if self.repair and isinstance(one, KeptKeyring | KeptRecovery):
                held.enter_context(keys_held(self.tools))
            return self._one(one, kinds)

    def _one(self, one: Kept, kinds: dict[str, Kind]) -> dict[str, Kind]:
        if isinstance(one, KeptObject) and is_gone(self.tools, one.stored):
            return {}
        if isinstance(one, KeptKeyring) and (now := self._of_today(one)) != one:
            one, kinds = now, {site: kind for site, kind in kinds.items() if not self._stands(now, site)}
        for site, kind in kinds.items():
            self.sites[site].note(Copy(one.label, one.code, kind))
        mended = [site for site in kinds if self.repair and self._mended(one, self.sites[site])]
        for site in mended:
            self.sites[site].repaired.append(Copy(one.label, one.code, kinds[site]))
        if not mended and not one.derived and self._is_lost(one, kinds):
            keys = one.lost_keys() if isinstance(one, KeptKeyring) else []
            for site, kind in kinds.items():
                self.sites[site].lost += [Copy(one.label, one.code, kind), *keys]
        return {site: kind for site, kind in kinds.items() if site not in mended}

    def _mended(self, one: Kept, result: SiteAudit) -> bool:
        """Whether the copy is whole now, read back from the site: mended here, or before an interruption."""
        if result.unreachable:
            return False
        try:
            if not (self.again and is_whole(one, result.site)) and not one.mend(result.site):
                return False
            if isinstance(one, KeptObject) and is_gone(self.tools, one.stored):
                take_back(self.tools.vault.site(result.site), one.stored)
            look = one.look(result.site)
            whole = not one.judge({result.site: look})
        except SiteError as fault:
            result.refused = fault.reason
            return False
        except StorageError:
            return False  # no good copy, or no key to make one with
        result.bytes += look.count
        return whole

    def _of_today(self, one: KeptKeyring) -> KeptKeyring:
        """The keyring without the keys of what was destroyed since its batch was read."""
        with self.tools.database.read() as conn:
            stored = list(catalogue.all_components(conn, one.batch))
        kept = {part.object_id for part in stored}
        others = {one.batch, *(part.item for part in stored)}
        objects = {name: code for name, code in one.objects.items() if name in kept}
        return replace(one, objects=objects, others=one.others & others)

    def _stands(self, one: KeptKeyring, site: str) -> bool:
        try:
            return is_whole(one, site)
        except SiteError:
            return False

    def _is_lost(self, one: Kept, kinds: dict[str, Kind]) -> bool:
        """Whether every site was asked and none holds it whole; a site that is away may."""
        if isinstance(one, KeptKeyring) and one.can_be_made():
            return False
        for site in self.tools.vault.sites:
            if site in kinds:
                continue
            try:
                if site in self.sites or is_whole(one, site):
                    return False
            except SiteError:
                return False
        return True
