"""The secrets of a home, in the files of its folder `keys/`.

    key-encryption-key     wraps all other keys            .next       made, and not current yet
    signing-key            signs checkpoints               .previous   current no more, and not erased yet
    recovery               the part of the recovery key that seals the recovery file

Each may be sealed (`secret_files`). The files are the only memory of a rotation: which of `.next` and
`.previous` stand there says how far it came, in every process, whatever was killed when. The current one is
never missing. What another process changes is seen: the signing key whenever it is used, key-encryption
keys when an unknown one is asked for and by `refresh`.

Not done here: what a rotation does between its steps (`processes.custody.rotate`), who may do it.
"""

from __future__ import annotations

import errno
import hashlib
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from storage import records
from storage.custody import HeldCustody
from storage.errors import RecoveryOutdated, RotationPending, SecretFileDamaged
from storage.keys import SECRET_BYTES, WRAP_ALGORITHM, KeyEncryptionKey
from storage.recovery_box import Recovery, RecoveryPart
from storage.seals import Seals
from storage.secret_files import Seal, decoded, encoded, form_of, make, read_bytes, replace, tidy
from storage.slots import Slot

KEK_FILE, SIGNING_FILE, PART_FILE = "key-encryption-key", "signing-key", "recovery"
CUSTODY_KIND = "key-encryption-key/1"
SIGNING_KIND = "signing-key-ed25519/1"
PART_KIND = "recovery-part/1"

_Secret = TypeVar("_Secret")

_KINDS = {KEK_FILE: CUSTODY_KIND, SIGNING_FILE: SIGNING_KIND, PART_FILE: PART_KIND}


