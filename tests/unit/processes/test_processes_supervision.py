"""Two people supervise a destruction: at the machine in its order, over the network one after the other."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import people
import pytest
from batches import codes as codes_of
from batches import document, lantai, new_home, row, write_batch
from people import PASSWORD, typed

from archive import failures, tables
from archive.events import ItemDestroyed
from ingest.tools import Tools
from lantai.cli import proving
from lantai.cli.main import outcome
from lantai.wiring import Archive, opened
from processes.desk.correct import recode
from processes.desk.hold import hold
from processes.destruction.destroy import destroy
from processes.destruction.supervision import Witnessed, listed, propose, withdraw, witness
from processes.errors import Held, NotAllowedValue, NotForThisAccount, NotFound
from processes.people.accounts import Appointment, appoint, change
from processes.people.people_errors import ProposalChanged, SupervisorRefused

ITEMS = 9
PEOPLE = (
    ("head", "appraisal-head", "all"),
    ("one", "appraisal-member", "all"),
    ("two", "accession-officer", "all"),
    ("ours", "appraisal-member", "A014"),
    ("theirs", "appraisal-member", "B001"),
    ("operator", "digitization-operator", "all"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str]]]:
    """A home with people and records; each test that destroys one takes its own from the list."""
    folder = tmp_path_factory.mktemp("supervised")
    home = new_home(folder)
    files = {f"{n}.pdf": document(n + 1) for n in range(ITEMS)}
    batch = write_batch(folder / "batch", files, [row(name, category="WS") for name in files])
    codes = codes_of(lantai(home, "ingest", batch, status=0).document)
    with opened(home) as archive:
        for name, role, fonds in PEOPLE:
            appoint(archive.tools(), Appointment(name, [role], [fonds]), archive.settings.account)
        people.give(archive.database, *(name for name, _, _ in PEOPLE))
    yield home, [str(code) for code in codes]


@pytest.fixture
def home(made: tuple[Path, list[str]]) -> Path:
    return made[0]


@pytest.fixture
def codes(made: tuple[Path, list[str]]) -> list[str]:
    return made[1]


@pytest.fixture
def archive(home: Path) -> Iterator[Archive]:
    with opened(home) as archive:
        with archive.database.write() as tx:
            failures.sweep(tx, 1 << 40)
        yield archive


def by(archive: Archive, account: str) -> Tools:
    return replace(archive.tools(), subject=archive.subject_named(account))


def witnessed(archive: Archive, account: str, proposal: dict[str, Any]) -> Witnessed:
    return witness(by(archive, account), archive.index, proposal["proposal"])


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("one",),
        ("one", "one"),
        ("one", "two", "ours"),
        ("one", "head"),
        ("one", "theirs"),
        ("one", "operator"),
        ("one", "nobody"),
        ("one", "keeper"),
    ],
)
def test_two_others_who_may_and_handle_it_supervise_or_nothing_goes(
    archive: Archive, codes: list[str], names: Sequence[str]
) -> None:
    with archive.database.read() as conn:
        before = archive.ledger.size(conn)
    with pytest.raises(SupervisorRefused):
        destroy(by(archive, "head"), archive.index, [codes[0]], "期满", names)
    with archive.database.read() as conn:
        assert archive.ledger.size(conn) == before


def test_why_somebody_cannot_supervise_is_told_to_nobody(archive: Archive, codes: list[str]) -> None:
    said = set()
    for name in ("nobody", "theirs", "operator", "keeper"):
        with pytest.raises(SupervisorRefused) as told:
            destroy(by(archive, "head"), archive.index, [codes[0]], "期满", ("one", name))
        said.add(str(told.value).replace(name, "NAME"))
    assert len(said) == 1


def lines(home: Path, *words: str | Path, status: int) -> dict[str, Any]:
    said, told = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(told):
        code = outcome(["--home", str(home), *map(str, words), "--json"], True)
    assert code == status, f"exit {code}\n{said.getvalue()}\n{told.getvalue()}"
    found: dict[str, Any] = json.loads(said.getvalue())
    return found


def test_at_the_machine_each_types_their_own_in_order(home: Path, codes: list[str], tmp_path: Path) -> None:
    paper = tmp_path / "certificate.json"
    words = ["destroy", codes.pop(), "--reason", "期满", "--as", "head", "--certificate", paper]
    both = ["--supervisor", "one", "--supervisor", "two"]
    with typed(PASSWORD, PASSWORD, "not it at all"):
        assert lines(home, *words, *both, status=3)["error"]["code"] == "proof-refused"
    with typed(PASSWORD, PASSWORD):
        assert lines(home, *words, *both, status=3)["error"]["code"] == "proof-refused"
    with typed("not it at all", PASSWORD, PASSWORD):
        assert lines(home, *words, *both, status=3)["error"]["code"] == "proof-refused"
    with typed(PASSWORD):
        assert lines(home, *words, status=3)["error"]["code"] == "supervisor-refused"
    lines(home, *words[:2], "--dry-run", "--as", "head", status=0)
    with typed(PASSWORD, PASSWORD, PASSWORD):
        (done,) = lines(home, *words, *both, status=0)["destructions"]
    assert (done["account"], done["supervisors"]) == ("head", ["one", "two"])
    statement = json.loads(paper.read_bytes())["statement"]
    assert statement["supervision"] == {"supervisors": ["one", "two"], "none_because": ""}
    key = lantai(home, "checkpoint", "--public-key", status=0).document["key"]
    (tmp_path / "key").write_text(key + "\n")
    lines(home, "verify", paper, "--key", tmp_path / "key", status=0)
    with opened(home) as archive, archive.database.read() as conn:
        event = list(archive.ledger.of_type(conn, ItemDestroyed.type))[-1].event()
    assert isinstance(event, ItemDestroyed)
    assert event.supervisors == ("one", "two")


def test_over_the_network_the_second_witness_carries_it_out(archive: Archive, codes: list[str]) -> None:
    code = codes.pop()
    proposal = propose(by(archive, "head"), [code], "期满")
    assert [one["code"] for one in proposal["items"]] == [code]
    for name, sees in (("head", 1), ("one", 1), ("ours", 1), ("theirs", 0), ("operator", 0), ("keeper", 0)):
        assert len(listed(by(archive, name))) == sees, name
    for name in ("head", "theirs", "operator", "keeper"):
        with pytest.raises(NotFound):
            witnessed(archive, name, proposal)
    for _ in range(2):  # the same one again is still one
        first = witnessed(archive, "one", proposal)
        assert (first.outcome, first.proposal["supervisors"]) == (None, ["one"])
    done = witnessed(archive, "ours", proposal).outcome
    assert done is not None
    assert done.whole
    assert (done.destruction.account, done.destruction.supervisors) == ("head", ("one", "ours"))
    assert listed(by(archive, "head")) == []
    with pytest.raises(NotFound):
        witnessed(archive, "two", proposal)


def test_what_is_no_longer_what_was_proposed_is_refused(archive: Archive, codes: list[str]) -> None:
    code, head = codes.pop(), by(archive, "head")
    proposal = propose(head, [code], "期满")
    witnessed(archive, "one", proposal)
    new = "A014-WS·2016-Y-BGS-0050"
    recode(by(archive, "two"), archive.index, code, new, "误编")
    with pytest.raises(ProposalChanged):
        witnessed(archive, "two", proposal)
    withdraw(head, proposal["proposal"])

    code = new
    proposal = propose(head, [code], "期满")
    witnessed(archive, "one", proposal)
    hold(by(archive, "head"), [code], "案件")
    with pytest.raises(Held):
        witnessed(archive, "two", proposal)
    hold(by(archive, "head"), [code], "结案", lift=True)
    change(archive.tools(), Appointment("head", ["appraisal-member"], ["all"]), "转岗")
    with pytest.raises(ProposalChanged):
        witnessed(archive, "two", proposal)
    change(archive.tools(), Appointment("head", ["appraisal-head"], ["all"]), "复任")
    found = witnessed(archive, "two", proposal).outcome
    assert found is not None
    assert found.whole


def test_a_witness_whose_server_died_is_told_what_became_of_it(
    archive: Archive, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = propose(by(archive, "head"), [codes.pop()], "期满")
    witnessed(archive, "one", proposal)

    def died(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("processes.destruction.destroy._carry_on", died)
        with pytest.raises(KeyboardInterrupt):
            witnessed(archive, "two", proposal)
    assert listed(by(archive, "head")) == [], "nothing waits for witnesses any more"
    for _ in range(2):
        done = witnessed(archive, "two", proposal)
        assert done.outcome is not None
        assert done.outcome.whole
        assert done.proposal["supervisors"] == ["one", "two"]
    for name in ("head", "ours", "keeper"):
        with pytest.raises(NotFound):
            witnessed(archive, name, proposal)


def test_a_proposal_of_more_than_thirty_days_ago_is_none(archive: Archive, codes: list[str]) -> None:
    proposal = propose(by(archive, "head"), [codes[0]], "期满")
    with archive.database.write() as tx:
        tx.execute(tables.proposal.update().values(made="2020-01-01T00:00:00Z"))
    assert listed(by(archive, "one")) == []
    for name in ("one", "two"):
        with pytest.raises(NotFound):
            witnessed(archive, name, proposal)


def test_an_own_order_tells_nothing_of_records_that_are_not_ones_own_any_more(
    archive: Archive, codes: list[str]
) -> None:
    propose(by(archive, "head"), [codes[0]], "期满")
    change(archive.tools(), Appointment("head", ["appraisal-member"], ["B001"]), "转岗")
    assert listed(by(archive, "head")) == []
    change(archive.tools(), Appointment("head", ["appraisal-head"], ["all"]), "复任")
    (left,) = listed(by(archive, "head"))
    withdraw(by(archive, "head"), left["proposal"])


def test_an_order_of_an_office_that_ended_while_supervisors_typed_is_none(
    archive: Archive, home: Path, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = proving.own_password

    def asked(account: str) -> str:
        if account == "two":
            change(archive.tools(), Appointment("head", ["appraisal-member"], ["all"]), "转岗")
        return real(account)

    monkeypatch.setattr(proving, "own_password", asked)
    words = ["destroy", codes[0], "--reason", "期满", "--supervisor", "one", "--supervisor", "two"]
    with typed(PASSWORD, PASSWORD, PASSWORD):
        assert lines(home, *words, "--as", "head", status=3)["error"]["code"] == "not-allowed"
    change(archive.tools(), Appointment("head", ["appraisal-head"], ["all"]), "复任")


def test_an_order_is_its_owners_to_take_back(archive: Archive, codes: list[str]) -> None:
    proposal = propose(by(archive, "head"), [codes[0]], "期满")
    with pytest.raises(NotFound):
        withdraw(by(archive, "one"), proposal["proposal"])
    withdraw(by(archive, "head"), proposal["proposal"])
    with pytest.raises(NotFound):
        witnessed(archive, "one", proposal)
    with pytest.raises(NotForThisAccount):
        propose(by(archive, "ours"), [codes[0]], "期满")
    with pytest.raises(NotAllowedValue):
        propose(by(archive, "head"), [codes[0]], "机密★10年")


def test_while_nobody_was_appointed_it_is_destroyed_alone_and_the_certificate_says_so(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    batch = write_batch(tmp_path / "batch", {"a.pdf": document()}, [row("a.pdf", category="WS")])
    (code,) = codes_of(lantai(home, "ingest", batch, status=0).document)
    words = ["destroy", str(code), "--reason", "期满", "--certificate", tmp_path / "paper"]
    said = lines(home, *words, "--supervisor", "li", "--supervisor", "wang", status=3)
    assert said["error"]["code"] == "supervisor-refused"
    with opened(home) as archive, pytest.raises(SupervisorRefused):
        propose(archive.tools(), [str(code)], "期满")
    lines(home, *words, status=0)
    statement = json.loads((tmp_path / "paper").read_bytes())["statement"]
    assert statement["supervision"] == {"supervisors": [], "none_because": "no accounts existed"}
