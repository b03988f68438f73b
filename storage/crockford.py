"""Bytes as people write them down: Crockford's base 32 in groups of four.

No I, L, O and U; case, spaces and hyphens do not matter, and what looks alike is read alike. Not done here:
finding mistakes, which is for a checksum in the bytes.
"""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_GROUP = 4


def write_text(data: bytes) -> str:
    """`data` in groups of four characters; zero bits fill the last one."""
    count = -(-len(data) * 8 // 5)
    number = int.from_bytes(data, "big") << (count * 5 - len(data) * 8)
    signs = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(count)))
    return "-".join(signs[at : at + _GROUP] for at in range(0, count, _GROUP))


def read_text(text: str) -> bytes:
    """The bytes again. Raises ValueError, which repeats nothing of what was typed."""
    signs = [sign for sign in text.upper() if sign != "-" and not sign.isspace()]
    number = 0
    for place, sign in enumerate(signs):
        if sign not in _VALUES:
            raise ValueError(f"character {place + 1} is none that it can have")
        number = number << 5 | _VALUES[sign]
    size, fill = divmod(len(signs) * 5, 8)
    if fill >= 5 or number & ((1 << fill) - 1):
        raise ValueError("a character is wrong, missing or too many")
    return (number >> fill).to_bytes(size, "big")
