"""The recovery key split among people: any `threshold` of the shares give it back, fewer say nothing of it.

Shamir's scheme over GF(256), one polynomial a byte. A share is written like a recovery key, in groups of four
characters of Crockford's base 32:

    set (4 bytes) | threshold (1) | number of shares (1) | place (1) | value (32) |
    digests of all shares of the set (4 each, in order) | checksum (3)

The checksum finds a character that was mistyped; the digests of its sisters find a share that was made up or
belongs to another splitting, by name: the share that most others, and its own digest, do not know.

No library: those in the registries write words of a cryptocurrency's wallet, or have no maintainer. The
arithmetic is by shifting, not by tables, and takes the same time for every value.

Not done here: asking for shares, what a recovery key opens.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from storage.crockford import read_text, write_text
from storage.errors import ShareMistyped, SharesRefused
from storage.recovery import recovery_bytes, recovery_text

MOST_SHARES = 16
VALUE_BYTES = 32
_SET, _DIGEST, _CHECK = 4, 4, 3
_HEAD = _SET + 3


@dataclass(frozen=True, slots=True)
class Share:
    """One share. `place` is 1 to the number of `digests`."""

    set_id: bytes
    threshold: int
    place: int
    value: bytes = field(repr=False)
    digests: tuple[bytes, ...] = ()

    @property
    def digest(self) -> bytes:
        """What its sisters know of it; says nothing of its value."""
        head = self.set_id + bytes((self.threshold, self.place))
        return hashlib.sha256(b"lantai share\x00" + head + self.value).digest()[:_DIGEST]

    def __str__(self) -> str:
        head = self.set_id + bytes((self.threshold, len(self.digests), self.place))
        body = head + self.value + b"".join(self.digests)
        return write_text(body + _checksum(body))


def split(recovery_key: str, threshold: int = 3, shares: int = 5) -> tuple[Share, ...]:
    """The recovery key in `shares` shares, any `threshold` of which are enough. Raises ValueError for counts
    that make no sense, `RecoveryKeyMistyped` for what is no recovery key.
    """
    if not 2 <= threshold <= shares <= MOST_SHARES:
        raise ValueError(f"a threshold of 2 or more, at most as many as the shares, at most {MOST_SHARES}")
    secret, set_id = recovery_bytes(recovery_key), secrets.token_bytes(_SET)
    values = split_bytes(secret, threshold, shares)
    bare = [Share(set_id, threshold, place, value) for place, value in enumerate(values, 1)]
    digests = tuple(share.digest for share in bare)
    return tuple(Share(set_id, threshold, one.place, one.value, digests) for one in bare)


def parse(text: str) -> Share:
    """A share as it was typed; spaces, hyphens and case are ignored. Raises `ShareMistyped`, which repeats
    nothing of what was typed.
    """
    try:
        data = read_text(text)
        body, check = data[:-_CHECK], data[-_CHECK:]
        if len(body) < _HEAD + VALUE_BYTES or _checksum(body) != check:
            raise ValueError("a character is wrong or missing, or two are exchanged")
        threshold, count, place = body[_SET:_HEAD]
        rest = body[_HEAD + VALUE_BYTES :]
        if len(rest) != count * _DIGEST or not 2 <= threshold <= count or not 1 <= place <= count:
            raise ValueError("it contradicts itself")
    except ValueError as error:
        raise ShareMistyped(f"this is no share of a recovery key: {error}") from None
    digests = tuple(rest[at : at + _DIGEST] for at in range(0, len(rest), _DIGEST))
    return Share(body[:_SET], threshold, place, body[_HEAD : _HEAD + VALUE_BYTES], digests)


def join(shares: Sequence[Share]) -> str:
    """The recovery key again. Raises `SharesRefused`, which names the shares that are wrong by their places
    in `shares`, counted from 1.
    """
    _need_one_set(shares)
    unique = {share.place: share for share in shares}
    threshold = shares[0].threshold
    if len(unique) < threshold:
        raise SharesRefused(f"{len(unique)} different shares of this set, {threshold} are needed")
    chosen = [unique[place] for place in sorted(unique)[:threshold]]
    return recovery_text(join_bytes([(share.place, share.value) for share in chosen]))


def _need_one_set(shares: Sequence[Share]) -> None:
    """Every share must be the one that its sisters know. What most of them say counts."""
    if not shares:
        raise SharesRefused("no shares were given")
    said = Counter((one.set_id, one.threshold, one.digests) for one in shares)
    (set_id, threshold, digests), _count = said.most_common(1)[0]
    wrong = [
        str(number)
        for number, one in enumerate(shares, 1)
        if (one.set_id, one.threshold, one.digests) != (set_id, threshold, digests)
        or one.digest != digests[one.place - 1]
    ]
    if len(wrong) == len(shares) or (len(said) > 1 and said.most_common(2)[1][1] == _count):
        raise SharesRefused("these shares are not of one set, and which are right cannot be told")
    if wrong:
        raise SharesRefused(f"wrong, of another set or made up: share {', '.join(wrong)} of those given")


def split_bytes(secret: bytes, threshold: int, shares: int) -> list[bytes]:
    """The values at 1, 2, … of random polynomials of degree `threshold` - 1 whose value at 0 is `secret`."""
    coefficients = [secret, *(secrets.token_bytes(len(secret)) for _ in range(threshold - 1))]
    return [_at(coefficients, place) for place in range(1, shares + 1)]


def join_bytes(points: Sequence[tuple[int, bytes]]) -> bytes:
    """The value at 0 of the polynomials through `points`, whose places differ."""
    joined = bytes(len(points[0][1]))
    for place, value in points:
        weight = 1
        for other, _value in points:
            if other != place:
                weight = multiply(weight, multiply(other, inverse(other ^ place)))
        joined = bytes(sign ^ multiply(weight, part) for sign, part in zip(joined, value, strict=True))
    return joined


def _at(coefficients: Sequence[bytes], place: int) -> bytes:
    value = bytes(len(coefficients[0]))
    for coefficient in reversed(coefficients):
        value = bytes(multiply(sign, place) ^ part for sign, part in zip(value, coefficient, strict=True))
    return value


def multiply(one: int, other: int) -> int:
    """The product in GF(256) with the polynomial x^8 + x^4 + x^3 + x + 1 (FIPS 197 §4.2)."""
    product = 0
    for bit in range(8):
        product ^= one * (other >> bit & 1)
        one = (one << 1) ^ (0x11B * (one >> 7))
    return product


def inverse(value: int) -> int:
    """The multiplicative inverse: the 254th power. Raises ZeroDivisionError for 0."""
    if not value:
        raise ZeroDivisionError("0 has no inverse")
    power = 1
    for _ in range(254):
        power = multiply(power, value)
    return power


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(b"lantai share checksum\x00" + body).digest()[:_CHECK]
