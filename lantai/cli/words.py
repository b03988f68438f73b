"""Answers in words for people, line by line, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lantai.messages import label, language, retell, say, word
from policies.findings import Finding, text

if TYPE_CHECKING:
    from ingest.report import Report, ReportedItem
    from lantai.doctor import Check
    from lantai.home import NewHome
    from processes.finding.deliver import Content
    from processes.proving.prove import ItemProof
    from processes.proving.verify import Verification

MARKS = {"fail": "✗", "warn": "!", "info": "·"}
_KEYS = {"ed25519": "Ed25519", "sm2": "SM2"}
OUTCOMES = {"registered": "✓", "returned": "✗"}
MOST_ITEMS = 50
"""So many items of a report are listed in words, and all that fail; `batch --json` has every one."""


def of_new_home(made: NewHome) -> Iterator[str]:
    """What `init` says: where, and the recovery key with what losing it means."""
    yield say("new-home", home=made.home, ruleset=made.ruleset)
    yield say("recovery-key", key=made.recovery_key)
    yield say("recovery-why")


def of_report(report: Report) -> Iterator[str]:
    """A batch's report: every item with a fault of its own first, each finding with what to do."""
    yield _head(report)
    if report.repeated:
        yield say("report-repeated")
    if report.state == "waiting":
        yield say("report-waiting", reason=retell(report.reason))
    yield from _findings(report.findings)
    for fault in report.faulty:
        state = word("copy", fault.state)
        yield say("report-faulty", site=fault.site, object=fault.object, state=state)
    faulty = [item for item in report.items if _fails(item)]
    others = [item for item in report.items if not _fails(item)]
    shown = faulty + others[: max(MOST_ITEMS - len(faulty), 0)]
    for item in shown:
        name = item.file if item.file is not None else say("secret-row", row=item.place)
        yield f"  {item.code or OUTCOMES.get(item.outcome, '·')}  {plain(name)}"
        yield from _findings(item.findings)
    if len(shown) < len(report.items):
        yield say("report-more", count=len(report.items) - len(shown), batch=report.batch or "ID")


def _fails(item: ReportedItem) -> bool:
    return any(note.severity == "fail" for note in item.findings)


def _head(report: Report) -> str:
    """The first line: what became of the batch, in numbers where there are any."""
    state = word("state", report.state)
    if report.state in ("waiting", "working"):
        return say("report-pending", batch=report.batch or "—", state=state)
    return say(
        "report-trial" if report.state == "inspected" else "report-head",
        batch=report.batch or "—",
        state=state,
        registered=report.registered,
        items=len(report.items),
        returned=len(report.items) - report.registered,
        warnings=report.warnings,
        mib=report.bytes >> 20,
        seconds=f"{report.seconds:.1f}",
    )


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for note in findings:
        if note.severity != "info":
            yield f"    {MARKS[note.severity]} {note.code} {text(note, language())}"


