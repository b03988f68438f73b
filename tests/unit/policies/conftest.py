"""The two rule sets, and a row that has nothing wrong with it under either."""

from __future__ import annotations

from datetime import date

import pytest

from policies.ruleset import RuleSet, builtin

TODAY = date(2026, 11, 22)


@pytest.fixture
def shandong() -> RuleSet:
    return builtin("shandong-2016")


@pytest.fixture
def dotted() -> RuleSet:
    return builtin("da-t-13-2022")


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def good_row() -> dict[str, str]:
    return {
        "file": "照片/01.jpg",
        "title": "春灌前沿黄大堤险工段巡查",
        "author": "宣传信息处",
        "date": "20160329",
        "fonds": "A014",
        "category": "ZP",
        "year": "2016",
        "retention": "永久",
        "office": "XCC",
        "secrecy": "公开",
    }
