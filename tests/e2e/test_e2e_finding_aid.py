"""An hour of somebody who wants to learn of a closed record, through the command itself.

Two archives, one with the closed records and one without, must answer every command alike, to the byte:
standard output, standard error, exit code, and the files that it leaves. What was tried stands here.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from twin_homes import Homes, Said, TwinHomes, said
from twins import RARE, STAFF

OUTSIDERS = (
    "r",
    *(pytest.param(name, marks=pytest.mark.long) for name in ("away", "admin", "nobody at all")),
)
NEVER_GIVEN = "B002-WS·2001-Y-BGS-9999"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> TwinHomes:
    return TwinHomes(tmp_path_factory.mktemp("finding"))


def homes_for(twin: TwinHomes, account: str) -> Homes:
    return twin["r" if account == "nobody at all" else account]


def alike(homes: Homes, *words: str, account: str, as_json: bool = True) -> Said:
    full, bare = homes.both(*words, account=account, as_json=as_json)
    assert full == bare, words
    return full


def targets(homes: Homes) -> Iterator[tuple[str, str]]:
    """Codes of a hidden record, now and formerly, of a visible one, of nobody, and of no form."""
    yield "hidden", homes.hidden[0].code
    yield "hidden formerly", next(code for one in homes.hidden for code in one.former_codes)
    yield "visible", homes.visible[0].code
    yield "nobody's", NEVER_GIVEN
    yield "malformed", "B002 何"


COMMANDS = (
    ("show", "CODE"),
    ("get", "CODE", "-o", "OUT"),
    ("get", "CODE", "-o", "OUT", "--component", "2"),
    ("get", "CODE", "-o", "OUT", "--component", "99"),
    ("get", "CODE", "-o", "OUT", "--use", "copy"),
    ("get", "CODE", "-o", "-"),
    ("search", "CODE", "--facets"),
    ("search", "code:CODE"),
    ("search", "NOT CODE", "--limit", "3"),
    ("search", "code:[CODE TO CODE]"),
    ("suggest", "CODE"),
    ("browse", "CODE"),
)
WORDS = (
    ("search", "*", "--facets", "--limit", "4"),
    ("search", "*", "--facets", "--order", "oldest"),
    ("search", "*", "--order", "newest", "--limit", "5"),
    ("search", "*", "--order", "code", "--limit", "5"),
    ("search", "secretum"),
    ("search", "题名:海燕 OR 水犀"),
    ("search", "NOT secretum", "--facets"),
    ("search", "人名:王小明"),
    ("search", "NOT 人名:王小明", "--facets"),
    ("search", "备注:密封 OR 盒号:盒1 OR 存放位置:甲柜架"),
    ("search", "138* OR 3701021962* OR 622202*"),
    ("search", "secretun"),
    ("search", "*", "--fonds", "A013", "--facets"),
    ("search", "*", "--year", "1949"),
    ("search", "*", "--office", "JMC", "--facets"),
    ("search", "*", "--access", "closed"),
    ("search", "access:unreviewed"),
    ("search", '"水库'),
    ("search", "holder:consent"),
    ("search", "*", "--cursor", "AAAA"),
    ("suggest", "sec"),
    ("suggest", "海"),
    ("suggest", "王"),
    ("suggest", "A01"),
    ("suggest", "全宗:"),
    ("suggest", "年度:19"),
    ("browse",),
    ("browse", "A013"),
    ("browse", "B002"),
    ("browse", "B002", "WS", "1949"),
    ("browse", "B002", "--list", "--limit", "3"),
    ("searches",),
    ("batches",),
    ("batch", "b000000"),
    ("batch", "b000014"),
    ("batch", "b999999"),
    ("batch", "b000014", "--cancel"),
    ("checkpoint",),
    ("checkpoint", "--public-key"),
    ("account", "list"),
    ("keys", "show"),
    ("carriers", "list"),
    ("no-such-command",),
    ("search",),
)
FORBIDDEN = (
    ("describe", "CODE", "title=x", "--reason", "r"),
    ("recode", "CODE", "B002-WS·2001-Y-BGS-9998", "--reason", "r"),
    ("recode", "VISIBLE", "CODE", "--reason", "r"),
    ("withdraw", "CODE", "--reason", "r"),
    ("appraise", "CODE", "--status", "open", "--reason", "r"),
    ("appraise", "--query", "secretum", "--status", "open", "--reason", "r"),
    ("appraise", "--query", "code:CODE", "--status", "open", "--reason", "r"),
    ("hold", "CODE", "--reason", "r"),
    ("prove", "CODE", "-o", "OUT"),
    ("export", "CODE", "--format", "bagit", "-o", "OUT"),
)


@pytest.mark.parametrize("account", OUTSIDERS)
def test_a_code_is_answered_alike_whatever_command_names_it(
    twin: TwinHomes, account: str, tmp_path: Path
) -> None:
    homes = homes_for(twin, account)
    kinds = list(targets(homes))
    for kind, code in kinds if account != "r" else (kinds[1], kinds[2]):
        for number, command in enumerate((*COMMANDS, *FORBIDDEN)):
            written: list[bytes] = []
            told: list[Said] = []
            visible = homes.visible[1].code
            for name, home in (("full", homes.full), ("bare", homes.bare)):
                out = tmp_path / name / f"{kind}-{number}"
                out.parent.mkdir(exist_ok=True)
                words = [
                    one.replace("CODE", code).replace("OUT", str(out)).replace("VISIBLE", visible)
                    for one in command
                ]
                answer = said(home, *words, account=account, as_json="-" not in command)
                told.append(Said(answer.status, answer.out.replace(str(out).encode(), b""), answer.err))
                written.append(out.read_bytes() if out.is_file() else b"")
                assert not [path for path in out.parent.iterdir() if path.name.startswith(".")]
            assert told[0].status == told[1].status, command
            assert told[0].out == told[1].out, command
            assert told[0].err.replace("/full/", "/bare/") == told[1].err, command
            assert written[0] == written[1], command
            assert kind == "visible" or command in COMMANDS or told[0].status in (2, 3), command


@pytest.mark.parametrize("account", OUTSIDERS)
def test_no_words_bring_anything_to_light(twin: TwinHomes, account: str) -> None:
    homes = homes_for(twin, account)
    secrets = [code for one in homes.hidden for code in (one.code, *one.former_codes)]
    for words in WORDS if account != "r" else WORDS[::2]:
        if account == "admin" and words[0] in ("checkpoint", "carriers"):
            continue  # whoever keeps the machine sees how large the ledger is
        for as_json in (True, False) if account != "r" else (True,):
            told = alike(homes, *words, account=account, as_json=as_json)
            shown = told.out.decode() + told.err
            assert not [code for code in secrets if code in shown]
            assert not [word for word in STAFF if word in shown.replace(" ".join(words), "")], words
            if account == "nobody at all" and words not in (("search",), ("no-such-command",)):
                assert told.status == 3


def test_a_hidden_code_is_refused_in_the_words_for_nobodys(twin: TwinHomes, tmp_path: Path) -> None:
    homes = twin["r"]
    for command in (("show", "CODE"), ("get", "CODE", "-o", str(tmp_path / "x")), ("search", "code:CODE")):
        told = {
            (answer.status, answer.out.replace(code.encode(), b"CODE"), answer.err.replace(code, "CODE"))
            for kind, code in targets(homes)
            if kind not in ("visible", "malformed")
            for answer in [said(homes.full, *(word.replace("CODE", code) for word in command))]
        }
        assert len(told) == 1, command


@pytest.mark.parametrize("account", ["r", pytest.param("admin", marks=pytest.mark.long)])
def test_lists_that_leave_the_archive_hold_what_is_visible(
    twin: TwinHomes, account: str, tmp_path: Path
) -> None:
    homes = twin[account]
    for number, query in enumerate(("*", "secretum", "NOT 海燕")):
        for kind in ("csv", "xlsx"):
            tables: list[object] = []
            for name, home in (("full", homes.full), ("bare", homes.bare)):
                path = tmp_path / f"{name}-{number}.{kind}"
                told = said(home, "search", query, "--export", str(path), "--order", "code", account=account)
                assert told.status == 0, told
                tables.append((json.loads(told.out)["rows"], _table(path)))
            assert tables[0] == tables[1]
            assert not any(word in str(tables) for word in (*STAFF, "secretum", "海燕"))


def _table(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.reader(lines))
    sheet = openpyxl.load_workbook(path, read_only=True).active
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]  # type: ignore[union-attr]  # there is one


def test_saved_searches_count_what_is_visible_to_their_account_and_are_nobody_elses(twin: TwinHomes) -> None:
    homes = twin["r"]
    for number, query in enumerate(("*", RARE[0], "人名:王小明")):
        alike(homes, "search", query, "--save", f"s{number}", account="r")
        alike(homes, "search", "--saved", f"s{number}", "--facets", account="r")
    counts = [
        [(one["name"], one["total"], one["query"]) for one in json.loads(told.out)["searches"]]
        for told in homes.both("searches", account="r")
    ]
    assert counts[0] == counts[1]
    assert {name: total for name, total, _ in counts[0]}["s1"] == 0
    for command in (("search", "--saved", "s0"), ("searches", "--forget", "s0")):
        theirs, nobodys = (
            said(homes.full, *(word.replace("s0", name) for word in command), account="g")
            for name in ("s0", "s99")
        )
        assert theirs.out == nobodys.out.replace(b"s99", b"s0")


def test_a_cursor_of_somebody_who_sees_more_is_worth_nothing_to_others(
    twin: TwinHomes,
) -> None:
    homes, cursor, refusals = twin["r"], "", set[tuple[int, bytes]]()
    visible = {one.code for one in homes.visible}
    for _ in range(8):
        told = said(homes.full, "search", "*", "--limit", "1", "--cursor", cursor, account="o")
        page = json.loads(told.out)
        cursor = page["cursor"] or ""
        if not cursor:
            break
        if page["hits"][0]["code"] not in visible:
            answer = said(homes.full, "search", "*", "--limit", "1", "--cursor", cursor, account="r")
            refusals.add((answer.status, answer.out))
    made_up = said(homes.full, "search", "*", "--limit", "1", "--cursor", "AAAAAAAAAAAA", account="r")
    assert refusals == {(made_up.status, made_up.out)}


ODD = (
    "\ud800",
    "\x1b[2J",
    "a" * 9_000,
    "(" * 500,
    "*" * 500,
    "$(id) `id` %s {0}",
    "../../etc/passwd",
    "\u202e",
)
DOORS = (
    ("search", "ODD"),
    ("search", "*", "--fonds", "ODD"),
    ("search", "*", "--year", "ODD"),
    ("search", "*", "--cursor", "ODD"),
    ("search", "*", "--limit", "ODD"),
    ("search", "--saved", "ODD"),
    ("suggest", "ODD"),
    ("browse", "ODD"),
    ("browse", "B002", "ODD"),
    ("browse", "--cursor", "ODD"),
    ("show", "ODD"),
    ("get", "ODD", "-o", "/dev/null"),
    ("searches", "--forget", "ODD"),
)


@pytest.mark.long
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_words_are_answered_or_refused_and_break_nothing(twin: TwinHomes, odd: str) -> None:
    homes = twin["r"]
    for command in DOORS:
        told = alike(homes, *(odd if word == "ODD" else word for word in command), account="r")
        assert told.status in (0, 2, 3), (command, told)
        assert isinstance(json.loads(told.out), dict)
    for limit in ("-1", "0", "1001", "9" * 30, "1e3"):
        assert alike(homes, "search", "*", "--limit", limit, account="r").status == 2
