"""How often one may ask, where requests come from, whose page made them: rules, and no clock."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.api import limits as limits_module
from lantai.api.csrf import need_own_site, need_token
from lantai.api.faults import Forgery, TooOften
from lantai.api.limits import Limits
from lantai.api.networks import address_of, is_loopback, lies_in, scheme_of, zone_at
from lantai.api.proofs import SECONDS, Proofs
from lantai.settings_http import HttpSettings
from policies.access import Zone


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(0, 30), max_size=200), st.integers(1, 20))
def test_in_any_minute_at_most_twice_the_rate_goes_through(pauses: list[float], rate: int) -> None:
    clock = Clock()
    limits = Limits({"account": rate}, clock)
    through: list[float] = []
    for pause in pauses:
        clock.now += pause
        try:
            limits.take("account", "li")
            through.append(clock.now)
        except TooOften as refused:
            clock.now += refused.seconds  # whoever waits as long as it was told gets in
            limits.take("account", "li")
            through.append(clock.now)
    for since in through:
        assert sum(since <= one < since + 60 for one in through) <= 2 * rate


def test_nobody_empties_anothers_bucket() -> None:
    limits = Limits({"account": 3, "address": 0}, Clock())
    for _ in range(3):
        limits.take("account", "li")
    with pytest.raises(TooOften):
        limits.take("account", "li")
    limits.take("account", "wang")
    for _ in range(1000):
        limits.take("address", "10.0.0.1")  # 0 is no limit


def test_addresses_without_end_take_memory_with_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "MOST_BUCKETS", 100)
    clock = Clock()
    limits = Limits({"address": 1}, clock)
    for number in range(1000):
        limits.take("address", str(number))
        clock.now += 1
    assert len(limits._buckets) <= 100


def said(**headers: str) -> Callable[[str], list[str]]:
    return lambda name: [value for key, value in headers.items() if key.replace("_", "-") == name]


PROXY = HttpSettings(behind_proxy=("10.0.0.0/8",))


def test_only_our_proxies_are_believed() -> None:
    spoofed = said(x_forwarded_for="1.2.3.4", forwarded="for=1.2.3.4", x_forwarded_proto="https")
    assert address_of("203.0.113.9", PROXY, spoofed) == "203.0.113.9"
    assert address_of("10.0.0.1", HttpSettings(), spoofed) == "10.0.0.1"
    assert scheme_of("203.0.113.9", "http", PROXY, spoofed) == "http"
    assert scheme_of("10.0.0.1", "http", PROXY, spoofed) == "https"


def test_the_address_is_the_last_that_our_proxies_did_not_make() -> None:
    def asked(line: str, http: HttpSettings = PROXY, header: str = "x_forwarded_for") -> str:
        return address_of("10.0.0.1", http, said(**{header: line}))

    assert asked("6.6.6.6, 198.51.100.7, 10.0.0.2") == "198.51.100.7"
    assert asked("10.0.0.3, 10.0.0.2") == "10.0.0.3"
    assert asked("whoever") == "unknown"
    assert address_of("10.0.0.1", PROXY, said(forwarded="for=1.2.3.4")) == "10.0.0.1"
    forwarded = HttpSettings(behind_proxy=("10.0.0.0/8",), proxy_header="forwarded")
    assert asked('for=6.6.6.6, for="[2001:db8::1]:47";proto=https', forwarded, "forwarded") == "2001:db8::1"
    assert asked("for=_hidden", forwarded, "forwarded") == "unknown"


def test_networks_hold_addresses_and_nothing_else() -> None:
    assert lies_in("::ffff:10.1.2.3", ("10.0.0.0/8",))
    assert not lies_in("10.1.2.3", ("2001:db8::/32",))
    assert not lies_in("testclient", ("0.0.0.0/0", "::/0"))
    assert is_loopback("127.0.0.1") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("archive.example")


def test_an_account_works_from_its_zone_only_where_its_address_is() -> None:
    assert zone_at("1.2.3.4", {}) is None
    zones = {Zone.INTERNAL: ("10.0.0.0/8",), Zone.READING_ROOM: ("192.168.1.0/24",)}
    inside, outside = zone_at("10.1.1.1", zones), zone_at("1.2.3.4", zones)
    assert inside is not None and outside is not None
    assert inside("internal") == "internal"
    assert inside("reading-room") == outside("internal") == "public"
    assert inside("government") == "public"  # a zone without a network is nowhere
    assert inside("moon") == inside("public") == "public"


@pytest.mark.parametrize(
    ("site", "origin", "good"),
    [
        ("", "", True),
        ("same-origin", "https://archive.example", True),
        ("none", "", True),
        ("same-site", "", False),
        ("cross-site", "", False),
        ("", "https://archive.example", True),
        ("", "https://ARCHIVE.example", True),
        ("", "https://evil.example", False),
        ("", "null", False),
        ("", "https://archive.example:444", False),
        ("same-origin", "https://archive.example.evil", False),
    ],
)
def test_another_page_changes_nothing(site: str, origin: str, good: bool) -> None:
    if good:
        need_own_site(site, origin, "archive.example", ())
        return
    with pytest.raises(Forgery):
        need_own_site(site, origin, "archive.example", ())


def test_where_origins_are_named_the_host_says_nothing() -> None:
    need_own_site("", "https://archive.example", "evil.example", ("https://archive.example",))
    with pytest.raises(Forgery):
        need_own_site("", "https://evil.example", "evil.example", ("https://archive.example",))


@pytest.mark.parametrize("given", ["", "toke", "token2", "\ud800", "tökén"])
def test_a_token_of_no_session_opens_nothing(given: str) -> None:
    need_token("token", "token")
    for known in ("token", ""):
        with pytest.raises(Forgery):
            need_token(known, given)


def test_a_proof_holds_once_for_two_minutes_in_its_session_for_its_action() -> None:
    clock = Clock()
    proofs = Proofs(clock)
    assert not proofs.use("", "s", "destroy")
    assert not proofs.use(proofs.make("s", "destroy"), "other", "destroy")
    assert not proofs.use(proofs.make("s", "destroy"), "s", "keys")
    secret = proofs.make("s", "destroy")
    assert proofs.use(secret, "s", "destroy")
    assert not proofs.use(secret, "s", "destroy")
    late = proofs.make("s", "destroy")
    clock.now += SECONDS
    assert not proofs.use(late, "s", "destroy")
    wrong = proofs.make("s", "destroy")
    assert not proofs.use(wrong, "s", "keys")
    assert not proofs.use(wrong, "s", "destroy")  # used wrongly, it is gone