def of_batches(listed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line a batch."""
    if not listed:
        yield say("no-batches")
    for row in listed:
        told = {"state": word("state", row["state"]), "source": plain(row["source"])}
        yield say("batch-line", **(dict(row) | told))


def of_cancelled(batch: str) -> Iterator[str]:
    """A batch cancelled."""
    yield say("batch-cancelled", batch=batch)


def of_item(shown: Mapping[str, Any]) -> Iterator[str]:
    """One item: its fields, components and history; of a destroyed one what its tombstone says."""
    if gone := shown.get("destroyed"):
        yield str(shown["code"])
        yield say("item-destroyed", time=gone["time"], reason=plain(gone["reason"]))
    else:
        yield from _standing(shown)
    if "history" in shown:
        yield say("item-history")
    for event in shown.get("history", ()):
        what = f"{word('event', event['type'])}  {event['account']}  {_changed(event)}"
        yield f"  {event['entry']}  {event['time']}  {what}"


def _standing(shown: Mapping[str, Any]) -> Iterator[str]:
    """An item that is there: its fields and components."""
    yield f"{shown['code']}  {plain(shown['title'])}"
    if shown.get("withdrawn"):
        yield say("item-withdrawn")
    if held := shown.get("hold"):
        yield say("item-held", since=held["since"], reason=plain(held["reason"]))
    hidden = {"code", "title", "components", "history", "former_codes", "withdrawn", "proposed", "hold"}
    said = {f"appraisal_{name}": value for name, value in shown.get("appraisal", {}).items()}
    for name, value in {**shown, **said}.items():
        if name not in hidden | {"appraisal"} and value not in ("", None):
            yield "  " + say("field", field=label(name), value=value_of(name, str(value)))
    if shown.get("former_codes"):
        yield say("item-former", codes="  ".join(shown["former_codes"]))
    yield say("item-components")
    for part in shown["components"]:
        kind = f"{part['format']['name']} ({part['format']['puid']})"
        yield f"  {plain(part['file'])}  {part['bytes']} B  {kind}  {part['sha256']}"
        if part.get("sm3"):
            yield f"      SM3 {part['sm3']}"


def _changed(event: Mapping[str, Any]) -> str:
    """What an entry changed; a field and a status by their names in the reader's language."""
    if event["type"] not in ("item.described", "item.appraised") or not event.get("field"):
        return plain(event["changed"])
    old, new = (value_of(event["field"], event[side]) or "—" for side in ("old", "new"))
    changed = f"{old} → {new} ({plain(event['reason'])})"
    return say("field", field=label(event["field"]), value=changed)


def value_of(field: str, value: str) -> str:
    """A field's value for the reader: an access status by its name, anything else as it stands."""
    return word("access", value) if field == "access" else plain(value)


def of_content(content: Content, target: Path) -> Iterator[str]:
    """A fetched component."""
    yield say("content", file=plain(content.file), bytes=content.bytes, target=target)


def of_correction(done: Mapping[str, Any]) -> Iterator[str]:
    """What a correction changed."""
    for change in done["changes"]:
        field = change["field"]
        event = word("event", f"item.{field}")
        old, new = (value_of(field, change[side]) or "—" for side in ("old", "new"))
        named = label(field) if event == f"item.{field}" else event
        what = say("field", field=named, value=f"{old} → {new}") if change["old"] or change["new"] else named
        yield say("corrected", code=done["code"], what=what)
    if done.get("waiting"):
        yield say("pending", reason=retell(done["waiting"]))


def of_proof(proof: ItemProof, target: Path) -> Iterator[str]:
    """A proof written."""
    yield say("proof", code=proof.code, entries=len(proof.entries), size=proof.size, target=target)


def of_verification(result: Verification) -> Iterator[str]:
    """With which keys, each thing checked, then the whole, with what fails by its name."""
    yield say("verified-with", keys=", ".join(f"{_KEYS[k.algorithm]} {k.key_id.hex()}" for k in result.keys))
    for check in result.checks:
        mark = "✓" if check.ok else "✗"
        yield f"  {mark} {plain(check.file)}  {word('event', check.what)}  {plain(retell(check.text))}"
    if result.ok:
        yield say("verified")
        return
    failing = dict.fromkeys(
        f"{check.file} ({word('event', check.what)})" for check in result.checks if not check.ok
    )
    yield say("not-verified", what=plain(", ".join(failing)) or say("nothing-verified"))


def of_written(target: Path) -> Iterator[str]:
    """A checkpoint or a key written to a file."""
    yield say("written", target=target)


def of_checks(checks: Sequence[Check]) -> Iterator[str]:
    """The doctor's checks."""
    for check in checks:
        mark = "✓" if check.ok else MARKS[check.severity]
        told = check.zh if check.zh and language() == "zh" else retell(check.text)
        yield f"  {mark} " + say("field", field=_check(check.name), value=plain(told))


def _check(name: str) -> str:
    """A check's name for the reader; a site's check bears the site's name."""
    kind, _, site = name.partition(" ")
    return f"{word('check', kind)} {site}" if kind == "site" else word("check", name)


def plain(value: str) -> str:
    """Text from outside, safe to print on a terminal: control and bidi characters shown, not obeyed."""
    return "".join(c if c.isprintable() or c == "　" else f"\\u{ord(c):04x}" for c in value)
