from __future__ import annotations

from collections.abc import Mapping

import pytest

from policies.findings import Finding, Severity
from policies.formats import ProbeFacts, Problem
from policies.inspection import judge_content, propose_category
from policies.ruleset import RuleSet

PUIDS = {"jpeg": "fmt/43", "tiff": "fmt/353", "mp3": "fmt/134", "wav": "fmt/141", "pdf": "fmt/354"}


def facts(name: str, values: Mapping[str, int | str | bool], *problems: Problem) -> ProbeFacts:
    return ProbeFacts(PUIDS[name], name.upper(), "", name, values, problems)


def photo(width: int, height: int, *problems: Problem) -> ProbeFacts:
    return facts("jpeg", {"width": width, "height": height, "pixels": width * height}, *problems)


def judged(
    rules: RuleSet, seen: ProbeFacts, *, category: str = "ZP", role: str = "main", extension: str = "jpg"
) -> list[Finding]:
    return list(
        judge_content(
            file="a.jpg", role=role, category=category, extension=extension, facts=seen, rules=rules
        )
    )


def kinds(findings: list[Finding]) -> list[str]:
    return [note.kind for note in findings]


@pytest.mark.parametrize(
    ("width", "height", "found"), [(2048, 1536, []), (2000, 1500, []), (1999, 1500, ["pixels-below-floor"])]
)
def test_the_floor_of_photographs_is_three_million_pixels(
    shandong: RuleSet, width: int, height: int, found: list[str]
) -> None:
    assert kinds(judged(shandong, photo(width, height))) == found


def test_a_finding_on_pixels_names_rule_expected_and_found(shandong: RuleSet) -> None:
    (note,) = judged(shandong, photo(1600, 1200))
    assert note.rule == "shandong-2016/categories.ZP.roles.main.min_pixels"
    assert (note.expected, note.found) == ("≥ 3000000 px", "1920000 px (1600 × 1200)")
    assert (note.code, note.severity, note.file) == ("3-3", Severity.FAIL, "a.jpg")


def test_another_rule_set_has_other_floors_and_formats_with_the_same_code(
    shandong: RuleSet, dotted: RuleSet
) -> None:
    two_megapixels, tape = photo(1600, 1250), facts("mp3", {"sampling_hz": 44100})
    assert kinds(judged(shandong, two_megapixels)) == ["pixels-below-floor"]
    assert kinds(judged(dotted, two_megapixels)) == []
    assert kinds(judged(shandong, tape, category="LY", extension="mp3")) == []
    assert kinds(judged(dotted, tape, category="LY", extension="mp3")) == [
        "format-not-accepted",
        "sampling-below-floor",
    ]
    old = ProbeFacts("fmt/14", "PDF 1.0", "", "pdf", {"pages": 1}, ())
    assert kinds(judged(shandong, old, category="WS", extension="pdf")) == []
    assert kinds(judged(dotted, old, category="WS", extension="pdf")) == ["format-not-accepted"]


def test_floors_go_by_role_and_category(shandong: RuleSet, dotted: RuleSet) -> None:
    small = photo(800, 600)
    assert kinds(judged(shandong, small, role="attachment")) == []
    assert kinds(judged(dotted, small, role="attachment")) == ["pixels-below-floor"]
    assert kinds(judged(shandong, small, category="WS")) == []


def test_sound_has_a_floor_of_sampling(shandong: RuleSet) -> None:
    low = facts("wav", {"sampling_hz": 22050})
    (note,) = judged(shandong, low, category="LY", extension="wav")
    assert (note.kind, note.expected, note.found) == ("sampling-below-floor", "≥ 44100 Hz", "22050 Hz")


def test_a_floor_counts_even_where_something_else_only_warns(shandong: RuleSet) -> None:
    behind = Problem("trailing-data", "end at byte 9", "3 bytes more")
    assert kinds(judged(shandong, photo(800, 600, behind))) == ["pixels-below-floor", "trailing-data"]


