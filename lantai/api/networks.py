"""Where a request comes from: its address as far as it can be believed, and the zone that it lies in.

Not here: what an account may in a zone (`policies.roles`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from lantai.settings_http import HttpSettings
from policies.access import Zone

Networks = tuple[str, ...]
_FORWARDED = re.compile(r'\s*for="?\[?([0-9A-Fa-f.:]+?)\]?(?::\d+)?"?\s*\Z')


@lru_cache(maxsize=4096)
def lies_in(address: str, networks: Networks) -> bool:
    """Whether the address is in one of the networks; what is no address is in none."""
    known = _address(address)
    if known is None:
        return False
    every = [ip_network(one) for one in networks]
    return any(known in network for network in every if network.version == known.version)


def address_of(peer: str, http: HttpSettings, header: Callable[[str], Iterable[str]]) -> str:
    """Who asks: the peer itself, or where that is a proxy of ours the last address before our proxies.

    `header` gives the values of the header of this name. What anybody else says of itself is not read.
    """
    if not http.behind_proxy or not lies_in(peer, http.behind_proxy):
        return peer
    for value in reversed(list(_said(http, header))):
        if not lies_in(value, http.behind_proxy):
            return str(known) if (known := _address(value)) else "unknown"
        peer = value
    return peer


def zone_at(address: str, zones: Mapping[Zone, Networks]) -> Callable[[str], str] | None:
    """What makes of an account's zone the one it works from at this address; None where none is changed.

    Where networks are named for any zone, a zone without any is nowhere: the public network is left.
    """
    if not zones:
        return None
    return lambda zone: zone if lies_in(address, _networks(zones, zone)) else Zone.PUBLIC


def scheme_of(peer: str, scheme: str, http: HttpSettings, header: Callable[[str], Iterable[str]]) -> str:
    """`https` where the request came so, at our own door or at a proxy of ours."""
    if not http.behind_proxy or not lies_in(peer, http.behind_proxy):
        return scheme
    if http.proxy_header == "forwarded":
        return "https" if any("proto=https" in value.lower() for value in header("forwarded")) else scheme
    said = [value.strip().lower() for value in header("x-forwarded-proto")]
    return said[-1] if said and said[-1] in ("http", "https") else scheme


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    known = _address(host)
    return known.is_loopback if known is not None else host == "localhost"


def _said(http: HttpSettings, header: Callable[[str], Iterable[str]]) -> Iterable[str]:
    for line in header(http.proxy_header):
        for one in line.split(","):
            if http.proxy_header == "x-forwarded-for":
                yield one.strip()
            else:
                pairs = [_FORWARDED.match(part) for part in one.split(";") if "for=" in part.lower()]
                yield next((found.group(1) for found in pairs if found), "unknown")


def _networks(zones: Mapping[Zone, Networks], zone: str) -> Networks:
    return zones.get(Zone(zone), ()) if zone in set(Zone) else ()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address; one of IPv4 written as one of IPv6 is that of IPv4."""
    try:
        known = ip_address(text)
    except ValueError:
        return None
    mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    return mapped or known
