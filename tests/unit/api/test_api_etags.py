"""Tags and conditions as RFC 9110 has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from lantai.api.etags import Met, met, range_counts, tag

OURS = '"one"'


def headers(*lines: tuple[str, str]) -> Headers:
    return Headers(raw=[(name.encode(), value.encode("latin-1")) for name, value in lines])


def test_a_tag_names_account_depth_and_what_is_shown() -> None:
    tags = {
        tag("li", "public", {"code": "A"}),
        tag("wang", "public", {"code": "A"}),
        tag("li", "full", {"code": "A"}),
        tag("li", "public", {"code": "B"}),
        tag("li", "public", {"code": "A"}, 1),
    }
    assert len(tags) == 5
    assert tag("li", "public", {"a": 1, "b": 2}) == tag("li", "public", {"b": 2, "a": 1})


def test_names_that_run_together_do_not_make_one_tag() -> None:
    assert tag("li", "xpublic") != tag("lix", "public")


@pytest.mark.parametrize(
    ("lines", "comes_to"),
    [
        ([], Met.GO_ON),
        ([("if-none-match", OURS)], Met.UNCHANGED),
        ([("if-none-match", f"W/{OURS}")], Met.UNCHANGED),
        ([("if-none-match", f'"two", {OURS}')], Met.UNCHANGED),
        ([("if-none-match", '"two"'), ("if-none-match", OURS)], Met.UNCHANGED),
        ([("if-none-match", '"two, three"')], Met.GO_ON),
        ([("if-none-match", "*")], Met.UNCHANGED),
        ([("if-none-match", "one")], Met.GO_ON),
        ([("if-none-match", f"{OURS} nonsense")], Met.GO_ON),
        ([("if-none-match", "")], Met.GO_ON),
        ([("if-match", OURS)], Met.GO_ON),
        ([("if-match", "*")], Met.GO_ON),
        ([("if-match", f"W/{OURS}")], Met.FAILED),
        ([("if-match", '"two"')], Met.FAILED),
        ([("if-match", '"two"'), ("if-none-match", OURS)], Met.FAILED),
        ([("if-match", OURS), ("if-none-match", OURS)], Met.UNCHANGED),
    ],
)
def test_conditions(lines: list[tuple[str, str]], comes_to: Met) -> None:
    assert met(headers(*lines), OURS) is comes_to


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        ([], True),
        ([OURS], True),
        ([f"W/{OURS}"], False),
        (["one"], False),
        (["Sat, 29 Oct 1994 19:43:31 GMT"], False),
        ([OURS, OURS], False),
        (["*"], False),
    ],
)
def test_a_range_counts_for_the_very_tag_alone(lines: list[str], counts: bool) -> None:
    assert range_counts(headers(*(("if-range", one) for one in lines)), OURS) is counts


@given(st.text(alphabet=st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=300))
def test_nothing_that_is_sent_does_harm(text: str) -> None:
    for name in ("if-match", "if-none-match", "if-range"):
        met(headers((name, text)), OURS)
        range_counts(headers((name, text)), OURS)
