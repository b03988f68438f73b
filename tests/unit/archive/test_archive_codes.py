from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.codes import (
    ArchivalCode,
    MalformedCode,
    NumberPastWidth,
    canonical_text,
    format_code,
    item_number,
    numbered,
    parse,
    series_of,
    with_number,
)
from archive.errors import ArchiveError
from policies.ruleset import CodeProfile, builtin
from policies.ruleset_model import Level

SHANDONG = builtin("shandong-2016").code
DOTTED = builtin("da-t-13-2022").code


def profile(*levels: Level, dialect: str = "mixed", width: int = 3) -> CodeProfile:
    series = tuple(level.part for level in levels)
    return CodeProfile(
        dialect=dialect,  # type: ignore[arg-type]
        code_source="sender",
        levels=(*levels, Level("item")),
        series=series,
        width=width,
        past_width="widen",
        sub_level="[0-9]{2}",
    )


FONDS = Level("fonds", "[A-Z][0-9]{3}")
CATEGORY = Level("category", "[A-Z]{2}")
YEAR = Level("year", "[0-9]{4}")
OLD_VOLUMES = profile(FONDS, Level("catalogue", "[0-9]{3}"), Level("volume", "[0-9]{3}"))
PHOTO_GROUPS = profile(
    FONDS, CATEGORY, YEAR, Level("retention", "Y|D[0-9]{2}"), Level("group", "[0-9]{3}"), dialect="dotted"
)
ACCOUNT_VOLUMES = profile(FONDS, CATEGORY, YEAR, Level("volume", "[0-9]{3}"))
PROFILES = [SHANDONG, DOTTED, OLD_VOLUMES, PHOTO_GROUPS, ACCOUNT_VOLUMES]

OFFICE = st.text(st.sampled_from("ABGSZ09办公室档〇"), min_size=1, max_size=12)
SUBS = st.lists(st.sampled_from(["01", "23"]), max_size=2)
PARTS = st.fixed_dictionaries(
    {
        "fonds": st.from_regex(r"[A-Z][0-9]{3}", fullmatch=True).filter(str.isascii),
        "catalogue": st.just("001"),
        "category": st.builds(lambda c, s: "·".join([c, *s]), st.sampled_from(["WS", "ZP", "KU"]), SUBS),
        "year": st.integers(1900, 2100).map(str),
        "retention": st.sampled_from(["Y", "D30", "D10"]),
        "office": OFFICE,
        "volume": st.sampled_from(["", "003", "120"]),
        "group": st.just("025"),
    }
)


def of_profile(parts: dict[str, str], wanted: CodeProfile) -> dict[str, str]:
    """The parts that a profile's codes have, with what it does not allow to be absent filled in."""
    levels = [level for level in wanted.levels if level.part != "item"]
    return {level.part: parts[level.part] or ("" if level.optional else "001") for level in levels}


@given(PARTS, st.integers(1, 99_999), st.sampled_from(PROFILES))
def test_a_code_reads_back_as_what_was_printed(
    parts: dict[str, str], number: int, chosen: CodeProfile
) -> None:
    code = with_number(of_profile(parts, chosen), number, chosen)
    printed = format_code(code, chosen)
    assert parse(printed, chosen) == code
    assert item_number(code) == number
    assert canonical_text(printed) == printed


@given(PARTS, st.integers(1, 99_999), st.sampled_from(PROFILES))
def test_a_printer_of_numbers_prints_what_is_printed_one_by_one(
    parts: dict[str, str], number: int, chosen: CodeProfile
) -> None:
    levels = of_profile(parts, chosen)
    try:
        wanted = format_code(with_number(levels, number, chosen), chosen)
    except NumberPastWidth:
        with pytest.raises(NumberPastWidth):
            numbered(levels, chosen)(number)
    else:
        assert numbered(levels, chosen)(number) == wanted


SPELLINGS = {"·": "·•‧・･", "-": "-－‐–—−﹣"}


