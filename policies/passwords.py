"""What a password has to be. Source: ASVS 5.0 level 2, the section beside each rule; NIST SP 800-63B.

    6.2.1   at least 8 characters; 15 and more are recommended, which is said, not asked
    6.2.4   none of the common ones, 6.2.12 none of those known from breaches: zxcvbn's lists hold 30,000 of
            both, 11,600 of them long enough
    6.2.5   any characters, no rules of composition
    6.2.8   taken as it was typed: nothing cut, no case changed. The same text typed on another keyboard is
            the same password, so it is brought to NFC, which changes no character that a reader could tell;
            NFKC, which NIST also allows, would make one of full-width and half-width letters: not done
    6.2.9   64 characters and more: up to 1,024, beyond which it is refused, never cut
    6.2.10  it stays good until somebody changes it
    6.2.11  words of this place (the account's name, the archive's, 兰台 and the like) do not count as any of
            the 8 characters

Not done here: keeping one (`processes.people`), asking for the present one (`processes.people`: 6.2.3).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from policies.errors import LantaiError

LEAST, RECOMMENDED, MOST = 8, 15, 1_024
OF_THE_PLACE = (
    "兰台",
    "lantai",
    "档案",
    "档案馆",
    "档案室",
    "archive",
    "archives",
    "dangan",
    "密码",
    "password",
)
_DECORATION = 5
"""So many figures and signs around a common word do not make it another word."""
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")


class PasswordRefused(LantaiError):
    """A password that is too easily guessed, or too long. `rule` is too-short, too-long, common, context,
    repeated or not-text.
    """

    code = "password-refused"

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(text)
        self.rule = rule


def as_kept(password: str) -> bytes:
    """A password as it is hashed: NFC, UTF-8. Raises `PasswordRefused` for what is no text."""
    try:
        return unicodedata.normalize("NFC", password).encode("utf-8")
    except UnicodeEncodeError:
        raise PasswordRefused("not-text", "the password is not text in UTF-8") from None


def need_good(password: str, context: Iterable[str] = ()) -> None:
    """Refuse what is easily guessed. `context` are words of this place, such as the account's name.

    Raises `PasswordRefused`, which never quotes the password.
    """
    text = as_kept(password).decode("utf-8")
    if len(text) < LEAST:
        raise PasswordRefused(
            "too-short", f"a password has at least {LEAST} characters; {RECOMMENDED} and more are better"
        )
    if len(text) > MOST:
        raise PasswordRefused("too-long", f"a password has at most {MOST} characters")
    folded = text.casefold()
    if folded in common() or _decorated(folded) in common():
        raise PasswordRefused("common", "this password is among those that are tried first")
    if _repeated(folded):
        raise PasswordRefused("repeated", "this password only repeats a few characters")
    if len(_without(folded, context)) < LEAST:
        raise PasswordRefused(
            "context", "without the words of this place the password is too short to be hard to guess"
        )


@cache
def common() -> frozenset[str]:
    """Passwords that are tried first, in lower case."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word for name in ("passwords",) for word in FREQUENCY_LISTS[name])


def _decorated(text: str) -> str:
    """The word inside a few figures and signs, "" where there are more of them."""
    word = _AROUND.sub("", text)
    return word if len(text) - len(word) <= _DECORATION and len(word) > 3 else ""


def _repeated(text: str) -> bool:
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 5))


def _without(text: str, context: Iterable[str]) -> str:
    """What is left of `text` without the words of the place, the longest first."""
    words = {unicodedata.normalize("NFC", word).casefold() for word in (*OF_THE_PLACE, *context)}
    for word in sorted((one for one in words if len(one) > 1), key=lambda one: (-len(one), one)):
        text = text.replace(word, "")
    return text
