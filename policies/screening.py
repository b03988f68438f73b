"""Personal identifiers in running text: where they stand, and the text without them.

Found are identity numbers (18 places, and the old 15), mobile numbers, bank cards and passports, also in the
groups that people and line breaks cut them into, and in full-width and mathematical digits. In doubt it is
one: any run of 15 digits and more is. Archival codes, dates, document numbers and amounts are none, and
neither are names, addresses, land lines and e-mail addresses: what holds those is screened by a person. Not
done here: who is shown a text without them (`policies.access`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_JOINTS = " -\t\n\r\u00a0\u00ad\u200b\u202f\u2009\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u3000\ufe63\uff0d"
_DIGIT = "0-9\uff10-\uff19\U0001d7ce-\U0001d7ff"
_FORMS = {chr(0xFF10 + value): str(value) for value in range(10)}
_FORMS |= {chr(0x1D7CE + value): str(value % 10) for value in range(50)}  # digits of mathematical alphabets
_DIGITS = "0123456789" + "".join(_FORMS)
_PLAIN = str.maketrans(
    _FORMS
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

_SIGN = re.compile(r"[ -]?[xX](?![0-9A-Za-z])")
_FONDS = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[A-Za-z])[0-9A-Za-z]{4}\Z")
_LEVELS = 8
"""So many levels of a code at most stand before what is looked at."""
_DOUBLED = {str(digit): sum(divmod(2 * digit, 10)) for digit in range(10)}
_SHORTEST, _LONG, _LONGEST = 11, 15, 19
"""Digits of an identifier. As many as the middle one in a single run are one, whatever they say."""

_MOBILE_SHAPES = frozenset({(3, 4, 4), (3, 8), (7, 4), (5, 6), (9, 2), (3, 3, 5), (5, 3, 3), (3, 2, 3, 3)})
_MOBILE_SHAPES_NO_YEAR = frozenset({(4, 7), (6, 5), (8, 3), (4, 3, 4), (4, 4, 3)})
"""Not where they begin as a year does: `1949-001-0013` is the end of a code."""
_IDENTITY_SHAPES = frozenset({(6, 8, 4), (6, 4, 4, 4), (6, 4, 2, 2, 4), (3, 3, 8, 4), (3, 3, 4, 4, 4)})
_CARD_SHAPES = frozenset(
    {(4, 4, 4, 4), *((4, 4, 4, 4, rest) for rest in (1, 2, 3)), (4, 6, 5), (6, 10), (6, 13)}
)


def possible(text: str) -> bool:
    """Whether `text` can hold a personal identifier at all; quick, and true of any that does."""
    return _MAYBE.search(text) is not None


def identifiers(text: str) -> list[Span]:
    """The personal identifiers in `text` as spans, from left to right, apart from one another."""
    if not possible(text):
        return []
    plain = text.translate(_PLAIN)
    found = [match.span() for match in _PASSPORT.finditer(plain)]
    for chain in _CHAIN.finditer(plain):
        found.extend(_in_chain(plain, chain))
    return _apart(sorted(found))


def masked(text: str) -> str:
    """`text` with every personal identifier replaced by as many asterisks."""
    parts: list[str] = []
    at = 0
    for start, end in identifiers(text):
        parts += [text[at:start], "*" * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def _in_chain(plain: str, chain: re.Match[str]) -> Iterator[Span]:
    """The identifiers in digits that are joined by single spaces and hyphens, the longest first."""
    groups = [match.span() for match in _GROUP.finditer(plain, *chain.span())]
    digits = "".join([plain[start:end] for start, end in groups])
    at = before = 0  # groups, and the digits in them
    while at < len(groups):
        upto, end = at + 1, 0
        for last, count in _ends(groups, at):
            end = _end(plain, groups, at, last, digits[before : before + count])
            if end:
                yield groups[at][0], end
                upto = last
                break
        before += sum(last - first for first, last in groups[at:upto])
        at = upto


def _ends(groups: list[Span], at: int) -> list[tuple[int, int]]:
    """How far the groups from `at` on may reach and be one identifier, with their digits; farthest first."""
    ends, digits = [], 0
    for upto in range(at, len(groups)):
        digits += groups[upto][1] - groups[upto][0]
        if digits > _LONGEST and upto > at:
            break
        if digits >= _SHORTEST:
            ends.append((upto + 1, digits))
    return ends[::-1]


def _end(plain: str, groups: list[Span], at: int, upto: int, digits: str) -> int:
    """Where the identifier that groups `at` to `upto` are ends; 0 where they are none."""
    if len(digits) < _LONG and not _MOBILE.fullmatch(digits):
        return 0
    end = groups[upto - 1][1]
    sign = _SIGN.match(plain, end) if len(digits) == 17 else None
    if upto == at + 1:
        return sign.end() if sign else end
    shape = [last - first for first, last in groups[at:upto]]
    if sign:
        digits, end = digits + "X", sign.end()
        shape[-1:] = [shape[-1], 1] if len(sign[0]) > 1 else [shape[-1] + 1]
    known = _mobile(digits, tuple(shape)) or _identity(digits, tuple(shape)) or _card(digits, tuple(shape))
    return end if known and not _in_code(plain, groups, at, upto) else 0


def _in_code(plain: str, groups: list[Span], at: int, upto: int) -> bool:
    """Whether hyphens alone join these groups and a fonds with a letter in it: `C138-0013-8000`."""
    first = max(0, at - _LEVELS)
    if " " in plain[groups[at][0] : groups[upto - 1][1]]:
        return False
    while at > first and plain[groups[at - 1][1] : groups[at][0]] == "-":
        at -= 1
    return _FONDS.search(plain, max(0, groups[at][0] - 4), groups[at][1]) is not None


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
    return (sum(map(int, card[::-2])) + sum(map(_DOUBLED.__getitem__, card[-2::-2]))) % 10 == 0


def _apart(spans: list[Span]) -> list[Span]:
    """Spans joined where they touch inside one another."""
    apart: list[Span] = []
    for start, end in spans:
        if apart and start < apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return apart


def beginning(text: str, most: int) -> str:
    """The first `most` characters of `text`, fewer where they would end inside a number: half an identifier
    is none to whoever looks for them, and says half of it.
    """
    if len(text) <= most:
        return text
    return text[:most].rstrip(_DIGITS + _JOINTS)
