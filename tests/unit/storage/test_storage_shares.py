"""The recovery key in shares: any three of five, no two, and no wrong one unnoticed."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.crockford import read_text, write_text
from storage.errors import ShareMistyped, SharesRefused
from storage.recovery import new_recovery_key, recovery_text
from storage.shares import Share, inverse, join, join_bytes, multiply, parse, split, split_bytes


def test_multiplication_is_that_of_the_published_field() -> None:
    assert (multiply(0x57, 0x83), multiply(0x57, 0x13)) == (0xC1, 0xFE)  # FIPS 197 §4.2 and §4.2.1
    assert [multiply(0x57, 1 << bit) for bit in (1, 2, 3, 4)] == [0xAE, 0x47, 0x8E, 0x07]


def test_the_field_has_an_inverse_for_everything_but_nothing() -> None:
    assert all(multiply(value, inverse(value)) == 1 for value in range(1, 256))
    assert inverse(0x53) == 0xCA  # FIPS 197's S-box, before its affine part
    with pytest.raises(ZeroDivisionError):
        inverse(0)


def test_three_generates_the_whole_field() -> None:
    seen, value = set(), 1
    for _ in range(255):
        seen.add(value)
        value = multiply(value, 3)
    assert (len(seen), value) == (255, 1)


def test_multiplication_is_commutative_and_distributes_everywhere() -> None:
    table = [[multiply(one, other) for other in range(256)] for one in range(256)]
    assert all(table[one][other] == table[other][one] for one in range(256) for other in range(one))
    for one, other in product(range(256), range(0, 256, 17)):
        assert table[one][other ^ 0x35] == table[one][other] ^ table[one][0x35]


@pytest.mark.parametrize(("threshold", "shares"), [(2, 2), (2, 4), (3, 5), (4, 5), (5, 5), (2, 16)])
def test_any_threshold_of_shares_gives_back_every_byte(threshold: int, shares: int) -> None:
    secret = bytes(range(0, 256, 8))
    points = list(enumerate(split_bytes(secret, threshold, shares), 1))
    assert all(join_bytes(chosen) == secret for chosen in combinations(points, threshold))


def test_one_share_less_says_nothing() -> None:
    """Every value of the secret fits two shares of three, each with one polynomial: exhaustively."""
    for first, second in ((0, 0), (17, 201)):
        fitting = {
            join_bytes([(1, bytes([first])), (2, bytes([second])), (3, bytes([c]))]) for c in range(256)
        }
        assert len(fitting) == 256


def test_shares_give_the_key_back_in_any_order_and_more_than_enough_do_too() -> None:
    key = new_recovery_key()
    made = split(key)
    assert (len(made), made[0].threshold) == (5, 3)
    for chosen in [*combinations(made, 3), *permutations(made[2:]), made, (*made[:3], made[0])]:
        assert join(chosen) == key


def test_a_share_comes_back_from_paper() -> None:
    made = split(new_recovery_key(), 2, 3)
    for share in made:
        assert parse(str(share)) == share
        assert parse(f" {str(share).lower().replace('-', ' ').replace('0', 'o')}\n") == share
    assert not {str(one) for one in made} & {str(one) for one in split(new_recovery_key(), 2, 3)}


@given(st.integers(0, 95), st.integers(1, 31))
def test_one_wrong_character_of_a_share_is_found(place: int, by: int) -> None:
    text = str(FIXED[0]).replace("-", "")
    place %= len(text)
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    wrong = alphabet[(alphabet.index(text[place]) + by) % 32]
    with pytest.raises(ShareMistyped):
        parse(text[:place] + wrong + text[place + 1 :])


FIXED = split(new_recovery_key())


@pytest.mark.parametrize("typed", ["", "0", "A" * 60, "U" * 96, "兰" * 96, recovery_text(bytes(32))])
def test_what_is_no_share_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(ShareMistyped) as told:
        parse(typed)
    assert len(typed) < 2 or typed not in str(told.value)


def test_too_few_shares_are_refused() -> None:
    made = split(new_recovery_key())
    for few in ([], made[:2], [made[0], made[0], made[0]]):
        with pytest.raises(SharesRefused):
            join(few)


def test_a_share_of_another_set_is_named() -> None:
    key = new_recovery_key()
    made, others = split(key), split(key)
    with pytest.raises(SharesRefused, match="share 2 of those given"):
        join([made[0], others[1], made[2], made[4]])


def test_a_share_that_was_made_up_to_fit_is_named() -> None:
    """Whoever copies the head and the digests of a real share still lacks a value that fits its digest."""
    made = split(new_recovery_key())
    forged = replace(made[1], value=bytes(32))
    assert parse(str(forged)) == forged
    with pytest.raises(SharesRefused, match="share 3 of those given"):
        join([made[0], made[2], forged])


def test_where_which_shares_are_right_cannot_be_told_none_is_named() -> None:
    key = new_recovery_key()
    one, other = split(key, 2, 2), split(key, 2, 2)
    with pytest.raises(SharesRefused, match="cannot be told"):
        join([one[0], other[1]])


@pytest.mark.parametrize(("threshold", "shares"), [(1, 5), (6, 5), (0, 0), (2, 17), (-1, 3)])
def test_counts_that_make_no_sense_are_refused(threshold: int, shares: int) -> None:
    with pytest.raises(ValueError, match="threshold"):
        split(new_recovery_key(), threshold, shares)


def test_a_share_shows_nothing_of_its_value_where_it_is_printed() -> None:
    assert FIXED[0].value.hex() not in repr(FIXED[0])
    assert repr(FIXED[0].value) not in repr(FIXED[0])
    assert isinstance(FIXED[0], Share)


@given(st.binary(max_size=80))
def test_bytes_come_back_from_groups_of_four(data: bytes) -> None:
    assert read_text(write_text(data)) == data