@given(PARTS, st.integers(1, 9999), st.data())
def test_any_separator_that_is_met_gives_the_same_code(
    parts: dict[str, str], number: int, data: st.DataObject
) -> None:
    for chosen in (SHANDONG, DOTTED):
        printed = format_code(with_number(of_profile(parts, chosen), number, chosen), chosen)
        written = "".join(data.draw(st.sampled_from(SPELLINGS.get(c, c))) for c in printed)
        assert canonical_text(f" {written}\u3000") == printed
        assert format_code(parse(written, chosen), chosen) == printed


@given(st.text(max_size=30))
def test_folding_a_text_twice_is_folding_it_once(text: str) -> None:
    assert canonical_text(canonical_text(text)) == canonical_text(text)


@given(st.text())
def test_every_text_can_be_looked_for_as_a_code_in_any_database(text: str) -> None:
    asked = canonical_text(text + "\0\udcff")
    assert asked.encode()
    assert "\0" not in asked


@given(st.text(st.sampled_from("A014WSY·-26办"), max_size=30), st.sampled_from(PROFILES))
def test_a_text_is_a_code_or_malformed_and_nothing_else(text: str, chosen: CodeProfile) -> None:
    try:
        code = parse(text, chosen)
    except MalformedCode as fault:
        assert fault.part in chosen.parts
        assert isinstance(fault, ArchiveError)
    else:
        assert format_code(code, chosen) == canonical_text(text)


@pytest.mark.parametrize(
    ("text", "chosen", "parts"),
    [
        (
            "A014-WS·2016-Y-BGS-0026",
            SHANDONG,
            ArchivalCode("A014", "", "WS", "2016", "Y", "BGS", item="0026"),
        ),
        ("A014-WS·2016-Y-0026", SHANDONG, ArchivalCode("A014", "", "WS", "2016", "Y", item="0026")),
        ("A014-KU·01·2016-D30-0026", SHANDONG, ArchivalCode("A014", "", "KU·01", "2016", "D30", item="0026")),
        (
            "A014-WS·2016-Y-0026-0026",
            SHANDONG,
            ArchivalCode("A014", "", "WS", "2016", "Y", "0026", item="0026"),
        ),
        (
            "Z109-WS·2011·Y·办公室-00001",
            DOTTED,
            ArchivalCode("Z109", "", "WS", "2011", "Y", "办公室", item="00001"),
        ),
        (
            "Z109-WS·2011·Y·办公室-003-00001",
            DOTTED,
            ArchivalCode("Z109", "", "WS", "2011", "Y", "办公室", "003", item="00001"),
        ),
        ("C038-001-002-003", OLD_VOLUMES, ArchivalCode("C038", "001", volume="002", item="003")),
        (
            "K021-ZP·2019·D30-025-005",
            PHOTO_GROUPS,
            ArchivalCode("K021", "", "ZP", "2019", "D30", group="025", item="005"),
        ),
        (
            "J019-KU·01·2017-001-001",
            ACCOUNT_VOLUMES,
            ArchivalCode("J019", "", "KU·01", "2017", volume="001", item="001"),
        ),
    ],
)
def test_the_codes_of_the_standards_are_read(text: str, chosen: CodeProfile, parts: ArchivalCode) -> None:
    assert parse(text, chosen) == parts
    assert format_code(parts, chosen) == text


def test_the_example_of_the_dotted_standard_has_four_digits() -> None:
    wanted = CodeProfile("dotted", "archive", DOTTED.levels, DOTTED.series, 4, "widen")
    assert parse("Z109-WS·2011·Y·办公室-0001", wanted).office == "办公室"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "fonds"),
        ("a014-WS·2016-Y-BGS-0026", "fonds"),
        ("A014", "category"),
        ("A014-W·2016-Y-BGS-0026", "category"),
        ("A014-WS-2016-Y-BGS-0026", "year"),
        ("A014-WS·216-Y-BGS-0026", "year"),
        ("A014-WS·2016-X-BGS-0026", "retention"),
        ("A014-WS·2016-长期-BGS-0026", "retention"),
        ("A014-WS·2016-Y-bgs-0026", "office"),
        ("A014-WS·2016-Y-BGS-26", "item"),
        ("A014-WS·2016-Y-BGS-00026", "item"),
        ("A014-WS·2016-Y-BGS-0000", "item"),
        ("A014-WS·2016-Y-BGS-0026-1", "item"),
        ("A014-WS·2016-Y-BGS-٠٠٢٦", "item"),
        ("A014-WS·2016-Y-BGS-0026\n", "none"),
    ],
)
def test_a_malformed_code_names_the_part_that_is_wrong(text: str, part: str) -> None:
    if part == "none":
        assert parse(text, SHANDONG).item == "0026"
        return
    with pytest.raises(MalformedCode) as caught:
        parse(text, SHANDONG)
    assert caught.value.part == part


