"""An officer handles its own fonds, and learns as little of the others as anybody: not by deciding or
correcting, proving or exporting, and not by handing in what lies there already.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from batches import row, write_batch
from media import pdf
from twin_homes import Homes, Said, TwinHomes, said

NOBODYS = "K021-WS·2001-Y-BGS-9999"
COMMANDS = (
    ("show", "CODE"),
    ("get", "CODE", "-o", "OUT"),
    ("describe", "CODE", "title=x", "--reason", "r"),
    ("recode", "CODE", "B002-WS·2001-Y-BGS-9998", "--reason", "r"),
    ("withdraw", "CODE", "--reason", "r"),
    ("hold", "CODE", "--reason", "r"),
    ("hold", "CODE", "--lift", "--reason", "r"),
    ("appraise", "CODE", "--status", "open", "--reason", "r"),
    ("appraise", "OWN", "CODE", "--status", "open", "--reason", "r"),
    ("appraise", "--file", "LIST", "--status", "open", "--reason", "r"),
    ("appraise", "--query", "code:CODE", "--status", "closed", "--reason", "r"),
    ("prove", "CODE", "-o", "OUT"),
    ("export", "CODE", "--format", "bagit", "-o", "OUT"),
    ("export", "OWN", "CODE", "--format", "bagit", "-o", "OUT"),
    ("batch", "CODE"),
)
ANYBODYS = ("show", "get")
"""What an open record of another fonds answers: it is seen from outside."""


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> TwinHomes:
    return TwinHomes(tmp_path_factory.mktemp("officers"))


def answered(homes: Homes, command: tuple[str, ...], code: str, folder: Path) -> Said:
    """What the officer is told, the code that was typed put aside."""
    own = next(one.code for one in homes.visible if one.fonds == "B002")
    (folder / "list.txt").write_text(f"{own}\n{code}\n", "utf-8")
    put = {"CODE": code, "OWN": own, "OUT": str(folder / "out"), "LIST": str(folder / "list.txt")}
    told = said(
        homes.full,
        *(word.replace(name, put[name]) for word in command for name in [_in(word)]),
        account="desk",
    )
    assert not (folder / "out").exists()
    return Said(told.status, told.out.replace(code.encode(), b"CODE"), told.err.replace(code, "CODE"))


def _in(word: str) -> str:
    return next((name for name in ("CODE", "OWN", "OUT", "LIST") if name in word), "CODE")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command)[:30])
def test_a_record_of_another_fonds_is_nobodys_to_an_officer(
    twin: TwinHomes, command: tuple[str, ...], tmp_path: Path
) -> None:
    homes = twin["desk"]
    absent = answered(homes, command, NOBODYS, tmp_path)
    hidden = next(one for one in homes.hidden if one.former_codes)
    assert answered(homes, command, hidden.code, tmp_path) == absent
    assert answered(homes, command, hidden.former_codes[0], tmp_path) == absent
    if command[0] not in ANYBODYS:
        foreign = next(one for one in homes.visible if one.fonds != "B002")
        assert answered(homes, command, foreign.code, tmp_path) == absent


@pytest.mark.long
def test_handing_in_what_lies_hidden_elsewhere_tells_nothing_of_it(twin: TwinHomes, tmp_path: Path) -> None:
    homes, content = twin["desk"], pdf(3)
    theirs = write_batch(tmp_path / "theirs", {"a.pdf": content}, [row("a.pdf", category="WS", fonds="A014")])
    own = write_batch(tmp_path / "own", {"b.pdf": content}, [row("b.pdf", category="WS", fonds="B002")])
    with_it = Path(shutil.copytree(homes.bare, tmp_path / "with"))
    without = Path(shutil.copytree(homes.bare, tmp_path / "without"))
    assert said(with_it, "ingest", str(theirs), account="sender").status == 0
    told = [said(home, "ingest", str(own), "--dry-run", account="desk") for home in (with_it, without)]
    assert _steady(told[0]) == _steady(told[1])
    assert told[0].status == 0
    again = [said(home, "ingest", str(theirs), account="desk") for home in (with_it, without)]
    assert again[0] == again[1]
    assert again[0].status == 3


def _steady(told: Said) -> tuple[int, list[str]]:
    """Without the seconds that it took and identifiers drawn at random."""
    lines = told.out.decode().splitlines()
    return told.status, [
        line for line in lines if not any(name in line for name in ('"seconds"', '"id"', '"batch"'))
    ]
