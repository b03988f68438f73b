"""Destroyed items have no keys: their keyrings are written anew without, and the key-encryption key changes.

In this order: a rotation before would carry the keys along under the new one. After it an older keyring is of
no use to anybody who has not also a secret that opens the former key-encryption key.

Not done here: older versions at sites that keep such (`destroy_sites`), changing keys itself (`rotate`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.keyhold import keys_alone, keys_held
from ingest.tools import Tools
from processes.custody.rotate_sites import Reach, outdated, refresh, write_keyring
from processes.destruction.destroyed import Stone
from storage.errors import ObjectError, SecretError
from storage.keyring import Keyring, keyring_name
from storage.recovery import RECOVERY_NAME
from storage.site import Site, put


def drop_keys(tools: Tools, batches: Mapping[str, Sequence[Stone]]) -> Mapping[str, str]:
    """Write the keyrings of these batches without the keys of what is destroyed; the sites that could not be
    reached, with reasons. May be repeated. Raises `TooFewCopies`, and `NoGoodCopy` where a keyring is lost.
    """
    with keys_alone(tools):
        reach = Reach(tools)
        for batch, stones in sorted(batches.items()):
            write_keyring(reach, without(tools.vault.keyring(batch), stones))
        reach.each(lambda site: site.settle())
    return dict(reach.pending)


def without(keyring: Keyring, stones: Sequence[Stone]) -> Keyring:
    """The keyring itself where nothing of `stones` has a key in it, else the next revision that is so."""
    gone = {name for stone in stones for name in stone.keys}
    return keyring if gone <= keyring.gone else keyring.without(gone)


def keys_gone(tools: Tools, site: Site, batches: Mapping[str, Sequence[Stone]]) -> None:
    """See to it that no key of what is destroyed stands at a site: what was away is brought up to date, and
    what stood before under the same names is removed where the site keeps it. Raises `SiteError`.
    """
    with keys_held(tools):
        if outdated(tools, [site.name]):
            refresh(tools, site.name)
        versioned = site.versioned()
        for batch, stones in sorted(batches.items()):
            _keyring(tools, site, batch, stones, versioned=versioned)
        if versioned and len(tools.vault.sites) > 1:
            _anew(site, RECOVERY_NAME, site.read(RECOVERY_NAME))
        site.settle()


def _keyring(tools: Tools, site: Site, batch: str, stones: Sequence[Stone], *, versioned: bool) -> None:
    wanted = without(tools.vault.keyring(batch), stones)
    name = keyring_name(batch)
    if versioned and _elsewhere(tools, site, wanted):
        _anew(site, name, wanted.to_bytes())
    elif not _stands(tools, site, wanted):
        put(site, name, wanted.to_bytes())


def _anew(site: Site, name: str, content: bytes) -> None:
    """Put it alone there: a kill between the two loses it here, and the others have it."""
    site.purge(name)
    put(site, name, content)


def _elsewhere(tools: Tools, site: Site, keyring: Keyring) -> bool:
    others = (tools.vault.site(name) for name in tools.vault.sites if name != site.name)
    return any(_stands(tools, other, keyring) for other in others)


def _stands(tools: Tools, site: Site, keyring: Keyring) -> bool:
    try:
        found = tools.vault.read_keyring(keyring.batch, site.read(keyring_name(keyring.batch)))
    except (ObjectError, SecretError):
        return False
    return found.same_as(keyring)
