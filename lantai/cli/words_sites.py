"""What is said of sites: how they stand, what was brought to them, what was given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lantai.messages import retell, say, word

if TYPE_CHECKING:
    from processes.replicating.replicated import Replication


def of_sites(listed: Mapping[str, Any]) -> Iterator[str]:
    """Every site: where, whether it is there, what is behind, what its last audit found."""
    for site in listed["sites"]:
        yield say("site-line", name=site["name"], role=word("role", site["role"]), place=site["place"])
        if site["retiring"]:
            yield say("site-retiring", name=site["name"])
        if not site["reachable"]:
            yield say("site-away", reason=retell(site["reason"]))
        elif site["free_bytes"] is not None:
            yield say("site-room", gib=site["free_bytes"] >> 30)
        yield _behind(site)
        yield _audit(site["audit"])
    for finding in listed["findings"]:
        yield ("✓ " if finding["ok"] else "! ") + finding["text"]


def _behind(site: Mapping[str, Any]) -> str:
    behind = site["behind"]
    if not any(behind[name] for name in ("batches", "entries", "keyrings", "recovery")):
        return say("site-in-step", held=site["held"])
    told = {name: behind[name] for name in ("items", "entries", "keyrings")}
    hours, minutes = divmod(behind["seconds"] // 60, 60)
    return say(
        "site-behind", held=site["held"], mib=behind["bytes"] >> 20, hours=hours, minutes=minutes, **told
    )


def _audit(audit: Mapping[str, Any] | None) -> str:
    if audit is None:
        return say("site-never-audited")
    if audit.get("unreachable"):
        return say("site-audit-away", time=audit["time"])
    if audit["whole"]:
        return say("site-audit-whole", time=audit["time"], checked=audit["checked"])
    told = {name: audit[name] for name in ("damaged", "missing", "lost")}
    return say("site-audit-found", time=audit["time"], **told)


def of_replication(result: Replication) -> Iterator[str]:
    """What was brought to each site, and what was met on the way."""
    for site in result.sites:
        if site.unreachable:
            yield say("replicate-away", site=site.site, reason=retell(site.unreachable))
        told = {"objects": site.objects, "files": site.files, "batches": site.batches}
        yield say("replicate-site", site=site.site, mib=site.bytes >> 20, **told)
        for kind in ("damaged", "lost"):
            for copy in getattr(site, kind):
                yield say(f"replicate-{kind}", object=copy.name, code=copy.code or "").rstrip()
    if result.secured:
        yield say("replicate-secured", count=result.secured)
    if result.pending:
        yield say("pending", reason=retell(result.pending))
    if result.whole:
        yield say("replicate-whole")


def of_retired(done: Mapping[str, Any]) -> Iterator[str]:
    """A site given up."""
    yield say("retired", site=done["site"], checked=", ".join(done["checked"]), objects=done["objects"])
    if done["kept"]:
        yield say("retired-kept", count=done["kept"], until=done["kept_until"])
    if done["pending"]:
        yield say("pending", reason=retell(done["pending"]))


def of_worker(done: Mapping[str, Any]) -> Iterator[str]:
    """What waited and was done."""
    yield say("worker-done", **done)
    if done["replicated"] or done["resumed"]:
        yield say("worker-brought", **done)
