"""How many requests wait: for each reader as many as their list says, and none that is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from recover_homes import items
from retrieval_desk import HE, LI, TODAY, Desk, officer

from lantai.wiring import opened
from policies.access import Subject
from processes.desk import retrieval_counts, retrieval_decisions
from processes.desk.retrieval_counts import NAMED, counted

OTHER = officer("B001", name="wu")


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    with opened(home) as archive:
        yield Desk(archive, tuple(record.item.code for record in items(home)))


def waiting(desk: Desk, who: Subject, **at: Any) -> dict[str, int]:
    told = counted(desk.tools(who, **at))
    assert (told["requests"], told["cursor"]) == ([], None)
    return {name: one["count"] for name, one in told["waiting"].items()}


def test_each_is_told_their_own_and_an_officer_what_they_decide_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieval_counts, "_PAGE", 2)
    for _ in range(3):
        desk.ask(who=HE)
    desk.granted()
    refused = desk.ask()["request"]
    desk.decide(retrieval_decisions.refuse, refused, "不宜")
    desk.ask(who=officer("A014"))
    desk.ask("B001-WS·1950-Y-0001")
    assert waiting(desk, LI) == {"granted": 1, "asked": 1}
    assert waiting(desk, HE) == {"granted": 0, "asked": 3}
    assert waiting(desk, officer("A014")) == {"granted": 0, "asked": 1, "to_decide": 3}
    assert waiting(desk, OTHER) == {"granted": 0, "asked": 0, "to_decide": 1}
    for who in (officer("A014"), OTHER):
        others = [one for one in desk.listed(who, every=False) if one["account"] != who.account]
        assert sum(one["state"] == "asked" for one in others) == waiting(desk, who)["to_decide"]


def test_what_lapsed_or_is_past_its_last_day_waits_no_more(desk: Desk) -> None:
    desk.ask()
    desk.granted()
    later = TODAY + timedelta(days=91)
    assert waiting(desk, LI, now=later) == {"granted": 0, "asked": 0}
    assert waiting(desk, officer("A014"), now=later)["to_decide"] == 0


def test_the_newest_codes_are_named_with_it(desk: Desk) -> None:
    typed = [f"A014-WS·190{year}-Y-0001" for year in range(NAMED + 1)]
    for code in typed:
        desk.ask(code)
    assert counted(desk.tools(LI))["waiting"]["asked"]["codes"] == typed[:0:-1]
