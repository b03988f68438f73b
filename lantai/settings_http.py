"""The `[http]` table of the settings: where the HTTP door listens, whom it believes, what it takes.

Not done here: opening or binding anything (`lantai.api.serving`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from lantai.settings_sites import Text
from policies.access import Zone

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Some = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
OrNone = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]

LOOPBACK = ("127.0.0.0/8", "::1/128")


class Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many requests a minute, 0 without a limit: of one account, and of one address."""

    account: OrNone = 1_200
    account_searches: OrNone = 240
    address: OrNone = 6_000
    address_searches: OrNone = 1_200
    sign_ins: OrNone = 30


class OrganisationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An organisation's own sign-in by OpenID Connect. `claim` holds an account's name."""

    issuer: Text
    client_id: Text
    client_secret_file: Text | None = None
    claim: Text = "sub"


class HttpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The HTTP door. Paths are relative to the home unless absolute; networks are written 10.0.0.0/8."""

    host: Text = "127.0.0.1"
    port: Port = 8400
    certificate: Text | None = None
    key: Text | None = None
    behind_proxy: tuple[Text, ...] = ()
    proxy_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    origins: tuple[Text, ...] = ()
    idle_minutes: Some = 30
    session_hours: Some = 12
    zones: dict[Zone, tuple[Text, ...]] = {}
    metrics_networks: tuple[Text, ...] = LOOPBACK
    exchange: Text | None = None
    limits: Rates = Rates()
    organisation: OrganisationSettings | None = None


def http_mistakes(http: HttpSettings) -> Iterator[str]:
    """What is wrong although each value by itself could be right."""
    if (http.certificate is None) != (http.key is None):
        yield "[http] certificate and key belong together: one is missing"
    lists: Mapping[str, tuple[str, ...]] = {
        "behind_proxy": http.behind_proxy,
        "metrics_networks": http.metrics_networks,
        **{f"zones {zone}": networks for zone, networks in http.zones.items()},
    }
    for name, networks in lists.items():
        for network in networks:
            if why := _network_mistake(network):
                yield f"[http] {name}: {why}"
    yield from _mistakes_in_organisation(http)
    for origin in http.origins:
        if not origin.startswith(("https://", "http://")) or origin.count("/") != 2:
            yield f"[http] origins: {origin} is no origin such as https://archive.example"


def _mistakes_in_organisation(http: HttpSettings) -> Iterator[str]:
    """Where people are sent and come back to must be said, and be safe on the way."""
    if http.organisation is None:
        return
    place = urlsplit(http.organisation.issuer)
    loopback = place.scheme == "http" and place.hostname in ("localhost", "127.0.0.1", "::1")
    if not (place.scheme == "https" or loopback) or not place.hostname or place.query or place.fragment:
        yield "[http.organisation] issuer is no https address"
    if not http.origins:
        yield "[http.organisation] people come back to the first of [http] origins: name it"


def _network_mistake(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as error:
        return f"{error}"
    return ""
