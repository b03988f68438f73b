"""Addresses of S3 servers: `https://…`, and `http://…` only where nobody else can listen.

Not done here: nothing is connected to and no name is looked up.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

# Names that lead nowhere outside: RFC 6761, RFC 6762, RFC 8375 and ICANN's `internal`.
_INSIDE = (".localhost", ".local", ".internal", ".home.arpa")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
_PORTS = {"http": 80, "https": 443}


def endpoint_mistake(endpoint: str) -> str:
    """What is wrong with the address of a server, or nothing. Never repeats a password written into it."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in _PORTS or not host:
        return "is no address like https://host:port"
    if "@" in parts.netloc:
        return "holds a user or a password: credentials stand in a file of their own"
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return "is followed by a path: the bucket and what follows have settings of their own"
    if port == 0 or not (_HOST.fullmatch(host) or _address(host)):
        return "names no host"
    if parts.scheme == "http" and not private(host):
        return (
            f"is not encrypted, and {host} is no address of this machine or a private network: use https://"
        )
    return ""


def private(host: str) -> bool:
    """Whether `host` is this machine, a private network (RFC 1918, RFC 4193) or a name without a domain, as
    machines of one network or one compose file call each other.
    """
    if address := _address(host):
        return address.is_loopback or address.is_private
    name = host.lower()
    return "." not in name or name.endswith(_INSIDE)


def host_and_port(endpoint: str) -> str:
    """`host:port` of an address, in one spelling: small letters, this machine by its address."""
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").lower()
    if host == "localhost":
        host = "127.0.0.1"
    elif address := _address(host):
        host = "127.0.0.1" if address.is_loopback else str(address)
    return f"{host}:{parts.port or _PORTS.get(parts.scheme, 443)}"


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
