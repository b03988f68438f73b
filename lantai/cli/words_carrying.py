"""What the commands about carriers and packages say to people, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lantai.messages import retell, say, word

if TYPE_CHECKING:
    from processes.packages.carriers import Run
    from processes.packages.carriers_kept import Checked


def of_run(run: Run) -> Iterator[str]:
    """What was written, and what was not."""
    for one, path in zip(run.carriers, run.paths, strict=True):
        codes = f"{one.first_code} — {one.last_code}"
        told = {"set": word("set", one.set), "kind": word("carrier", one.kind), "mib": one.bytes >> 20}
        yield say("carrier-written", number=one.number, items=one.items, codes=codes, path=path, **told)
        for name in one.missing:
            yield say("carrier-lacks", name=name)
    if not run.carriers:
        yield say("carrier-nothing")
    if run.left_out:
        yield say("carrier-left-out", count=run.left_out)
    if run.order.with_keys and run.carriers:
        yield say("carrier-with-keys")
    if run.pending:
        yield say("carrier-pending", reason=retell(run.pending))


def of_register(carriers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The register, one carrier a line."""
    if not carriers:
        yield say("carriers-none")
    for one in carriers:
        yield from _line(one)


def of_due(carriers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Those that are due."""
    if not carriers:
        yield say("carriers-none-due")
    for one in carriers:
        yield from _line(one)


def _line(one: Mapping[str, Any]) -> Iterator[str]:
    told = dict(one) | {
        "set": word("set", one["set"]),
        "kind": word("carrier", one["kind"]),
        "form": word("carrier", one["form"]),
        "medium": word("medium", one["medium"]),
        "outcome": word("carrier", one["outcome"]),
        "kept_at": one["kept_at"] or "—",
        "written": one["written"][:10],
        "last_read": one["last_read"][:10],
        "next_due": one["next_due"] or "—",
        "mib": one["bytes"] >> 20,
    }
    yield say("carrier-line", **told)
    if one["overdue"]:
        yield say("carrier-overdue", number=one["number"])
    if one["reason"]:
        yield say("carrier-lost-why", reason=one["reason"])


def of_check(result: Checked) -> Iterator[str]:
    """What a reading found: every file that is not as it should be."""
    reading = result.reading
    outcome = word("carrier", reading.outcome)
    told = {"files": reading.files, "mib": reading.bytes >> 20, "percent": f"{reading.percent:g}"}
    yield say("carrier-read", number=result.carrier.number, outcome=outcome, **told)
    for state in ("damaged", "missing", "strange"):
        for name in getattr(reading, state):
            yield say("carrier-fault", state=word("carrier", state), name=printable(name))
    if not result.whole:
        yield say("carrier-rewrite", number=result.carrier.number)
    if result.pending:
        yield say("carrier-pending", reason=retell(result.pending))


def of_lost(done: Mapping[str, Any]) -> Iterator[str]:
    """A carrier that is gone."""
    yield say("carrier-entered-lost", number=done["number"])
    if done["keys"]:
        yield say("carrier-lost-keys")
    elif done["kind"] == "plain":
        yield say("carrier-lost-plain")


def of_export(result: Mapping[str, Any]) -> Iterator[str]:
    """What was exported, and what could not be."""
    told = {name: result[name] for name in ("packages", "items", "format", "to")}
    yield say("exported", **told, mib=result["bytes"] >> 20)
    if result["not_open"]:
        yield say("exported-not-open", count=result["not_open"])
    for one in result["failed"]:
        yield say("export-failed", code=one["code"], reason=retell(one["reason"]))
    if not result["packages"]:
        yield say("export-nothing")


def printable(name: str) -> str:
    """A name from a medium that may hold anything, without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in name)
