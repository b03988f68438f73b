"""Signing in by an organisation: what a good provider vouches for, and everything that is not that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hostile_provider import CLIENT, SECRET, Provider, provider
from joserfc.jwk import RSAKey

from processes.people.organisation import LONGEST_WAY, Organisation
from processes.people.organisation import Provider as Known
from processes.people.organisation_http import need_place
from processes.people.people_errors import OrganisationAway, SignInFailed

BACK = "https://archive.example/api/v1/session/organisation/return"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def there(running: Provider) -> Provider:
    running.behave()
    return running


def now() -> datetime:
    return datetime.now(UTC)


def ours(there: Provider, **changes: Any) -> Organisation:
    settings = {"issuer": there.issuer, "client": CLIENT, "secret": lambda: SECRET, "claim": "sub"}
    return Organisation(Known(**{**settings, "return_to": BACK, **changes}))


def signs_in(there: Provider, own: Organisation | None = None) -> str:
    own = own or ours(there)
    begun = own.begin(now())
    return own.returned(there.visit(begun.url), begun.kept, now())


def test_whom_the_provider_vouches_for_is_known_by_the_claim(there: Provider) -> None:
    own = ours(there)
    begun = own.begin(now())
    query = dict(parse_qsl(urlsplit(begun.url).query))
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert (query["client_id"], query["redirect_uri"], query["scope"]) == (CLIENT, BACK, "openid")
    assert own.returned(there.visit(begun.url), begun.kept, now()) == "li"
    there.behave(preferred_username="wáng")
    assert signs_in(there, ours(there, claim="preferred_username")) == "w\u00e1ng"


def test_no_two_who_come_share_state_nonce_or_challenge(there: Provider) -> None:
    own = ours(there)
    told = [dict(parse_qsl(urlsplit(own.begin(now()).url).query)) for _ in range(5)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({one[name] for one in told}) == 5
    every = {one[name] for one in told for name in ("state", "nonce", "code_challenge")}
    assert len(every) == 15


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"iss": "https://another.example"},
        {"iss": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"iat": 1_000_000_000},
        {"iat": 9_000_000_000},
        {"iat": None},
        {"nbf": 9_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": ["li"]},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(there: Provider, claims: dict[str, Any]) -> None:
    there.behave(**claims)
    with pytest.raises(SignInFailed):
        signs_in(there)


@pytest.mark.parametrize(
    "misdeed",
    [
        "unsigned",
        "signed with the public key",
        "signed with the shared secret",
        "signed by another",
        "changed",
        "an access token",
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(there: Provider, misdeed: str) -> None:
    there.behave(misdeed)
    with pytest.raises(SignInFailed):
        signs_in(there)


def test_a_shared_key_among_the_providers_keys_signs_nothing(there: Provider) -> None:
    there.behave("signed with the shared secret")
    there.published.append({"kty": "oct", "k": "YSBzZWNyZXQgb2YgdGhlIGFyY2hpdmU"})
    with pytest.raises(SignInFailed):
        signs_in(there)


def test_an_address_counts_only_when_it_was_verified(there: Provider) -> None:
    own = ours(there, claim="email")
    for verified in (None, False, "true", 1):
        there.behave(email="li@archive.example", email_verified=verified)
        with pytest.raises(SignInFailed):
            signs_in(there, own)
    there.behave(email="li@archive.example", email_verified=True)
    assert signs_in(there, own) == "li@archive.example"


def test_whoever_comes_back_without_having_gone_is_refused(there: Provider) -> None:
    own = ours(there)
    mine, theirs = own.begin(now()), own.begin(now())
    back = there.visit(mine.url)
    for kept in ("", theirs.kept, mine.kept[:-1], mine.kept + "x", mine.kept.replace(".", "..")):
        with pytest.raises(SignInFailed):
            own.returned(back, kept, now())
    for query in (
        {},
        {"code": back["code"]},
        {"state": back["state"]},
        back | {"state": "\ud800"},
        back | {"state": back["state"].lower()},
    ):
        with pytest.raises(SignInFailed):
            own.returned(query, mine.kept, now())


def test_a_code_that_was_made_for_another_browser_opens_nothing(there: Provider) -> None:
    own = ours(there)
    victim, thief = own.begin(now()), own.begin(now())
    stolen, state = there.visit(victim.url)["code"], there.visit(thief.url)["state"]
    with pytest.raises(SignInFailed):
        own.returned({"code": stolen, "state": state}, thief.kept, now())


def test_coming_back_twice_is_refused_also_where_the_provider_takes_a_code_again(there: Provider) -> None:
    there.behave("any code")
    own = ours(there)
    begun = own.begin(now())
    back = there.visit(begun.url)
    assert own.returned(back, begun.kept, now()) == "li"
    with pytest.raises(SignInFailed):
        own.returned(back, begun.kept, now())


def test_coming_back_too_late_or_before_having_gone_is_refused(there: Provider) -> None:
    own = ours(there)
    begun = own.begin(now())
    back = there.visit(begun.url)
    for other in (timedelta(seconds=LONGEST_WAY + 2), timedelta(seconds=-5)):
        with pytest.raises(SignInFailed):
            own.returned(back, begun.kept, now() + other)


def test_an_error_of_the_provider_signs_nobody_in(there: Provider) -> None:
    own = ours(there)
    begun = own.begin(now())
    with pytest.raises(SignInFailed):
        own.returned(there.visit(begun.url) | {"error": "access_denied"}, begun.kept, now())


def test_the_issuer_that_comes_back_must_be_the_one_that_was_asked(there: Provider) -> None:
    there.described = {"authorization_response_iss_parameter_supported": True}
    own = ours(there)
    for said in ({}, {"iss": "https://another.example"}):
        begun = own.begin(now())
        with pytest.raises(SignInFailed):
            own.returned(there.visit(begun.url) | said, begun.kept, now())
    begun = own.begin(now())
    assert own.returned(there.visit(begun.url) | {"iss": there.issuer}, begun.kept, now()) == "li"


@pytest.mark.parametrize("misdeed", ["redirects", "no JSON", "never ends"])
def test_a_provider_that_answers_nonsense_is_away(there: Provider, misdeed: str) -> None:
    there.behave(misdeed)
    with pytest.raises(OrganisationAway):
        ours(there).begin(now())
    assert "/elsewhere" not in there.asked


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://another.example"},
        {"authorization_endpoint": "http://another.example/authorize"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "https://user@another.example/keys"},
        {"jwks_uri": None},
        {"token_endpoint": 7},
    ],
    ids=str,
)
def test_a_provider_that_describes_itself_wrongly_is_away(there: Provider, described: dict[str, Any]) -> None:
    there.described = described
    with pytest.raises(OrganisationAway):
        ours(there).begin(now())


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_a_provider_without_a_key_worth_the_name_is_away(there: Provider) -> None:
    weak = RSAKey.generate_key(1024, {"kid": "weak"}).as_dict(private=False)
    for keys in ([], [weak], [{"kty": "oct", "k": "c2VjcmV0"}], [{"kty": "RSA"}], ["key"]):
        there.published = keys
        with pytest.raises(OrganisationAway):
            ours(there).begin(now())


def test_a_provider_that_breaks_in_between_is_away_and_whoever_came_is_not_signed_in(there: Provider) -> None:
    own = ours(there)
    begun = own.begin(now())
    there.behave("breaks")
    with pytest.raises(OrganisationAway):
        own.returned(there.visit(begun.url), begun.kept, now())


def test_one_that_is_not_there_is_away_and_is_not_asked_again_at_once(there: Provider) -> None:
    there.behave("no JSON")
    own = ours(there)
    before = sum(there.asked.values())
    for _ in range(3):
        with pytest.raises(OrganisationAway):
            own.begin(now())
    assert sum(there.asked.values()) == before + 1
    with pytest.raises(OrganisationAway):
        ours(there, issuer="http://127.0.0.1:1").begin(now())


def test_the_description_is_asked_for_once_and_keys_that_changed_are_asked_for_again(there: Provider) -> None:
    own, former = ours(there), there.key
    signs_in(there, own)
    before = there.asked["/keys"]
    signs_in(there, own)
    assert there.asked["/keys"] == before
    there.key = RSAKey.generate_key(2048, {"kid": "second"})
    there.behave()
    try:
        begun = own.begin(now())
        with pytest.raises(SignInFailed):  # they were asked for a moment ago
            own.returned(there.visit(begun.url), begun.kept, now())
        begun, later = own.begin(now()), now() + timedelta(seconds=90)
        there.claims = {"iat": int(later.timestamp()), "exp": int(later.timestamp()) + 300}
        assert own.returned(there.visit(begun.url), begun.kept, later) == "li"
    finally:
        there.key = former


@pytest.mark.parametrize(
    "url",
    [
        "", "http://archive.example/", "ftp://archive.example/", "https://", "https:///path", "//x", "x",
        "https://a@b.example/", "https://b.example/#part", "http://127.0.0.1.example/", "https://b.example:0/",
        "https://b.example/\r\nX: y", "https://bücher.example/", "https://b.example:port/",
    ],
)  # fmt: skip
def test_no_address_but_a_safe_one_is_asked(url: str) -> None:
    with pytest.raises(OrganisationAway):
        need_place(url)
