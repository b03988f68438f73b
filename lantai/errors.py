"""What goes wrong at the doors.

LantaiError
├── SettingsError   lantai.toml is missing or malformed          (settings.py)
├── HomeExists      `init` where a home already is               (settings.py)
├── HomeBusy        somebody else works in the home, or one alone
├── NoHome          no archive stands where the command was told to look
├── NoSuchAccount   `--as` names nobody
├── NotAllowed      a command or route that is not for this account
├── NotSignedIn     nobody is signed in, or not any more: the same
├── NoExchange      the HTTP door has no folder that carriers go through
├── TooManyJobs     the account has enough long works waiting already
├── NotFound        absent, or not for this account: the same
└── UsageMistake    the words of a command do not fit
"""

from __future__ import annotations

from policies.errors import LantaiError


class NoHome(LantaiError):
    """No archive stands where the command was told to look."""

    code = "home-missing"

    def __init__(self, home: object) -> None:
        super().__init__(f"there is no archive at {home}: run `lantai --home {home} init`")


class HomeBusy(LantaiError):
    """Somebody else works in the home and one must be alone, or the other way round. Try again later."""

    code = "home-busy"


class NoSuchAccount(LantaiError):
    """`--as` names an account that does not exist."""

    code = "no-such-account"

    def __init__(self, account: str) -> None:
        super().__init__(f"there is no account {account!r} here")


class NotAllowed(LantaiError):
    """A command that is not for this account. Says nothing of what the command was about."""

    code = "not-allowed"

    def __init__(self, account: str, command: str) -> None:
        super().__init__(f"`{command}` is not for the account {account}")


class UsageMistake(LantaiError):
    """The words of a command do not fit together."""

    code = "usage"


class NotSignedIn(LantaiError):
    """Whoever asks is not signed in, or not any more; nobody is told which."""

    code = "not-signed-in"

    def __init__(self) -> None:
        super().__init__("sign in first")


class TooManyJobs(LantaiError):
    """The account has enough long works waiting or running; some of them end first."""

    code = "too-many-jobs"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} long works of this account wait or run already: wait until some have ended")


class NoExchange(LantaiError):
    """The operator named no folder that carriers go through, or it is not there."""

    code = "no-exchange"
