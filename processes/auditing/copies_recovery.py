"""The recovery file at a site: this archive's, made by its home or by `init`, and with the secrets of today.

The home knows its own files again and makes a new one where none is left. A home from before rotations
(its file is of the first form) cannot: form, archive and that all sites have the same are all there is to
check, and where two differ nobody can tell which one the recovery key opens.

Not done here: opening it, which takes the recovery key that no machine has.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.tools import Tools
from processes.auditing.audited import Kind
from processes.auditing.copies import Look, Looks, misshapen, read_elsewhere, read_small, replace_file
from processes.custody.rotate_guard import need_known
from storage import records
from storage.keychain import Keychain
from storage.recovery import RECOVERY_NAME, form_of, is_sound


@dataclass(frozen=True, slots=True)
class KeptRecovery:
    """The archive's secrets under its recovery key."""

    tools: Tools
    label: str = RECOVERY_NAME
    weight: int = 4000
    code: None = None

    @property
    def derived(self) -> bool:
        """Whether the home can write it anew."""
        return self._keychain is not None

    def look(self, site: str) -> Look:
        """All of it."""
        return read_small(self.tools, site, self.label)

    def judge(self, looks: Looks) -> dict[str, Kind]:
        """What the home can tell of each; in an old home, whether all are one."""
        kinds = {site: look.kind or self._kind(look.content) for site, look in looks.items()}
        if self._keychain is None:
            everywhere = read_elsewhere(self.tools, looks, self.label).values()
            sound = {one.content for one in everywhere if not (one.kind or self._kind(one.content))}
            if len(sound) > 1:
                kinds = {site: kind or Kind.ALTERED for site, kind in kinds.items()}
        return {site: kind for site, kind in kinds.items() if kind}

    def mend(self, site: str) -> bool:
        """From another site, or made anew by the home; in an old home only where all sound files are one and
        `site` has no sound one of its own. Raises `KeysSetBack` where it is newer than the home.
        """
        looks = read_elsewhere(self.tools, {}, self.label)
        if site in looks:
            need_known(self.tools, site, looks[site].content)
        sound = {one.content for one in looks.values() if not (one.kind or self._kind(one.content))}
        if self._keychain is not None:
            content = min(sound, default=b"") or self._made(self._keychain)
            return replace_file(self.tools, site, self.label, content)
        own = looks.get(site)
        if len(sound) != 1 or (own and own.content in sound):
            return False
        return replace_file(self.tools, site, self.label, sound.pop())

    @property
    def _keychain(self) -> Keychain | None:
        """The home's secrets, where they know recovery files."""
        keychain = self.tools.keychain
        return keychain if keychain.part_slot.path.exists() else None

    def _made(self, keychain: Keychain) -> bytes:
        return keychain.part.seal(keychain.recovery(self.tools.vault.archive_id))

    def _kind(self, found: bytes) -> Kind | None:
        if not is_sound(found):
            return Kind.ALTERED if found.endswith(b"}\n") else Kind.TRUNCATED
        if flaw := misshapen(form_of(found), found):
            return flaw
        archive = self.tools.vault.archive_id
        if records.load(form_of(found), found).get("archive") != archive:
            return Kind.SWAPPED
        keychain = self._keychain
        if keychain is None or keychain.is_current(found, archive, keychain.part):
            return None
        if keychain.part_slot.next.exists():  # the recovery key is being changed: that one's business
            return None
        genuine = keychain.part.holds(found) or form_of(found) == "recovery/1"
        return Kind.OLD if genuine else Kind.ALTERED
