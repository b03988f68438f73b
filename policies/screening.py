"""Personal identifiers in running text: where they stand, and the text without them.

Found are identity numbers (18 places, and the old 15), mobile numbers, bank cards and passports, also in the
groups that people and line breaks cut them into, and in full-width digits. In doubt it is one: any run of 15
digits and more is. Archival codes, dates, document numbers and amounts are none, and neither are names,
addresses, land lines and e-mail addresses: what holds those is screened by a person. Not done here: who is
shown a text without them (`policies.access`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_JOINTS = " -\t\n\r\u00a0\u00ad\u200b\u202f\u2009\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u3000\ufe63\uff0d"
_DIGIT = "0-9\uff10-\uff19"
_PLAIN = str.maketrans(
    {chr(0xFF10 + value): str(value) for value in range(10)}
    | {chr(0xFF21 + value): chr(0x41 + value) for value in range(26)}
    | {chr(0xFF41 + value): chr(0x61 + value) for value in range(26)}
    | {"\u00d7": "X"}
    | {joint: " " if joint.isspace() or joint in "\u00ad\u200b" else "-" for joint in _JOINTS}
)

_MAYBE = re.compile(
    rf"[{_DIGIT}](?:[{re.escape(_JOINTS)}]?[{_DIGIT}]){{10}}"
    rf"|[eEgG\uff25\uff45\uff27\uff47][A-Za-z\uff21-\uff3a\uff41-\uff5a]?[{_DIGIT}]{{7}}"
)
"""Most texts have nothing of the kind, and are looked at no further."""
_CHAIN = re.compile(r"[0-9](?:[ -]?[0-9]){10,}")
_GROUP = re.compile(r"[0-9]+")
_PASSPORT = re.compile(r"(?<![0-9A-Z])(?:[EG][0-9]{8}|E[A-HJ-NP-Z][0-9]{7})(?![0-9])", re.IGNORECASE)

_MOBILE = re.compile(r"(?:0|86|0086)?1[3-9][0-9]{9}")
_IDENTITY = re.compile(
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)[0-9]{4}"
    r"(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]"
)
_OLD_IDENTITY = re.compile(r"[1-8][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}")
_CARD = re.compile(r"(?:[3-9]|2[2-7])[0-9]*")

_SHORTEST, _LONG, _LONGEST = 11, 15, 19
"""Digits of an identifier. As many as the middle one in a single run are one, whatever they say."""

_MOBILE_SHAPES = frozenset({(3, 4, 4), (3, 8), (7, 4), (5, 6), (9, 2), (3, 3, 5), (5, 3, 3), (3, 2, 3, 3)})
_MOBILE_SHAPES_NO_YEAR = frozenset({(4, 7), (6, 5), (8, 3), (4, 3, 4), (4, 4, 3)})
"""Not where they begin as a year does: `1949-001-0013` is the end of a code."""
_IDENTITY_SHAPES = frozenset({(6, 8, 4), (6, 4, 4, 4), (6, 4, 2, 2, 4), (3, 3, 8, 4), (3, 3, 4, 4, 4)})
_CARD_SHAPES = frozenset(
    {(4, 4, 4, 4), *((4, 4, 4, 4, rest) for rest in (1, 2, 3)), (4, 6, 5), (6, 10), (6, 13)}
)


def identifiers(text: str) -> list[Span]:
    """The personal identifiers in `text` as spans, from left to right, apart from one another."""
    if _MAYBE.search(text) is None:
        return []
    plain = text.translate(_PLAIN)
    found = [match.span() for match in _PASSPORT.finditer(plain)]
    for chain in _CHAIN.finditer(plain):
        found.extend(_in_chain(plain, chain))
    return _apart(sorted(found))


def masked(text: str) -> str:
    """`text` with every personal identifier replaced by as many asterisks."""
    spans = identifiers(text)
    for start, end in reversed(spans):
        text = text[:start] + "*" * (end - start) + text[end:]
    return text


def _in_chain(plain: str, chain: re.Match[str]) -> Iterator[Span]:
    """The identifiers in digits that are joined by single spaces and hyphens, the longest first."""
    groups = [match.span() for match in _GROUP.finditer(plain, *chain.span())]
    at = 0
    while at < len(groups):
        taken = next(
            ((upto, end) for upto in _ends(groups, at) if (end := _end(plain, groups[at:upto]))), None
        )
        if taken:
            yield groups[at][0], taken[1]
        at = taken[0] if taken else at + 1


def _ends(groups: list[Span], at: int) -> list[int]:
    """How far the groups from `at` on may reach to be an identifier together, the farthest first."""
    ends, digits = [], 0
    for upto in range(at, len(groups)):
        digits += groups[upto][1] - groups[upto][0]
        if digits > _LONGEST and upto > at:
            break
        if digits >= _SHORTEST:
            ends.append(upto + 1)
    return ends[::-1]


def _end(plain: str, groups: list[Span]) -> int:
    """Where the identifier that these groups are ends; 0 where they are none."""
    start, end = groups[0][0], groups[-1][1]
    digits = "".join([plain[first:last] for first, last in groups])
    shape = tuple([last - first for first, last in groups])
    if len(digits) == 17 and _signed_with_x(plain, end):
        digits, end, shape = digits + "X", end + 1, (*shape[:-1], shape[-1] + 1)
    if len(shape) == 1:
        return end if len(digits) >= _LONG or _MOBILE.fullmatch(digits) else 0
    if plain[start - 1 : start].isascii() and plain[start - 1 : start].isalnum():
        return 0  # the end of a code: `C138-0013-8000`
    return end if _mobile(digits, shape) or _identity(digits, shape) or _card(digits, shape) else 0


def _signed_with_x(plain: str, end: int) -> bool:
    follower = plain[end + 1 : end + 2]
    return plain[end : end + 1] in {"x", "X"} and not (follower.isascii() and follower.isalnum())


def _mobile(digits: str, shape: tuple[int, ...]) -> bool:
    if not _MOBILE.fullmatch(digits):
        return False
    prefix = len(digits) - _SHORTEST
    rest = shape[1:] if shape[0] == prefix else (shape[0] - prefix, *shape[1:])
    no_year = digits[prefix + 1] not in "89"
    usual = rest in _MOBILE_SHAPES or rest == (_SHORTEST,) or (no_year and rest in _MOBILE_SHAPES_NO_YEAR)
    return usual or set(shape) == {1}


def _identity(digits: str, shape: tuple[int, ...]) -> bool:
    if len(digits) == _LONG:
        return shape == (6, 6, 3) and _OLD_IDENTITY.fullmatch(digits) is not None
    return _IDENTITY.fullmatch(digits) is not None and (shape in _IDENTITY_SHAPES or _sums_up(digits))


def _card(digits: str, shape: tuple[int, ...]) -> bool:
    if not _LONG <= len(digits) <= _LONGEST or not _CARD.fullmatch(digits):
        return False
    broken = set(shape) == {1} or (len(shape) == 2 and min(shape) >= 4)
    return shape in _CARD_SHAPES or (broken and len(digits) > _LONG and _luhn(digits))


def _sums_up(identity: str) -> bool:
    """Whether the last place of an identity number is the one that GB 11643 computes."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(identity[:17]))
    return "10X98765432"[total % 11] == identity[17]


def _luhn(card: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in card[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in card[::-2])) % 10 == 0


def _apart(spans: list[Span]) -> list[Span]:
    """Spans joined where they touch inside one another."""
    apart: list[Span] = []
    for start, end in spans:
        if apart and start < apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return apart
