"""No command tells of what its account may not see: whole archives as twins, answers byte for byte."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from twin_homes import Homes, TwinHomes, said

from lantai.wiring import Archive, opened
from policies.errors import LantaiError
from processes.desk.correct import recode
from processes.finding.deliver import open_content
from processes.finding.show import show

OUTSIDERS = ("r", "rr", "g", "away", "admin")
"""Accounts that handle no fonds where they work."""
NOBODY = (
    "B002-WS·2001-Y-BGS-9999",
    "Z999-WS·2001-Y-BGS-0001",
    "A001-WS·1990-Y-0999",
    "no code",
    "",
    "\0",
    "«»",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> TwinHomes:
    return TwinHomes(tmp_path_factory.mktemp("homes"))


def codes(homes: Homes) -> list[str]:
    """Every code there is or was in the fuller archive, and some of nobody's."""
    records = [*homes.visible, *homes.hidden]
    return [*(one.code for one in records), *(code for one in records for code in one.former_codes), *NOBODY]


def same(homes: Homes, account: str, *done: Callable[[Archive], object]) -> None:
    """Both archives answer each of these alike."""
    with homes.opened(account) as both:
        for do in done:
            full, bare = both(do)
            assert full == bare


def shown(code: str) -> Callable[[Archive], object]:
    return lambda archive: show(archive.database, archive.ledger, code, archive.subject)


def fetched(code: str, number: int, use: str = "original") -> Callable[[Archive], object]:
    def fetch(archive: Archive) -> object:
        content = open_content(archive.database, archive.vault, code, archive.subject, number, use)
        return content.as_json(), content.file, b"".join(content.pieces)

    return fetch


def test_the_twins_differ_enough_to_mean_something(made: TwinHomes) -> None:
    for name in ("r", "o"):
        homes = made[name]
        assert len(homes.hidden) > 8, name
        assert len(homes.visible) > 8, name
        assert any(one.former_codes for one in homes.visible)
        assert any(one.former_codes for one in homes.hidden)


@pytest.mark.parametrize("account", OUTSIDERS)
def test_a_code_is_shown_or_absent_whatever_else_there_is(made: TwinHomes, account: str) -> None:
    same(made[account], account, *map(shown, codes(made[account])))


@pytest.mark.parametrize("account", OUTSIDERS)
def test_content_is_delivered_or_absent_whatever_else_there_is(made: TwinHomes, account: str) -> None:
    wanted = [fetched(code, number) for code in codes(made[account]) for number in (1, 2, 3)]
    wanted += [fetched(code, 1, "copy") for code in codes(made[account])]
    same(made[account], account, *wanted)


@pytest.mark.parametrize("account", ["r", "o"])
def test_a_hidden_code_is_answered_like_one_that_nobody_has(made: TwinHomes, account: str) -> None:
    """Not only alike in both archives: alike within one, but for the code that was typed."""
    homes = made[account]
    with homes.opened(account) as both:
        for ask in (shown, lambda code: fetched(code, 1), lambda code: fetched(code, 99)):
            (nobody,) = {both(ask(code))[0].replace(code, "CODE") for code in NOBODY[:3]}
            for one in homes.hidden:
                for code in (one.code, *one.former_codes):
                    assert both(ask(code))[0].replace(code, "CODE") == nobody


def test_a_record_is_not_recoded_into_anothers_fonds_and_so_tells_no_code_there(made: TwinHomes) -> None:
    homes = made["o"]
    own = next(one.code for one in homes.visible if one.fonds == "B002")
    others = [one.code for one in homes.hidden if one.fonds != "B002"]
    with opened(homes.full, "o") as archive:
        told = set()
        for code in (*others, "A014-WS·2001-Y-BGS-9999", "Z999-WS·2001-Y-BGS-0001"):
            with pytest.raises(LantaiError) as refusal:
                recode(archive.tools(), archive.index, own, code, "miscoded")
            told.add(f"{refusal.value.code} {refusal.value}".replace(code[:4], "FONDS"))
        assert len(told) == 1


def test_whoever_keeps_the_machines_is_told_of_damaged_objects_and_of_no_codes(
    made: TwinHomes, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(made["o"].full, tmp_path / "home"))
    gone = sorted((home / "sites/site-a/objects").rglob("o*x0"))
    for path in gone:
        path.unlink()
    for command, names in ((("audit",), ("missing", "lost")), (("replicate",), ("damaged", "lost"))):
        told = said(home, *command, account="store")
        sites = json.loads(told.out)["sites"]
        assert gone[0].name in told.out.decode() or command == ("replicate",)
        assert {one["code"] for site in sites for name in names for one in site[name]} <= {None}
        words = said(home, *command, account="store", as_json=False)
        assert "-WS·" not in words.out.decode() + words.err
