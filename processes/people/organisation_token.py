"""Judging an ID token of OpenID Connect (Core 1.0, 3.1.3.7): pure, with keys and the time as arguments.

Signed by a public key of the issuer, never by a shared secret and never by nobody; for this client and no
other; for this one sign-in; now. Not here: fetching keys and tokens (`processes.people.organisation`).
"""

from __future__ import annotations

import hmac
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LONGEST = 32 * 1024
LEEWAY = 60
OLDEST = 600
"""Seconds: how far clocks may differ, and how long ago a token may have been issued."""
LEAST_RSA_BITS = 2048


class TokenRefused(Exception):
    """Why an ID token is none that counts here; for the operator, never for whoever signs in."""


class UnknownKey(TokenRefused):
    """It is signed with a key that was not among the issuer's: they may have changed."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose token it has to be, for whom, and in which sign-in."""

    issuer: str
    client: str
    nonce: str


def claims_of(token: str, keys: KeySet, wanted: Expected, now: int) -> Mapping[str, Any]:
    """The claims of a good token; `now` is in seconds since 1970. Raises `TokenRefused`, `UnknownKey`."""
    if len(token) > LONGEST:
        raise TokenRefused("it is too long")
    try:
        read = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except InvalidKeyIdError as fault:
        raise UnknownKey("its key is not known") from fault
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as fault:
        raise TokenRefused(f"it cannot be read or is not signed by the issuer: {fault}") from fault
    if str(read.header.get("typ", "JWT")).upper() not in ("JWT", "APPLICATION/JWT"):
        raise TokenRefused("it is another kind of token")
    for mistake in _mistakes(read.claims, wanted, now):
        raise TokenRefused(mistake)
    return read.claims


def public_keys(document: Mapping[str, Any]) -> KeySet:
    """The issuer's keys that may sign; weak and shared ones are left out. Raises `TokenRefused` for none."""
    listed = document.get("keys")
    every = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    good: list[Key] = [key for one in every[:100] if (key := _key(one)) is not None]
    if not good:
        raise TokenRefused("the issuer has no key that may sign")
    return KeySet(good)


def name_of(claims: Mapping[str, Any], claim: str) -> str:
    """The account's name that the claim holds. Raises `TokenRefused`: none, or an address nobody verified."""
    value = claims.get(claim)
    if not isinstance(value, str) or not value:
        raise TokenRefused(f"it holds no {claim}")
    if claim == "email" and claims.get("email_verified") is not True:
        raise TokenRefused("the address was not verified")
    return unicodedata.normalize("NFC", value)


def _mistakes(claims: Mapping[str, Any], wanted: Expected, now: int) -> list[str]:
    audience = claims.get("aud")
    every = audience if isinstance(audience, list) else [audience]
    authorised = claims.get("azp")
    nonce, expires, issued = claims.get("nonce"), claims.get("exp"), claims.get("iat")
    not_before = claims.get("nbf", now)
    checks = {
        "another issued it": claims.get("iss") == wanted.issuer,
        "it is for another client": wanted.client in every,
        "it was given to another client": authorised == wanted.client if authorised else len(every) == 1,
        "it is of another sign-in": isinstance(nonce, str)
        and hmac.compare_digest(_bytes(nonce), _bytes(wanted.nonce)),
        "it has expired": _is_time(expires) and expires > now - LEEWAY,
        "it was not issued now": _is_time(issued) and now - OLDEST - LEEWAY <= issued <= now + LEEWAY,
        "it is not good yet": _is_time(not_before) and not_before <= now + LEEWAY,
        "it is about nobody": isinstance(claims.get("sub"), str) and bool(claims.get("sub")),
    }
    return [what for what, holds in checks.items() if not holds]


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _key(data: dict[str, Any]) -> RSAKey | ECKey | OKPKey | None:
    kinds: dict[Any, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    kind = kinds.get(data.get("kty"))
    if kind is None or data.get("use", "sig") != "sig":
        return None
    try:
        key = kind.import_key(data)
        weak = isinstance(key, RSAKey) and key.raw_value.key_size < LEAST_RSA_BITS
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return None if weak else key
