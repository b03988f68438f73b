"""Answers of the commands that get an archive back, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lantai.messages import retell, say, word

if TYPE_CHECKING:
    from archive.events import DrillCompleted
    from lantai.recovering import Rebuilt
    from lantai.restoring import NewHome
    from processes.recovery.drill import Drill
    from processes.recovery.recover_objects import Lack
    from processes.recovery.recovered import Recovered

MOST = 50
"""So many names are listed in words; `--json` has every one."""


def of_views(result: Mapping[str, Any]) -> Iterator[str]:
    """Views made again."""
    yield say("rebuilt", **result)


def of_index(indexed: int) -> Iterator[str]:
    """The index made again."""
    yield say("rebuilt-index", indexed=indexed)


def of_rebuilt(done: Rebuilt) -> Iterator[str]:
    """A home's database made again: the head first, for everything else hangs on it."""
    found = done.ledger
    yield from _heads(found)
    if not found.made:
        yield say("recover-not-made")
        return
    yield say("recover-made", site=done.site, entries=_size(found), items=found.items, indexed=done.indexed)
    if found.set_aside:
        yield say("recover-aside", where=found.set_aside)
    if found.left_behind:
        yield say("recover-left", count=found.left_behind)
    yield from _named("recover-missing", [*found.missing, *done.absent])
    yield from _losses(found)
    if done.pending:
        yield say("pending", reason=retell(done.pending))
    if done.read_only:
        yield say("recover-read-only", size=_size(found), site=done.site)


def of_restored(made: NewHome) -> Iterator[str]:
    """A whole archive on a blank machine."""
    found, objects = made.found.ledger, made.found.objects
    yield from _heads(found)
    if not found.made:
        yield say("recover-not-made")
        return
    yield say(
        "restored",
        home=made.home,
        entries=_size(found),
        items=found.items,
        objects=objects.objects,
        mib=objects.bytes >> 20,
        missing=len(objects.missing) + len(found.missing),
        seconds=f"{made.found.seconds:.1f}",
    )
    yield from _lacks(objects.missing)
    yield from _named("recover-missing", found.missing)
    yield from _losses(found)
    if made.pending:
        yield say("pending", reason=retell(made.pending))
    if made.read_only:
        yield say("recover-read-only", size=_size(found), site="local")
    if made.whole:
        yield say("restored-whole")


def of_drill(done: Drill) -> Iterator[str]:
    """A drill."""
    yield say(
        "drilled",
        site=done.site,
        entries=done.entries,
        objects=done.objects.objects,
        mib=done.objects.bytes >> 20,
        seconds=f"{done.seconds:.1f}",
    )
    if done.ahead:
        yield say("drill-ahead", count=done.ahead)
    if done.lost:
        yield say("drill-lost", count=done.lost)
    yield from _named("recover-missing", done.files)
    yield from _lacks(done.objects.missing)
    if done.pending:
        yield say("pending", reason=retell(done.pending))
    yield say("drill-broken" if not done.whole else "drill-waits" if done.pending else "drill-whole")


def of_drills(past: Sequence[tuple[str, DrillCompleted]]) -> Iterator[str]:
    """Every drill, a line each."""
    if not past:
        yield say("no-drills")
    for at, one in past:
        mark = "✓" if one.whole else "✗"
        counts = {"objects": one.objects, "failed": one.failed, "lost": one.lost, "entries": one.entries}
        yield f"{mark} " + say("drill-line", time=at, site=one.site, account=one.account, **counts)


def _size(found: Recovered) -> int:
    return found.head.size if found.head else 0


def _heads(found: Recovered) -> Iterator[str]:
    """`head: unproven`, and every head that was asked for."""
    state = f"head: {found.verdict}"
    yield say("recover-head", state=state, told=word("head", found.verdict), size=_size(found))
    for one in found.heads:
        size = one.head.size if one.head else (one.claim.size if one.claim else 0)
        reason = f" ({retell(one.reason)})" if one.reason else ""
        told = {"source": one.source, "size": size, "state": word("head-state", one.state), "reason": reason}
        yield "  " + say("recover-head-line", **told)
    if found.made and found.evidence == "checkpoint":
        kept = next((one.head for one in found.heads if one.kind == "checkpoint" and one.head), None)
        if kept is not None and kept.size < _size(found):
            yield "  " + say("recover-since", count=_size(found) - kept.size, size=kept.size)
    if found.reopened:
        yield say("recover-reopened", origin=found.origin)


def _losses(found: Recovered) -> Iterator[str]:
    lines = [f"{line.entry} {line.type} {line.item}".rstrip() for line in found.lost]
    yield from _named("recover-lost", lines)
    yield from _named("recover-closed", found.closed)
    if any(line.uncounted for line in found.lost):
        yield say("recover-uncounted")


def _lacks(missing: Sequence[Lack]) -> Iterator[str]:
    yield from _named("recover-lack", [f"{one.object}  {one.code}  {retell(one.reason)}" for one in missing])


def _named(key: str, names: Iterable[str]) -> Iterator[str]:
    listed = list(names)
    if not listed:
        return
    yield say(key, count=len(listed))
    for name in listed[:MOST]:
        yield f"    {name}"
    if len(listed) > MOST:
        yield "    …"
