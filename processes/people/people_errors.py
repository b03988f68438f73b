"""What goes wrong with people at the doors.

LantaiError
├── SignInFailed         no such account, closed, wrong password, no code, wrong code: one error, one text
├── SlowDown             too many failures: so many seconds from now
├── ProofRefused         what was given does not prove that it is this account
├── NoPassword           the account has none yet, so it can prove nothing
├── SecondFactorNeeded   an administrator's account that has not enrolled one yet
├── SupervisorRefused    whoever was named cannot supervise this destruction
├── OrganisationAway     an organisation's own sign-in does not answer as it should
└── ProposalChanged      what was proposed is no longer what would be destroyed
"""

from __future__ import annotations

from policies.errors import LantaiError


class SignInFailed(LantaiError):
    """Nobody is told which of it was wrong (ASVS 5.0, 6.3.8)."""

    code = "sign-in-failed"

    def __init__(self) -> None:
        super().__init__("this account, password and code do not go together")


class SlowDown(LantaiError):
    """Too many failures; `seconds` until the next attempt is looked at."""

    code = "slow-down"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many attempts failed: try again in {seconds} s")
        self.seconds = seconds


class ProofRefused(LantaiError):
    """What was given does not prove that it is this account; nobody is told which part."""

    code = "proof-refused"

    def __init__(self, account: str) -> None:
        super().__init__(f"this is not the password, or not the code, of the account {account}")


class NoPassword(LantaiError):
    """The account has no password yet."""

    code = "no-password"

    def __init__(self, account: str) -> None:
        super().__init__(
            f"the account {account} has no password yet: "
            "set one with `lantai account password`, by the one-time code that it was given"
        )


class SecondFactorNeeded(LantaiError):
    """An account with this role needs a second factor, and has not enrolled one yet."""

    code = "second-factor-needed"

    def __init__(self, account: str) -> None:
        super().__init__(
            f"the account {account} needs a second factor first: enrol one with `lantai account totp`"
        )


class SupervisorRefused(LantaiError):
    """Whoever was named cannot supervise: nobody is told why, for that would tell of their fonds."""

    code = "supervisor-refused"


class ProposalChanged(LantaiError):
    """What was proposed is no longer what would be destroyed; nothing was."""

    code = "proposal-changed"

    def __init__(self) -> None:
        super().__init__("this is no longer what was proposed, so nothing was destroyed: propose it anew")


class OrganisationAway(LantaiError):
    """An organisation's own sign-in does not answer, or not as OpenID Connect has it; try again later."""

    code = "organisation-away"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the organisation's sign-in cannot be used now: {reason}")
