"""What a rule set came to accept later makes no other batch another one."""

from __future__ import annotations

import pytest

from policies.ruleset import RuleSet, builtin


@pytest.fixture(scope="module")
def shandong() -> RuleSet:
    return builtin("shandong-2016")


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [("ZP", "a.jpg"), ("WS", "b.pdf|c.tif")],
        [("照片", "a.JPG"), ("", "b.wav")],
        [("ZP·01", "avi.jpg")],
    ],
)
def test_batches_without_video_are_judged_under_the_first_digest(
    shandong: RuleSet, listed: list[tuple[str, str]]
) -> None:
    assert shandong.digest_for(listed) == shandong.digest


@pytest.mark.parametrize(
    "listed",
    [[("LX", "a.bin")], [("录像", "a")], [("", "a.MP4")], [("WS", "a.pdf|b.avi")], [("LX·01", "a.mpg")]],
)
def test_batches_with_video_are_judged_under_another(
    shandong: RuleSet, listed: list[tuple[str, str]]
) -> None:
    assert shandong.digest_for([("ZP", "a.jpg"), *listed]) != shandong.digest


def test_a_rule_set_without_anything_later_has_one_digest() -> None:
    dotted = builtin("da-t-13-2022")
    assert dotted.digest_for([("LX", "a.mp4")]) == dotted.digest


def test_what_was_added_stands_beside_what_there_was(shandong: RuleSet) -> None:
    assert shandong.probes["fmt/199"] == "video"
    assert shandong.probes["fmt/41"] == "jpeg"
    assert shandong.categories["LX"].names.zh == "录像"
    assert shandong.categories["LX"].roles["main"].formats == ("mp4", "mpeg", "avi")
