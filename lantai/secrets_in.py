"""Where secrets come from: the environment, a file of mode 0600, standard input or a prompt without echo.

Never an argument of a command: those are seen in process lists and stay in shells' histories.
Not done here: what a secret opens.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from lantai.messages import say
from lantai.settings_keys import KeySettings
from storage.errors import SecretRefused
from storage.secret_files import read_bytes

PASSPHRASE_ENV = "LANTAI_PASSPHRASE"  # noqa: S105 - the name of a variable
NEW_PASSPHRASE_ENV = "LANTAI_NEW_PASSPHRASE"  # noqa: S105 - the name of a variable
RECOVERY_ENV = "LANTAI_RECOVERY_KEY"
TOKEN_ENV = "LANTAI_TRANSIT_TOKEN"  # noqa: S105 - the name of a variable

LEAST_SIGNS = 12


class Passphrase:
    """The passphrase of a home, asked for once a process: a worker opens the home again and again."""

    def __init__(self, keys: KeySettings, home: Path) -> None:
        self._keys = keys
        self._home = home.resolve()

    def __call__(self, attempt: int) -> str:
        """What to try: what was typed before, the environment, the file the settings name, the terminal. A
        later attempt comes after one that did not open. Raises `SecretRefused` where nothing is left to try.
        """
        known = [_TYPED.get(self._home), os.environ.get(PASSPHRASE_ENV)]
        if self._keys.passphrase_file:
            known.append(secret_file(self._home / self._keys.passphrase_file))
        known.append(os.environ.get(NEW_PASSPHRASE_ENV))  # a change of it that was interrupted
        candidates = list(dict.fromkeys(one for one in known if one))
        if attempt < len(candidates):
            return candidates[attempt]
        if candidates and not _terminal():
            raise SecretRefused("the passphrase does not open this home's keys")
        remember(self._home, typed := prompted(say("ask-passphrase")))
        return typed


_TYPED: dict[Path, str] = {}


def remember(home: Path, passphrase: str) -> None:
    """What a person typed for `home`, for the rest of this process."""
    _TYPED[home.resolve()] = passphrase


def for_a_child(home: Path) -> dict[str, str]:
    """What a process started behind needs in its environment to open the home as this one did."""
    typed = _TYPED.get(home.resolve())
    return {PASSPHRASE_ENV: typed} if typed else {}


def _terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def new_passphrase() -> str:
    """A passphrase to seal with: from the environment, else typed twice. Raises `SecretRefused`."""
    found = os.environ.get(NEW_PASSPHRASE_ENV) or os.environ.get(PASSPHRASE_ENV)
    if not found:
        found = prompted(say("ask-new-passphrase"))
        if prompted(say("ask-passphrase-again")) != found:
            raise SecretRefused("the two passphrases differ")
    if len(found) < LEAST_SIGNS:
        raise SecretRefused(f"a passphrase has at least {LEAST_SIGNS} characters")
    return found


def recovery_key() -> str:
    """The recovery key as it was typed: from the environment, from a pipe, or the terminal."""
    return os.environ.get(RECOVERY_ENV) or prompted(say("ask-recovery-key"))


def transit_token(keys: KeySettings, home: Path) -> Callable[[], str]:
    """Gives the token of the transit engine, read anew each time: a renewed one is seen."""

    def token() -> str:
        if found := os.environ.get(TOKEN_ENV):
            return found
        if not keys.transit_token_file:
            raise SecretRefused(f"the transit engine wants a token: {TOKEN_ENV} or transit_token_file")
        return secret_file(home / keys.transit_token_file)

    return token


def secret_file(path: Path) -> str:
    """One line from a file that nobody else can read. Raises `SecretRefused`, `SecretFileExposed`."""
    try:
        text = read_bytes(path).decode("utf-8")
    except OSError as fault:
        raise SecretRefused(f"{path.name} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise SecretRefused(f"{path.name} is not UTF-8") from None
    return text.strip("\r\n")


def prompted(question: str) -> str:
    """What a person types without echo, or the next line of a pipe. Raises `SecretRefused` for nothing."""
    found = _asked(question)
    if not found:
        raise SecretRefused("a secret is needed, and nothing was given")
    return found


def own_password(account: str) -> str:
    """What somebody types to prove it is them, "" for nothing."""
    return _asked(say("ask-password", account=account))


def own_code(account: str) -> str:
    """The code of their second factor, "" for nothing."""
    return _asked(say("ask-totp", account=account))


def one_time_code(account: str) -> str:
    """The one-time code that they were given, "" for nothing."""
    return _asked(say("ask-one-time-code", account=account))


def new_password(account: str, question: str = "ask-new-password") -> str:
    """A password that is to be: typed twice at a terminal, else the next line; "" for nothing.

    Raises `SecretRefused` where the two differ.
    """
    found = _asked(say(question, account=account))
    if found and _terminal() and _asked(say("ask-passphrase-again")) != found:
        raise SecretRefused("the two passwords differ")
    return found


def _asked(question: str) -> str:
    return getpass.getpass(question + " ", stream=sys.stderr) if _terminal() else _line()


def _line() -> str:
    """The next line of standard input, "" where there is none or none that can be read."""
    try:
        return sys.stdin.readline().rstrip("\r\n") if sys.stdin is not None else ""
    except (OSError, ValueError):
        return ""
