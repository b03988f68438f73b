"""What is said to people about the archive's own keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lantai.messages import retell, say, word

if TYPE_CHECKING:
    from processes.custody.key_state import KeyState
    from processes.custody.rotate import Rotation
    from processes.custody.rotate_recovery import NewRecovery
    from processes.custody.rotate_signing import NewSigningKey
    from storage.shares import Share


def of_rotation(done: Rotation) -> Iterator[str]:
    """A key-encryption key rotated."""
    if done.resumed:
        yield say("keys-resumed")
    yield say("keys-rotated", old=done.old, new=done.new, keyrings=done.keyrings, keys=done.keys)
    yield from _left(done.pending, done.waiting)


def of_recovery_key(key: str) -> Iterator[str]:
    """A recovery key, and what losing it means."""
    yield say("recovery-key", key=key)
    yield say("recovery-why")


def of_new_recovery(done: NewRecovery) -> Iterator[str]:
    """The recovery files sealed for another key."""
    yield say("recovery-changed", sites=", ".join(done.sites))
    yield from _left(done.pending, done.waiting)


def of_new_signing_key(done: NewSigningKey) -> Iterator[str]:
    """The signing key changed."""
    yield say("signing-changed", entry=done.entry, new=done.new)
    if done.compromised:
        yield say("signing-compromised", size=done.untrusted_from)
    yield say("signing-tell")
    yield from _left(done.pending, done.waiting)


def of_seal(forms: Mapping[str, str]) -> Iterator[str]:
    """How the key files are sealed now."""
    for name, form in forms.items():
        yield say("keys-sealed", name=name, form=word("seal", form))


def of_key_state(state: KeyState) -> Iterator[str]:
    """Which keys there are."""
    yield say("keys-current", kek=state.kek, wrap=state.wrap, signer=state.signer)
    yield say("keys-recovery", form=word("recovery-form", state.recovery_form))
    yield from of_seal(state.forms)
    for name in state.unfinished:
        yield say("keys-unfinished", name=name)
    for site, why in state.outdated.items():
        yield say("keys-pending", site=site, reason=retell(why))


def of_shares(made: Sequence[Share]) -> Iterator[str]:
    """The shares of a recovery key, one paper each."""
    yield say("shares-made", shares=len(made), threshold=made[0].threshold)
    for share in made:
        yield say("share", place=share.place, shares=len(made), text=share)
    yield say("shares-why")


def of_joined(key: str) -> Iterator[str]:
    """A recovery key from its shares."""
    yield say("recovery-joined", key=key)


def ask_share(number: int, threshold: int) -> str:
    """Which share is asked for next."""
    return say("ask-share", number=number, threshold=threshold or "?")


def _left(pending: Mapping[str, str], waiting: str) -> Iterator[str]:
    for site, why in sorted(pending.items()):
        yield say("keys-pending", site=site, reason=retell(why))
    if waiting:
        yield say("pending", reason=retell(waiting))
