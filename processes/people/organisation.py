"""Signing in by an organisation's own sign-in: OpenID Connect, authorization code with PKCE.

    1  begin      to the organisation, with a state, a nonce and a challenge that only this browser's cookie
                  can answer for: nothing is kept here for whoever merely comes
    2  returned   the state is the cookie's; the code becomes an ID token, told to us alone; the token is
                  judged; its claim names an account

It never makes an account, and knows none: whether the account is there, open and needs a second factor is
asked as of every sign-in (`processes.people`). Sources: OpenID Connect Core 1.0 (3.1), Discovery
1.0; RFC 7636, RFC 9207, RFC 9700. Not here: cookies, sessions (the door), the token (`organisation_token`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from joserfc.jwk import KeySet

from processes.people.organisation_http import Asking, need_place
from processes.people.organisation_token import (
    Expected,
    TokenRefused,
    UnknownKey,
    claims_of,
    name_of,
    public_keys,
)
from processes.people.people_errors import OrganisationAway, SignInFailed

LONGEST_WAY = 600
"""Seconds between going to the organisation and coming back."""
KNOWN_FOR = 3_600
AGAIN_AFTER = 60
"""Seconds that the provider's own description counts, and before its keys are asked for anew."""
FAILED_FOR = 5
"""Seconds in which one that did not answer is not asked again."""
MOST_USED = 10_000
_KEPT = re.compile(r"\A(\d{1,12})\.([A-Za-z0-9_-]{43})\Z")
_SCOPES = {"sub": "openid", "email": "openid email"}


@dataclass(frozen=True, slots=True)
class Provider:
    """Who signs people in, and what we are there. `secret` gives the client's, "" for a public client;
    `claim` holds the account's name; `return_to` is our own address.
    """

    issuer: str
    client: str
    secret: Callable[[], str]
    claim: str
    return_to: str


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what its cookie is to hold meanwhile."""

    url: str
    kept: str


@dataclass(frozen=True, slots=True)
class _Known:
    authorization: str
    token: str
    keys_at: str
    keys: KeySet
    basic: bool
    says_issuer: bool
    since: float


class Organisation:
    """One organisation's sign-in. Its description and keys are asked for when first needed, and kept."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._asking = Asking()
        self._lock, self._noting = threading.Lock(), threading.Lock()
        self._found: _Known | None = None
        self._failed = 0
        self._used: OrderedDict[str, None] = OrderedDict()

    def begin(self, now: datetime) -> Begun:
        """Send somebody there. Raises `OrganisationAway`."""
        seconds = int(now.timestamp())
        known, kept = self._known(seconds), f"{seconds}.{secrets.token_urlsafe(32)}"
        challenge = _base64(hashlib.sha256(_part(kept, "verifier").encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self._provider.client,
            "redirect_uri": self._provider.return_to,
            "scope": _SCOPES.get(self._provider.claim, "openid profile"),
            "state": _part(kept, "state"),
            "nonce": _part(kept, "nonce"),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joined = "&" if "?" in known.authorization else "?"
        return Begun(f"{known.authorization}{joined}{urlencode(query)}", kept)

    def returned(self, query: Mapping[str, str], kept: str, now: datetime) -> str:
        """The name that the organisation vouches for, of whoever comes back with `query` and the cookie.

        Raises `SignInFailed` for whatever does not fit, each time; `OrganisationAway`.
        """
        seconds = int(now.timestamp())
        begun = _KEPT.match(kept)
        if begun is None or not 0 <= seconds - int(begun[1]) <= LONGEST_WAY:
            raise SignInFailed
        state, code = query.get("state", ""), query.get("code", "")
        if not hmac.compare_digest(
            state.encode("utf-8", "surrogatepass"), _part(kept, "state").encode()
        ) or not self._first(state):
            raise SignInFailed
        known = self._known(seconds)
        said = query.get("iss", "" if known.says_issuer else self._provider.issuer)
        if said != self._provider.issuer or not code or "error" in query:
            raise SignInFailed
        try:
            return self._name(self._token(known, code, kept), known, kept, seconds)
        except TokenRefused as fault:
            raise SignInFailed from fault

    def _first(self, state: str) -> bool:
        """Whether nobody came back with this state before."""
        with self._noting:
            if state in self._used:
                return False
            self._used[state] = None
            if len(self._used) > MOST_USED:
                self._used.popitem(last=False)
        return True

    def _token(self, known: _Known, code: str, kept: str) -> str:
        """The ID token for a code. Raises `SignInFailed` where the code is none, `OrganisationAway`."""
        own, secret = self._provider, self._provider.secret()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": own.return_to,
            "client_id": own.client,
            "code_verifier": _part(kept, "verifier"),
        }
        headers: dict[str, str] = {}
        if secret and known.basic:
            pair = f"{quote(own.client, safe='')}:{quote(secret, safe='')}"  # RFC 6749, 2.3.1
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif secret:
            form["client_secret"] = secret
        status, answer = self._asking.post(known.token, form, headers)
        if 400 <= status < 500:
            raise SignInFailed
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise OrganisationAway(f"it answers {status} without an ID token")
        return token

    def _name(self, token: str, known: _Known, kept: str, now: int) -> str:
        own = self._provider
        wanted = Expected(own.issuer, own.client, _part(kept, "nonce"))
        try:
            claims = claims_of(token, known.keys, wanted, now)
        except UnknownKey:
            if now - known.since < AGAIN_AFTER:
                raise
            claims = claims_of(token, self._known(now, anew=True).keys, wanted, now)
        return name_of(claims, own.claim)

    def _known(self, now: int, *, anew: bool = False) -> _Known:
        """What the provider says of itself. One asks for all, and nobody waits long for one that is slow or
        away: whoever comes at the door must not use up all that it has.
        """
        found = self._found
        if found is not None and not anew and 0 <= now - found.since < KNOWN_FOR:
            return found
        if 0 <= now - self._failed < FAILED_FOR or not self._lock.acquire(timeout=1.0):
            raise OrganisationAway("it did not answer before")
        try:
            if self._found is None or self._found is found:  # else somebody else has asked meanwhile
                self._found = self._described(now)
            return self._found
        except OrganisationAway:
            self._failed = now
            raise
        finally:
            self._lock.release()

    def _described(self, now: int) -> _Known:
        issuer = need_place(self._provider.issuer)
        told = self._asking.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != issuer:
            raise OrganisationAway("it describes another issuer")
        places = [told.get(f"{name}_endpoint") for name in ("authorization", "token")]
        authorization, token, keys_at = (need_place(str(one)) for one in (*places, told.get("jwks_uri")))
        try:
            keys = public_keys(self._asking.get(keys_at))
        except TokenRefused as fault:
            raise OrganisationAway(str(fault)) from fault
        ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        says = told.get("authorization_response_iss_parameter_supported") is True
        return _Known(authorization, token, keys_at, keys, "client_secret_basic" in ways, says, now)


def _part(kept: str, name: str) -> str:
    """State, nonce and verifier are made of what the cookie holds: who lacks the cookie lacks all three."""
    return _base64(hmac.new(kept.encode(), name.encode(), hashlib.sha256).digest())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