class Keychain:
    """The secrets in `folder`, opened by `seals`. May be used from several threads at once.

    Raises `SecretError` of all kinds; FileNotFoundError where a secret is not there.
    """

    def __init__(self, folder: Path, seals: Seals) -> None:
        self.folder = folder
        self.seals = seals
        self._opened: dict[bytes, Mapping[str, object]] = {}
        self._lock = threading.RLock()
        self.keks = Slot(folder / KEK_FILE)
        self.signing = Slot(folder / SIGNING_FILE)
        self.part_slot = Slot(folder / PART_FILE)
        self.custody = HeldCustody(self._read_keks)

    @classmethod
    def create(cls, folder: Path, seals: Seals, part: RecoveryPart, wrap: str = WRAP_ALGORITHM) -> Keychain:
        """New secrets in a folder that holds none, sealed as `seals.form` says. Raises FileExistsError."""
        new = Recovery("", (KeyEncryptionKey.new(wrap),), (secrets.token_bytes(SECRET_BYTES),))
        return cls.write_recovered(folder, new, seals, part)

    @classmethod
    def write_recovered(
        cls, folder: Path, recovery: Recovery, seals: Seals, part: RecoveryPart | None
    ) -> Keychain:
        """The files of a home again, from what its recovery file held; a rotation that was under way then can
        be ended in it. Without `part` the home cannot rotate. Raises FileExistsError.
        """
        seal = seals.of(seals.form)
        if not (recovery.key_encryption_keys and recovery.signing_seeds):
            raise SecretFileDamaged("the recovery file holds no secrets")
        files = {KEK_FILE + end: _of_kek(kek) for end, kek in _placed(recovery.key_encryption_keys)}
        files |= {SIGNING_FILE + end: _of_seed(seed) for end, seed in _placed(recovery.signing_seeds)}
        if part:
            files[PART_FILE] = part.fields()
        for name, fields in files.items():
            make(folder / name, encoded(_KINDS[Path(name).stem], fields, seal))
        return cls(folder, seals)

    def unlock(self) -> None:
        """Open both current keys now, asking for what that takes, before anything is begun."""
        self.refresh()
        self._seed(self.signing.path)

    def refresh(self) -> None:
        """See what another process has changed; whoever takes the lock of the keys calls it first."""
        marks = set()
        for slot in (self.keks, self.signing, self.part_slot):
            for path in (slot.path, slot.next, slot.previous):
                with suppress(FileNotFoundError):
                    marks.add(_mark(_KINDS[path.stem], read_bytes(path)))
        with self._lock:  # what was erased does not stay in memory; what is open needs no asking again
            self._opened = {mark: fields for mark, fields in self._opened.items() if mark in marks}
        self.custody.refresh()

    @property
    def kek(self) -> KeyEncryptionKey:
        """The current key-encryption key, read anew."""
        return self._kek(self.keks.path)

    @property
    def next_kek(self) -> KeyEncryptionKey | None:
        """The one that a rotation is going to, if any."""
        return self._kek_or_none(self.keks.next)

    @property
    def previous_kek(self) -> KeyEncryptionKey | None:
        """The one that a rotation has come from and not erased yet, if any."""
        return self._kek_or_none(self.keks.previous)

    @property
    def signing_seed(self) -> bytes:
        """The seed of the signing key, 32 bytes, as it stands now."""
        return self._seed(self.signing.path)

    @property
    def next_seed(self) -> bytes | None:
        """The seed that a change of the signing key is going to, if any."""
        return self._seed(self.signing.next) if self.signing.next.exists() else None

    @property
    def part(self) -> RecoveryPart:
        """What the home keeps of the recovery key. Raises `RecoveryOutdated` where it keeps nothing."""
        return self._part(self.part_slot.path)

    def recovery(self, archive_id: str) -> Recovery:
        """What a recovery file must hold now: the current secrets, and those that become so."""
        keks = (self.kek, self.next_kek)
        seeds = (self.signing_seed, self.next_seed)
        return Recovery(archive_id, tuple(k for k in keks if k), tuple(s for s in seeds if s))

    def is_current(self, data: bytes, archive_id: str, part: RecoveryPart | None = None) -> bool:
        """Whether `data` is a recovery file for the key of `part`, the home's own where none is given, that
        holds just what it must now.
        """
        said = {**self.recovery(archive_id).holds, "archive": archive_id}
        holds = (part or self.part).holds(data)
        return holds is not None and said == {name: holds.get(name) for name in said}

    def begin_kek(self, wrap: str) -> KeyEncryptionKey:
        """The next key-encryption key, durably: the one of an interrupted rotation, else a new one."""
        if not self.keks.next.exists():
            self._make(self.keks.next, _of_kek(KeyEncryptionKey.new(wrap)))
        self.refresh()
        return self._kek(self.keks.next)

    def begin_seed(self) -> bytes:
        """The next seed of the signing key, in the same way."""
        if not self.signing.next.exists():
            self._make(self.signing.next, _of_seed(secrets.token_bytes(SECRET_BYTES)))
        return self._seed(self.signing.next)

    def begin_part(self, part: RecoveryPart) -> None:
        """Remember the part of a recovery key that people are about to see."""
        replace(self.part_slot.next, encoded(PART_KIND, part.fields(), self._seal_in_use()))

    def reseal(self, form: str, seals: Seals) -> None:
        """Change how the files are sealed; `seals` gives the new seal. May be killed anywhere and repeated:
        every file opens by what it says of itself. Raises `RotationPending`.
        """
        if pending := self.pending():
            raise RotationPending(f"a change of keys was interrupted ({', '.join(pending)}): end it first")
        tidy(self.folder)
        for name in _KINDS:
            path = self.folder / name
            if not path.exists():
                continue
            fields = self._fields(path)
            data = encoded(_KINDS[name], fields, seals.of(form))
            if decoded(name, data, _KINDS[name], seals) != fields:
                raise SecretFileDamaged(f"{name}: it would not open again")
            replace(path, data)
        self.seals = seals
        self.refresh()

    def forms(self) -> dict[str, str]:
        """How each file is sealed."""
        return {name: form_of(read_bytes(self.folder / name)) for name in _KINDS if self._there(name)}

    def pending(self) -> list[str]:
        """The files that an unfinished change of keys left, by name."""
        slots = (self.keks, self.signing, self.part_slot)
        return [path.name for slot in slots for path in (slot.next, slot.previous) if path.exists()]

    def _there(self, name: str) -> bool:
        return (self.folder / name).exists()

    def _seal_in_use(self) -> Seal | None:
        """New files are sealed as the current key-encryption key is."""
        return self.seals.of(form_of(read_bytes(self.keks.path)))

    def _make(self, path: Path, fields: Mapping[str, object]) -> None:
        make(path, encoded(_KINDS[path.stem], fields, self._seal_in_use()))

    def _read_keks(self) -> tuple[KeyEncryptionKey, ...]:
        """All that stand there, the current one first. Read in the order in which a switch moves them: one
        that happens meanwhile hides none.
        """
        coming, current, former = (self._kek_or_none(slot) for slot in self._places())
        if current is None:
            raise FileNotFoundError(errno.ENOENT, "there is no key-encryption key", str(self.keks.path))
        return tuple(kek for kek in (current, coming, former) if kek)

    def _places(self) -> tuple[Path, Path, Path]:
        return self.keks.next, self.keks.path, self.keks.previous

    def _kek_or_none(self, path: Path) -> KeyEncryptionKey | None:
        try:
            return self._kek(path)
        except FileNotFoundError:
            return None

    def _kek(self, path: Path) -> KeyEncryptionKey:
        fields = self._fields(path)
        try:
            return KeyEncryptionKey(
                records.from_text(fields.get("secret")), str(fields.get("wrap", WRAP_ALGORITHM))
            )
        except ValueError as error:
            raise SecretFileDamaged(f"{path.name}: {error}") from None

    def _seed(self, path: Path) -> bytes:
        try:
            seed = records.from_text(self._fields(path).get("secret"))
            if len(seed) != SECRET_BYTES:
                raise ValueError(f"holds {len(seed)} bytes, expected {SECRET_BYTES}")
        except ValueError as error:
            raise SecretFileDamaged(f"{path.name}: {error}") from None
        return seed

    def _part(self, path: Path) -> RecoveryPart:
        try:
            return RecoveryPart.from_fields(self._fields(path))
        except FileNotFoundError:
            raise RecoveryOutdated(
                "the recovery file is of the first form: run `lantai keys rotate --recovery` first"
            ) from None
        except ValueError as error:
            raise SecretFileDamaged(f"{path.name}: {error}") from None

    def _fields(self, path: Path) -> Mapping[str, object]:
        """What the file holds; one content is unsealed once."""
        data, kind = read_bytes(path), _KINDS[path.stem]
        mark = _mark(kind, data)
        with self._lock:
            if mark not in self._opened:
                self._opened[mark] = decoded(path.name, data, kind, self.seals)
            return self._opened[mark]


def _mark(kind: str, data: bytes) -> bytes:
    return hashlib.sha256(kind.encode() + data).digest()


def _placed(held: tuple[_Secret, ...]) -> Iterator[tuple[str, _Secret]]:
    """The endings of the files of the current one and, where a change was under way, of the next."""
    return zip(("", ".next"), held, strict=False)


def _of_seed(seed: bytes) -> dict[str, object]:
    return {"secret": records.to_text(seed)}


def _of_kek(kek: KeyEncryptionKey) -> dict[str, object]:
    fields: dict[str, object] = {"secret": records.to_text(kek.secret)}
    return fields if kek.algorithm == WRAP_ALGORITHM else {**fields, "wrap": kek.algorithm}