def test_a_picture_whose_size_nobody_saw_does_not_reach_the_floor(shandong: RuleSet) -> None:
    assert "pixels-below-floor" in kinds(judged(shandong, facts("jpeg", {"bits": 8})))


def test_content_that_was_not_read_never_passes(shandong: RuleSet) -> None:
    assert "content-not-read" in kinds(judged(shandong, facts("pdf", {}), category="WS", extension="pdf"))
    ofd = ProbeFacts("lantai/ofd", "OFD", "application/ofd", "", {}, ())
    assert kinds(judged(shandong, ofd, category="WS", extension="ofd")) == ["content-not-read"]


@pytest.mark.parametrize("role", ["main", "attachment", "", "no-such-role"])
@pytest.mark.parametrize("category", ["", "XX", "SJ"])
def test_where_nothing_is_accepted_nothing_passes(shandong: RuleSet, category: str, role: str) -> None:
    assert "format-not-accepted" in kinds(judged(shandong, photo(4000, 3000), category=category, role=role))


def test_a_format_outside_the_rule_set_is_named_with_its_pronom_id(shandong: RuleSet) -> None:
    png = ProbeFacts("fmt/11", "Portable Network Graphics 1.0", "image/png", "", {}, ())
    (note,) = judged(shandong, png, extension="png")
    assert (note.kind, note.code) == ("format-not-accepted", "3-3")
    assert note.expected == "jpeg, tiff"
    assert note.found == "Portable Network Graphics 1.0 (fmt/11)"


def test_a_version_that_is_not_accepted_names_those_that_are(dotted: RuleSet) -> None:
    old = ProbeFacts("fmt/17", "Acrobat PDF 1.3", "application/pdf", "", {}, ())
    (note,) = judged(dotted, old, category="WS", extension="pdf")
    assert (note.kind, note.found) == ("format-not-accepted", "Acrobat PDF 1.3 (fmt/17)")
    assert note.expected.startswith("pdf (fmt/95, ")
    assert "fmt/276" in note.expected


def test_content_that_nothing_is_known_of_is_unknown(shandong: RuleSet) -> None:
    assert kinds(judged(shandong, ProbeFacts("", "", "", "", {}, ()))) == ["format-unknown"]


@pytest.mark.parametrize("extension", ["tif", "", "JPG.exe"])
def test_a_name_that_says_another_format_is_a_finding(shandong: RuleSet, extension: str) -> None:
    (note,) = judged(shandong, photo(4000, 3000), extension=extension)
    assert (note.kind, note.code, note.found) == ("format-name-differs", "1-10", extension)
    assert "jpg" in note.expected


def test_the_case_of_an_extension_says_nothing(shandong: RuleSet) -> None:
    assert judged(shandong, photo(4000, 3000), extension="JPG") == []


def test_a_probes_problems_become_findings_with_the_rule_sets_severity(
    shandong: RuleSet, dotted: RuleSet
) -> None:
    fonts = Problem("document-fonts-missing", "every font embedded", "Helvetica")
    page = facts("pdf", {"pages": 1}, fonts)
    (mild,) = judged(shandong, page, category="WS", extension="pdf")
    (strict,) = judged(dotted, page, category="WS", extension="pdf")
    assert (mild.severity, mild.rule, mild.found) == (Severity.WARN, "", "Helvetica")
    assert (strict.severity, strict.rule) == (Severity.FAIL, "da-t-13-2022/severities.document-fonts-missing")


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("jpeg", "ZP"),
        ("tiff", "ZP"),
        ("mp3", "LY"),
        ("pdf", "WS"),
        ("fmt/354", "WS"),
        ("", None),
        ("png", None),
    ],
)
def test_a_category_is_proposed_from_the_format(shandong: RuleSet, name: str, category: str | None) -> None:
    assert propose_category(name, shandong) == category


def test_a_format_without_a_category_proposes_none(dotted: RuleSet) -> None:
    assert propose_category("mp3", dotted) is None