def test_one_dialects_codes_are_malformed_in_the_other() -> None:
    for text, other in (("A014-WS·2016-Y-BGS-0026", DOTTED), ("Z109-WS·2011·Y·办公室-00001", SHANDONG)):
        with pytest.raises(MalformedCode):
            parse(text, other)


FIELDS = {
    "fonds": "A014",
    "category": "WS",
    "year": "2016",
    "retention": "Y",
    "office": "BGS",
    "volume": "003",
}


def test_a_series_is_what_the_rule_set_says_it_is() -> None:
    assert series_of(FIELDS, SHANDONG) == "A014-WS·2016-Y-BGS"
    assert series_of(FIELDS, DOTTED) == "A014-WS·2016·Y·BGS-003"
    by_year = CodeProfile("mixed", "archive", SHANDONG.levels, ("fonds", "year", "retention"), 4, "widen")
    assert series_of(FIELDS, by_year) == "A014·2016-Y"


def test_an_absent_office_is_a_series_of_its_own() -> None:
    assert series_of(FIELDS | {"office": ""}, SHANDONG) == "A014-WS·2016-Y"
    assert series_of({k: v for k, v in FIELDS.items() if k != "office"}, SHANDONG) == "A014-WS·2016-Y"


def test_a_code_and_its_fields_are_of_one_series() -> None:
    code = with_number(FIELDS, 26, SHANDONG)
    assert series_of(code, SHANDONG) == series_of(FIELDS, SHANDONG)


@given(PARTS, PARTS)
def test_two_series_have_two_names(one: dict[str, str], other: dict[str, str]) -> None:
    for chosen in (SHANDONG, DOTTED):
        keys = [tuple(parts[part] for part in chosen.series if part in parts) for parts in (one, other)]
        names = [series_of(of_profile(parts, chosen), chosen) for parts in (one, other)]
        assert (keys[0] == keys[1]) == (names[0] == names[1])


@pytest.mark.parametrize("missing", ["fonds", "category", "year", "retention"])
def test_a_series_without_a_level_it_needs_is_refused(missing: str) -> None:
    for give in (series_of, lambda parts, chosen: with_number(parts, 1, chosen)):
        with pytest.raises(MalformedCode) as caught:
            give(FIELDS | {missing: ""}, SHANDONG)
        assert caught.value.part == missing


def test_the_width_is_a_minimum_where_the_rule_set_lets_it_grow() -> None:
    assert format_code(with_number(FIELDS, 26, SHANDONG), SHANDONG).endswith("-0026")
    assert format_code(with_number(FIELDS, 10_000, SHANDONG), SHANDONG).endswith("-10000")
    assert format_code(with_number(FIELDS, 99_999, DOTTED), DOTTED).endswith("-99999")


def test_a_full_series_is_refused_where_the_rule_set_refuses_it() -> None:
    with pytest.raises(NumberPastWidth):
        with_number(FIELDS, 100_000, DOTTED)


@pytest.mark.parametrize("number", [0, -1])
def test_numbers_start_at_one(number: int) -> None:
    with pytest.raises(MalformedCode):
        with_number(FIELDS, number, SHANDONG)


def test_a_value_that_holds_a_separator_is_no_part() -> None:
    with pytest.raises(MalformedCode):
        with_number(FIELDS | {"office": "BGS-1"}, 1, SHANDONG)
    with pytest.raises(MalformedCode):
        format_code(ArchivalCode("A014", "", "WS", "2016", "Y", "BGS", volume="1", item="0001"), SHANDONG)


def test_a_code_without_a_number_has_none() -> None:
    with pytest.raises(MalformedCode):
        item_number(ArchivalCode("A014"))
