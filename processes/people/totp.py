"""Second factors: one-time passwords by time (RFC 6238, SHA-1, six figures, 30 seconds), each used once.

The code of the present step counts, and those of one step before and after it, for clocks that differ and
people who type (RFC 6238, 5.2; ASVS 5.0, 6.5.5). Pure but for `new_secret`. Not done here: taking a step as
used (`archive.credentials.use_step`), who needs one (`policies.roles`).
"""

from __future__ import annotations

import hmac

import pyotp

SECONDS, FIGURES, DRIFT = 30, 6, 1


def new_secret() -> str:
    """A shared secret of 160 random bits, as authenticators take it (RFC 4226, 4)."""
    return pyotp.random_base32(32)


def step_of(secret: str, code: str, now: int) -> int | None:
    """The step whose code this is, None where it is none of today's. `now` is in seconds since 1970."""
    told = "".join(code.split())
    if not secret or len(told) != FIGURES or not told.isascii() or not told.isdigit():
        return None
    maker = pyotp.TOTP(secret, digits=FIGURES, interval=SECONDS)
    here = now // SECONDS
    fitting = [
        step
        for step in range(here - DRIFT, here + DRIFT + 1)
        if hmac.compare_digest(maker.generate_otp(step), told)
    ]
    return max(fitting, default=None)


def address_of(secret: str, account: str, archive: str) -> str:
    """The `otpauth://` address that authenticators read, as text or in a picture."""
    return pyotp.TOTP(secret, digits=FIGURES, interval=SECONDS).provisioning_uri(
        name=account, issuer_name=archive
    )
