"""How long whoever failed to sign in has to wait: counts and times in, seconds out.

Failures are counted so that nobody can lock another out:

    device    of somebody who signed in before, by a signed cookie (OWASP, "device cookies"): its own count
    pair      everybody else, by account and address
    address   everybody else, by address, whatever the account: for one password tried on many accounts

A known device is judged by its own count alone, so whatever strangers do, at its own address too, it gets in.
Where that count makes it wait (a stolen cookie), it is judged as a stranger is. There is no count by account
alone: it would be the lever to lock its owner out. Counts leak away with time. Source: ASVS 5.0, 6.3.1.

An attempt is counted before its password is looked at, so that many at once count as many. Not done here:
keeping counts (`archive.failures`), what a sign-in is (`processes.people.sign_in`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

FORGOTTEN = 86_400
"""Seconds after which a count that nobody added to is as if it had never been."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, and what follows: each further one doubles the wait, up to the longest.

    One failure leaks away in `leak` seconds.
    """

    free: int
    first: int
    longest: int
    leak: int


LIMITS = {
    "device": Limit(free=10, first=30, longest=900, leak=1_800),
    "pair": Limit(free=5, first=30, longest=900, leak=1_800),
    "address": Limit(free=100, first=30, longest=900, leak=60),
}


@dataclass(frozen=True, slots=True)
class Count:
    """Failures, and the time of the last one in seconds since 1970."""

    failures: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Who:
    """Who tries: the account as it was typed, the address, and the device where its cookie proved one.

    An empty address is the machine itself: there all share one place, so only the pair is counted.
    """

    account: str
    address: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """What counts for an attempt: the counts that it adds to, or how many seconds it has to wait first."""

    counted: tuple[str, ...]
    wait: int = 0


def keys_of(who: Who) -> tuple[str, ...]:
    """The names of every count that may matter for `who`; typed names stand in them as digests only."""
    names = [f"pair:{_digest(who.account, network_of(who.address))}"]
    if who.address:
        names.append(f"address:{_digest(network_of(who.address))}")
    if who.device:
        names.append(f"device:{_digest(who.account, who.device)}")
    return tuple(names)


def admit(who: Who, counts: Mapping[str, Count], now: int) -> Admission:
    """Whether `who` may try now. `counts` are those of `keys_of` that are known."""
    names = keys_of(who)
    known = [name for name in names if name.startswith("device:")]
    for name in known:
        if not seconds_left(name, counts.get(name, Count()), now):
            return Admission((name,))
    strange = tuple(name for name in names if name not in known)
    wait = max(seconds_left(name, counts.get(name, Count()), now) for name in strange)
    return Admission(strange, wait)


def failed(name: str, count: Count, now: int) -> Count:
    """The count after one failure more."""
    return Count(left(name, count, now) + 1, now)


def left(name: str, count: Count, now: int) -> int:
    """How many failures still count."""
    passed = max(0, now - count.last)
    if passed >= FORGOTTEN:
        return 0
    return max(0, count.failures - passed // _limit(name).leak)


def seconds_left(name: str, count: Count, now: int) -> int:
    """How long the next attempt has to wait, 0 for not at all; also by a clock that was set back never longer
    than the limit's longest.
    """
    limit = _limit(name)
    over = left(name, count, now) - limit.free
    if over < 0:
        return 0
    wait = min(limit.longest, limit.first << min(over, 16))
    return max(0, min(wait, count.last + wait - now))


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, which one customer has whole."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64)) + "/64"


def _limit(name: str) -> Limit:
    return LIMITS[name.partition(":")[0]]


def _digest(*parts: str) -> str:
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:32]
