"""Passwords: what is refused and what is not, by the sections of ASVS 5.0, 6.2."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.passwords import LEAST, MOST, PasswordRefused, as_kept, common, need_good


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("", "too-short"),
        ("seven77", "too-short"),
        ("👩‍🔧👩‍🔧", "too-short"),
        ("x" + "y" * MOST, "too-long"),
        ("password1", "common"),
        ("PASSWORD1", "common"),
        ("iloveyou2026", "common"),
        ("!!sunshine!!", "common"),
        ("qwertyuiop", "common"),
        ("aaaaaaaaaaaaaaaa", "repeated"),
        ("zvzvzvzvzvzvzvz", "repeated"),
        ("兰台兰台兰台兰台兰台7", "context"),
        ("lantai-2026", "context"),
        ("WangFang!88", "context"),
        ("province-archives", "context"),
        ("half \ud800 a pair", "not-text"),
    ],
)
def test_what_is_guessed_first_is_refused_by_a_rule_that_is_named(password: str, rule: str) -> None:
    with pytest.raises(PasswordRefused) as told:
        need_good(password, ["wangfang", "province"])
    assert told.value.rule == rule
    assert not password or password not in str(told.value)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "qx7 lm2 r",
        "         .",
        "天地玄黄宇宙洪荒",
        "\x00\x01\x02 any character \U0010ffff",
        "a" * 32 + "b" * 32,
        "dragon 4711 0815 42",
        "Кошка на крыше",
        "W" + "ab3$" * 255,
    ],
)
def test_any_characters_and_any_composition_are_taken(password: str) -> None:
    need_good(password, ["wangfang", "lantai.example"])


def test_the_lists_hold_the_first_three_thousand_that_fit_our_length() -> None:
    assert sum(len(word) >= LEAST for word in common()) > 3_000


@given(st.text(min_size=16, max_size=200))
def test_the_same_text_typed_on_another_keyboard_is_the_same_password(text: str) -> None:
    other = unicodedata.normalize("NFD", text)
    try:
        kept = as_kept(text)
    except PasswordRefused:
        return
    assert as_kept(other) == kept


def test_letters_that_differ_to_a_reader_are_different_passwords() -> None:
    assert as_kept("ｐassphrase") != as_kept("passphrase")
    assert as_kept("Passphrase") != as_kept("passphrase")
    assert as_kept("passphrase ") != as_kept("passphrase")
