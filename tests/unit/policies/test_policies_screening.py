"""Personal identifiers: every way in which people write them is found, and nothing that archives write is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.screening import identifiers, masked

WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
WORDS = st.text(alphabet="关于张伟同志任职的通知，电话：（）。、:;/", max_size=12)


def identity(region: int, year: int, month: int, day: int, serial: int) -> str:
    body = f"{region:06d}{year:04d}{month:02d}{day:02d}{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


identities = st.builds(
    identity,
    st.sampled_from([110101, 370202, 440305, 650102]),
    st.integers(1900, 2024),
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 999),
)
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
cards = st.from_regex(r"62[0-9]{14,17}", fullmatch=True)
passports = st.from_regex(r"[EGeg][0-9]{8}|E[A-H][0-9]{7}", fullmatch=True)
joints = st.sampled_from([" ", "-", "－", "\n", "\u3000", "\u00a0"])


@st.composite
def cut(draw: st.DrawFn, numbers: st.SearchStrategy[str], *shapes: tuple[int, ...]) -> str:
    number, joint, shape = draw(numbers), draw(joints), draw(st.sampled_from(shapes))
    bounds = [sum(shape[:place]) for place in range(len(shape) + 1)]
    return joint.join(number[start:end] for start, end in pairwise(bounds))


written = st.one_of(
    identities,
    identities.map(str.lower),
    identities.map(lambda number: number.translate(WIDE)),
    cut(identities, (6, 8, 4), (6, 4, 4, 4), (9, 9), (12, 6), (1,) * 18),
    identities.map(lambda number: number[:6] + number[8:17]),  # as before 1999
    mobiles,
    mobiles.map(lambda number: number.translate(WIDE)),
    mobiles.map(lambda number: f"+86 {number}"),
    mobiles.map(lambda number: f"86{number}"),
    cut(mobiles, (3, 4, 4), (3, 8), (7, 4), (5, 6), (3, 3, 5), (1,) * 11),
    cards,
    cut(cards.filter(lambda number: len(number) == 19), (4, 4, 4, 4, 3), (6, 13)),
    cut(cards.filter(lambda number: len(number) == 16), (4, 4, 4, 4)),
    passports,
)

codes = st.from_regex(
    r"[A-Z][0-9]{3}-(WS|KU·01|ZP)·(19|20)[0-9]{2}-(Y|D30|D10)-(BGS-)?[0-9]{4,5}"
    r"|[A-Z][0-9]{3}-[0-9]{3}-[0-9]{3,4}-[0-9]{3,4}"
    r"|[A-Z][0-9]{3}-ZP·2019·D30-[0-9]{3}-[0-9]{3}"
    r"|[A-Z][0-9]{3}-KU·01·(19|20)[0-9]{2}-[0-9]{3}-[0-9]{3,4}",
    fullmatch=True,
)
dates = (
    st.dates().map(str)
    | st.dates().map(lambda day: f"{day:%Y%m%d}")
    | st.from_regex(
        r"(19|20)[0-9]{2}年(1[0-2]|[1-9])月[1-9]日|(19|20)[0-9]{2}-(19|20)[0-9]{2}"
        r"|(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-2][1-9]-(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-2][1-9]"
        r"|(19[0-9]{2} ){3,6}(19|20)[0-9]{2}|20[0-9]{12}"
        r"|(19|20)[0-9]{2}-0[1-9]-[0-2][1-9] (19|20)[0-9]{2}-0[1-9]-[0-2][1-9]",
        fullmatch=True,
    )
)
numbers = st.from_regex(
    r"鲁政办发〔(19|20)[0-9]{2}〕[0-9]{1,5}号|\(2016\) 鲁 02 民终 [0-9]{1,5} 号", fullmatch=True
)
amounts = st.integers(0, 10**13).map(lambda value: f"{value:,}") | st.integers(0, 10**13).map(
    lambda value: f"{value / 100:,.2f} 元"
)
innocent = st.one_of(codes, dates, numbers, amounts)


@given(WORDS, written, WORDS)
def test_a_personal_number_is_found_and_masked_however_it_is_written(
    before: str, number: str, after: str
) -> None:
    text = before + number + after
    assert not any(symbol.isdigit() for symbol in masked(text))
    assert len(masked(text)) == len(text)
    assert masked(text).endswith(after)


@given(st.lists(written, min_size=2, max_size=4), st.sampled_from([" ", "、", "，", "\n"]))
def test_several_in_a_row_are_all_found(numbers: list[str], joint: str) -> None:
    plain = [number for number in numbers if number.isalnum()]
    text = joint.join(plain)
    assert not any(symbol.isdigit() for symbol in masked(text))


@given(WORDS, innocent, WORDS)
def test_codes_dates_document_numbers_and_amounts_are_none(before: str, known: str, after: str) -> None:
    assert identifiers(before + known + after) == []


def test_digits_of_mathematical_alphabets_are_digits() -> None:
    for first in range(0x1D7CE, 0x1D800, 10):
        written = "".join(chr(first + int(digit)) for digit in "13800138000")
        assert masked(f"电话{written}。") == f"电话{'*' * 11}。"


@given(st.lists(innocent | written | WORDS).map("，".join))
def test_what_was_masked_holds_no_identifier(text: str) -> None:
    assert identifiers(masked(text)) == []
    assert masked(masked(text)) == masked(text)


@given(st.text(alphabet="0123456789Xx -·EeGgA，\n０１９Ｘ年", max_size=80))
def test_spans_stand_in_order_inside_the_text_and_nothing_else_changes(text: str) -> None:
    spans = identifiers(text)
    flat = [place for span in spans for place in span]
    assert flat == sorted(flat)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    hidden = {place for start, end in spans for place in range(start, end)}
    assert all(masked(text)[place] == symbol for place, symbol in enumerate(text) if place not in hidden)
    assert identifiers(masked(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "C138-0013-8000",
        "A000-130-0000-0000",
        "1949-001-0013",
        "J019-KU·01·1949-001-0013",
        "0014-001-0002-0003",
        "1949 1950 1951 1952",
        "152 2016-03-15",
        "1,380,013,800,012.00",
        "13 800 138 000",
        "20160315123045",
        "19491001-19661231",
        "FG12345678",
    ],
)
def test_what_looks_like_one_and_is_none(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "tel13800138000",
        "tel138-0013-8000",
        "C138-0013-0001 138 0013 8000",
        "0086-138-0013-8000",
        "+86-13800138000",
        "013800138000",
        "138-0013-8000-12",
        "91" * 15,
    ],
)
def test_what_stands_among_other_signs_is_found_all_the_same(text: str) -> None:
    assert "3800" not in masked(text) and "9191" not in masked(text)
