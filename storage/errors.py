"""What can go wrong with copies and keys, grouped by fault.

    LantaiError
    └── StorageError
        ├── SiteError                one site cannot do what was asked; others may
        │   ├── SiteUnavailable      not there now, or failing: worth another try later
        │   ├── SiteFull             no room
        │   └── SiteReadOnly         there, but not to be written by us
        ├── ObjectError              one stored object
        │   ├── ObjectMissing
        │   ├── ObjectLocked         the site must keep it for a time
        │   ├── ObjectDamaged        its bytes are not what was stored, or do not fit key and context
        │   └── SizeDiffers          more or fewer bytes came than were announced; nothing was kept
        ├── CopiesError              all sites together
        │   ├── TooFewCopies         fewer good copies could be written than the archive demands
        │   └── NoGoodCopy           no reachable site holds a sound copy
        ├── SecretError              keys and the files that hold them
        │   ├── KeyMissing           the keyring holds no key of that name
        │   ├── KeyringDamaged
        │   ├── SecretFileDamaged
        │   ├── SecretFileExposed    others than the owner may read the file
        │   ├── SecretRefused        no passphrase, a wrong one, or an engine that says no
        │   ├── TransitUnavailable   the transit engine is not there, sealed or failing: worth another try
        │   ├── RotationPending      a change of keys was interrupted and must be ended first
        │   ├── RecoveryOutdated     the home does not know its recovery key's public part
        │   ├── KeysIncomplete       a rotation would lose keys: some are at no site that can be reached
        │   ├── KeysSetBack          a recovery file holds keys that this home never had: it was set back
        │   ├── RecoveryKeyMistyped
        │   ├── ShareMistyped        a share of the recovery key has a wrong character
        │   ├── SharesRefused        shares that are not enough, or not of one set
        │   └── RecoveryRefused      the recovery key does not open this recovery file
        └── UnsafeName               a name that could lead out of a site

Not done here: exit codes, HTTP states and sentences for people; each door has its own table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from policies.errors import LantaiError


class StorageError(LantaiError):
    """Anything that storage raises."""

    code = "storage"


class SiteError(StorageError):
    """One site cannot do what was asked. `site` is its name."""

    code = "site"

    def __init__(self, site: str, reason: str) -> None:
        super().__init__(f"site {site}: {reason}")
        self.site = site
        self.reason = reason


class SiteUnavailable(SiteError):
    """The site is not there or fails; the same call may succeed later."""

    code = "site-unavailable"


class SiteFull(SiteError):
    """The site has no room for what was to be written."""

    code = "site-full"


class SiteReadOnly(SiteError):
    """The site can be read, but not written by this process."""

    code = "site-read-only"


class ObjectError(StorageError):
    """One stored object. `name` is its name at the site, `place` the site or ""."""

    code = "object"

    def __init__(self, name: str, reason: str, place: str = "") -> None:
        super().__init__(f"{place + ': ' if place else ''}{name}: {reason}")
        self.name = name
        self.reason = reason
        self.place = place


class ObjectMissing(ObjectError):
    """Nothing stands under that name."""

    code = "object-missing"


class ObjectDamaged(ObjectError):
    """The bytes are not what was stored, or do not fit the key and context given."""

    code = "object-damaged"


class ObjectLocked(ObjectError):
    """The site keeps the object until `until`, whoever asks for its deletion."""

    code = "object-locked"

    def __init__(self, name: str, until: datetime, place: str = "") -> None:
        super().__init__(name, f"locked until {until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", place)
        self.until = until


class SizeDiffers(ObjectError):
    """More or fewer bytes came than were announced; nothing was kept of them."""

    code = "size-differs"


class CopiesError(StorageError):
    """All sites together. `reasons` names what each failing site said."""

    code = "copies"

    def __init__(self, subject: str, reasons: Mapping[str, str]) -> None:
        said = "; ".join(f"{site}: {reason}" for site, reason in sorted(reasons.items()))
        super().__init__(f"{subject} ({said})" if said else subject)
        self.reasons = dict(reasons)


class TooFewCopies(CopiesError):
    """Fewer sound copies could be written than the archive demands."""

    code = "too-few-copies"


class NoGoodCopy(CopiesError):
    """No reachable site holds a sound copy."""

    code = "no-good-copy"


class SecretError(StorageError):
    """Keys and the files that hold them. No message ever holds key material."""

    code = "secret"


class KeyMissing(SecretError):
    """The keyring holds no key of that name: never made, or destroyed."""

    code = "key-missing"


class KeyringDamaged(SecretError):
    """A keyring cannot be read, or its keys do not open with the custody given."""

    code = "keyring-damaged"


class SecretFileDamaged(SecretError):
    """A file that should hold a key holds something else."""

    code = "secret-file-damaged"


class SecretFileExposed(SecretError):
    """A file that holds a key can be read or written by others than its owner."""

    code = "secret-file-exposed"


class SecretRefused(SecretError):
    """A sealed secret does not open with what was given: no passphrase, a wrong one, or an engine says no."""

    code = "secret-refused"


class TransitUnavailable(SecretError):
    """The transit engine cannot be reached, is sealed, or fails; the same call may succeed later."""

    code = "transit-unavailable"


class RotationPending(SecretError):
    """A change of keys was interrupted and must be ended before what was asked."""

    code = "rotation-pending"


class RecoveryOutdated(SecretError):
    """The home does not hold what it takes to write the recovery file anew."""

    code = "recovery-outdated"


class KeysIncomplete(SecretError):
    """Keys that records need are at no site that can be reached; a rotation would lose them."""

    code = "keys-incomplete"


class KeysSetBack(SecretError):
    """A site's recovery file holds newer keys than this home, which must not take them away."""

    code = "keys-set-back"


class ShareMistyped(SecretError):
    """What was typed is not a share of a recovery key: a character is wrong, missing or too many."""

    code = "share-mistyped"


class SharesRefused(SecretError):
    """Shares that are too few, of different sets, or one that was made up."""

    code = "shares-refused"


class RecoveryKeyMistyped(SecretError):
    """What was typed is not a recovery key: a character is wrong, missing or too many."""

    code = "recovery-key-mistyped"


class RecoveryRefused(SecretError):
    """The recovery key is well formed, but does not open this recovery file."""

    code = "recovery-refused"


class UnsafeName(StorageError):
    """A name that is no relative path of plain parts; it never reached a site."""

    code = "unsafe-name"
